/*
 * One run: a saga, its services, and the calls that are under way.
 *
 *   judge ──▶ apply ──▶ calls ──choose──▶ arrivals ──▶ services ──▶ results ──┐
 *     ▲                                                                        │
 *     └──────────────── the earliest of results and timer ◀────────────────────┘
 */
#ifndef ORCHESTRATOR_EXPLORE_EXPLORE_RUN_H
#define ORCHESTRATOR_EXPLORE_EXPLORE_RUN_H

#include "explore/explore.h"

struct explore_state;

/* The caller's, for run after run. NULL when memory is short. */
struct explore_state *explore_state_new(const struct definition *definition);
void explore_state_free(struct explore_state *state);

/*
 * Play one run from its start. @run's count is raised to the calls that chose, with EXPLORE_NONE
 * for those beyond what it said. @watch may be NULL.
 */
struct explore_end explore_play(struct explore_state *state, struct explore_run *run,
                                const struct explore_watch *watch);

/* Add what the last run reached to the report. */
void explore_gather(const struct explore_state *state, struct explore_report *report);

#endif
