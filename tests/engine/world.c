#include "engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STEP_MS 5u

static const char definition_text[] =
    "saga: send_message\n"
    "deadline: 30s\n"
    "guarded: [auth, billing, messaging]\n"
    "steps:\n"
    "  - {name: validate, participant: auth, read_only: true, timeout: 300ms}\n"
    "  - {name: reserve_quota, participant: billing, undo: release_quota}\n"
    "  - {name: reserve_balance, participant: billing, undo: release_balance}\n"
    "  - {name: queue, participant: messaging, pivot: true}\n"
    "  - {name: confirm, participant: billing}\n";

static const char *const participants[] = {"auth", "billing", "messaging"};

/* ---- the ports ---- */

static void world_random(void *context, void *data, size_t size)
{
    struct world *world = context;
    uint8_t *out = data;

    for (size_t i = 0; i < size; i++) {
        world->seed = world->seed * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(world->seed >> 56);
    }
}

static struct world_worker *worker_of_exchange(struct world *world, uint64_t exchange)
{
    uint8_t asker = world->asker[exchange % WORLD_EXCHANGES];

    world->asker[exchange % WORLD_EXCHANGES] = 0;
    return asker == 0 ? NULL : &world->workers[asker - 1];
}

static void keep_call(struct world *world, const struct world_worker *worker,
                      const struct wire_call *wire)
{
    assert_true(world->call_count < WORLD_CALLS_MAX);
    struct world_call *call = &world->calls[world->call_count++];

    memset(call, 0, sizeof *call);
    snprintf(call->operation_id, sizeof call->operation_id, "%s", wire->operation_id);
    snprintf(call->participant, sizeof call->participant, "%s", worker->participant);
    snprintf(call->step, sizeof call->step, "%s", wire->step);
    snprintf(call->operation, sizeof call->operation, "%s", wire->operation);
    call->direction = wire->direction;
    call->attempt = wire->attempt;
    call->ms_left = wire->ms_left;
    call->outcome_known = wire->outcome_known;
    call->output_count = wire->output_count;
    call->own_output_size = wire->own_output.size;
    snprintf(call->traceparent, sizeof call->traceparent, "%s", wire->traceparent);
    memcpy(call->token, wire->token, sizeof call->token);
}

static void receive(void *context, uint64_t exchange, struct bytes body)
{
    struct world *world = context;
    struct world_worker *worker = worker_of_exchange(world, exchange);
    struct wire_reply reply;

    assert_int_equal(wire_decode_reply(body, &reply), 0);
    if (reply.type == WIRE_REFUSAL)
        world->refusals++;
    if (worker != NULL)
        worker->polls--;
    if (reply.type == WIRE_WORK && worker != NULL) {
        world->acknowledged += reply.work.acknowledged_count;
        for (size_t i = 0; i < reply.work.call_count; i++)
            keep_call(world, worker, &reply.work.calls[i]);
    }
    wire_reply_free(&reply);
}

static void send_poll(struct world *world, struct world_worker *worker,
                      struct wire_result *result)
{
    struct wire_request request = {.type = WIRE_POLL};
    struct buffer body = {0};
    char secret[SAGA_NAME_SIZE + 8];

    snprintf(secret, sizeof secret, "secret-%s", worker->participant);
    request.poll = (struct wire_poll){
        .participant = worker->participant,
        .worker = worker->id,
        .credential = bytes_of_text(secret),
        .slots = worker->slots,
        .result_count = result != NULL,
        .results = result,
    };
    assert_int_equal(wire_encode_request(&request, &body), 0);
    uint64_t exchange =
        transport_local_send(world->transport, worker->pipe, bytes_of(body.data, body.size));
    buffer_fini(&body);
    world->asker[exchange % WORLD_EXCHANGES] = (uint8_t)(worker - world->workers + 1);
    worker->polls++;
}

/* ---- open, close, crash ---- */

static void add_worker(struct world *world, const char *participant)
{
    struct world_worker *worker = &world->workers[world->worker_count++];

    *worker = (struct world_worker){
        .id = 100 + world->worker_count,
        .pipe = ++world->next_pipe,
        .slots = 64,
    };
    snprintf(worker->participant, sizeof worker->participant, "%s", participant);
}

static void fill_accounts(struct world *world)
{
    struct accounts_digest digest;

    accounts_hash(bytes_of_text("token"), &digest);
    assert_int_equal(accounts_add_account(world->accounts, WORLD_TENANT, &digest), 0);
    for (size_t i = 0; i < 3; i++) {
        char secret[SAGA_NAME_SIZE];
        snprintf(secret, sizeof secret, "secret-%s", participants[i]);
        accounts_hash(bytes_of_text(secret), &digest);
        assert_int_equal(accounts_add_participant(world->accounts, participants[i], &digest), 0);
    }
}

