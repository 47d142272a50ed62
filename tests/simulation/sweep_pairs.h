/*
 * Two sagas, the same participants, and every order in which their messages can arrive.
 *
 * A message is a call or a result; up to SCHEDULE_FLIGHT_MAX are in flight at once. The schedules
 * that were lived must be as many as the model says (sweep_model.h), and as the formula says where
 * there is one. The line that repeats one is
 *
 *   "NEEDS PIVOT OUTCOMES NEEDS PIVOT OUTCOMES ROOM CANCELS CHOICES"
 *
 * with one digit for each choice.
 */
#ifndef TESTS_SIMULATION_SWEEP_PAIRS_H
#define TESTS_SIMULATION_SWEEP_PAIRS_H

#include "simulation/sweep.h"

/* Of both sagas together, @options->steps_most. 0, or the invariant that was violated. */
uint32_t sweep_pairs_run(struct world *world, const struct sweep_options *options);

#endif
