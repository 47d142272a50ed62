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

/* Wait for free places and take up to a batch of them; 0: stop. */
static uint32_t take_places(struct load *load, uint64_t *ret_first)
{
    pthread_mutex_lock(&load->mutex);
    while (load->free_places == 0 && !load->stopping)
        pthread_cond_wait(&load->changed, &load->mutex);
    uint32_t count = load->free_places < CLIENT_BATCH_MAX ? load->free_places : CLIENT_BATCH_MAX;
    if (load->stopping)
        count = 0;
    load->free_places -= count;
    *ret_first = load->submitted;
    load->submitted += count;
    pthread_mutex_unlock(&load->mutex);
    return count;
}

/* One that has been heard of already, its end before its start, frees its place here. */
static bool count_starts(struct load *load, const struct client_outcome *outcomes, uint32_t count,
                         uint64_t start_us)
{
    const struct client_outcome *refused = NULL;

    pthread_mutex_lock(&load->mutex);
    for (uint32_t i = 0; i < count; i++) {
        struct saga_id id;
        if (outcomes[i].status != CLIENT_STARTED || !id_parse(outcomes[i].id, &id)) {
            refused = &outcomes[i];
            continue;
        }
        if (flights_start(&load->flights, id.number, start_us)) {
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

static bool submit(struct load *load, uint64_t first, uint32_t count)
{
    static const char input[] =
        "{\"to\":\"+15005550006\",\"from\":\"+15005550006\",\"body\":\"The quick brown fox jumps "
        "over the lazy dog, again and again, until every commit of this benchmark has been synced "
        "to the disk.\",\"segments\":1}";
    struct client_submission submissions[CLIENT_BATCH_MAX];
    struct client_outcome outcomes[CLIENT_BATCH_MAX];
    char keys[CLIENT_BATCH_MAX][48];

    for (uint32_t i = 0; i < count; i++) {
        snprintf(keys[i], sizeof keys[i], "%s-%llu", load->run, (unsigned long long)(first + i));
        submissions[i] = (struct client_submission){.definition = "five_steps",
                                                    .key = keys[i],
                                                    .input = input,
                                                    .input_size = sizeof input - 1};
    }
    uint64_t start_us = now_us();
    int r = client_submit_many(load->client, submissions, count, outcomes);
    if (r != 0) {
        give_up(load, "submit", client_error(load->client));
        return false;
    }
    return count_starts(load, outcomes, count, start_us);
}

static void *run_submitter(void *context)
{
    struct load *load = context;
    uint64_t first;
    uint32_t count;

    while ((count = take_places(load, &first)) > 0 && submit(load, first, count))
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
    if (pthread_create(&load->listener, NULL, run_listener, load) != 0)
        return false;
    load->thread_count = 1;
    for (unsigned i = 0; i < LOAD_SUBMITTERS; i++) {
        if (pthread_create(&load->submitters[i], NULL, run_submitter, load) != 0)
            return false;
        load->thread_count++;
    }
    return true;
}

bool load_open(struct load *load, const struct scene *scene)
{
    struct client_options options = {.url = scene->url,
                                     .account = scene->account,
                                     .credential = scene->token,
                                     .credential_size = strlen(scene->token)};
    uint8_t run[8];

    memset(load, 0, sizeof *load);
    load->in_flight = load->free_places = scene->in_flight;
    pthread_mutex_init(&load->mutex, NULL);
    pthread_cond_init(&load->changed, NULL);
    if (getrandom(run, sizeof run, 0) != (ssize_t)sizeof run)
        return false;
    hex_encode(run, sizeof run, load->run);
    if (client_open(&options, &load->client) < 0) {
        fprintf(stderr, "saga-bench: %s\n", client_error(NULL));
        return false;
    }
    if (flights_init(&load->flights, 2 * (size_t)load->in_flight) && start_threads(load))
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

uint64_t load_ended(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    uint64_t ended = load->ended;
    pthread_mutex_unlock(&load->mutex);
    return ended;
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
    while (load->free_places < load->in_flight && load->trouble[0] == '\0' && code == 0)
        code = pthread_cond_timedwait(&load->changed, &load->mutex, &deadline);
    uint32_t left = load->in_flight - load->free_places;
    uint64_t incomplete = load->incomplete;
    pthread_mutex_unlock(&load->mutex);
    if (left > 0 || incomplete > 0)
        fprintf(stderr, "saga-bench: %u sagas did not end, %llu were not completed\n", left,
                (unsigned long long)incomplete);
    return left == 0 && incomplete == 0;
}
