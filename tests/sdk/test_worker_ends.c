/*
 * How a worker ends: told to stop, with a database that failed, or refused from the start.
 */
#include "sdk/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <string.h>

/* ---- stopping ---- */

static struct participant *signalled;

static void on_signal(int number)
{
    (void)number;
    participant_stop(signalled);
}

static void a_signal_handler_can_stop_it(void **state)
{
    struct world *world = *state;
    struct sigaction action = {.sa_handler = on_signal};

    signalled = world->participant;
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    server_listen(&world->server);
    world_start(world);
    transport_delivery_free(world_next_poll(world));
    assert_int_equal(pthread_kill(world->thread, SIGUSR1), 0);
    assert_int_equal(world_join(world), 0);
}

static void a_stop_before_the_start_counts(void **state)
{
    struct world *world = *state;

    participant_stop(world->participant);
    world_start(world);
    assert_int_equal(world_join(world), 0);
}

static void it_can_run_again_and_sends_what_it_still_holds(void **state)
{
    struct world *world = *state;
    struct transport_delivery *poll;
    struct wire_call calls[2];

    poll = world_do_two_calls(world, calls);
    transport_delivery_free(poll);
    assert_int_equal(world_stop(world), 0);
    world_start(world);
    size_t count = 0;
    for (int i = 0; i < 2; i++) {
        poll = world_next_poll(world);
        count += poll->request.poll.result_count;
        transport_delivery_free(poll);
    }
    assert_int_equal(count, 2);
}

/* ---- a database that fails ---- */

static void make_read_only(void *context, const struct participant_call *call,
                           struct participant_answer *answer)
{
    struct ledger *ledger = context;

    (void)call;
    (void)answer;
    sqlite3_exec(ledger->database, "PRAGMA query_only = 1", NULL, NULL, NULL);
}

static void a_database_that_failed_ends_the_run_without_a_result(void **state)
{
    struct world *world = *state;

    assert_int_equal(participant_register(world->participant, "break", make_read_only, NULL, NULL),
                     0);
    server_listen(&world->server);
    world_start(world);
    struct wire_call call = world_call(world, "saga_1/break/do.0", SAGA_DO);
    call.operation = "break";
    world_give_work(world, world_next_poll(world), &call, 1);
    assert_true(world_join(world) < 0);
    assert_non_null(strstr(participant_error(world->participant), "database"));
}

static void lose_the_transaction(void *context, const struct participant_call *call,
                                 struct participant_answer *answer)
{
    struct ledger *ledger = context;

    (void)call;
    (void)answer;
    sqlite3_exec(ledger->database, "ROLLBACK", NULL, NULL, NULL);
}

static void a_lost_transaction_makes_every_call_of_its_message_a_retry(void **state)
{
    struct world *world = *state;

    assert_int_equal(
        participant_register(world->participant, "lose", lose_the_transaction, NULL, NULL), 0);
    server_listen(&world->server);
    world_start(world);
    struct transport_delivery *poll = world_next_poll(world);
    transport_delivery_free(world_next_poll(world));
    struct wire_call calls[] = {world_call(world, "saga_1/pay/do.0", SAGA_DO),
                                world_call(world, "saga_1/lose/do.0", SAGA_DO)};
    calls[1].operation = "lose";
    world_give_work(world, poll, calls, 2);
    poll = world_next_results(world, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(poll->request.poll.results[i].verdict, SAGA_VERDICT_RETRY);

    struct wire_call again = world_call(world, "saga_1/pay/do.0", SAGA_DO);
    world_give_work(world, poll, &again, 1);
    poll = world_next_results(world, 1);
    assert_int_equal(poll->request.poll.results[0].verdict, SAGA_VERDICT_DONE);
    transport_delivery_free(poll);
}

static void a_locked_database_is_answered_busy(void **state)
{
    struct world *world = *state;
    sqlite3 *other;

    assert_int_equal(sqlite3_open(world->ledger.path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    server_listen(&world->server);
    world_start(world);
    struct transport_delivery *poll = world_next_poll(world);
    transport_delivery_free(world_next_poll(world));
    struct wire_call call = world_call(world, "saga_1/pay/do.0", SAGA_DO);
    world_give_work(world, poll, &call, 1);
    poll = world_next_results(world, 1);
    assert_int_equal(poll->request.poll.results[0].verdict, SAGA_VERDICT_BUSY);
    assert_true(poll->request.poll.results[0].after_ms > 0);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    transport_delivery_free(poll);
}

/* ---- opening ---- */

static void wrong_options_are_refused_with_a_reason(void **state)
{
    struct participant *participant = NULL;
    struct participant_options no_name = {.url = "ipc:///tmp/x"};
    struct participant_options wrong_url = {.name = "a", .url = "http://x"};

    (void)state;
    assert_true(participant_open(&no_name, &participant) < 0);
    assert_non_null(strstr(participant_error(NULL), "name"));
    assert_true(participant_open(&wrong_url, &participant) < 0);
    assert_non_null(strstr(participant_error(NULL), "url"));
    assert_null(participant);
    assert_null(participant_close(NULL));
}

#define worker_test(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        worker_test(a_signal_handler_can_stop_it),
        worker_test(a_stop_before_the_start_counts),
        worker_test(it_can_run_again_and_sends_what_it_still_holds),
        worker_test(a_database_that_failed_ends_the_run_without_a_result),
        worker_test(a_lost_transaction_makes_every_call_of_its_message_a_retry),
        worker_test(a_locked_database_is_answered_busy),
        cmocka_unit_test(wrong_options_are_refused_with_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
