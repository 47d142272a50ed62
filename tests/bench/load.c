#include "load.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/id.h"
#include "saga/client.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define LISTEN_MS 1000u
#define DRAIN_MS 30000u
#define OUTCOMES 512u

static uint64_t now_us(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

static void give_up(struct load *load, const char *what, const char *why)
{
    pthread_mutex_lock(&load->mutex);
    if (load->trouble[0] == '\0')
        snprintf(load->trouble, sizeof load->trouble, "%s: %s", what, why);
    load->stopping = true;
    pthread_cond_broadcast(&load->changed);
    pthread_mutex_unlock(&load->mutex);
}

/* ---- submitters ---- */

/* Some sagas that are to be submitted now. */
struct batch {
    uint64_t first; /* The number of the first. */
    uint32_t count;
    uint64_t due_us[CLIENT_BATCH_MAX];
};

/* With a rate: when the saga with this number arrives, at the end of its millisecond. */
static uint64_t arrival_us(const struct load *load, uint64_t number)
{
    uint64_t ms = (number + 1) * 1000 / load->wishes.rate + 1;

    return load->begun_us + ms * 1000;
}

static void rest_until(uint64_t us)
{
    struct timespec time = {.tv_sec = (time_t)(us / 1000000),
                            .tv_nsec = (long)(us % 1000000) * 1000};

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

/* What has arrived by now, while there are places. The mutex is held. */
static void take_arrived(struct load *load, struct batch *batch)
{
    uint64_t us = now_us();

    while (batch->count < CLIENT_BATCH_MAX && load->free_places > 0) {
        uint64_t due_us = load->wishes.rate > 0 ? arrival_us(load, load->submitted) : us;
        if (due_us > us)
            break;
        batch->due_us[batch->count++] = due_us;
        load->submitted++;
        load->free_places--;
    }
}

/* Wait for places that are free, and with a rate also due; take up to a batch. False: stop. */
static bool take_places(struct load *load, struct batch *batch)
{
    pthread_mutex_lock(&load->turn);
    pthread_mutex_lock(&load->mutex);
    *batch = (struct batch){.first = load->submitted};
    if (load->wishes.rate > 0) {
        uint64_t due_us = arrival_us(load, load->submitted);
        pthread_mutex_unlock(&load->mutex);
        rest_until(due_us);
        pthread_mutex_lock(&load->mutex);
    }
    while (load->free_places == 0 && !load->stopping)
        pthread_cond_wait(&load->changed, &load->mutex);
    if (!load->stopping)
        take_arrived(load, batch);
    bool stopping = load->stopping;
    pthread_mutex_unlock(&load->mutex);
    pthread_mutex_unlock(&load->turn);
    return !stopping;
}

/* One that has been heard of already, its end before its start, frees its place here. */
static bool count_starts(struct load *load, const struct client_outcome *outcomes,
                         const struct batch *batch)
{
    const struct client_outcome *refused = NULL;

    pthread_mutex_lock(&load->mutex);
    for (uint32_t i = 0; i < batch->count; i++) {
        struct saga_id id;
        if (outcomes[i].status != CLIENT_STARTED || !id_parse(outcomes[i].id, &id)) {
            refused = &outcomes[i];
            continue;
        }
        load->started++;
        if (flights_start(&load->flights, id.number, batch->due_us[i])) {
            load->free_places++;
            load->ended++;
        }
    }
    pthread_cond_broadcast(&load->changed);
    pthread_mutex_unlock(&load->mutex);
    if (refused != NULL)
        give_up(load, refused->code, refused->text);
    return refused == NULL;
}

static bool submit(struct load *load, const struct batch *batch)
{
    static const char input[] =
        "{\"to\":\"+15005550006\",\"from\":\"+15005550006\",\"body\":\"The quick brown fox jumps "
        "over the lazy dog, again and again, until every commit of this benchmark has been synced "
        "to the disk.\",\"segments\":1}";
    struct client_submission submissions[CLIENT_BATCH_MAX];
    struct client_outcome outcomes[CLIENT_BATCH_MAX];
    char keys[CLIENT_BATCH_MAX][48];

    for (uint32_t i = 0; i < batch->count; i++) {
        snprintf(keys[i], sizeof keys[i], "%s-%llu", load->run,
                 (unsigned long long)(batch->first + i));
        submissions[i] = (struct client_submission){.definition = load->wishes.definition,
                                                    .key = keys[i],
                                                    .input = input,
                                                    .input_size = sizeof input - 1};
    }
    int r = client_submit_many(load->client, submissions, batch->count, outcomes);
    if (r != 0) {
        give_up(load, "submit", client_error(load->client));
        return false;
    }
    return count_starts(load, outcomes, batch);
}

static void *run_submitter(void *context)
{
    struct load *load = context;
    struct batch batch;

    while (take_places(load, &batch) && (batch.count == 0 || submit(load, &batch)))
        continue;
    return NULL;
}

/* ---- the listener ---- */

static void count_ends(struct load *load, const struct client_outcome *outcomes, size_t count,
                       uint64_t end_us)
{
    pthread_mutex_lock(&load->mutex);
    for (size_t i = 0; i < count; i++) {
        struct saga_id id;
        if (strcmp(outcomes[i].phase, "completed") != 0)
            load->incomplete++;
        if (id_parse(outcomes[i].id, &id) && flights_end(&load->flights, id.number, end_us)) {
            load->free_places++;
            load->ended++;
        }
    }
    pthread_cond_broadcast(&load->changed);
    pthread_mutex_unlock(&load->mutex);
}

static bool is_drained(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    bool drained = load->drained;
    pthread_mutex_unlock(&load->mutex);
    return drained;
}

static void *run_listener(void *context)
{
    struct load *load = context;
    struct client_outcome outcomes[OUTCOMES];
    size_t count;

    while (!is_drained(load)) {
        int r = client_next(load->client, LISTEN_MS, outcomes, OUTCOMES, &count);
        if (r < 0) {
            give_up(load, "listen", client_error(load->client));
            return NULL;
        }
        if (r == 0)
            count_ends(load, outcomes, count, now_us());
    }
    return NULL;
}

/* ---- the load ---- */

static bool start_threads(struct load *load)
{
    unsigned submitters = load->wishes.rate > 0 ? LOAD_SUBMITTERS_PACED : LOAD_SUBMITTERS;

    if (pthread_create(&load->listener, NULL, run_listener, load) != 0)
        return false;
    load->thread_count = 1;
    for (unsigned i = 0; i < submitters; i++) {
        if (pthread_create(&load->submitters[i], NULL, run_submitter, load) != 0)
            return false;
        load->thread_count++;
    }
    return true;
}

bool load_open(struct load *load, const struct scene *scene, struct load_wishes wishes)
{
    struct client_options options = {.url = scene->url,
                                     .account = scene->account,
                                     .credential = scene->token,
                                     .credential_size = strlen(scene->token)};
    uint8_t run[8];

    memset(load, 0, sizeof *load);
    load->wishes = wishes;
    load->free_places = wishes.in_flight;
    load->begun_us = now_us();
    pthread_mutex_init(&load->turn, NULL);
    pthread_mutex_init(&load->mutex, NULL);
    pthread_cond_init(&load->changed, NULL);
    if (getrandom(run, sizeof run, 0) != (ssize_t)sizeof run)
        return false;
    hex_encode(run, sizeof run, load->run);
    if (client_open(&options, &load->client) < 0) {
        fprintf(stderr, "saga-bench: %s\n", client_error(NULL));
        return false;
    }
    if (flights_init(&load->flights, 2 * (size_t)wishes.in_flight) && start_threads(load))
        return true;
    fprintf(stderr, "saga-bench: memory or threads are short\n");
    return false;
}

void load_close(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    load->stopping = load->drained = true;
    pthread_cond_broadcast(&load->changed);
    pthread_mutex_unlock(&load->mutex);
    if (load->thread_count > 0)
        pthread_join(load->listener, NULL);
    for (unsigned i = 1; i < load->thread_count; i++)
        pthread_join(load->submitters[i - 1], NULL);
    client_close(load->client);
    flights_fini(&load->flights);
    pthread_cond_destroy(&load->changed);
    pthread_mutex_destroy(&load->mutex);
    pthread_mutex_destroy(&load->turn);
}

void load_measure(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    flights_clear(&load->flights);
    load->ended = 0;
    pthread_mutex_unlock(&load->mutex);
}

bool load_is_well(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    bool well = load->trouble[0] == '\0';
    if (!well)
        fprintf(stderr, "saga-bench: %s\n", load->trouble);
    pthread_mutex_unlock(&load->mutex);
    return well;
}

static uint64_t read_count(struct load *load, const uint64_t *count)
{
    pthread_mutex_lock(&load->mutex);
    uint64_t value = *count;
    pthread_mutex_unlock(&load->mutex);
    return value;
}

uint64_t load_started(struct load *load)
{
    return read_count(load, &load->started);
}

uint64_t load_ended(struct load *load)
{
    return read_count(load, &load->ended);
}

void load_latencies(struct load *load, double *ret_p50_ms, double *ret_p99_ms)
{
    pthread_mutex_lock(&load->mutex);
    *ret_p50_ms = flights_latency_ms(&load->flights, 0.50);
    *ret_p99_ms = flights_latency_ms(&load->flights, 0.99);
    pthread_mutex_unlock(&load->mutex);
}

bool load_drain(struct load *load)
{
    struct timespec deadline;
    int code = 0;

    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += DRAIN_MS / 1000;
    pthread_mutex_lock(&load->mutex);
    load->stopping = true;
    pthread_cond_broadcast(&load->changed);
    while (load->free_places < load->wishes.in_flight && load->trouble[0] == '\0' && code == 0)
        code = pthread_cond_timedwait(&load->changed, &load->mutex, &deadline);
    uint32_t left = load->wishes.in_flight - load->free_places;
    uint64_t incomplete = load->incomplete;
    pthread_mutex_unlock(&load->mutex);
    if (left > 0 || incomplete > 0)
        fprintf(stderr, "saga-bench: %u sagas did not end, %llu were not completed\n", left,
                (unsigned long long)incomplete);
    return left == 0 && incomplete == 0;
}
