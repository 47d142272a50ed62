/*
 * The load: keep a number of sagas in flight, and time each from its submit to its end.
 *
 *   free places ──submitters, in batches──▶ server ──the listener hears of ends──▶ free places
 *
 * A batch is as large as there are free places, so a server that ends many at once is given many at
 * once. Counts and latencies begin with load_measure, after a warm-up.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include "flights.h"
#include "scene.h"

#include <pthread.h>

#define LOAD_SUBMITTERS 2u

struct client;

struct load {
    struct client *client;
    uint32_t in_flight;
    char run[17]; /* Begins every key of this run. */
    pthread_t submitters[LOAD_SUBMITTERS];
    pthread_t listener;
    unsigned thread_count;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* Under the mutex. */
    struct flights flights;
    uint32_t free_places;
    uint64_t submitted;
    uint64_t ended;      /* Since load_measure. */
    uint64_t incomplete; /* Ended otherwise than completed; ever. */
    bool stopping;
    bool drained;      /* Nobody listens any more. */
    char trouble[256]; /* Why it cannot go on; "" while all is well. */
};

/* Start. False after saying on stderr what is wrong; load_close is due in any case. */
bool load_open(struct load *load, const struct scene *scene);
void load_close(struct load *load);

/* Forget what was counted so far. */
void load_measure(struct load *load);

/* Whether it can go on. */
bool load_is_well(struct load *load);

/* How many have ended since load_measure. */
uint64_t load_ended(struct load *load);

/* Submit no more and wait for what is in flight; false, said on stderr, when some did not end. */
bool load_drain(struct load *load);

#endif
