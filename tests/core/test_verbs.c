/*
 * What an operator may do, and when; the scenarios of rule 9 tell the stories.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/stage.h"

enum message_step { VALIDATE, RESERVE_QUOTA, RESERVE_BALANCE, QUEUE, CONFIRM };

static void unknown_step_is_refused_by_every_verb_that_names_one(void **state)
{
    static const enum saga_verb verbs[] = {SAGA_RETRY, SAGA_RESOLVE_DONE, SAGA_RESOLVE_REJECTED,
                                           SAGA_SKIP, SAGA_WAIVE};
    struct stage *stage = stage_open("send_message");

    (void)state;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        expect_refused(stage, verb(verbs[i], 5), SAGA_REFUSED_NO_SUCH_STEP);
    stage_close(stage);
}

static void skipped_step_is_not_skipped_again(void **state)
{
    struct stage *stage = stage_open("trip");

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_DONE));
    assert_int_equal(give(stage, verb(SAGA_SKIP, 1)), 0);
    expect_refused(stage, verb(SAGA_SKIP, 1), SAGA_REFUSED_STEP_STATE);
    expect_refused(stage, verb(SAGA_SKIP, 0), SAGA_REFUSED_STEP_STATE);
    stage_close(stage);
}

static void skipped_last_step_completes_the_saga(void **state)
{
    struct stage *stage = stage_open("trip");

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_DONE));
    give(stage, answer(stage, 1, SAGA_VERDICT_DONE));
    give(stage, verb(SAGA_SKIP, 2));
    expect_phase(stage, SAGA_COMPLETED);
    stage_close(stage);
}

static void retry_of_one_step_leaves_the_others_asleep(void **state)
{
    struct stage *stage = stage_open("order");

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_RETRY));
    give(stage, answer(stage, 1, SAGA_VERDICT_RETRY));
    give(stage, verb(SAGA_RETRY, 1));
    expect_do(stage, 0, SAGA_DO_BACKOFF);
    expect_do(stage, 1, SAGA_DO_CALLING);
    stage_close(stage);
}

/* The generation is part of the key, and no key may come twice. */
static void last_generation_is_not_retried(void **state)
{
    struct stage *stage = stage_open("send_message");

    (void)state;
    for (uint8_t i = 0; i < CONFIRM; i++)
        give(stage, answer(stage, i, SAGA_VERDICT_DONE));
    for (uint32_t i = 0; i < UINT8_MAX; i++) {
        give(stage, answer(stage, CONFIRM, SAGA_VERDICT_REJECTED));
        assert_int_equal(give(stage, verb(SAGA_RETRY, CONFIRM)), 0);
    }
    give(stage, answer(stage, CONFIRM, SAGA_VERDICT_REJECTED));
    expect_refused(stage, verb(SAGA_RETRY, CONFIRM), SAGA_REFUSED_STEP_STATE);
    expect_parked(stage, SAGA_PARK_REJECTED_AFTER_PIVOT, CONFIRM);
    assert_int_equal(give(stage, verb(SAGA_RESOLVE_DONE, CONFIRM)), 0);
    expect_phase(stage, SAGA_COMPLETED);
    stage_close(stage);
}

/* An attempt before the refused one may still act, so the key must stay. */
static void refusal_that_settles_nothing_keeps_its_generation(void **state)
{
    struct stage *stage = stage_open("send_plain");

    (void)state;
    for (uint8_t i = 0; i < CONFIRM; i++)
        give(stage, answer(stage, i, SAGA_VERDICT_DONE));
    give(stage, vanished(stage, CONFIRM));
    stage_tick(stage);
    give(stage, answer(stage, CONFIRM, SAGA_VERDICT_REJECTED));
    expect_parked(stage, SAGA_PARK_REJECTED_AFTER_PIVOT, CONFIRM);
    give(stage, verb(SAGA_RETRY, CONFIRM));
    expect_do(stage, CONFIRM, SAGA_DO_CALLING);
    assert_int_equal(stage_saga(stage)->steps[CONFIRM].generation, 0);
    assert_int_equal(stage_saga(stage)->steps[CONFIRM].forward.attempt, 3);
    stage_close(stage);
}

