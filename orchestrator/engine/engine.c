#include "engine/engine.h"

#include "base/fault.h"
#include "base/log.h"
#include "engine/engine_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TIDY_EVERY_MS 1000u
#define CONTAINER(pointer, type, member) \
    ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

/* ---- what has arrived ---- */

static int take_delivery(struct engine *engine, struct transport_delivery *delivery)
{
    if (delivery->type == TRANSPORT_GONE) {
        roster_pipe_gone(&engine->roster, delivery->pipe, engine->now_ms);
        return 0;
    }
    switch (delivery->request.type) {
    case WIRE_POLL:
        return take_poll(engine, delivery);
    case WIRE_SUBMIT:
    case WIRE_GET:
    case WIRE_AWAIT:
        return take_client(engine, delivery);
    case WIRE_PING: /* Answered by the transport. */
        return 0;
    }
    return 0;
}

static int drain(struct engine *engine)
{
    struct request *requests = NULL;
    struct transport_delivery **end = &engine->deliveries;
    int r = 0;

    inbox_drain(engine->options.inbox, &requests, end);
    for (struct transport_delivery *at = engine->deliveries; at != NULL && r == 0; at = at->next)
        r = take_delivery(engine, at);
    while (requests != NULL && r == 0) {
        struct request *request = requests;
        requests = request->next;
        r = arrivals_add(engine, (struct arrival){.type = ARRIVAL_REQUEST, .request = request});
    }
    return pass(r);
}

static void free_deliveries(struct engine *engine)
{
    while (engine->deliveries != NULL) {
        struct transport_delivery *delivery = engine->deliveries;
        engine->deliveries = delivery->next;
        transport_delivery_free(delivery);
    }
}

static int take_arrival(struct engine *engine, const struct arrival *arrival)
{
    switch (arrival->type) {
    case ARRIVAL_REQUEST:
        return take_request(engine, arrival);
    case ARRIVAL_RESULT:
        return take_result(engine, arrival);
    case ARRIVAL_SUBMISSION:
        return take_submission(engine, arrival);
    }
    return 0;
}

/* Handle all that can be handled in this batch; what cannot stays, in its order. */
static int take_arrivals(struct engine *engine)
{
    struct arrivals *arrivals = &engine->arrivals;
    size_t kept = 0;
    int r = 0;

    for (size_t i = 0; i < arrivals->count; i++) {
        struct arrival arrival = arrivals->items[i];
        r = r < 0 ? r : batch_is_full(engine) ? LATER : take_arrival(engine, &arrival);
        if (r != 0)
            arrivals->items[kept++] = arrival;
    }
    arrivals->count = kept;
    return r < 0 ? pass(r) : 0;
}

/* ---- what time brings ---- */

static int fire(struct engine *engine, struct timer *timer)
{
    switch ((enum timer_kind)timer->kind) {
    case TIMER_SAGA:
        return fire_saga(engine, CONTAINER(timer, struct live, timer));
    case TIMER_REQUEST:
        return waiter_timed_out(engine, CONTAINER(timer, struct request, engine_timer));
    case TIMER_WORKER:
        roster_worker_vanished(&engine->roster, CONTAINER(timer, struct worker, timer));
        return 0;
    case TIMER_POLL:
        return dispatch_nothing(engine, CONTAINER(timer, struct poll, timer));
    case TIMER_WATCHER:
        return watchers_flush(engine);
    }
    return 0;
}

/*
 * A saga's timer stays due until its event is durable, so it is put aside meanwhile: perform sets
 * it anew. One whose saga has an event in this batch already is looked at after the commit.
 */
static int fire_timers(struct engine *engine)
{
    struct timer *timer;

    while ((timer = timers_due(&engine->timers, engine->now_ms)) != NULL &&
           !batch_is_full(engine)) {
        if (timer->kind == TIMER_SAGA) {
            struct live *live = CONTAINER(timer, struct live, timer);
            timers_unset(&engine->timers, timer);
            if (live->staged)
                continue;
        }
        int r = fire(engine, timer);
        if (r < 0)
            return pass(r);
    }
    return 0;
}

/* ---- the turn ---- */

/* Rounds: each commits at most one event per saga. Results come before the timers they beat. */
static int settle(struct engine *engine)
{
    int r;

    do {
        r = take_arrivals(engine);
        if (r == 0)
            r = give_lost(engine);
        if (r == 0)
            r = fire_timers(engine);
        if (r == 0)
            r = give_permits(engine);
        if (r == 0)
            r = batch_commit(engine);
    } while (r == 0 && engine->arrivals.count > 0);
    return pass(r);
}

static uint32_t calls_out(const struct engine *engine)
{
    uint32_t out = 0;

    for (size_t i = 0; i < engine->roster.count; i++)
        out += engine->roster.participants[i].out_count;
    return out;
}

/* Stopping: nothing new goes out; what is out may come home for a while. */
static bool has_drained(struct engine *engine)
{
    if (!engine->stopping && inbox_is_stopping(engine->options.inbox)) {
        engine->stopping = true;
        engine->stop_ms = engine->now_ms;
        log_line(LOG_INFO, "stopping: %u calls are out, %zu sagas live", calls_out(engine),
                 engine->lives.count);
    }
    return engine->stopping && (calls_out(engine) == 0 ||
                                engine->now_ms >= engine->stop_ms + ENGINE_DRAIN_MS);
}