void world_start_engine(struct world *world)
{
    char message[ENGINE_MESSAGE_SIZE];

    assert_int_equal(inbox_open(&world->inbox), 0);
    struct transport_sink sink = {.deliver = inbox_deliver, .context = world->inbox};
    assert_int_equal(transport_local_open(sink, receive, world, &world->transport), 0);
    struct engine_options options = {
        .store = world->store,
        .transport = world->transport,
        .inbox = world->inbox,
        .catalog = world->catalog,
        .accounts = world->accounts,
        .random = world_random,
        .random_context = world,
    };
    assert_int_equal(engine_open(&options, world->now, &world->engine, message), 0);
    for (size_t i = 0; i < world->worker_count; i++) {
        world->workers[i].polls = 0;
        world->workers[i].pipe = ++world->next_pipe;
    }
}

static void stop_engine(struct world *world)
{
    world->engine = engine_close(world->engine);
    world->transport = transport_close(world->transport);
    world->inbox = inbox_close(world->inbox);
}

struct world *world_open(void)
{
    struct world *world = calloc(1, sizeof *world);
    struct catalog_report report = {0};

    assert_non_null(world);
    world->seed = 42;
    world->now = (struct instant){.monotonic_ms = 1000, .wall_ms = 1700000000000u};
    world->store = store_memory_open();
    assert_non_null(world->store);
    assert_int_equal(accounts_open(&world->accounts), 0);
    fill_accounts(world);
    assert_int_equal(catalog_open(&world->catalog), 0);
    assert_int_equal(catalog_add_text(world->catalog, "send_message.yaml", definition_text,
                                      sizeof definition_text - 1, &report), 0);
    catalog_report_fini(&report);
    for (size_t i = 0; i < 3; i++)
        add_worker(world, participants[i]);
    world_start_engine(world);
    world_turn(world);
    return world;
}

void world_close(struct world *world)
{
    stop_engine(world);
    world->store = store_close(world->store);
    world->catalog = catalog_close(world->catalog);
    world->accounts = accounts_close(world->accounts);
    free(world);
}

void world_crash(struct world *world, uint64_t down_ms)
{
    stop_engine(world);
    world->now.wall_ms += down_ms;
    world->now.monotonic_ms = 77; /* Another boot: this clock says nothing about the last. */
    world->call_count = 0;
    world_start_engine(world);
}

/* ---- time ---- */

void world_turn(struct world *world)
{
    for (size_t i = 0; i < world->worker_count; i++) {
        struct world_worker *worker = &world->workers[i];
        if (worker->polls == 0 && !worker->deaf)
            send_poll(world, worker, NULL);
    }
    int r = engine_turn(world->engine, world->now, &world->wait_ms);
    assert_true(r == 0 || r == ENGINE_STOPPED);
}

void world_pass(struct world *world, uint64_t ms)
{
    while (ms > 0) {
        uint64_t step = ms < STEP_MS ? ms : STEP_MS;
        world->now.monotonic_ms += step;
        world->now.wall_ms += step;
        ms -= step;
        world_turn(world);
    }
}

/* ---- workers ---- */

struct world_worker *world_worker(struct world *world, const char *participant)
{
    for (size_t i = 0; i < world->worker_count; i++)
        if (strcmp(world->workers[i].participant, participant) == 0)
            return &world->workers[i];
    fail_msg("no worker of %s", participant);
    return NULL;
}

void world_vanish(struct world *world, struct world_worker *worker)
{
    worker->deaf = true;
    worker->polls = 0;
    transport_local_vanish(world->transport, worker->pipe);
    world_turn(world);
}

void world_come_back(struct world *world, struct world_worker *worker)
{
    worker->deaf = false;
    worker->pipe = ++world->next_pipe;
    world_turn(world);
}

static struct world_call *find_call(struct world *world, const char *step,
                                    enum saga_direction direction)
{
    for (size_t i = 0; i < world->call_count; i++)
        if (strcmp(world->calls[i].step, step) == 0 && world->calls[i].direction == direction)
            return &world->calls[i];
    return NULL;
}

bool world_has_call(struct world *world, const char *step, enum saga_direction direction)
{
    return find_call(world, step, direction) != NULL;
}

struct world_call *world_call(struct world *world, const char *step, enum saga_direction direction)
{
    struct world_call *call = find_call(world, step, direction);

    if (call == NULL)
        fail_msg("no call of %s in direction %d", step, (int)direction);
    return call;
}

