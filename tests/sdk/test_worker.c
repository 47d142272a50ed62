/*
 * The worker against a server that the test plays: polls, calls, results, losses and refusals.
 */
#include "sdk/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void two_polls_are_kept_out(void **state)
{
    struct world *world = *state;

    server_listen(&world->server);
    world_start(world);
    struct transport_delivery *first = world_next_poll(world);
    struct transport_delivery *second = world_next_poll(world);
    assert_int_equal(first->request.poll.slots, 64);
    assert_int_equal(second->request.poll.slots, 64);
    assert_int_equal(first->request.poll.worker, second->request.poll.worker);
    assert_int_equal(first->request.poll.result_count + second->request.poll.result_count, 0);

    world_give_work(world, first, NULL, 0);
    struct transport_delivery *third = world_next_poll(world);
    assert_false(server_has_request(&world->server));
    transport_delivery_free(second);
    transport_delivery_free(third);
}

static void results_leave_on_the_poll_that_brought_their_calls(void **state)
{
    struct world *world = *state;

    server_listen(&world->server);
    world_start(world);
    struct transport_delivery *first = world_next_poll(world);
    struct transport_delivery *parked = world_next_poll(world);
    struct wire_call calls[] = {world_call(world, "saga_1/pay/do.0", SAGA_DO),
                                world_call(world, "saga_2/pay/do.0", SAGA_DO),
                                world_call(world, "saga_3/pay/undo", SAGA_UNDO),
                                world_call(world, "saga_4/pay/do.0", SAGA_FENCE)};
    world_give_work(world, first, calls, 4);

    struct transport_delivery *poll = world_next_results(world, 4);
    static const enum saga_verdict verdicts[] = {SAGA_VERDICT_DONE, SAGA_VERDICT_DONE,
                                                 SAGA_VERDICT_DONE, SAGA_VERDICT_REJECTED};
    for (size_t i = 0; i < 4; i++) {
        const struct wire_result *result = &poll->request.poll.results[i];
        assert_string_equal(result->operation_id, calls[i].operation_id);
        assert_memory_equal(result->token, calls[i].token, WIRE_TOKEN_SIZE);
        assert_int_equal(result->attempt, 1);
        assert_int_equal(result->verdict, verdicts[i]);
    }
    assert_true(
        bytes_equal(poll->request.poll.results[0].output, bytes_of_text("saga_1/pay/do.0")));
    transport_delivery_free(parked);
    transport_delivery_free(poll);
}

/* The results that both first polls after a restart carry together. */
static size_t results_after_restart(struct world *world, uint8_t ret_tokens[2][WIRE_TOKEN_SIZE])
{
    size_t count = 0;

    server_vanish(&world->server);
    server_listen(&world->server);
    for (int i = 0; i < 2; i++) {
        struct transport_delivery *poll = world_next_poll(world);
        for (size_t k = 0; k < poll->request.poll.result_count; k++, count++) {
            assert_true(count < 2);
            memcpy(ret_tokens[count], poll->request.poll.results[k].token, WIRE_TOKEN_SIZE);
        }
        transport_delivery_free(poll);
    }
    return count;
}

static void unacknowledged_results_are_sent_again_to_a_restarted_server(void **state)
{
    struct world *world = *state;
    struct transport_delivery *poll;
    struct wire_call calls[2];
    uint8_t tokens[2][WIRE_TOKEN_SIZE];

    poll = world_do_two_calls(world, calls);
    transport_delivery_free(poll);
    assert_int_equal(results_after_restart(world, tokens), 2);
    assert_memory_equal(tokens[0], calls[0].token, WIRE_TOKEN_SIZE);
    assert_memory_equal(tokens[1], calls[1].token, WIRE_TOKEN_SIZE);
    assert_int_equal(results_after_restart(world, tokens), 2);
    assert_int_equal(world_stop(world), 0);
    assert_int_equal(world->ledger.runs, 2);
}

static void acknowledged_results_are_not_sent_again(void **state)
{
    struct world *world = *state;
    struct transport_delivery *poll;
    struct wire_call calls[2];
    uint8_t tokens[2][WIRE_TOKEN_SIZE];

    poll = world_do_two_calls(world, calls);
    world_acknowledge(world, poll);
    poll = world_next_results(world, 0);
    transport_delivery_free(poll);
    assert_int_equal(results_after_restart(world, tokens), 0);
}

static void results_are_not_repeated_while_the_connection_holds(void **state)
{
    struct world *world = *state;
    struct transport_delivery *poll;
    struct wire_call calls[2];

    poll = world_do_two_calls(world, calls);
    for (int i = 0; i < 5; i++) {
        world_give_work(world, poll, NULL, 0);
        poll = world_next_results(world, 0);
    }
    transport_delivery_free(poll);
}

