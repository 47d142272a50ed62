/*
 * Shrinking: from a world in which something is violated to a small one in which the same is.
 *
 *   seed ─record─▶ tape ─┬─ leave out clients, kinds of mishaps, single marks, steps ─┐
 *                        └──────────── keep it when it still violates ◀───────────────┘
 *
 * Halves are left out first, then quarters, down to single ones, after delta debugging (Zeller and
 * Hildebrandt 2002), until nothing that can be left out is left, or the effort is spent. Each
 * smaller world runs in a process of its own, so that one in which an assert fails does no harm.
 */
#ifndef TESTS_SIMULATION_SHRINK_H
#define TESTS_SIMULATION_SHRINK_H

#include "simulation/world.h"

struct shrink_size {
    uint64_t events; /* Of sagas, in the journal. */
    uint32_t sagas;
    size_t marks;
};

/* The size of the world that was lived last, and of its tape. */
struct shrink_size shrink_size_of(const struct world *world, const struct tape *tape);

/*
 * Shrink the world of these options, in which @invariant is violated. Tells stderr how it goes, and
 * stops after so many worlds or seconds of CPU. Returns false when the tape alone does not show the
 * violation, which is a defect of the simulator.
 */
bool shrink_run(struct world *world, const struct world_options *options, uint32_t invariant,
                struct tape *ret_tape);

#endif
