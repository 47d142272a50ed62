/*
 * The load: start sagas, and time each from its submit to its end.
 *
 *   free places ──submitters, in batches──▶ server ──the listener hears of ends──▶ free places
 *
 * Without a rate, a number of sagas is kept in flight: a batch is as large as there are free
 * places, so a server that ends many at once is given many at once. With one, sagas arrive at it,
 * steadily, whatever the server does, in the milliseconds that are due; each is timed from when it
 * was due. Counts and latencies begin with load_measure, after a warm-up.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include "flights.h"
#include "scene.h"

#include <pthread.h>

#define LOAD_SUBMITTERS 2u
#define LOAD_SUBMITTERS_PACED 8u /* What is due need not wait for those that were due before. */

struct client;

struct load_wishes {
    const char *definition; /* A constant. */
    uint32_t in_flight;     /* With a rate: more than this, and the server cannot carry it. */
    uint32_t rate;          /* Sagas a second; 0: as many as there are places for. */
};

struct load {
    struct client *client;
    struct load_wishes wishes;
    uint64_t begun_us;
    char run[17]; /* Begins every key of this run. */
    pthread_t submitters[LOAD_SUBMITTERS_PACED];
    pthread_t listener;
    unsigned thread_count;
    pthread_mutex_t turn; /* Whose turn it is to take places. */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* Under the mutex. */
    struct flights flights;
    uint32_t free_places;
    uint64_t submitted;  /* Or about to be. */
    uint64_t started;    /* Ever: the server has said so. */
    uint64_t ended;      /* Since load_measure. */
    uint64_t incomplete; /* Ended otherwise than completed; ever. */
    bool stopping;
    bool drained;      /* Nobody listens any more. */
    char trouble[256]; /* Why it cannot go on; "" while all is well. */
};

/* Start. False after saying on stderr what is wrong; load_close is due in any case. */
bool load_open(struct load *load, const struct scene *scene, struct load_wishes wishes);
void load_close(struct load *load);

/* Forget what was counted so far. */
void load_measure(struct load *load);

/* Whether it can go on. */
bool load_is_well(struct load *load);

/* How many the server has started ever, and how many have ended since load_measure. */
uint64_t load_started(struct load *load);
uint64_t load_ended(struct load *load);

/* What half of those since load_measure did not exceed, and what 99 of a hundred did not. */
void load_latencies(struct load *load, double *ret_p50_ms, double *ret_p99_ms);

/* Submit no more and wait for what is in flight; false, said on stderr, when some did not end. */
bool load_drain(struct load *load);

#endif
