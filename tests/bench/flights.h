/*
 * Sagas in flight, and how long those took that have landed.
 *
 *   flights_start ──▶ in flight ──flights_end──▶ a latency
 *
 * The end of a saga can be heard before the answer to its submit, which brings its number; so
 * either may come first, and the second of the two makes the latency. Thread: the owner's lock.
 */
#ifndef TESTS_BENCH_FLIGHTS_H
#define TESTS_BENCH_FLIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLIGHTS_LATENCIES_MAX (1u << 26)

struct flight;

struct flights {
    size_t bucket_count;     /* A power of two. */
    struct flight **buckets; /* Owned. */
    struct flight *pool;     /* Owned. */
    struct flight *unused;
    size_t latency_count;
    size_t latency_capacity;
    uint32_t *latencies_us; /* Owned. */
};

/* Room for @most sagas whose start or end is known. False when memory is short. */
bool flights_init(struct flights *flights, size_t most);
void flights_fini(struct flights *flights);

/* True when the saga's other end was known: its latency is counted. */
bool flights_start(struct flights *flights, uint64_t number, uint64_t start_us);
bool flights_end(struct flights *flights, uint64_t number, uint64_t end_us);

/* Forget the latencies so far; what is in flight stays. */
void flights_clear(struct flights *flights);

/* The latency that this share (0 to 1) does not exceed, in ms; 0 when there is none. Sorts. */
double flights_latency_ms(struct flights *flights, double share);

#endif
