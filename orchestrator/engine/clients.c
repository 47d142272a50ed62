/*
 * What the API tier sends over the wire: submits in bulk, looks at one saga, and the wait for how
 * its sagas end.
 */
#include "engine/engine_state.h"

#include "base/fault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define WATCHERS_MAX 1024u          /* Client processes that wait for outcomes. */
#define WATCHER_OUTCOMES_MAX 65536u /* Kept for one client; older ones are dropped. */
#define WATCHER_IDLE_MS 60000u      /* A client that asks for nothing this long is forgotten. */

/* One client process, and the outcomes it has not heard yet. */
struct watcher {
    struct watcher *next;
    uint64_t client;
    uint64_t exchange; /* A parked Await; 0: none. */
    struct timer timer;
    size_t count;
    size_t capacity;
    struct wire_outcome *outcomes; /* Owns; phases are static, codes are dropped. */
};

/* ---- submits ---- */

static void drop_batch(struct engine *engine, struct client_batch *batch)
{
    struct client_batch **slot = &engine->client_batches;

    while (*slot != batch)
        slot = &(*slot)->next;
    *slot = batch->next;
    free(batch);
}

void client_batches_fini(struct engine *engine)
{
    while (engine->client_batches != NULL)
        drop_batch(engine, engine->client_batches);
}

int client_batch_answer(struct engine *engine, struct client_batch *batch, size_t index,
                        const struct wire_submit_result *result)
{
    assert(index < batch->count);
    assert(batch->remaining > 0);

    batch->results[index] = *result;
    if (--batch->remaining > 0)
        return 0;
    struct wire_reply reply = {.type = WIRE_SUBMITTED};
    reply.submitted.count = batch->count;
    reply.submitted.results = batch->results;
    int r = send_reply(engine, batch->exchange, &reply);
    drop_batch(engine, batch);
    return pass(r);
}

static int take_submit(struct engine *engine, struct transport_delivery *delivery)
{
    const struct wire_submit *submit = &delivery->request.submit;
    size_t count = submit->submission_count;
    struct client_batch *batch =
        calloc(1, sizeof *batch + count * sizeof(struct wire_submit_result));

    if (batch == NULL)
        return fault(FAULT_MEMORY);
    *batch = (struct client_batch){
        .next = engine->client_batches,
        .exchange = delivery->exchange,
        .client = submit->client,
        .count = count,
        .remaining = count,
    };
    engine->client_batches = batch;
    for (size_t i = 0; i < count; i++) {
        int r = arrivals_add(engine, (struct arrival){
                                         .type = ARRIVAL_SUBMISSION,
                                         .submission = &submit->submissions[i],
                                         .delivery = delivery,
                                         .client = batch,
                                         .index = i,
                                     });
        if (r < 0)
            return pass(r);
    }
    return 0;
}

/* ---- looks ---- */

struct client_get {
    struct request request;
    struct engine *engine;
    uint64_t exchange;
};

static void answer_get(struct request *request, struct answer *answer)
{
    struct client_get *get = (struct client_get *)request;
    struct wire_reply reply = {.type = WIRE_OUTCOME};

    reply.outcome = (struct wire_outcome){.id = request->id, .phase = "", .code = "", .text = ""};
    if (answer->snapshot != NULL) {
        reply.outcome.found = true;
        reply.outcome.phase = saga_phase_name(answer->snapshot->phase);
        reply.outcome.code = answer->snapshot->code;
        reply.outcome.text = answer->snapshot->text;
    }
    /* A reply that cannot be built is one that is lost: the client asks again. */
    (void)send_reply(get->engine, get->exchange, &reply);
    snapshot_free(answer->snapshot);
    free(get);
}

static int take_wire_get(struct engine *engine, struct transport_delivery *delivery)
{
    const struct wire_get *wire = &delivery->request.get;
    struct client_get *get = calloc(1, sizeof *get);

    if (get == NULL)
        return fault(FAULT_MEMORY);
    get->engine = engine;
    get->exchange = delivery->exchange;
    get->request = (struct request){
        .type = REQUEST_GET,
        .answer = answer_get,
        .id = wire->id,
        .wait = WAIT_FINISHED,
        .wait_ms = wire->wait_ms,
    };
    text_copy(wire->account, sizeof get->request.tenant, get->request.tenant);
    return arrivals_add(engine, (struct arrival){.type = ARRIVAL_REQUEST,
                                                 .request = &get->request});
}

/* ---- outcomes ---- */

static struct watcher *find_watcher(struct engine *engine, uint64_t client)
{
    struct watcher *watcher = engine->watchers;

    while (watcher != NULL && watcher->client != client)
        watcher = watcher->next;
    return watcher;
}

static void drop_watcher(struct engine *engine, struct watcher *watcher)
{
    struct watcher **slot = &engine->watchers;

    while (*slot != watcher)
        slot = &(*slot)->next;
    *slot = watcher->next;
    timers_unset(&engine->timers, &watcher->timer);
    free(watcher->outcomes);
    free(watcher);
}

