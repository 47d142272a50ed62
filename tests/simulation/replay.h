/*
 * Replay: a failing world becomes a script in a file, and a script in a file becomes a world.
 */
#ifndef TESTS_SIMULATION_REPLAY_H
#define TESTS_SIMULATION_REPLAY_H

#include "simulation/world.h"

/*
 * Shrink the world that has just violated something; print its script and write it to @path, or,
 * when that is NULL, beside the program as saga-sim-SEED.script.
 */
void replay_keep(struct world *world, const struct world_options *options, const char *path);

/* The number of what is violated, 0: nothing; SIM_NONE, after saying why: it cannot be played. */
uint32_t replay_script(struct world *world, const struct world_options *options,
                       const char *path);

#endif
