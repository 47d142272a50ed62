#include "flights.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct flight {
    struct flight *next;
    uint64_t number;
    uint64_t time_us;
    bool ended; /* The time is that of the end. */
};

bool flights_init(struct flights *flights, size_t most)
{
    memset(flights, 0, sizeof *flights);
    flights->bucket_count = 1024;
    while (flights->bucket_count < most)
        flights->bucket_count *= 2;
    flights->buckets = calloc(flights->bucket_count, sizeof(struct flight *));
    flights->pool = calloc(most, sizeof *flights->pool);
    if (flights->buckets == NULL || flights->pool == NULL) {
        flights_fini(flights);
        return false;
    }
    for (size_t i = 0; i < most; i++) {
        flights->pool[i].next = flights->unused;
        flights->unused = &flights->pool[i];
    }
    return true;
}

void flights_fini(struct flights *flights)
{
    free(flights->buckets);
    free(flights->pool);
    free(flights->latencies_us);
    memset(flights, 0, sizeof *flights);
}

static void count_latency(struct flights *flights, uint64_t latency_us)
{
    if (flights->latency_count == flights->latency_capacity) {
        size_t capacity = flights->latency_capacity > 0 ? 2 * flights->latency_capacity : 65536;
        uint32_t *grown = capacity <= FLIGHTS_LATENCIES_MAX
                              ? realloc(flights->latencies_us, capacity * sizeof *grown)
                              : NULL;
        if (grown == NULL)
            return;
        flights->latencies_us = grown;
        flights->latency_capacity = capacity;
    }
    flights->latencies_us[flights->latency_count++] =
        latency_us < UINT32_MAX ? (uint32_t)latency_us : UINT32_MAX;
}

/* Numbers rise by time in their upper bits and by count in the lower; mix both. */
static struct flight **bucket_of(struct flights *flights, uint64_t number)
{
    uint64_t mixed = number * 0x9e3779b97f4a7c15u;

    return &flights->buckets[(mixed >> 32) & (flights->bucket_count - 1)];
}

static bool meet(struct flights *flights, uint64_t number, uint64_t time_us, bool ended)
{
    struct flight **place = bucket_of(flights, number);

    while (*place != NULL && (*place)->number != number)
        place = &(*place)->next;
    struct flight *flight = *place;
    if (flight != NULL && flight->ended != ended) {
        uint64_t start_us = ended ? flight->time_us : time_us;
        uint64_t end_us = ended ? time_us : flight->time_us;
        count_latency(flights, end_us > start_us ? end_us - start_us : 0);
        *place = flight->next;
        flight->next = flights->unused;
        flights->unused = flight;
        return true;
    }
    if (flight != NULL || flights->unused == NULL)
        return false;
    flight = flights->unused;
    flights->unused = flight->next;
    *flight = (struct flight){.number = number, .time_us = time_us, .ended = ended};
    *place = flight;
    return false;
}

bool flights_start(struct flights *flights, uint64_t number, uint64_t start_us)
{
    return meet(flights, number, start_us, false);
}

bool flights_end(struct flights *flights, uint64_t number, uint64_t end_us)
{
    return meet(flights, number, end_us, true);
}

void flights_clear(struct flights *flights)
{
    flights->latency_count = 0;
}

static int by_length(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

double flights_latency_ms(struct flights *flights, double share)
{
    assert(share >= 0 && share <= 1);
    if (flights->latency_count == 0)
        return 0;
    qsort(flights->latencies_us, flights->latency_count, sizeof *flights->latencies_us, by_length);
    size_t index = (size_t)(share * (double)(flights->latency_count - 1) + 0.5);
    return (double)flights->latencies_us[index] / 1000;
}
