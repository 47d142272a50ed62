/*
 * One lock guards the heap of deadlines and the link between an ask and its exchange. Whoever cuts
 * that link, the answer or the deadline, wakes the exchange, and does so after letting go of the
 * lock, because waking takes locks of the HTTP library.
 */
#include "gateway/desk.h"

#include "base/clock.h"
#include "base/fault.h"
#include "gateway/exchange.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct desk {
    struct inbox *inbox; /* Borrowed. */
    void (*wake)(void *connection);
    pthread_mutex_t lock;
    pthread_cond_t sooner; /* The earliest deadline has changed, or the desk closes. */
    pthread_cond_t idle;   /* Nothing is out. */
    pthread_t thread;
    struct ask **heap; /* Owned; waiting asks, the earliest deadline first. */
    size_t heap_count, heap_capacity;
    size_t out; /* Admitted, and not yet done with. */
    bool draining, closing;
};

/* ---- the heap of deadlines ---- */

static void heap_put(struct desk *desk, size_t place, struct ask *ask)
{
    desk->heap[place] = ask;
    ask->place = place;
}

static void heap_rise(struct desk *desk, size_t place, struct ask *ask)
{
    while (place > 0) {
        size_t parent = (place - 1) / 2;
        if (desk->heap[parent]->deadline_ms <= ask->deadline_ms)
            break;
        heap_put(desk, place, desk->heap[parent]);
        place = parent;
    }
    heap_put(desk, place, ask);
}

static void heap_sink(struct desk *desk, size_t place, struct ask *ask)
{
    for (;;) {
        size_t child = place * 2 + 1;
        if (child >= desk->heap_count)
            break;
        if (child + 1 < desk->heap_count &&
            desk->heap[child + 1]->deadline_ms < desk->heap[child]->deadline_ms)
            child++;
        if (ask->deadline_ms <= desk->heap[child]->deadline_ms)
            break;
        heap_put(desk, place, desk->heap[child]);
        place = child;
    }
    heap_put(desk, place, ask);
}

static void heap_remove(struct desk *desk, struct ask *ask)
{
    assert(desk->heap_count > 0);
    assert(desk->heap[ask->place] == ask);

    size_t place = ask->place;
    struct ask *last = desk->heap[--desk->heap_count];
    if (last == ask)
        return;
    heap_rise(desk, place, last);
    heap_sink(desk, last->place, last);
}

/* Room for everything that is out, made when it is admitted, so that inserting cannot fail. */
static bool heap_make_room(struct desk *desk)
{
    if (desk->out < desk->heap_capacity)
        return true;
    size_t capacity = desk->heap_capacity > 0 ? desk->heap_capacity * 2 : 64;
    struct ask **heap = realloc(desk->heap, capacity * sizeof(struct ask *));
    if (!heap)
        return false;
    desk->heap = heap;
    desk->heap_capacity = capacity;
    return true;
}

/* ---- deadlines ---- */

static void desk_done_with_one(struct desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    assert(desk->out > 0);
    if (--desk->out == 0)
        pthread_cond_broadcast(&desk->idle);
    pthread_mutex_unlock(&desk->lock);
}

static struct timespec timespec_of(uint64_t monotonic_ms)
{
    return (struct timespec){.tv_sec = (time_t)(monotonic_ms / 1000u),
                             .tv_nsec = (long)(monotonic_ms % 1000u) * 1000000L};
}

/* Cut loose the exchange whose deadline has passed, and return its connection; the lock is held. */
static void *desk_take_late(struct desk *desk)
{
    if (desk->heap_count == 0 || desk->heap[0]->deadline_ms > instant_now().monotonic_ms)
        return NULL;
    struct ask *ask = desk->heap[0];
    struct exchange *exchange = ask->exchange;
    heap_remove(desk, ask);
    ask->exchange = NULL;
    exchange->reply_of_desk = (struct desk_reply){.came = false};
    return exchange->connection;
}

static void desk_wait(struct desk *desk)
{
    if (desk->heap_count == 0) {
        pthread_cond_wait(&desk->sooner, &desk->lock);
        return;
    }
    struct timespec until = timespec_of(desk->heap[0]->deadline_ms);
    pthread_cond_timedwait(&desk->sooner, &desk->lock, &until);
}

static void *desk_run(void *context)
{
    struct desk *desk = context;

    pthread_mutex_lock(&desk->lock);
    while (!desk->closing) {
        void *late = desk_take_late(desk);
        if (!late) {
            desk_wait(desk);
            continue;
        }
        pthread_mutex_unlock(&desk->lock);
        desk->wake(late);
        pthread_mutex_lock(&desk->lock);
    }
    pthread_mutex_unlock(&desk->lock);
    return NULL;
}

/* ---- open and close ---- */

static void desk_init_sync(struct desk *desk)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(&desk->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&desk->sooner, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_cond_init(&desk->idle, NULL);
}

