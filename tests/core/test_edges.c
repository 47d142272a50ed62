/*
 * What only the first step shows, or the last, or all 32, or a name of one letter, or no wait.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/retry.h"
#include "core/samples.h"
#include "core/stage.h"

#include <string.h>

/* Steps may stand in any order: each needs the one behind it, so the last is called first. */
static struct definition row_from_behind(void)
{
    struct definition definition = *sample_named("trip");

    sample_step(&definition, "visa", 0, "cancel_visa", 0);
    for (uint32_t i = 0; i < 4; i++)
        definition.steps[i].needs = i < 3 ? 1u << (i + 1) : 0;
    memset(definition.dependents, 0xff, sizeof definition.dependents);
    assert_true(definition_derive(&definition));
    return definition;
}

static void order_of_steps_is_free(void **state)
{
    struct definition definition = row_from_behind();

    (void)state;
    assert_int_equal(definition.dependents[3], 7);
    assert_int_equal(definition.dependents[2], 3);
    assert_int_equal(definition.dependents[1], 1);
    assert_int_equal(definition.dependents[0], 0);
    definition.steps[0].needs = 1u << 0;
    assert_false(definition_derive(&definition));
}

static void first_step_can_stand_between_others(void **state)
{
    struct definition definition = *sample_named("trip");

    (void)state;
    definition.steps[0].needs = 1u << 2;
    definition.steps[1].needs = 1u << 0;
    definition.steps[2].needs = 0;
    assert_true(definition_derive(&definition));
    assert_int_equal(definition.dependents[2], 3);
}

static void circle_that_leaves_the_first_step_out_is_found(void **state)
{
    struct definition definition = *sample_named("trip");

    (void)state;
    definition.steps[1].needs = 1u << 2;
    definition.steps[2].needs = 1u << 1;
    assert_false(definition_derive(&definition));
}

static void output_that_the_first_step_needs_is_needed(void **state)
{
    struct definition definition = row_from_behind();
    struct stage *stage = stage_open_definition(&definition);

    (void)state;
    expect_refused(stage, verb(SAGA_SKIP, 1), SAGA_REFUSED_OUTPUT_NEEDED);
    stage_close(stage);
}

static void first_step_may_stand_after_the_pivot(void **state)
{
    struct definition definition = *sample_named("patient_order");
    struct stage *stage;

    (void)state;
    definition.steps[0] = definition.steps[1];
    definition.steps[0].pivot = false;
    definition.steps[0].needs = 1u << 1;
    definition.steps[1].needs = 0;
    assert_true(definition_derive(&definition));
    stage = stage_open_definition(&definition);
    give(stage, answer(stage, 1, SAGA_VERDICT_DONE));
    give(stage, answer(stage, 0, SAGA_VERDICT_REJECTED));
    expect_parked(stage, SAGA_PARK_REJECTED_AFTER_PIVOT, 0);
    stage_close(stage);
}

static void operation_of_one_letter_is_a_name(void **state)
{
    struct definition definition = *sample_named("deposit");
    struct stage *stage;

    (void)state;
    strcpy(definition.steps[0].undo, "u");
    stage = stage_open_definition(&definition);
    give(stage, answer(stage, 0, SAGA_VERDICT_REJECTED));
    expect_undo(stage, 0, SAGA_UNDO_CALLING);
    give(stage, undo_answer(stage, 0, SAGA_VERDICT_DONE));
    stage_close(stage);
}

static void wait_of_nothing_is_none(void **state)
{
    struct definition definition = *sample_named("trip");
    struct stage *stage;

    (void)state;
    definition.steps[0].retry.base_ms = 0;
    stage = stage_open_definition(&definition);
    give(stage, vanished(stage, 0));
    expect_do(stage, 0, SAGA_DO_CALLING);
    assert_int_equal(stage_saga(stage)->steps[0].forward.attempt, 2);
    give(stage, verb(SAGA_CANCEL, DEFINITION_NO_STEP));
    stage_tick(stage); /* The call that is out is settled first: its time is over. */
    expect_undo(stage, 0, SAGA_UNDO_CALLING);
    stage_tick(stage);
    expect_undo(stage, 0, SAGA_UNDO_CALLING);
    assert_int_equal(stage_saga(stage)->steps[0].backward.attempt, 2);
    stage_close(stage);
}

