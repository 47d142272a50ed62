/*
 * The guard by examples, each a sentence about what is answered and what is left.
 */
#include "base/fault.h"
#include "sdk/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAGA "saga_1"

static int with_ledger(void **state)
{
    struct ledger *ledger = malloc(sizeof *ledger);

    ledger_init(ledger);
    *state = ledger;
    return 0;
}

static int without_ledger(void **state)
{
    ledger_fini(*state);
    free(*state);
    return 0;
}

static void expect(struct ledger *ledger, enum participant_direction direction, unsigned generation,
                   enum participant_verdict verdict)
{
    assert_int_equal(ledger_ask(ledger, SAGA, direction, generation), verdict);
}

static void a_do_happens_once_and_is_answered_again(void **state)
{
    struct ledger *ledger = *state;

    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
    assert_memory_equal(ledger->answer.output, SAGA "/pay/do.0", ledger->answer.output_size);
    assert_int_equal(ledger->answer.output_size, strlen(SAGA "/pay/do.0"));
    assert_int_equal(ledger->runs, 1);
    assert_int_equal(ledger_effect(ledger, SAGA), 1);
}

static void a_stored_answer_survives_a_restart(void **state)
{
    struct ledger *ledger = *state;

    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
    ledger_crash(ledger);
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
    assert_int_equal(ledger->answer.output_size, strlen(SAGA "/pay/do.0"));
    assert_int_equal(ledger->runs, 1);
}

static void what_was_not_committed_never_happened(void **state)
{
    struct ledger *ledger = *state;

    ledger_begin(ledger);
    assert_int_equal(ledger_call(ledger, SAGA, PARTICIPANT_DO, 0), PARTICIPANT_DONE);
    ledger_crash(ledger);
    assert_int_equal(ledger_effect(ledger, SAGA), 0);
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
    assert_int_equal(ledger->runs, 2);
    assert_int_equal(ledger_effect(ledger, SAGA), 1);
}

static void a_refusal_leaves_nothing_and_is_final(void **state)
{
    struct ledger *ledger = *state;

    ledger->mood = LEDGER_REFUSING;
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_REJECTED);
    assert_int_equal(ledger_effect(ledger, SAGA), 0);

    ledger->mood = LEDGER_WILLING;
    ledger_crash(ledger);
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_REJECTED);
    assert_string_equal(ledger->answer.code, "no_money");
    assert_string_equal(ledger->answer.text, "The account is empty.");
    assert_int_equal(ledger->runs, 1);
}

static void a_refusal_takes_only_its_own_work_back(void **state)
{
    struct ledger *ledger = *state;

    ledger_begin(ledger);
    assert_int_equal(ledger_call(ledger, "saga_2", PARTICIPANT_DO, 0), PARTICIPANT_DONE);
    ledger->mood = LEDGER_REFUSING;
    assert_int_equal(ledger_call(ledger, SAGA, PARTICIPANT_DO, 0), PARTICIPANT_REJECTED);
    ledger_commit(ledger);
    assert_int_equal(ledger_effect(ledger, "saga_2"), 1);
    assert_int_equal(ledger_effect(ledger, SAGA), 0);
}

static void a_next_generation_can_do_what_was_refused(void **state)
{
    struct ledger *ledger = *state;

    ledger->mood = LEDGER_REFUSING;
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_REJECTED);
    expect(ledger, PARTICIPANT_DO, 1, PARTICIPANT_DONE);
    assert_int_equal(ledger_effect(ledger, SAGA), 1);
    expect(ledger, PARTICIPANT_UNDO, 0, PARTICIPANT_DONE);
    assert_int_equal(ledger_effect(ledger, SAGA), 0);
}

static void an_older_generation_that_comes_late_is_fenced(void **state)
{
    struct ledger *ledger = *state;

    expect(ledger, PARTICIPANT_FENCE, 1, PARTICIPANT_REJECTED);
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_FENCED);
    assert_int_equal(ledger->runs, 0);
}

static void an_undo_before_the_do_is_done_and_fences_every_generation(void **state)
{
    struct ledger *ledger = *state;

    expect(ledger, PARTICIPANT_UNDO, 0, PARTICIPANT_DONE);
    assert_int_equal(ledger->runs, 0);
    ledger_crash(ledger);
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_FENCED);
    expect(ledger, PARTICIPANT_DO, 7, PARTICIPANT_FENCED);
    expect(ledger, PARTICIPANT_UNDO, 0, PARTICIPANT_DONE);
    assert_int_equal(ledger->runs, 0);
}