static void desk_fini_sync(struct desk *desk)
{
    pthread_cond_destroy(&desk->idle);
    pthread_cond_destroy(&desk->sooner);
    pthread_mutex_destroy(&desk->lock);
}

int desk_open(struct inbox *inbox, void (*wake)(void *connection), struct desk **ret_desk)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    if (!desk)
        return fault(FAULT_MEMORY);
    desk->inbox = inbox;
    desk->wake = wake;
    desk_init_sync(desk);
    if (pthread_create(&desk->thread, NULL, desk_run, desk)) {
        desk_fini_sync(desk);
        free(desk);
        return fault(FAULT_SYSTEM);
    }
    *ret_desk = desk;
    return 0;
}

void desk_drain(struct desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    desk->draining = true;
    while (desk->out > 0)
        pthread_cond_wait(&desk->idle, &desk->lock);
    pthread_mutex_unlock(&desk->lock);
}

struct desk *desk_close(struct desk *desk)
{
    if (!desk)
        return NULL;
    desk_drain(desk);
    pthread_mutex_lock(&desk->lock);
    desk->closing = true;
    pthread_cond_signal(&desk->sooner);
    pthread_mutex_unlock(&desk->lock);
    pthread_join(desk->thread, NULL);
    assert(desk->heap_count == 0);
    desk_fini_sync(desk);
    free(desk->heap);
    free(desk);
    return NULL;
}

/* ---- asking ---- */

struct ask *ask_new(enum request_type type)
{
    struct ask *ask = calloc(1, sizeof(*ask));
    if (!ask)
        return NULL;
    ask->request.type = type;
    if (type == REQUEST_STATUS)
        ask->status = calloc(1, sizeof(*ask->status));
    if (type == REQUEST_CHORE)
        ask->chore = calloc(1, sizeof(*ask->chore));
    if ((type != REQUEST_STATUS || ask->status) && (type != REQUEST_CHORE || ask->chore))
        return ask;
    free(ask);
    return NULL;
}

void ask_free(struct ask *ask)
{
    if (!ask)
        return;
    free(ask->payload);
    free(ask->status);
    free(ask->chore);
    free(ask);
}

bool desk_admit(struct desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    bool admitted = !desk->draining && heap_make_room(desk);
    if (admitted)
        desk->out++;
    pthread_mutex_unlock(&desk->lock);
    return admitted;
}

/* A report is borrowed from the engine until the answer returns; so it is copied. */
static struct desk_reply reply_of(struct ask *ask, const struct answer *answer)
{
    struct desk_reply reply = {
        .came = true,
        .status = answer->status,
        .timed_out = answer->timed_out,
        .refusal = answer->refusal,
        .snapshot = answer->snapshot,
        .page = answer->page,
        .definitions = answer->definitions,
        .audit = answer->audit,
    };

    if (answer->audit_check)
        reply.audit_check = *answer->audit_check;
    if (ask->status && answer->status_report) {
        *ask->status = *answer->status_report;
        reply.status_report = ask->status;
        ask->status = NULL;
    }
    if (ask->chore && answer->chore_report) {
        *ask->chore = *answer->chore_report;
        reply.chore_report = ask->chore;
        ask->chore = NULL;
    }
    return reply;
}

static void desk_answered(struct request *request, struct answer *answer)
{
    struct ask *ask = (struct ask *)request;
    struct desk *desk = ask->desk;
    struct desk_reply reply = reply_of(ask, answer);
    void *connection = NULL;

    pthread_mutex_lock(&desk->lock);
    struct exchange *exchange = ask->exchange;
    if (exchange) {
        heap_remove(desk, ask);
        exchange->reply_of_desk = reply;
        connection = exchange->connection;
    }
    pthread_mutex_unlock(&desk->lock);

    ask_free(ask);
    if (connection)
        desk->wake(connection);
    else
        desk_reply_fini(&reply);
    desk_done_with_one(desk);
}

void desk_ask(struct desk *desk, struct ask *ask, struct exchange *exchange, uint64_t deadline_ms)
{
    ask->desk = desk;
    ask->exchange = exchange;
    ask->deadline_ms = deadline_ms;
    ask->request.answer = desk_answered;

    pthread_mutex_lock(&desk->lock);
    assert(desk->heap_count < desk->heap_capacity);
    heap_rise(desk, desk->heap_count++, ask);
    if (ask->place == 0)
        pthread_cond_signal(&desk->sooner);
    pthread_mutex_unlock(&desk->lock);

    inbox_ask(desk->inbox, &ask->request);
}

void desk_take_reply(struct desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    pthread_mutex_unlock(&desk->lock);
}

void desk_reply_fini(struct desk_reply *reply)
{
    snapshot_free(reply->snapshot);
    page_free(reply->page);
    free(reply->definitions);
    free(reply->audit);
    free(reply->status_report);
    free(reply->chore_report);
    *reply = (struct desk_reply){0};
}
