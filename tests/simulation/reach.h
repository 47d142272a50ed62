/*
 * Reach: how often each mishap met a saga in each state. A pair that never occurs in a campaign is
 * a part of the promise that nobody tested.
 */
#ifndef TESTS_SIMULATION_REACH_H
#define TESTS_SIMULATION_REACH_H

#include "simulation/seen.h"
#include "simulation/swarm.h"

enum reached {
    REACHED_RUNNING,       /* The saga goes forward; its step is before the pivot. */
    REACHED_PIVOT,         /* Its pivot is out. */
    REACHED_DOUBT,         /* Its pivot is in doubt. */
    REACHED_FENCING,       /* Somebody asks that its pivot shall never be done. */
    REACHED_AFTER,         /* Its pivot is done. */
    REACHED_TURNED,        /* It has turned back, and a do is still out. */
    REACHED_UNDOING,
    REACHED_PARKED,        /* going forward */
    REACHED_PARKED_UNDO,
    REACHED_PAUSED,
    REACHED_WORKING,       /* A participant is working on a step. */
    REACHED_ENDED,
    REACHED_COUNT,
};

struct reach {
    uint64_t counts[MISHAP_COUNT][REACHED_COUNT];
    uint64_t verbs[SEEN_VERBS][REACHED_COUNT]; /* That took effect. */
};

void reach_print(const struct reach *reach);

/* How many pairs that must occur never did. */
uint32_t reach_missing(const struct reach *reach);

#endif
