/*
 * What do lists cost the sagas that run? Stretches without and with listers, in pairs, under one
 * steady load; the ratio of the latencies in each pair, and the median of the ratios.
 */
#ifndef TESTS_BENCH_PAIRS_H
#define TESTS_BENCH_PAIRS_H

#include "listers.h"

#define PAIRS_MAX 100u

struct pairs_wishes {
    uint32_t listers;
    uint32_t pairs;
    uint32_t finished; /* Sagas in the store, half of them messages. */
    uint32_t held;     /* Sagas that wait for a worker that does not come. */
    uint32_t rate;     /* 0: a share of what the server ended while it was filled. */
    uint32_t seconds;  /* Of a stretch. */
    const char *folder;
    bool json;
};

/* Measure, and print what was found. False after saying on stderr what is wrong. */
bool pairs_measure(const struct pairs_wishes *wishes);

#endif
