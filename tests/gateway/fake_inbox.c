#include "gateway/fake_inbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define FAKE_NUMBER 0x0123456789abcdefu
#define FAKE_NONCE 0xfedcba9876543210u
#define FAKE_CREATED_MS 1438287151000u /* Thu, 30 Jul 2015 20:12:31 +0000 */

struct inbox {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct request *first, **end;
    size_t count;
    bool refusing, serving, closing;
    pthread_t server;
};

int inbox_open(struct inbox **ret_inbox)
{
    struct inbox *inbox = calloc(1, sizeof(*inbox));
    pthread_condattr_t monotonic;

    assert_non_null(inbox);
    inbox->end = &inbox->first;
    pthread_mutex_init(&inbox->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&inbox->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *ret_inbox = inbox;
    return 0;
}

struct inbox *inbox_close(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    inbox->closing = true;
    pthread_cond_broadcast(&inbox->changed);
    pthread_mutex_unlock(&inbox->lock);
    if (inbox->serving)
        pthread_join(inbox->server, NULL);
    assert_null(inbox->first);
    pthread_cond_destroy(&inbox->changed);
    pthread_mutex_destroy(&inbox->lock);
    free(inbox);
    return NULL;
}

void inbox_ask(struct inbox *inbox, struct request *request)
{
    pthread_mutex_lock(&inbox->lock);
    bool refused = inbox->refusing;
    request->next = NULL;
    if (!refused) {
        *inbox->end = request;
        inbox->end = &request->next;
        inbox->count++;
        pthread_cond_broadcast(&inbox->changed);
    }
    pthread_mutex_unlock(&inbox->lock);
    if (refused)
        fake_answer_plainly(request, ANSWER_SHED);
}

void inbox_deliver(void *inbox, struct transport_delivery *delivery)
{
    (void)inbox;
    (void)delivery;
}

void inbox_stop(struct inbox *inbox)
{
    fake_refuse(inbox, true);
}

/* The lock is held. */
static struct request *take_first(struct inbox *inbox)
{
    struct request *request = inbox->first;
    if (!request)
        return NULL;
    inbox->first = request->next;
    if (!inbox->first)
        inbox->end = &inbox->first;
    inbox->count--;
    return request;
}

struct request *fake_take(struct inbox *inbox, enum request_type type)
{
    struct timespec until;
    int r = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += FAKE_WAIT_MS / 1000;
    pthread_mutex_lock(&inbox->lock);
    while (!inbox->first && r == 0)
        r = pthread_cond_timedwait(&inbox->changed, &inbox->lock, &until);
    struct request *request = take_first(inbox);
    pthread_mutex_unlock(&inbox->lock);
    assert_non_null(request);
    assert_int_equal(request->type, type);
    return request;
}

size_t fake_count(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    size_t count = inbox->count;
    pthread_mutex_unlock(&inbox->lock);
    return count;
}

bool fake_is_idle(struct inbox *inbox)
{
    return fake_count(inbox) == 0;
}

void fake_refuse(struct inbox *inbox, bool refuse)
{
    pthread_mutex_lock(&inbox->lock);
    inbox->refusing = refuse;
    pthread_mutex_unlock(&inbox->lock);
}

/* ---- answering by itself ---- */

static void serve_one(struct request *request)
{
    static const struct status report = {.recovered = true};

    if (request->type == REQUEST_STATUS)
        fake_answer(request, (struct answer){.status = ANSWER_OK, .status_report = &report});
    else
        fake_answer_snapshot(request, ANSWER_OK, false, fake_snapshot_for(request));
}

static void *serve(void *context)
{
    struct inbox *inbox = context;

    pthread_mutex_lock(&inbox->lock);
    while (!inbox->closing) {
        struct request *request = take_first(inbox);
        if (!request) {
            pthread_cond_wait(&inbox->changed, &inbox->lock);
            continue;
        }
        pthread_mutex_unlock(&inbox->lock);
        serve_one(request);
        pthread_mutex_lock(&inbox->lock);
    }
    pthread_mutex_unlock(&inbox->lock);
    return NULL;
}

void fake_serve(struct inbox *inbox)
{
    inbox->serving = true;
    assert_int_equal(pthread_create(&inbox->server, NULL, serve, inbox), 0);
}

/* ---- answers ---- */

void fake_answer(struct request *request, struct answer answer)
{
    request->answer(request, &answer);
}

void fake_answer_plainly(struct request *request, enum answer_status status)
{
    fake_answer(request, (struct answer){.status = status});
}

void fake_answer_snapshot(struct request *request, enum answer_status status, bool timed_out,
                          struct snapshot *snapshot)
{
    fake_answer(request,
                (struct answer){.status = status, .timed_out = timed_out, .snapshot = snapshot});
}

/* ---- snapshots ---- */

static const struct snapshot_step message_steps[] = {
    {.name = "validate",
     .participant = "auth",
     .operation = "validate",
     .state = SAGA_DO_DONE,
     .attempts = 1},
    {.name = "reserve_quota",
     .participant = "billing",
     .operation = "reserve_quota",
     .undo_operation = "release_quota",
     .state = SAGA_DO_DONE,
     .attempts = 1},
    {.name = "reserve_balance",
     .participant = "billing",
     .operation = "reserve_balance",
     .undo_operation = "release_balance",
     .state = SAGA_DO_DONE,
     .attempts = 1},
    {.name = "queue",
     .participant = "messaging",
     .operation = "queue",
     .pivot = true,
     .state = SAGA_DO_CALLING,
     .attempts = 1,
     .next_ms = FAKE_CREATED_MS + 1000},
    {.name = "confirm", .participant = "billing", .operation = "confirm"},
};

static struct bytes copy_of(struct bytes bytes)
{
    uint8_t *data = malloc(bytes.size + 1);
    assert_non_null(data);
    if (bytes.size > 0)
        memcpy(data, bytes.data, bytes.size);
    return bytes_of(data, bytes.size);
}

struct snapshot *fake_snapshot(void)
{
    static const char input[] =
        "{\"account_sid\":\"AC1\",\"body\":\"Hi\",\"from\":\"+15005550006\","
        "\"to\":\"+15005550010\"}";
    struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
    size_t count = sizeof(message_steps) / sizeof(message_steps[0]);

    assert_non_null(snapshot);
    snapshot->id = (struct saga_id){.number = FAKE_NUMBER, .nonce = FAKE_NONCE};
    snprintf(snapshot->tenant, sizeof(snapshot->tenant), "AC1");
    snprintf(snapshot->definition, sizeof(snapshot->definition), "send_message");
    snprintf(snapshot->version, sizeof(snapshot->version), "00112233aabbccdd");
    snprintf(snapshot->condition_step, sizeof(snapshot->condition_step), "queue");
    snapshot->phase = SAGA_RUNNING;
    snapshot->condition = SAGA_PROGRESSING;
    snapshot->condition_since_ms = FAKE_CREATED_MS + 100;
    snapshot->created_ms = FAKE_CREATED_MS;
    snapshot->updated_ms = FAKE_CREATED_MS + 2000;
    snapshot->deadline_ms = FAKE_CREATED_MS + 30000;
    snapshot->sequence = 7;
    snapshot->allowed_verbs = 1u << SAGA_CANCEL | 1u << SAGA_PAUSE | 1u << SAGA_TERMINATE;
    snapshot->input = copy_of(bytes_of_text(input));
    snapshot->step_count = count;
    snapshot->steps = calloc(count, sizeof(*snapshot->steps));
    assert_non_null(snapshot->steps);
    memcpy(snapshot->steps, message_steps, sizeof(message_steps));
    return snapshot;
}

struct snapshot *fake_snapshot_for(const struct request *request)
{
    struct snapshot *snapshot = fake_snapshot();

    if (request->tenant[0])
        memcpy(snapshot->tenant, request->tenant, sizeof(snapshot->tenant));
    if (request->definition[0])
        memcpy(snapshot->definition, request->definition, sizeof(snapshot->definition));
    memcpy(snapshot->key, request->key, sizeof(snapshot->key));
    if (request->input.size > 0) {
        free((void *)(uintptr_t)snapshot->input.data);
        snapshot->input = copy_of(request->input);
    }
    return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
    if (!snapshot)
        return;
    for (size_t i = 0; i < snapshot->step_count; i++)
        free((void *)(uintptr_t)snapshot->steps[i].output.data);
    free((void *)(uintptr_t)snapshot->input.data);
    free(snapshot->steps);
    free(snapshot->events);
    free(snapshot);
}

void page_free(struct page *page)
{
    if (!page)
        return;
    for (size_t i = 0; i < page->count; i++)
        snapshot_free(page->rows[i].snapshot);
    free(page);
}

const char *fake_id(void)
{
    static char text[ID_TEXT_SIZE];
    id_text((struct saga_id){FAKE_NUMBER, FAKE_NONCE}, text);
    return text;
}

const char *fake_sid(void)
{
    static char text[ID_SID_SIZE];
    id_sid((struct saga_id){FAKE_NUMBER, FAKE_NONCE}, text);
    return text;
}
