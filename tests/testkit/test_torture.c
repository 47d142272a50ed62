/*
 * The torture finds each mistake, says what is wrong, and how it came to it; and finds none where
 * there is none.
 */
#include "testkit/shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#define ROUNDS 40u

static int torture(enum shelf_manner manner, const char *input,
                   struct participant_test_report *ret_report)
{
    struct shelf shelf = {.manner = manner};
    struct participant_test test = {.open = shelf_open,
                                    .effect = shelf_effect,
                                    .context = &shelf,
                                    .operation = "put",
                                    .input = input,
                                    .seed = 7,
                                    .rounds = ROUNDS};

    return participant_test_run(&test, ret_report);
}

static void expect_held(enum shelf_manner manner)
{
    struct participant_test_report report;

    if (torture(manner, "\"thing\"", &report) != 0)
        fail_msg("%s", report.text);
    assert_non_null(strstr(report.text, "put: every promise held in 40 rounds"));
    assert_int_equal(report.rounds, ROUNDS);
    assert_true(report.done > 0);
    assert_true(report.undone > 0);
}

static void expect_broken(enum shelf_manner manner, const char *wrong, const char *sequence)
{
    struct participant_test_report report;

    assert_int_equal(torture(manner, "\"thing\"", &report), PARTICIPANT_TEST_BROKEN);
    if (strstr(report.text, wrong) == NULL)
        fail_msg("it should say \"%s\", and says: %s", wrong, report.text);
    if (strstr(report.text, sequence) == NULL)
        fail_msg("it should come by \"%s\", and says: %s", sequence, report.text);
    assert_non_null(strstr(report.text, "seed 7, round "));
}

static void a_guarded_participant_keeps_every_promise(void **state)
{
    (void)state;
    expect_held(SHELF_GUARDED);
}

static void so_does_one_that_is_careful_by_itself(void **state)
{
    (void)state;
    expect_held(SHELF_CAREFUL);
}

static void so_does_one_whose_work_takes_longer(void **state)
{
    (void)state;
    expect_held(SHELF_SLOW);
}

static void so_does_one_that_refuses_after_its_work(void **state)
{
    struct participant_test_report report;

    (void)state;
    expect_held(SHELF_REFUSING);
    assert_int_equal(torture(SHELF_REFUSING, "\"thing\"", &report), 0);
    assert_true(report.rejected > 0);
}

static void without_a_guard_a_duplicate_is_done_again(void **state)
{
    (void)state;
    expect_broken(SHELF_NO_GUARD,
                  "put: no guard: the handler did its work again on a duplicate: the effect is 2\n",
                  "sequence: do, do\n");
    expect_broken(SHELF_NO_GUARD, "It has no guard: participant_options.database is NULL.",
                  "sequence: do, do\n");
}

static void what_is_only_in_memory_does_not_outlive_a_crash(void **state)
{
    (void)state;
    expect_broken(SHELF_FORGETFUL, "no guard: the handler did its work again on a duplicate",
                  "crash, do\n");
}

static void an_undo_without_tombstone_lets_a_late_do_through(void **state)
{
    (void)state;
    expect_broken(SHELF_NO_TOMBSTONE, "undo without tombstone: a late do was done after its undo",
                  "sequence: undo, do\n");
}

static void work_that_goes_on_is_not_begun_anew(void **state)
{
    (void)state;
    expect_broken(SHELF_ANEW,
                  "new work on a duplicate: asked again after WORKING, the handler began anew: "
                  "the effect is 2\n",
                  "sequence: do\n");
}

static void work_outside_the_transaction_outlives_a_crash(void **state)
{
    (void)state;
    expect_broken(SHELF_OUTSIDE,
                  "work outside the transaction: it outlived a crash before the commit, and the "
                  "effect went from 0 to 1\n",
                  "sequence: do lost in a crash\n");
}

static void an_undo_must_undo(void **state)
{
    (void)state;
    expect_broken(SHELF_KEEPS, "the undo was answered DONE and left the effect: it is 1",
                  "sequence: do, undo\n");
}

static void an_undo_leaves_other_sagas_alone(void **state)
{
    (void)state;
    expect_broken(SHELF_TAKES_ALL, "the effect of another saga went from 1 to 0",
                  "sequence: do of another saga, ");
}

static void a_participant_that_dies_is_said_to(void **state)
{
    (void)state;
    expect_broken(SHELF_DIES, "the participant died of signal 9", "sequence: do\n");
}

static void an_input_that_does_not_fit_tests_nothing(void **state)
{
    struct participant_test_report report;

    (void)state;
    assert_int_equal(torture(SHELF_GUARDED, "{}", &report), PARTICIPANT_TEST_BROKEN);
    assert_non_null(strstr(report.text, "no do was ever DONE"));
    assert_non_null(strstr(report.text, "REJECTED no_thing This is not a thing."));
}

static void an_operation_that_is_not_there_is_said_to_be_missing(void **state)
{
    struct participant_test_report report;
    struct shelf shelf = {.manner = SHELF_GUARDED};
    struct participant_test test = {.open = shelf_open, .context = &shelf, .operation = "buy"};

    (void)state;
    assert_int_equal(participant_test_run(&test, &report), PARTICIPANT_TEST_BROKEN);
    assert_non_null(strstr(report.text, "no operation \"buy\" is registered"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guarded_participant_keeps_every_promise),
        cmocka_unit_test(so_does_one_that_is_careful_by_itself),
        cmocka_unit_test(so_does_one_whose_work_takes_longer),
        cmocka_unit_test(so_does_one_that_refuses_after_its_work),
        cmocka_unit_test(without_a_guard_a_duplicate_is_done_again),
        cmocka_unit_test(what_is_only_in_memory_does_not_outlive_a_crash),
        cmocka_unit_test(an_undo_without_tombstone_lets_a_late_do_through),
        cmocka_unit_test(work_that_goes_on_is_not_begun_anew),
        cmocka_unit_test(work_outside_the_transaction_outlives_a_crash),
        cmocka_unit_test(an_undo_must_undo),
        cmocka_unit_test(an_undo_leaves_other_sagas_alone),
        cmocka_unit_test(a_participant_that_dies_is_said_to),
        cmocka_unit_test(an_input_that_does_not_fit_tests_nothing),
        cmocka_unit_test(an_operation_that_is_not_there_is_said_to_be_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