static void an_undo_happens_once(void **state)
{
    struct ledger *ledger = *state;

    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
    expect(ledger, PARTICIPANT_UNDO, 0, PARTICIPANT_DONE);
    expect(ledger, PARTICIPANT_UNDO, 0, PARTICIPANT_DONE);
    assert_int_equal(ledger->runs, 2);
    assert_int_equal(ledger_effect(ledger, SAGA), 0);
}

static void an_undo_of_something_refused_has_nothing_to_do(void **state)
{
    struct ledger *ledger = *state;

    ledger->mood = LEDGER_REFUSING;
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_REJECTED);
    expect(ledger, PARTICIPANT_UNDO, 0, PARTICIPANT_DONE);
    assert_int_equal(ledger->runs, 1);
}

static void an_undo_is_told_the_output_that_the_server_never_learnt(void **state)
{
    struct ledger *ledger = *state;

    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
    expect(ledger, PARTICIPANT_UNDO, 0, PARTICIPANT_DONE);
    assert_true(ledger->has_seen_output);
}

static void a_fence_makes_sure_that_the_do_never_happens(void **state)
{
    struct ledger *ledger = *state;

    expect(ledger, PARTICIPANT_FENCE, 0, PARTICIPANT_REJECTED);
    expect(ledger, PARTICIPANT_FENCE, 0, PARTICIPANT_REJECTED);
    ledger_crash(ledger);
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_FENCED);
    assert_int_equal(ledger->runs, 0);
}

static void a_fence_that_comes_late_answers_what_was_decided(void **state)
{
    struct ledger *ledger = *state;

    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
    expect(ledger, PARTICIPANT_FENCE, 0, PARTICIPANT_DONE);
    assert_int_equal(ledger->answer.output_size, strlen(SAGA "/pay/do.0"));
    assert_int_equal(ledger_effect(ledger, SAGA), 1);
}

static void a_retry_is_rolled_back_and_not_stored(void **state)
{
    struct ledger *ledger = *state;

    ledger->mood = LEDGER_FAILING;
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_RETRY);
    assert_int_equal(ledger_effect(ledger, SAGA), 0);
    assert_int_equal(ledger_count(ledger, "SELECT count(*) FROM saga_guard"), 0);
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
    assert_int_equal(ledger_effect(ledger, SAGA), 1);
}

static void work_that_goes_on_is_kept_asked_again_and_decided_later(void **state)
{
    struct ledger *ledger = *state;

    ledger->mood = LEDGER_WORKING;
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_WORKING);
    assert_int_equal(ledger_effect(ledger, SAGA), 1);
    expect(ledger, PARTICIPANT_FENCE, 0, PARTICIPANT_WORKING);
    ledger_crash(ledger);
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
    assert_int_equal(ledger->runs, 2);
    assert_int_equal(ledger_effect(ledger, SAGA), 1);
}

static void work_that_goes_on_is_undone(void **state)
{
    struct ledger *ledger = *state;

    ledger->mood = LEDGER_WORKING;
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_WORKING);
    expect(ledger, PARTICIPANT_UNDO, 0, PARTICIPANT_DONE);
    assert_int_equal(ledger_effect(ledger, SAGA), 0);
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_FENCED);
    assert_int_equal(ledger_effect(ledger, SAGA), 0);
}

/* ---- handlers that misbehave ---- */

static int run_with(struct ledger *ledger, enum participant_direction direction,
                    participant_handler *handler)
{
    struct participant_call call = {
        .operation_id = direction == PARTICIPANT_UNDO ? SAGA "/pay/undo" : SAGA "/pay/do.0",
        .saga = SAGA,
        .step = "pay",
        .operation = "pay",
        .direction = direction};

    return guard_run(ledger->guard, &call, handler, ledger, &ledger->answer);
}

static void refuse_to_undo(void *context, const struct participant_call *call,
                           struct participant_answer *answer)
{
    ledger_undo(context, call, answer);
    participant_reject(answer, "not_now", "The books are closed.");
}

static void a_refused_undo_is_rolled_back_and_can_be_asked_again(void **state)
{
    struct ledger *ledger = *state;

    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
    ledger_begin(ledger);
    assert_int_equal(run_with(ledger, PARTICIPANT_UNDO, refuse_to_undo), 0);
    ledger_commit(ledger);
    assert_int_equal(ledger->answer.verdict, PARTICIPANT_REJECTED);
    assert_int_equal(ledger_effect(ledger, SAGA), 1);
    expect(ledger, PARTICIPANT_UNDO, 0, PARTICIPANT_DONE);
    assert_int_equal(ledger_effect(ledger, SAGA), 0);
}

static void commit_by_oneself(void *context, const struct participant_call *call,
                              struct participant_answer *answer)
{
    struct ledger *ledger = context;