static void verb_about_another_step_parks_again_while_the_reason_stands(void **state)
{
    struct stage *stage = stage_open("order");

    (void)state;
    for (uint8_t i = 0; i < 4; i++)
        give(stage, answer(stage, i, SAGA_VERDICT_DONE));
    give(stage, answer(stage, 4, SAGA_VERDICT_REJECTED));
    expect_parked(stage, SAGA_PARK_REJECTED_AFTER_PIVOT, 4);
    give(stage, verb(SAGA_SKIP, 5));
    expect_parked(stage, SAGA_PARK_REJECTED_AFTER_PIVOT, 4);
    give(stage, verb(SAGA_SKIP, 4));
    expect_phase(stage, SAGA_COMPLETED);
    stage_close(stage);
}

static void fence_is_asked_once_and_renews_patience(void **state)
{
    struct stage *stage = stage_open("two_routes");

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_WORKING));
    while (!saga_is_held(stage_saga(stage)))
        stage_tick(stage);
    expect_parked(stage, SAGA_PARK_PATIENCE, 0);
    give(stage, verb(SAGA_RESOLVE_REJECTED, 0));
    assert_true(stage_saga(stage)->steps[0].fencing);
    expect_do(stage, 0, SAGA_DO_CALLING);
    assert_false(saga_is_held(stage_saga(stage)));
    expect_refused(stage, verb(SAGA_RESOLVE_REJECTED, 0), SAGA_REFUSED_STEP_STATE);
    give(stage, answer(stage, 0, SAGA_VERDICT_REJECTED));
    expect_phase(stage, SAGA_COMPENSATED);
    assert_int_equal(stage_saga(stage)->state.turn_reason, SAGA_TURN_DEADLINE);
    stage_close(stage);
}

/* The fence can be taken back, but not the do that left before it. */
static void fence_that_was_taken_back_leaves_the_doubt(void **state)
{
    struct stage *stage = stage_open("two_routes");

    (void)state;
    give(stage, verb(SAGA_RESOLVE_REJECTED, 0));
    stage->unsent = 1u << 0;
    stage->permits = 0;
    give(stage, vanished(stage, 0));
    stage->unsent = 0;
    expect_do(stage, 0, SAGA_DO_WAITING);
    assert_true(saga_in_doubt(stage_saga(stage), 0));
    assert_true(stage_saga(stage)->steps[0].fencing);
    expect_refused(stage, verb(SAGA_CANCEL, DEFINITION_NO_STEP), SAGA_REFUSED_PIVOT_IN_DOUBT);
    stage_close(stage);
}

static void verb_about_another_step_clears_the_parking(void **state)
{
    struct stage *stage = stage_open("order");

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_FENCED));
    expect_parked(stage, SAGA_PARK_FENCED, 0);
    give(stage, verb(SAGA_RESOLVE_DONE, 1));
    expect_parked(stage, SAGA_PARK_NONE, DEFINITION_NO_STEP);
    stage_tick(stage);
    expect_do(stage, 0, SAGA_DO_CALLING);
    stage_close(stage);
}

static void waiving_another_step_clears_the_parking(void **state)
{
    struct stage *stage = stage_open("trip");

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_DONE));
    give(stage, answer(stage, 1, SAGA_VERDICT_DONE));
    give(stage, answer(stage, 2, SAGA_VERDICT_REJECTED));
    give(stage, undo_answer(stage, 1, SAGA_VERDICT_REJECTED));
    expect_parked(stage, SAGA_PARK_UNDO_REJECTED, 1);
    give(stage, verb(SAGA_WAIVE, 0));
    expect_parked(stage, SAGA_PARK_NONE, DEFINITION_NO_STEP);
    stage_tick(stage);
    give(stage, undo_answer(stage, 1, SAGA_VERDICT_DONE));
    expect_phase(stage, SAGA_COMPENSATED);
    stage_close(stage);
}

static void skipping_another_step_clears_the_parking(void **state)
{
    struct stage *stage = stage_open("trip");

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_DONE));
    give(stage, answer(stage, 1, SAGA_VERDICT_FENCED));
    expect_parked(stage, SAGA_PARK_FENCED, 1);
    give(stage, verb(SAGA_SKIP, 2));
    expect_parked(stage, SAGA_PARK_NONE, DEFINITION_NO_STEP);
    stage_close(stage);
}