/* Statements that the worker's connection has begun, by their first word. */
struct statements {
    unsigned begins, saves, reverts, commits;
};

static int count_statement(unsigned event, void *context, void *statement, void *text)
{
    struct statements *statements = context;
    const char *sql = text;

    (void)event;
    (void)statement;
    statements->begins += strncmp(sql, "BEGIN", 5) == 0;
    statements->saves += strncmp(sql, "SAVEPOINT", 9) == 0;
    statements->reverts += strncmp(sql, "ROLLBACK TO", 11) == 0;
    statements->commits += strncmp(sql, "COMMIT", 6) == 0;
    return 0;
}

/* A refusal in the midst of a message takes back its own work, and no other's. */
static void calls_of_one_message_are_committed_once(void **state)
{
    static const char *const sagas[] = {"saga_1", "saga_2", "saga_3", "saga_4", "saga_5"};
    struct world *world = *state;
    struct ledger *ledger = &world->ledger;
    struct statements statements = {0};
    struct wire_call calls[] = {world_call(world, "saga_1/pay/do.1", SAGA_DO),
                                world_call(world, "saga_2/pay/do.0", SAGA_DO),
                                world_call(world, "saga_3/pay/do.1", SAGA_DO),
                                world_call(world, "saga_4/pay/do.0", SAGA_DO),
                                world_call(world, "saga_5/pay/do.1", SAGA_DO)};

    for (size_t i = 0; i < 5; i++)
        calls[i].saga = sagas[i];
    ledger->mood = LEDGER_REFUSING; /* What is of generation 0, after its work. */
    sqlite3_trace_v2(ledger->database, SQLITE_TRACE_STMT, count_statement, &statements);
    server_listen(&world->server);
    world_start(world);
    struct transport_delivery *first = world_next_poll(world);
    transport_delivery_free(world_next_poll(world));
    world_give_work(world, first, calls, 5);
    transport_delivery_free(world_next_results(world, 5));
    assert_int_equal(world_stop(world), 0);

    sqlite3_trace_v2(ledger->database, 0, NULL, NULL);
    assert_int_equal(statements.begins, 1);
    assert_int_equal(statements.saves, 5);
    assert_int_equal(statements.reverts, 2);
    assert_int_equal(statements.commits, 1);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(ledger_effect(ledger, sagas[i]), i % 2 == 0 ? 1 : 0);
}

static void a_repeated_call_is_answered_again_and_happens_once(void **state)
{
    struct world *world = *state;

    server_listen(&world->server);
    world_start(world);
    struct transport_delivery *poll = world_next_poll(world);
    transport_delivery_free(world_next_poll(world));
    for (int i = 0; i < 3; i++) {
        struct wire_call call = world_call(world, "saga_1/pay/do.0", SAGA_DO);
        world_give_work(world, poll, &call, 1);
        poll = world_next_results(world, 1);
        assert_int_equal(poll->request.poll.results[0].verdict, SAGA_VERDICT_DONE);
        assert_memory_equal(poll->request.poll.results[0].token, call.token, WIRE_TOKEN_SIZE);
    }
    transport_delivery_free(poll);
    assert_int_equal(world_stop(world), 0);
    assert_int_equal(world->ledger.runs, 1);
    assert_int_equal(ledger_effect(&world->ledger, "saga_1"), 1);
}

static void an_unknown_operation_is_a_retry(void **state)
{
    struct world *world = *state;

    server_listen(&world->server);
    world_start(world);
    struct transport_delivery *poll = world_next_poll(world);
    transport_delivery_free(world_next_poll(world));
    struct wire_call call = world_call(world, "saga_1/fly/do.0", SAGA_DO);
    call.operation = "fly";
    world_give_work(world, poll, &call, 1);
    poll = world_next_results(world, 1);
    assert_int_equal(poll->request.poll.results[0].verdict, SAGA_VERDICT_RETRY);
    assert_string_equal(poll->request.poll.results[0].code, "unknown_operation");
    transport_delivery_free(poll);
}

