/*
 * Reach: how often each mishap met a saga in each state. A pair that never occurs in a campaign is
 * a part of the promise that nobody tested.
 */
#ifndef TESTS_SIMULATION_REACH_H
#define TESTS_SIMULATION_REACH_H

#include "simulation/swarm.h"

enum reached {
    REACHED_RUNNING,       /* The saga goes forward; its step is before the pivot. */
    REACHED_PIVOT,         /* Its pivot is out. */
    REACHED_DOUBT,         /* Its pivot is in doubt. */
    REACHED_AFTER,         /* Its pivot is done. */
    REACHED_TURNED,        /* It has turned back, and a do is still out. */
    REACHED_UNDOING,
    REACHED_PARKED,
    REACHED_PAUSED,
    REACHED_WORKING,       /* A participant is working on a step. */
    REACHED_ENDED,
    REACHED_COUNT,
};

struct reach {
    uint64_t counts[MISHAP_COUNT][REACHED_COUNT];
};

/* Print the table; how many pairs that must occur never did. */
uint32_t reach_print(const struct reach *reach, bool shown);

#endif