void world_send_result(struct world *world, const struct world_call *call,
                       const char *participant, enum saga_verdict verdict, const char *words)
{
    struct world_worker *worker = world_worker(world, participant);
    bool done = verdict == SAGA_VERDICT_DONE;
    struct wire_result result = {
        .operation_id = call->operation_id,
        .attempt = call->attempt,
        .verdict = verdict,
        .output = done ? bytes_of_text(words) : bytes_of(NULL, 0),
        .code = done ? "" : words,
        .text = "",
    };

    memcpy(result.token, call->token, sizeof result.token);
    send_poll(world, worker, &result);
    world_turn(world);
}

void world_answer(struct world *world, const char *step, enum saga_direction direction,
                  enum saga_verdict verdict, const char *words)
{
    struct world_call call = *world_call(world, step, direction);
    size_t at = (size_t)(world_call(world, step, direction) - world->calls);

    world->calls[at] = world->calls[--world->call_count];
    world_send_result(world, &call, call.participant, verdict, words);
}

void world_do_all(struct world *world)
{
    while (world->call_count > 0) {
        struct world_call call = world->calls[0];
        world_answer(world, call.step, call.direction, SAGA_VERDICT_DONE, "");
    }
}

/* ---- asking ---- */

static void take_answer(struct request *request, struct answer *answer)
{
    struct asked *asked = (struct asked *)request;

    assert_false(asked->answered);
    asked->answered = true;
    asked->status = answer->status;
    asked->timed_out = answer->timed_out;
    asked->refusal = answer->refusal;
    asked->snapshot = answer->snapshot;
    asked->page = answer->page;
    asked->audit = answer->audit;
    if (answer->audit_check != NULL)
        asked->check = *answer->audit_check;
    if (answer->chore_report != NULL)
        asked->verify = answer->chore_report->verify;
}

void asked_fini(struct asked *asked)
{
    snapshot_free(asked->snapshot);
    page_free(asked->page);
    free(asked->audit);
    memset(asked, 0, sizeof *asked);
}

void world_ask_submit(struct world *world, struct asked *asked, const char *key,
                      const char *input)
{
    struct request *request = &asked->request;

    request->type = REQUEST_SUBMIT;
    request->answer = take_answer;
    snprintf(request->tenant, sizeof request->tenant, "%s", WORLD_TENANT);
    snprintf(request->key, sizeof request->key, "%s", key);
    snprintf(request->definition, sizeof request->definition, "%s", "send_message");
    request->input = bytes_of_text(input);
    inbox_ask(world->inbox, request);
}

void world_submit(struct world *world, struct asked *asked, const char *key, const char *input)
{
    world_ask_submit(world, asked, key, input);
    world_turn(world);
}

struct saga_id world_start(struct world *world, const char *key)
{
    struct asked asked = {0};

    world_submit(world, &asked, key, "{}");
    assert_true(asked.answered);
    assert_int_equal(asked.status, ANSWER_OK);
    struct saga_id id = asked.snapshot->id;
    asked_fini(&asked);
    return id;
}

struct saga_id world_start_to_queue(struct world *world, const char *key)
{
    struct saga_id id = world_start(world, key);

    world_answer(world, "validate", SAGA_DO, SAGA_VERDICT_DONE, "{\"segments\":1}");
    world_answer(world, "reserve_quota", SAGA_DO, SAGA_VERDICT_DONE, "q");
    world_answer(world, "reserve_balance", SAGA_DO, SAGA_VERDICT_DONE, "b");
    return id;
}

void world_act(struct world *world, struct asked *asked, struct saga_id id, enum saga_verb verb,
               const char *step)
{
    struct request *request = &asked->request;

    request->type = REQUEST_VERB;
    request->answer = take_answer;
    request->id = id;
    request->verb = verb;
    snprintf(request->step, sizeof request->step, "%s", step);
    snprintf(request->actor, sizeof request->actor, "%s", "ada");
    snprintf(request->reason, sizeof request->reason, "%s", "because");
    inbox_ask(world->inbox, request);
    world_turn(world);
}

void world_get(struct world *world, struct asked *asked, struct saga_id id)
{
    struct request *request = &asked->request;

    request->type = REQUEST_GET;
    request->answer = take_answer;
    request->id = id;
    inbox_ask(world->inbox, request);
    world_turn(world);
}

void world_put(struct world *world, struct asked *asked, struct request request)
{
    *asked = (struct asked){.request = request};
    asked->request.answer = take_answer;
    inbox_ask(world->inbox, &asked->request);
}

void world_ask(struct world *world, struct asked *asked, struct request request)
{
    world_put(world, asked, request);
    world_turn(world);
    assert_true(asked->answered);
}

enum saga_phase world_phase(struct world *world, struct saga_id id)
{
    struct asked asked = {0};

    world_get(world, &asked, id);
    assert_true(asked.answered);
    assert_int_equal(asked.status, ANSWER_OK);
    enum saga_phase phase = asked.snapshot->phase;
    asked_fini(&asked);
    return phase;
}