void watchers_fini(struct engine *engine)
{
    while (engine->watchers != NULL)
        drop_watcher(engine, engine->watchers);
}

static struct watcher *watcher_of(struct engine *engine, uint64_t client)
{
    struct watcher *watcher = find_watcher(engine, client);
    size_t count = 0;

    if (watcher != NULL)
        return watcher;
    for (const struct watcher *at = engine->watchers; at != NULL; at = at->next)
        count++;
    if (count >= WATCHERS_MAX)
        return NULL;
    watcher = calloc(1, sizeof *watcher);
    if (watcher == NULL)
        return NULL;
    watcher->client = client;
    watcher->timer.kind = TIMER_WATCHER;
    watcher->next = engine->watchers;
    engine->watchers = watcher;
    return watcher;
}

/* What is not kept can be asked for: the client looks at its sagas one by one. */
int watcher_tell(struct engine *engine, const struct live *live)
{
    struct watcher *watcher = live->watcher != 0 ? watcher_of(engine, live->watcher) : NULL;

    if (watcher == NULL || watcher->count == WATCHER_OUTCOMES_MAX)
        return 0;
    if (watcher->count == watcher->capacity) {
        size_t capacity = watcher->capacity > 0 ? 2 * watcher->capacity : 64;
        void *outcomes = realloc(watcher->outcomes, capacity * sizeof *watcher->outcomes);
        if (outcomes == NULL)
            return fault(FAULT_MEMORY);
        watcher->outcomes = outcomes;
        watcher->capacity = capacity;
    }
    watcher->outcomes[watcher->count++] = (struct wire_outcome){
        .id = live->id,
        .phase = saga_phase_name((enum saga_phase)live->saga->state.phase),
        .code = "",
        .text = "",
        .found = true,
    };
    if (watcher->timer.place != 0)
        return 0;
    return timers_set(&engine->timers, &watcher->timer, engine->now_ms + WATCHER_IDLE_MS);
}

static int flush(struct engine *engine, struct watcher *watcher)
{
    size_t count = watcher->count < WIRE_OUTCOMES_MAX ? watcher->count : WIRE_OUTCOMES_MAX;
    struct wire_reply reply = {.type = WIRE_OUTCOMES};

    reply.outcomes.count = count;
    reply.outcomes.outcomes = watcher->outcomes;
    int r = send_reply(engine, watcher->exchange, &reply);
    if (r < 0)
        return pass(r);
    watcher->exchange = 0;
    watcher->count -= count;
    if (watcher->count > 0)
        memmove(watcher->outcomes, watcher->outcomes + count,
                watcher->count * sizeof *watcher->outcomes);
    return timers_set(&engine->timers, &watcher->timer, engine->now_ms + WATCHER_IDLE_MS);
}

int watchers_flush(struct engine *engine)
{
    struct watcher *next;

    for (struct watcher *watcher = engine->watchers; watcher != NULL; watcher = next) {
        next = watcher->next;
        bool due = watcher->timer.place != 0 && watcher->timer.at_ms <= engine->now_ms;
        int r = 0;
        if (watcher->exchange != 0 && (watcher->count > 0 || due || engine->stopping))
            r = flush(engine, watcher);
        else if (due)
            drop_watcher(engine, watcher);
        if (r < 0)
            return pass(r);
    }
    return 0;
}

static int take_await(struct engine *engine, struct transport_delivery *delivery)
{
    const struct wire_await *await = &delivery->request.await;
    struct watcher *watcher = await->client != 0 ? watcher_of(engine, await->client) : NULL;

    if (watcher == NULL)
        return refuse(engine, delivery->exchange, "overloaded", "too many clients wait");
    if (watcher->exchange != 0) {
        int r = flush(engine, watcher); /* The newer Await takes over. */
        if (r < 0)
            return pass(r);
    }
    watcher->exchange = delivery->exchange;
    uint32_t wait_ms = await->wait_ms < WATCHER_IDLE_MS ? await->wait_ms : WATCHER_IDLE_MS;
    return timers_set(&engine->timers, &watcher->timer, engine->now_ms + wait_ms + 1);
}

int take_client(struct engine *engine, struct transport_delivery *delivery)
{
    const struct wire_request *request = &delivery->request;
    const char *account = request->type == WIRE_SUBMIT ? request->submit.account
                          : request->type == WIRE_GET  ? request->get.account
                                                       : request->await.account;
    struct bytes credential = request->type == WIRE_SUBMIT ? request->submit.credential
                              : request->type == WIRE_GET  ? request->get.credential
                                                           : request->await.credential;

    if (!accounts_check_account(engine->options.accounts, account, credential))
        return refuse(engine, delivery->exchange, "unauthenticated",
                      "no account of this name has this credential");
    if (request->type == WIRE_SUBMIT && request->submit.submission_count > 0)
        return take_submit(engine, delivery);
    if (request->type == WIRE_GET)
        return take_wire_get(engine, delivery);
    if (request->type == WIRE_AWAIT)
        return take_await(engine, delivery);
    return refuse(engine, delivery->exchange, "malformed", "a submit without submissions");
}
