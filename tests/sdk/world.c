#include "sdk/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void *run(void *context)
{
    struct world *world = context;

    world->result = participant_run(world->participant);
    return NULL;
}

static void idle(void *context)
{
    struct ledger *ledger = context;
    struct world *world = (struct world *)((char *)ledger - offsetof(struct world, ledger));

    atomic_fetch_add(&world->idled, 1);
}

static int open_world(void **state, bool guarded)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    server_init(&world->server);
    ledger_init(&world->ledger);
    /* The participant brings its own guard. */
    world->ledger.guard = guard_close(world->ledger.guard);
    struct participant_options options = {.name = "billing",
                                          .url = world->server.url,
                                          .secret = "s3cret",
                                          .secret_size = 6,
                                          .database = guarded ? world->ledger.database : NULL,
                                          .context = &world->ledger,
                                          .idle = idle};
    assert_int_equal(participant_open(&options, &world->participant), 0);
    assert_int_equal(
        participant_register(world->participant, "pay", ledger_do, "unpay", ledger_undo), 0);
    *state = world;
    return 0;
}

int world_open(void **state)
{
    return open_world(state, true);
}

int world_open_unguarded(void **state)
{
    return open_world(state, false);
}

void world_start(struct world *world)
{
    assert_int_equal(pthread_create(&world->thread, NULL, run, world), 0);
    world->running = true;
}

int world_join(struct world *world)
{
    assert_int_equal(pthread_join(world->thread, NULL), 0);
    world->running = false;
    return world->result;
}

int world_stop(struct world *world)
{
    participant_stop(world->participant);
    return world_join(world);
}

int world_close(void **state)
{
    struct world *world = *state;

    if (world->running)
        assert_int_equal(world_stop(world), 0);
    participant_close(world->participant);
    ledger_fini(&world->ledger);
    server_fini(&world->server);
    free(world);
    return 0;
}

struct wire_call world_call(struct world *world, const char *operation_id,
                            enum saga_direction direction)
{
    struct wire_call call = {.operation_id = operation_id,
                             .saga = "saga_1",
                             .sid = "SM1",
                             .definition = "d",
                             .step = "pay",
                             .operation = direction == SAGA_UNDO ? "unpay" : "pay",
                             .direction = direction,
                             .attempt = 1,
                             .ms_left = 1000,
                             .traceparent = "",
                             .tenant = "AC1",
                             .horizon_ms = 86400000};
    unsigned number = ++world->next_token;

    memcpy(call.token, &number, sizeof number);
    return call;
}

void world_give_work(struct world *world, struct transport_delivery *poll,
                     const struct wire_call *calls, size_t count)
{
    struct wire_reply reply = {.type = WIRE_WORK, .work = {.call_count = count, .calls = calls}};

    server_answer(&world->server, poll, &reply);
}

void world_acknowledge(struct world *world, struct transport_delivery *poll)
{
    static uint8_t tokens[WIRE_RESULTS_MAX][WIRE_TOKEN_SIZE];
    size_t count = poll->request.poll.result_count;
    struct wire_reply reply = {.type = WIRE_WORK,
                               .work = {.acknowledged_count = count,
                                        .acknowledged = (const uint8_t(*)[WIRE_TOKEN_SIZE])tokens}};

    for (size_t i = 0; i < count; i++)
        memcpy(tokens[i], poll->request.poll.results[i].token, WIRE_TOKEN_SIZE);
    server_answer(&world->server, poll, &reply);
}

struct transport_delivery *world_next_poll(struct world *world)
{
    struct transport_delivery *poll = server_next(&world->server, WIRE_POLL);

    assert_string_equal(poll->request.poll.participant, "billing");
    assert_true(bytes_equal(poll->request.poll.credential, bytes_of_text("s3cret")));
    return poll;
}

struct transport_delivery *world_next_results(struct world *world, size_t count)
{
    struct transport_delivery *poll = world_next_poll(world);

    assert_int_equal(poll->request.poll.result_count, count);
    return poll;
}

void world_refuse(struct world *world, struct transport_delivery *poll, const char *code,
                  uint32_t after_ms)
{
    struct wire_reply reply = {.type = WIRE_REFUSAL};

    reply.refusal.code = code;
    reply.refusal.text = "no";
    reply.refusal.after_ms = after_ms;
    server_answer(&world->server, poll, &reply);
}

struct transport_delivery *world_do_two_calls(struct world *world, struct wire_call ret_calls[2])
{
    ret_calls[0] = world_call(world, "saga_1/pay/do.0", SAGA_DO);
    ret_calls[1] = world_call(world, "saga_2/pay/do.0", SAGA_DO);
    server_listen(&world->server);
    world_start(world);
    struct transport_delivery *first = world_next_poll(world);
    transport_delivery_free(world_next_poll(world));
    world_give_work(world, first, ret_calls, 2);
    return world_next_results(world, 2);
}