static void wait_of_one_grows(void **state)
{
    struct definition_retry retry = {.attempts = 3, .base_ms = 1, .factor = 2, .max_ms = 100};

    (void)state;
    assert_int_equal(retry_ceiling_ms(&retry, 100, 3), 8);
}

static void first_wait_of_a_busy_undo_is_the_shortest(void **state)
{
    struct stage *stage = stage_open("trip");

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_DONE));
    give(stage, answer(stage, 1, SAGA_VERDICT_REJECTED));
    give(stage, answer(stage, 2, SAGA_VERDICT_REJECTED));
    give(stage, undo_answer(stage, 0, SAGA_VERDICT_BUSY));
    expect_undo(stage, 0, SAGA_UNDO_BACKOFF);
    assert_true(stage_saga(stage)->steps[0].backward.wake_ms <= stage->now_ms + 150);
    stage_close(stage);
}

static void first_step_can_wait_for_a_service_too(void **state)
{
    struct definition definition = *sample_named("trip");
    struct stage *stage = stage_open_definition(&definition);

    (void)state;
    stage->permits = 0;
    give(stage, vanished(stage, 0));
    stage_tick(stage);
    expect_do(stage, 0, SAGA_DO_WAITING);
    stage_tick(stage);
    assert_true(stage_saga(stage)->state.turned_for_service);
    assert_int_equal(stage_saga(stage)->state.turn_step, 0);
    stage_close(stage);
}

static void pause_takes_back_every_call(void **state)
{
    struct stage *stage = stage_open("order");

    (void)state;
    stage->unsent = 3;
    give(stage, verb(SAGA_PAUSE, DEFINITION_NO_STEP));
    expect_do(stage, 0, SAGA_DO_WAITING);
    expect_do(stage, 1, SAGA_DO_WAITING);
    stage_close(stage);
}

static void retry_finds_the_step_that_waits(void **state)
{
    struct stage *stage = stage_open("send_message");

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_DONE));
    give(stage, answer(stage, 1, SAGA_VERDICT_BUSY));
    assert_int_equal(give(stage, verb(SAGA_RETRY, DEFINITION_NO_STEP)), 0);
    expect_do(stage, 1, SAGA_DO_CALLING);
    stage_close(stage);
}

/* Side by side, as many as there may be. */
static struct definition widest(void)
{
    struct definition definition;

    sample_begin(&definition, "widest");
    sample_participant(&definition, "air", false);
    for (uint32_t i = 0; i < SAGA_STEPS_MAX; i++)
        sample_step(&definition, "leg", 0, "cancel_leg", 0);
    assert_true(definition_derive(&definition));
    return definition;
}

static void saga_of_the_most_steps_is_like_any_other(void **state)
{
    struct definition definition = widest();
    struct stage *stage = stage_open_definition(&definition);
    struct saga_facts facts = {.now_ms = 1};
    uint8_t last = SAGA_STEPS_MAX - 1;

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_BUSY));
    assert_int_equal(saga_condition(stage_saga(stage), &facts).step, 0);
    give(stage, answer(stage, 0, SAGA_VERDICT_DONE));
    assert_int_equal(give(stage, verb(SAGA_SKIP, last)), 0);
    for (uint8_t i = 1; i < last; i++)
        give(stage, answer(stage, i, SAGA_VERDICT_REJECTED));
    expect_phase(stage, SAGA_COMPENSATING);
    give(stage, undo_answer(stage, 0, SAGA_VERDICT_DONE));
    give(stage, undo_answer(stage, last, SAGA_VERDICT_DONE));
    expect_phase(stage, SAGA_COMPENSATED);
    stage_close(stage);
}