    ledger_do(context, call, answer);
    sqlite3_exec(ledger->database, "COMMIT", NULL, NULL, NULL);
}

static void a_handler_that_commits_leaves_no_effect(void **state)
{
    struct ledger *ledger = *state;

    ledger_begin(ledger);
    assert_int_equal(run_with(ledger, PARTICIPANT_DO, commit_by_oneself), fault(FAULT_LIMIT));
    guard_rollback(ledger->guard);
    assert_int_equal(ledger_effect(ledger, SAGA), 0);
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
    assert_int_equal(ledger_effect(ledger, SAGA), 1);
}

static void claim_to_be_fenced(void *context, const struct participant_call *call,
                               struct participant_answer *answer)
{
    ledger_do(context, call, answer);
    answer->verdict = PARTICIPANT_FENCED;
}

static void answer_too_much(void *context, const struct participant_call *call,
                            struct participant_answer *answer)
{
    static const char much[PARTICIPANT_OUTPUT_MAX + 1];

    ledger_do(context, call, answer);
    assert_false(participant_done(answer, much, sizeof much));
}

static void an_answer_that_cannot_be_given_is_a_retry_without_effect(void **state)
{
    struct ledger *ledger = *state;

    ledger_begin(ledger);
    assert_int_equal(run_with(ledger, PARTICIPANT_DO, claim_to_be_fenced), 0);
    assert_int_equal(ledger->answer.verdict, PARTICIPANT_RETRY);
    assert_int_equal(run_with(ledger, PARTICIPANT_DO, answer_too_much), 0);
    assert_int_equal(ledger->answer.verdict, PARTICIPANT_RETRY);
    assert_string_equal(ledger->answer.code, "output_too_large");
    ledger_commit(ledger);
    assert_int_equal(ledger_effect(ledger, SAGA), 0);
}

static void an_id_that_is_none_is_a_retry_and_runs_nothing(void **state)
{
    static const char *const wrong[] = {"",         "/",         "a/b",
                                        "a//do.0",  "/b/do.0",   "a/b/do",
                                        "a/b/do.",  "a/b/do.x",  "a/b/do.99999999",
                                        "a/b/undo", "a/b/do.-1", "a/b/do.0/"};
    struct ledger *ledger = *state;

    ledger_begin(ledger);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct participant_call call = {.operation_id = wrong[i],
                                        .saga = SAGA,
                                        .step = "pay",
                                        .operation = "pay",
                                        .direction = PARTICIPANT_DO};
        assert_int_equal(guard_run(ledger->guard, &call, ledger_do, ledger, &ledger->answer), 0);
        assert_int_equal(ledger->answer.verdict, PARTICIPANT_RETRY);
        assert_string_equal(ledger->answer.code, "malformed");
    }
    ledger_commit(ledger);
    assert_int_equal(ledger->runs, 0);
}

/* ---- a database that fails ---- */

static void answer_at_length(void *context, const struct participant_call *call,
                             struct participant_answer *answer)
{
    static const char much[PARTICIPANT_OUTPUT_MAX];

    ledger_do(context, call, answer);
    assert_true(participant_done(answer, much, sizeof much));
}

static void limit_pages(struct ledger *ledger, int more)
{
    char sql[64];

    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %d",
             ledger_count(ledger, "PRAGMA page_count") + more);
    ledger_count(ledger, sql);
}

static void a_full_disk_loses_the_message_and_nothing_else(void **state)
{
    struct ledger *ledger = *state;

    assert_int_equal(ledger_ask(ledger, "saga_3", PARTICIPANT_DO, 0), PARTICIPANT_DONE);
    limit_pages(ledger, 2);
    ledger_begin(ledger);
    assert_int_equal(ledger_call(ledger, "saga_2", PARTICIPANT_DO, 0), PARTICIPANT_DONE);
    assert_int_equal(run_with(ledger, PARTICIPANT_DO, answer_at_length), fault(FAULT_LIMIT));
    guard_rollback(ledger->guard);

    limit_pages(ledger, 10000);
    assert_int_equal(ledger_effect(ledger, "saga_2"), 0);
    assert_int_equal(ledger_ask(ledger, "saga_2", PARTICIPANT_DO, 0), PARTICIPANT_DONE);
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
    assert_int_equal(ledger_effect(ledger, "saga_3"), 1);
}

