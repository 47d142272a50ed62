/*
 * What state a saga is in, by the journal; and which states the mishaps and the operators met.
 */
#ifndef TESTS_SIMULATION_STATES_H
#define TESTS_SIMULATION_STATES_H

#include "simulation/reach.h"

struct world;

/* As seen from one step, or from all of them: SIM_NO_STEP. */
enum reached world_state(const struct world *world, uint32_t saga, uint8_t step);

void world_reach(struct world *world, enum mishap mishap, uint32_t saga, uint8_t step);
void world_reach_all(struct world *world, enum mishap mishap);
void world_reach_verb(struct world *world, uint64_t number, uint8_t verb); /* It took effect. */

/* Does it strike now? Then it has met this state. */
bool world_strikes(struct world *world, enum mishap mishap, uint32_t saga, uint8_t step);

#endif