static void without_a_guard_handlers_run_each_time_and_nothing_is_fenced(void **state)
{
    struct world *world = *state;

    server_listen(&world->server);
    world_start(world);
    struct transport_delivery *poll = world_next_poll(world);
    transport_delivery_free(world_next_poll(world));
    struct wire_call calls[] = {world_call(world, "saga_1/pay/do.0", SAGA_DO),
                                world_call(world, "saga_1/pay/do.0", SAGA_DO),
                                world_call(world, "saga_1/pay/do.0", SAGA_FENCE)};
    world_give_work(world, poll, calls, 3);
    poll = world_next_results(world, 3);
    assert_int_equal(poll->request.poll.results[1].verdict, SAGA_VERDICT_DONE);
    assert_int_equal(poll->request.poll.results[2].verdict, SAGA_VERDICT_RETRY);
    assert_string_equal(poll->request.poll.results[2].code, "no_guard");
    transport_delivery_free(poll);
    assert_int_equal(world_stop(world), 0);
    assert_int_equal(world->ledger.runs, 2);
}

static void a_wrong_credential_ends_the_run_with_a_reason(void **state)
{
    struct world *world = *state;

    server_listen(&world->server);
    world_start(world);
    world_refuse(world, world_next_poll(world), "unauthenticated", 0);
    assert_true(world_join(world) < 0);
    assert_non_null(strstr(participant_error(world->participant), "unauthenticated"));
}

static void any_other_refusal_is_waited_out(void **state)
{
    struct world *world = *state;
    struct transport_delivery *poll;
    struct wire_call calls[2];

    poll = world_do_two_calls(world, calls);
    world_refuse(world, poll, "overloaded", 60);
    poll = world_next_results(world, 2); /* What a refused poll carried was not taken. */
    world_refuse(world, poll, "stopping", 0);
    transport_delivery_free(world_next_results(world, 2));
}

static void an_answer_that_makes_no_sense_is_survived(void **state)
{
    struct world *world = *state;
    struct transport_delivery *poll;
    struct wire_call calls[2];
    struct wire_reply pong = {.type = WIRE_PONG};

    poll = world_do_two_calls(world, calls);
    server_answer_bytes(&world->server, poll, bytes_of_text("\xff\xff\xff\xff"));
    poll = world_next_results(world, 2);
    server_answer(&world->server, poll, &pong);
    transport_delivery_free(world_next_results(world, 2));
}

static void a_server_that_comes_late_is_found(void **state)
{
    struct world *world = *state;

    world_start(world);
    while (atomic_load(&world->idled) < 2)
        sched_yield();
    assert_false(participant_is_connected(world->participant));
    server_listen(&world->server);
    transport_delivery_free(world_next_poll(world));
    transport_delivery_free(world_next_poll(world));
    unsigned idled = atomic_load(&world->idled);
    while (atomic_load(&world->idled) < idled + 2)
        sched_yield();
    assert_true(participant_is_connected(world->participant));
}

static void slots_are_never_more_than_the_results_that_fit(void **state)
{
    struct world *world = *state;
    struct wire_call calls[64];
    char ids[64][48];
    size_t unacknowledged = 0;

    server_listen(&world->server);
    world_start(world);
    struct transport_delivery *poll = world_next_poll(world);
    transport_delivery_free(world_next_poll(world));
    /* 480 results fit on two polls; the parked one has been promised 64 of them. */
    while (poll->request.poll.slots > 0) {
        size_t count = poll->request.poll.slots;
        assert_true(count <= 64);
        for (size_t i = 0; i < count; i++) {
            snprintf(ids[i], sizeof ids[i], "saga_%zu/pay/undo", unacknowledged + i);
            calls[i] = world_call(world, ids[i], SAGA_UNDO);
        }
        world_give_work(world, poll, calls, count);
        poll = world_next_results(world, count);
        unacknowledged += count;
        assert_true(unacknowledged <= 480);
    }
    assert_int_equal(unacknowledged, 480 - 64);
    world_acknowledge(world, poll);
    poll = world_next_results(world, 0);
    assert_true(poll->request.poll.slots > 0);
    transport_delivery_free(poll);
}

#define worker_test(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        worker_test(two_polls_are_kept_out),
        worker_test(results_leave_on_the_poll_that_brought_their_calls),
        worker_test(unacknowledged_results_are_sent_again_to_a_restarted_server),
        worker_test(acknowledged_results_are_not_sent_again),
        worker_test(results_are_not_repeated_while_the_connection_holds),
        worker_test(calls_of_one_message_are_committed_once),
        worker_test(a_repeated_call_is_answered_again_and_happens_once),
        worker_test(an_unknown_operation_is_a_retry),
        cmocka_unit_test_setup_teardown(
            without_a_guard_handlers_run_each_time_and_nothing_is_fenced, world_open_unguarded,
            world_close),
        worker_test(a_wrong_credential_ends_the_run_with_a_reason),
        worker_test(any_other_refusal_is_waited_out),
        worker_test(an_answer_that_makes_no_sense_is_survived),
        worker_test(a_server_that_comes_late_is_found),
        worker_test(slots_are_never_more_than_the_results_that_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