static void a_locked_database_is_a_fault_that_passes(void **state)
{
    struct ledger *ledger = *state;
    sqlite3 *other;

    assert_int_equal(sqlite3_open(ledger->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(guard_begin(ledger->guard), fault(FAULT_LOCKED));
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    expect(ledger, PARTICIPANT_DO, 0, PARTICIPANT_DONE);
}

static void a_file_that_is_no_database_is_refused_at_the_start(void **state)
{
    struct ledger *ledger = *state;
    char path[128];
    struct guard *guard = NULL;
    sqlite3 *database;

    snprintf(path, sizeof path, "%s/noise", ledger->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 2000; i++)
        fputs("noise ", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(guard_open(database, &guard), fault(FAULT_CORRUPT));
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    assert_int_equal(remove(path), 0);
}

/* Fence @count sagas with calls that name a horizon. */
static void fence_many(struct ledger *ledger, const char *prefix, int count, uint64_t horizon_ms)
{
    char id[64];

    ledger_begin(ledger);
    for (int i = 0; i < count; i++) {
        struct participant_call call = {
            .operation_id = id, .direction = PARTICIPANT_FENCE, .horizon_ms = horizon_ms};
        snprintf(id, sizeof id, "%s%d/pay/do.0", prefix, i);
        assert_int_equal(guard_run(ledger->guard, &call, NULL, NULL, &ledger->answer), 0);
    }
    ledger_commit(ledger);
}

static uint64_t last_kept_ms(struct ledger *ledger)
{
    return (uint64_t)ledger_count(ledger, "SELECT max(keep_until_ms) / 1000 FROM saga_guard") *
           1000;
}

static void decisions_past_their_horizon_are_forgotten_in_bounded_steps(void **state)
{
    struct ledger *ledger = *state;
    int total = 0;
    int count;

    fence_many(ledger, "saga_", 600, 60000);
    uint64_t kept_ms = last_kept_ms(ledger);
    assert_int_equal(guard_forget(ledger->guard, kept_ms - 30000, 0), 0);
    assert_int_equal(guard_forget(ledger->guard, kept_ms + 30000, 60000), 0);
    while ((count = guard_forget(ledger->guard, kept_ms + 120000, 60000)) > 0) {
        assert_true(count <= 256);
        total += count;
    }
    assert_int_equal(count, 0);
    assert_int_equal(total, 600);
    assert_int_equal(ledger_count(ledger, "SELECT count(*) FROM saga_guard"), 0);
}

static void each_decision_is_kept_for_the_horizon_of_its_own_call(void **state)
{
    struct ledger *ledger = *state;

    fence_many(ledger, "long_", 3, 100000000);
    uint64_t long_ms = last_kept_ms(ledger);
    fence_many(ledger, "short_", 5, 1000);
    assert_int_equal(guard_forget(ledger->guard, long_ms - 50000000, 0), 5);
    assert_int_equal(guard_forget(ledger->guard, long_ms - 10000, 0), 0);
    assert_int_equal(guard_forget(ledger->guard, long_ms + 10000, 0), 3);
}

#define guard_test(name) cmocka_unit_test_setup_teardown(name, with_ledger, without_ledger)

int main(void)
{
    const struct CMUnitTest tests[] = {
        guard_test(a_do_happens_once_and_is_answered_again),
        guard_test(a_stored_answer_survives_a_restart),
        guard_test(what_was_not_committed_never_happened),
        guard_test(a_refusal_leaves_nothing_and_is_final),
        guard_test(a_refusal_takes_only_its_own_work_back),
        guard_test(a_next_generation_can_do_what_was_refused),
        guard_test(an_older_generation_that_comes_late_is_fenced),
        guard_test(an_undo_before_the_do_is_done_and_fences_every_generation),
        guard_test(an_undo_happens_once),
        guard_test(an_undo_of_something_refused_has_nothing_to_do),
        guard_test(an_undo_is_told_the_output_that_the_server_never_learnt),
        guard_test(a_fence_makes_sure_that_the_do_never_happens),
        guard_test(a_fence_that_comes_late_answers_what_was_decided),
        guard_test(a_retry_is_rolled_back_and_not_stored),
        guard_test(work_that_goes_on_is_kept_asked_again_and_decided_later),
        guard_test(work_that_goes_on_is_undone),
        guard_test(a_refused_undo_is_rolled_back_and_can_be_asked_again),
        guard_test(a_handler_that_commits_leaves_no_effect),
        guard_test(an_answer_that_cannot_be_given_is_a_retry_without_effect),
        guard_test(an_id_that_is_none_is_a_retry_and_runs_nothing),
        guard_test(a_full_disk_loses_the_message_and_nothing_else),
        guard_test(a_locked_database_is_a_fault_that_passes),
        guard_test(a_file_that_is_no_database_is_refused_at_the_start),
        guard_test(decisions_past_their_horizon_are_forgotten_in_bounded_steps),
        guard_test(each_decision_is_kept_for_the_horizon_of_its_own_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