static void step_skipped_before_its_call_left_needs_no_undo(void **state)
{
    struct stage *stage = stage_open("trip");

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_DONE));
    stage->unsent = 1u << 2;
    give(stage, verb(SAGA_SKIP, 2));
    stage->unsent = 0;
    give(stage, answer(stage, 1, SAGA_VERDICT_REJECTED));
    expect_undo(stage, 2, SAGA_UNDO_NONE);
    expect_undo(stage, 0, SAGA_UNDO_CALLING);
    stage_close(stage);
}

static void terminate_knows_what_never_left(void **state)
{
    struct stage *stage = stage_open("order");

    (void)state;
    stage->unsent = 1u << 1;
    give(stage, verb(SAGA_TERMINATE, DEFINITION_NO_STEP));
    expect_do(stage, 0, SAGA_DO_UNKNOWN);
    expect_do(stage, 1, SAGA_DO_NOT_RUN);
    stage_close(stage);
}

static void new_generation_has_no_doubt_of_the_old_one(void **state)
{
    struct stage *stage = stage_open("send_message");

    (void)state;
    for (uint8_t i = 0; i < CONFIRM; i++)
        give(stage, answer(stage, i, SAGA_VERDICT_DONE));
    give(stage, vanished(stage, CONFIRM));
    stage_tick(stage);
    give(stage, answer(stage, CONFIRM, SAGA_VERDICT_REJECTED));
    give(stage, verb(SAGA_RETRY, CONFIRM));
    give(stage, answer(stage, CONFIRM, SAGA_VERDICT_BUSY));
    expect_do(stage, CONFIRM, SAGA_DO_BACKOFF);
    assert_false(saga_in_doubt(stage_saga(stage), CONFIRM));
    stage_close(stage);
}

static void retried_undo_starts_from_short_waits(void **state)
{
    struct stage *stage = stage_open("trip");

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_DONE));
    give(stage, answer(stage, 1, SAGA_VERDICT_REJECTED));
    give(stage, answer(stage, 2, SAGA_VERDICT_REJECTED));
    for (int i = 0; i < 20; i++) {
        give(stage, vanished(stage, 0));
        stage_tick(stage);
    }
    give(stage, vanished(stage, 0));
    give(stage, verb(SAGA_RETRY, DEFINITION_NO_STEP));
    give(stage, vanished(stage, 0));
    expect_undo(stage, 0, SAGA_UNDO_BACKOFF);
    assert_in_range(stage_saga(stage)->steps[0].backward.wake_ms - stage->now_ms, 50, 150);
    stage_close(stage);
}

static void second_refused_undo_is_taken_while_parked_for_the_first(void **state)
{
    struct stage *stage = stage_open("trip");

    (void)state;
    for (uint8_t i = 0; i < 2; i++)
        give(stage, answer(stage, i, SAGA_VERDICT_DONE));
    give(stage, answer(stage, 2, SAGA_VERDICT_RETRY));
    give(stage, verb(SAGA_CANCEL, DEFINITION_NO_STEP));
    give(stage, undo_answer(stage, 1, SAGA_VERDICT_REJECTED));
    assert_int_equal(give(stage, undo_answer(stage, 2, SAGA_VERDICT_REJECTED)), 0);
    expect_undo(stage, 2, SAGA_UNDO_BACKOFF);
    expect_parked(stage, SAGA_PARK_UNDO_REJECTED, 1);
    stage_close(stage);
}

static void cancel_of_a_saga_parked_in_undo_renews_its_patience(void **state)
{
    struct stage *stage = stage_open("trip");

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_DONE));
    give(stage, answer(stage, 1, SAGA_VERDICT_REJECTED));
    give(stage, answer(stage, 2, SAGA_VERDICT_REJECTED));
    while (!saga_is_held(stage_saga(stage)))
        stage_tick(stage);
    expect_parked(stage, SAGA_PARK_PATIENCE, 0);
    give(stage, verb(SAGA_CANCEL, DEFINITION_NO_STEP));
    expect_parked(stage, SAGA_PARK_NONE, DEFINITION_NO_STEP);
    give(stage, undo_answer(stage, 0, SAGA_VERDICT_DONE));
    expect_phase(stage, SAGA_COMPENSATED);
    stage_close(stage);
}

