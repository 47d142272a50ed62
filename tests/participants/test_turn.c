/* Two threads at one connection: a question never becomes part of the worker's transaction. */
#include "billing/billing.h"
#include "participants/rig.h"
#include "saga/guard.h"
#include "service/turn.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define MESSAGES 400
#define QUESTIONS 200

static const char input[] = "{\"account_sid\":\"" RIG_ACCOUNT "\",\"body\":\"hello\"}";

struct worker {
    struct rig rig;
    struct guard *guard;
    atomic_int messages;
};

/* Reserve, and confirm in the same message: between messages nothing is ever reserved. */
static void work_once(struct worker *worker, int number)
{
    static const char *const operations[] = {"reserve_balance", "confirm"};
    char id[64], sid[40];

    snprintf(sid, sizeof sid, "SM%032x", number);
    for (size_t i = 0; i < 2; i++) {
        participant_handler *handler;
        struct participant_call call =
            rig_make_call(&billing_service, operations[i], sid, input, &handler);
        snprintf(id, sizeof id, "saga_%d/%s/do.0", number, call.step);
        call.operation_id = id;
        assert_int_equal(
            guard_run(worker->guard, &call, handler, &worker->rig.context, &worker->rig.answer), 0);
        rig_expect_done(&worker->rig);
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    for (int i = 0; i < MESSAGES; i++) {
        assert_int_equal(guard_begin(worker->guard), 0);
        work_once(worker, i);
        if (i % 3 == 0)
            guard_rollback(worker->guard);
        else
            assert_int_equal(guard_commit(worker->guard), 0);
        atomic_store(&worker->messages, i + 1);
    }
    return NULL;
}

static void a_question_sees_whole_transactions_only(void **state)
{
    static struct worker worker;
    pthread_t thread;
    struct rig asking;

    (void)state;
    rig_init(&worker.rig, &billing_service);
    asking = worker.rig;
    assert_int_equal(guard_open(database_handle(worker.rig.context.database), &worker.guard), 0);
    assert_int_equal(pthread_create(&thread, NULL, work, &worker), 0);

    /* Every question also writes: what it commits stays, whatever the worker rolls back. */
    for (int i = 0; i < QUESTIONS; i++) {
        json_decref(rig_ask(&asking, "{\"ask\":\"account\",\"account\":\"" RIG_OTHER_ACCOUNT
                                     "\",\"fund\":1}"));
        json_t *books = rig_ask(&asking, "{\"ask\":\"books\"}");
        assert_true(json_is_true(json_object_get(books, "conserved")));
        assert_int_equal(rig_number_at(books, "accounts", 0, "reserved"), 0);
        assert_int_equal(rig_number_at(books, "accounts", 1, "balance"), i + 1);
        json_decref(books);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    json_t *books = rig_ask(&asking, "{\"ask\":\"books\"}");
    assert_int_equal(rig_number(books, "captures"), MESSAGES - (MESSAGES + 2) / 3);
    json_decref(books);
    worker.guard = guard_close(worker.guard);
    rig_fini(&worker.rig);
}

static void a_turn_is_refused_while_a_transaction_stays_open(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, &billing_service);
    assert_int_equal(database_begin(rig.context.database), 0);
    assert_int_equal(turn_begin(rig.context.database), TURN_BUSY);
    database_rollback(rig.context.database);
    assert_int_equal(turn_begin(rig.context.database), 0);
    assert_int_equal(turn_end(rig.context.database, 0), 0);
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_sees_whole_transactions_only),
        cmocka_unit_test(a_turn_is_refused_while_a_transaction_stays_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
