/*
 * The census: how many live sagas are parked, and how many are stuck, without looking at each.
 *
 *   event ──▶ FRESH ──no event for 5 s──▶ STALE        in order of their latest event, oldest first
 *     └─────▶ MARKED: parked or overdue
 *
 * Stuck are those that are MARKED, those that are STALE, and of the FRESH those with a step under
 * way that no worker serves. Of the FRESH it is counted, per definition, which steps are under way,
 * since workers come and go without an event. An event costs the same however many sagas live.
 *
 * Always: what it says is what looking at every live saga would say, at the time of census_age.
 */
#ifndef ORCHESTRATOR_ENGINE_CENSUS_H
#define ORCHESTRATOR_ENGINE_CENSUS_H

#include "core/saga.h"

#define NO_PROGRESS_MS 5000u /* A live saga without an event for this long is stuck. */

struct engine;
struct live;
struct lives;

enum census_group { CENSUS_NONE, CENSUS_FRESH, CENSUS_STALE, CENSUS_MARKED };

struct census {
    struct live *first; /* FRESH, the one whose latest event is the oldest. */
    struct live *last;
    uint64_t parked;
    uint64_t stale;
    uint64_t marked;
};

/* What is under way in so many FRESH sagas of one definition. */
struct census_steps {
    uint32_t steps; /* Mask. */
    uint32_t count;
};

/* Part of a plan. */
struct census_tally {
    struct census_steps *items; /* Owns; each mask once, none with the count 0. */
    size_t count;
    size_t capacity;
};

/* A saga as its latest event has left it; one that has ended is taken out. 0 or FAULT_MEMORY. */
int census_put(struct lives *lives, struct live *live);
void census_take_out(struct lives *lives, struct live *live);

/* The sagas as recovery has read them, in any order. 0 or FAULT_MEMORY. */
int census_begin(struct lives *lives);

/* So late it is: who has been without an event for too long? */
void census_age(struct lives *lives, uint64_t now_ms);

uint64_t census_stuck(struct engine *engine);

/* The step has a call out, or waits for its next one; in either direction. */
bool step_is_under_way(const struct saga_step *step);

#endif