/* A call that no worker has taken is no doubt; but it must be the pivot's own. */
static void pivot_that_is_not_sent_can_still_be_cancelled(void **state)
{
    struct stage *stage = stage_open("send_message");

    (void)state;
    for (uint8_t i = 0; i < QUEUE; i++)
        give(stage, answer(stage, i, SAGA_VERDICT_DONE));
    expect_do(stage, QUEUE, SAGA_DO_CALLING);
    stage->unsent = 1u << CONFIRM;
    expect_refused(stage, verb(SAGA_CANCEL, DEFINITION_NO_STEP), SAGA_REFUSED_PIVOT_IN_DOUBT);
    stage->unsent = 1u << QUEUE;
    assert_int_equal(give(stage, verb(SAGA_CANCEL, DEFINITION_NO_STEP)), 0);
    expect_phase(stage, SAGA_COMPENSATING);
    expect_do(stage, QUEUE, SAGA_DO_NOT_RUN);
    stage_close(stage);
}

static void cancelled_saga_was_turned_back_by_no_step(void **state)
{
    struct stage *stage = stage_open("trip");

    (void)state;
    give(stage, verb(SAGA_CANCEL, DEFINITION_NO_STEP));
    assert_int_equal(stage_saga(stage)->state.turn_reason, SAGA_TURN_CANCELLED);
    assert_int_equal(stage_saga(stage)->state.turn_step, DEFINITION_NO_STEP);
    stage_close(stage);
}

static void step_that_several_others_need_is_not_skipped(void **state)
{
    struct stage *stage = stage_open("trip");

    (void)state;
    expect_refused(stage, verb(SAGA_SKIP, 0), SAGA_REFUSED_OUTPUT_NEEDED);
    stage_close(stage);
}

static void terminate_ends_a_held_saga_and_its_hold(void **state)
{
    struct stage *stage = stage_open("send_message");

    (void)state;
    give(stage, verb(SAGA_PAUSE, DEFINITION_NO_STEP));
    give(stage, verb(SAGA_TERMINATE, DEFINITION_NO_STEP));
    expect_phase(stage, SAGA_TERMINATED);
    assert_false(saga_is_held(stage_saga(stage)));
    for (uint32_t i = 0; i < SAGA_VERB_COUNT; i++)
        expect_refused(stage, verb((enum saga_verb)i, 0), SAGA_REFUSED_TERMINAL);
    stage_close(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_step_is_refused_by_every_verb_that_names_one),
        cmocka_unit_test(skipped_step_is_not_skipped_again),
        cmocka_unit_test(skipped_last_step_completes_the_saga),
        cmocka_unit_test(retry_of_one_step_leaves_the_others_asleep),
        cmocka_unit_test(last_generation_is_not_retried),
        cmocka_unit_test(refusal_that_settles_nothing_keeps_its_generation),
        cmocka_unit_test(verb_about_another_step_parks_again_while_the_reason_stands),
        cmocka_unit_test(fence_is_asked_once_and_renews_patience),
        cmocka_unit_test(fence_that_was_taken_back_leaves_the_doubt),
        cmocka_unit_test(verb_about_another_step_clears_the_parking),
        cmocka_unit_test(waiving_another_step_clears_the_parking),
        cmocka_unit_test(skipping_another_step_clears_the_parking),
        cmocka_unit_test(step_skipped_before_its_call_left_needs_no_undo),
        cmocka_unit_test(terminate_knows_what_never_left),
        cmocka_unit_test(new_generation_has_no_doubt_of_the_old_one),
        cmocka_unit_test(retried_undo_starts_from_short_waits),
        cmocka_unit_test(second_refused_undo_is_taken_while_parked_for_the_first),
        cmocka_unit_test(cancel_of_a_saga_parked_in_undo_renews_its_patience),
        cmocka_unit_test(pivot_that_is_not_sent_can_still_be_cancelled),
        cmocka_unit_test(cancelled_saga_was_turned_back_by_no_step),
        cmocka_unit_test(step_that_several_others_need_is_not_skipped),
        cmocka_unit_test(terminate_ends_a_held_saga_and_its_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