static void doubt_about_another_call_is_none_about_this_one(void **state)
{
    struct stage *stage = stage_open("order");
    struct saga_input busy = answer(stage, 0, SAGA_VERDICT_BUSY);

    (void)state;
    busy.resent = 1u << 1;
    give(stage, busy);
    expect_do(stage, 0, SAGA_DO_BACKOFF);
    assert_false(saga_in_doubt(stage_saga(stage), 0));
    stage_close(stage);
}

static void refusal_after_a_busy_attempt_settles_the_step(void **state)
{
    struct stage *stage = stage_open("trip");

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_BUSY));
    stage_tick(stage);
    assert_int_equal(stage_saga(stage)->steps[0].forward.attempt, 2);
    give(stage, answer(stage, 0, SAGA_VERDICT_REJECTED));
    expect_phase(stage, SAGA_COMPENSATED);
    expect_do(stage, 0, SAGA_DO_REJECTED);
    stage_close(stage);
}

/* The deadline passed while the pivot was in doubt; then it turns out that it was not started. */
static void deadline_that_waited_for_the_pivot_names_no_step(void **state)
{
    struct definition definition = *sample_named("two_routes");
    struct stage *stage;

    (void)state;
    definition.deadline_ms = 500;
    stage = stage_open_definition(&definition);
    stage_tick(stage);
    assert_true(stage_saga(stage)->state.overdue);
    give(stage, answer(stage, 0, SAGA_VERDICT_BUSY));
    expect_phase(stage, SAGA_COMPENSATED);
    assert_int_equal(stage_saga(stage)->state.turn_reason, SAGA_TURN_DEADLINE);
    assert_int_equal(stage_saga(stage)->state.turn_step, DEFINITION_NO_STEP);
    stage_close(stage);
}

static void turning_back_ends_the_parking_of_an_exhausted_step(void **state)
{
    struct definition definition = *sample_named("order");
    struct stage *stage;

    (void)state;
    definition.steps[0].park_on_exhausted = true;
    definition.steps[1].timeout_ms = 20000;
    stage = stage_open_definition(&definition);
    while (!saga_is_held(stage_saga(stage)))
        if (give(stage, answer(stage, 0, SAGA_VERDICT_RETRY)) == SAGA_NOTHING)
            stage_tick(stage);
    expect_parked(stage, SAGA_PARK_EXHAUSTED, 0);
    give(stage, answer(stage, 1, SAGA_VERDICT_REJECTED));
    expect_parked(stage, SAGA_PARK_NONE, DEFINITION_NO_STEP);
    expect_undo(stage, 0, SAGA_UNDO_CALLING);
    stage_close(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_steps_is_free),
        cmocka_unit_test(first_step_can_stand_between_others),
        cmocka_unit_test(circle_that_leaves_the_first_step_out_is_found),
        cmocka_unit_test(output_that_the_first_step_needs_is_needed),
        cmocka_unit_test(first_step_may_stand_after_the_pivot),
        cmocka_unit_test(operation_of_one_letter_is_a_name),
        cmocka_unit_test(wait_of_nothing_is_none),
        cmocka_unit_test(wait_of_one_grows),
        cmocka_unit_test(first_wait_of_a_busy_undo_is_the_shortest),
        cmocka_unit_test(first_step_can_wait_for_a_service_too),
        cmocka_unit_test(pause_takes_back_every_call),
        cmocka_unit_test(retry_finds_the_step_that_waits),
        cmocka_unit_test(saga_of_the_most_steps_is_like_any_other),
        cmocka_unit_test(doubt_about_another_call_is_none_about_this_one),
        cmocka_unit_test(refusal_after_a_busy_attempt_settles_the_step),
        cmocka_unit_test(deadline_that_waited_for_the_pivot_names_no_step),
        cmocka_unit_test(turning_back_ends_the_parking_of_an_exhausted_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