/* A wall clock that jumps ahead while the server runs must not make keys old (I-39). */
uint64_t keys_wall_ms(const struct engine *engine)
{
    uint64_t steady_ms = engine->started_wall_ms + (engine->now_ms - engine->started_ms);

    return engine->wall_ms < steady_ms ? engine->wall_ms : steady_ms;
}

static int tidy(struct engine *engine)
{
    if (engine->now_ms < engine->tidied_ms + TIDY_EVERY_MS)
        return 0;
    engine->tidied_ms = engine->now_ms;
    chores_watch(engine);
    return store_tidy(engine->options.store, keys_wall_ms(engine), ENGINE_KEYS_KEEP_MS);
}

/* A step waits for a permit that can be had now: its queue was full when this turn began. */
static bool can_go_on(const struct engine *engine)
{
    for (size_t i = 0; i < engine->roster.count; i++) {
        const struct call *call = engine->roster.participants[i].waiting.first;
        if (call != NULL && roster_room(&engine->roster, (uint8_t)i,
                                        roster_lane((enum saga_direction)call->direction)) > 0)
            return true;
    }
    return false;
}

static uint64_t wait_ms(const struct engine *engine)
{
    uint64_t next_ms = timers_next_ms(&engine->timers);

    if (engine->stopping)
        return 20;
    if (next_ms <= engine->now_ms || can_go_on(engine))
        return 0;
    uint64_t left = next_ms - engine->now_ms;
    uint64_t lists = lists_wait_ms(engine), chores = chores_wait_ms(engine);
    left = left < lists ? left : lists;
    left = left < chores ? left : chores;
    return left < TIDY_EVERY_MS ? left : TIDY_EVERY_MS;
}

int engine_turn(struct engine *engine, struct instant now, uint64_t *ret_wait_ms)
{
    uint64_t now_ms = engine->offset_ms + now.monotonic_ms;

    engine->now_ms = now_ms > engine->now_ms ? now_ms : engine->now_ms;
    engine->wall_ms = now.wall_ms;
    engine->status.turns++;
    census_age(&engine->lives, engine->now_ms);
    bool drained = has_drained(engine);
    int r = drain(engine);
    if (r == 0)
        r = settle(engine);
    if (r == 0)
        r = dispatch(engine);
    if (r == 0)
        r = watchers_flush(engine);
    if (r == 0)
        r = serve_list(engine);
    if (r == 0)
        r = tidy(engine);
    if (r < 0)
        return pass(r);
    chores_turn(engine);
    free_deliveries(engine);
    *ret_wait_ms = wait_ms(engine);
    return drained ? ENGINE_STOPPED : 0;
}

/* ---- open and close ---- */

int engine_open(const struct engine_options *options, struct instant now,
                struct engine **ret_engine, char ret_message[ENGINE_MESSAGE_SIZE])
{
    struct engine *engine = calloc(1, sizeof *engine);

    ret_message[0] = '\0';
    if (engine == NULL)
        return fault(FAULT_MEMORY);
    engine->options = *options;
    if (engine->options.queue_max == 0)
        engine->options.queue_max = ENGINE_QUEUE_MAX;
    if (engine->options.sagas_max == 0)
        engine->options.sagas_max = ENGINE_SAGAS_MAX;
    roster_init(&engine->roster, &engine->timers, engine->options.queue_max);
    lists_init(&engine->lists);
    int r = lives_init(&engine->lives);
    if (r == 0)
        r = recover(engine, now, ret_message);
    if (r < 0) {
        engine_close(engine);
        return pass(r);
    }
    engine->started_ms = engine->now_ms;
    engine->started_wall_ms = now.wall_ms;
    *ret_engine = engine;
    return 0;
}

/* Whoever waits for a saga hears how it stands; whose event was not yet durable, that nobody knows;
 * and what was never looked at, that it was not. */
static void answer_those_that_wait(struct engine *engine)
{
    for (size_t i = 0; i < engine->batch.count; i++)
        if (engine->batch.entries[i]->request != NULL)
            answer_plainly(engine->batch.entries[i]->request, ANSWER_FAULT);
    for (struct live *live = engine->lives.oldest; live != NULL; live = live->newer) {
        while (live->waiters != NULL) {
            struct request *request = live->waiters;
            if (waiter_timed_out(engine, request) < 0)
                answer_plainly(request, ANSWER_FAULT);
        }
    }
    for (size_t i = 0; i < engine->arrivals.count; i++)
        if (engine->arrivals.items[i].type == ARRIVAL_REQUEST)
            answer_plainly(engine->arrivals.items[i].request, ANSWER_SHED);
    lists_fini(&engine->lists);
    inbox_refuse(engine->options.inbox);
}

static void free_plans(struct engine *engine)
{
    while (engine->plans != NULL) {
        struct plan *plan = engine->plans;
        engine->plans = plan->next;
        free(plan->under_way.items);
        free(plan);
    }
}

struct engine *engine_close(struct engine *engine)
{
    if (engine == NULL)
        return NULL;

    answer_those_that_wait(engine);
    chores_fini(&engine->chores);
    free_deliveries(engine);
    client_batches_fini(engine);
    watchers_fini(engine);
    roster_fini(&engine->roster);
    lives_fini(&engine->lives);
    timers_fini(&engine->timers);
    batch_fini(&engine->batch);
    audit_fini(&engine->audit);
    buffer_fini(&engine->reply);
    free_plans(engine);
    free(engine->arrivals.items);
    free(engine);
    return NULL;
}
