/*
 * One saga from submit to end: forward, backward, in doubt.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/samples.h"
#include "core/stage.h"

#include <stdlib.h>
#include <string.h>

enum message_step { VALIDATE, RESERVE_QUOTA, RESERVE_BALANCE, QUEUE, CONFIRM };
enum trip_step { FLIGHT, HOTEL, CAR };

static struct stage *message_with_steps_done(uint8_t count)
{
    struct stage *stage = stage_open("send_message");

    for (uint8_t i = 0; i < count; i++)
        assert_int_equal(give(stage, answer(stage, i, SAGA_VERDICT_DONE)), 0);
    return stage;
}

static void submit_calls_the_first_step_in_the_same_event(void **state)
{
    struct stage *stage = stage_open("send_message");

    (void)state;
    expect_phase(stage, SAGA_RUNNING);
    expect_do(stage, VALIDATE, SAGA_DO_CALLING);
    expect_do(stage, RESERVE_QUOTA, SAGA_DO_PENDING);
    assert_int_equal(oracle_event(&stage->oracle)->called, 1u << VALIDATE);
    assert_int_equal(stage_saga(stage)->sequence, 1);
    stage_close(stage);
}

static void five_steps_take_six_events(void **state)
{
    struct stage *stage = message_with_steps_done(5);

    (void)state;
    expect_phase(stage, SAGA_COMPLETED);
    assert_int_equal(stage_saga(stage)->sequence, 6);
    assert_true(saga_wants(stage_saga(stage)).finished);
    stage_close(stage);
}

static void refused_step_is_undone_newest_first(void **state)
{
    struct stage *stage = message_with_steps_done(3);

    (void)state;
    give(stage, answer(stage, QUEUE, SAGA_VERDICT_REJECTED));
    expect_undo(stage, RESERVE_BALANCE, SAGA_UNDO_CALLING);
    expect_undo(stage, RESERVE_QUOTA, SAGA_UNDO_DUE);
    give(stage, undo_answer(stage, RESERVE_BALANCE, SAGA_VERDICT_DONE));
    expect_undo(stage, RESERVE_QUOTA, SAGA_UNDO_CALLING);
    give(stage, undo_answer(stage, RESERVE_QUOTA, SAGA_VERDICT_DONE));
    expect_phase(stage, SAGA_COMPENSATED);
    stage_close(stage);
}

static void turn_and_end_are_one_event_when_nothing_was_done(void **state)
{
    struct stage *stage = stage_open("send_message");

    (void)state;
    give(stage, answer(stage, VALIDATE, SAGA_VERDICT_REJECTED));
    expect_phase(stage, SAGA_COMPENSATED);
    assert_int_equal(stage_saga(stage)->sequence, 2);
    assert_int_equal(stage_saga(stage)->state.turn_reason, SAGA_TURN_REJECTED);
    assert_int_equal(stage_saga(stage)->state.turn_step, VALIDATE);
    stage_close(stage);
}

static void attempt_expires_at_its_deadline_and_not_before(void **state)
{
    struct stage *stage = stage_open("send_message");

    (void)state;
    stage->now_ms = 300;
    assert_int_equal(give(stage, (struct saga_input){.type = SAGA_INPUT_TIMER}), SAGA_NOTHING);
    stage->now_ms = 301;
    assert_int_equal(give(stage, (struct saga_input){.type = SAGA_INPUT_TIMER}), 0);
    expect_do(stage, VALIDATE, SAGA_DO_BACKOFF);
    assert_true(saga_in_doubt(stage_saga(stage), VALIDATE));
    stage_close(stage);
}

static void one_timer_takes_everything_that_is_due(void **state)
{
    struct stage *stage = stage_open("order");

    (void)state;
    stage_tick(stage);
    expect_do(stage, 0, SAGA_DO_BACKOFF);
    expect_do(stage, 1, SAGA_DO_BACKOFF);
    assert_int_equal(stage_saga(stage)->sequence, 2);
    stage_close(stage);
}

/* The guard of another participant would not know that the old operation may still come. */
static void new_generation_keeps_its_route(void **state)
{
    struct definition definition;
    struct saga *saga = calloc(1, saga_size(1));

    (void)state;
    assert_non_null(saga);
    definition = *sample_named("two_routes");
    saga_init(saga, &definition, 1);
    saga->steps[0].route = 1;
    assert_int_equal(saga_bound_route(saga, 0), SAGA_ANY_ROUTE);
    saga->steps[0].generation = 1;
    assert_int_equal(saga_bound_route(saga, 0), 1);
    saga->steps[0].generation = 0;
    saga->steps[0].do_state = SAGA_DO_REJECTED;
    assert_int_equal(saga_bound_route(saga, 0), 1);
    free(saga);
}

static void refused_step_is_tried_again_where_it_was_refused(void **state)
{
    static struct saga_event event;
    struct definition definition = *sample_named("send_plain");
    struct saga *saga = calloc(1, saga_size(definition.step_count));
    struct saga_input retry = {
        .type = SAGA_INPUT_VERB, .verb = SAGA_RETRY, .step = CONFIRM, .permits_do = 1u << CONFIRM};
    struct saga_refusal refusal;

    (void)state;
    assert_non_null(saga);
    definition.steps[CONFIRM].routes[1] = 0;
    definition.steps[CONFIRM].route_count = 2;
    saga_init(saga, &definition, 1);
    saga->sequence = 1;
    saga->state.parked = SAGA_PARK_REJECTED_AFTER_PIVOT;
    saga->state.deadline_ms = 1000;
    for (uint8_t i = 0; i < CONFIRM; i++)
        saga->steps[i].do_state = SAGA_DO_DONE;
    saga->steps[CONFIRM].do_state = SAGA_DO_REJECTED;
    retry.routes[CONFIRM] = 1;
    assert_int_equal(saga_judge(saga, &retry, &event, &refusal), 0);
    assert_int_equal(event.called, 1u << CONFIRM);
    assert_int_equal(event.steps[CONFIRM].generation, 1);
    assert_int_equal(event.steps[CONFIRM].route, 0);
    free(saga);
}

static void route_is_bound_while_a_call_may_have_left(void **state)
{
    struct stage *stage = stage_open("two_routes");

    (void)state;
    assert_int_equal(saga_bound_route(stage_saga(stage), 0), 0);
    give(stage, answer(stage, 0, SAGA_VERDICT_BUSY));
    assert_int_equal(saga_bound_route(stage_saga(stage), 0), SAGA_ANY_ROUTE);
    stage_close(stage);
}

static void decision_is_made_when_the_pivot_is_done(void **state)
{
    struct stage *stage = message_with_steps_done(3);

    (void)state;
    assert_false(saga_wants(stage_saga(stage)).decided);
    give(stage, answer(stage, QUEUE, SAGA_VERDICT_DONE));
    assert_true(saga_wants(stage_saga(stage)).decided);
    assert_false(saga_wants(stage_saga(stage)).finished);
    stage_close(stage);
}

static void clock_that_is_read_late_does_not_turn_back_time(void **state)
{
    struct stage *stage = message_with_steps_done(1);
    uint64_t before_ms = stage_saga(stage)->state.updated_ms;

    (void)state;
    stage->now_ms = 0;
    assert_int_equal(give(stage, answer(stage, RESERVE_QUOTA, SAGA_VERDICT_DONE)), 0);
    assert_int_equal(stage_saga(stage)->state.updated_ms, before_ms);
    stage_close(stage);
}

static void judging_leaves_the_saga_as_it_was(void **state)
{
    struct stage *stage = message_with_steps_done(3);
    struct saga_input input = answer(stage, QUEUE, SAGA_VERDICT_REJECTED);
    size_t size = saga_size(stage_saga(stage)->definition->step_count);
    struct saga_refusal refusal;
    struct saga_event event;
    char before[4096];

    (void)state;
    assert_true(size <= sizeof before);
    memcpy(before, stage_saga(stage), size);
    input.time_ms = stage->now_ms;
    assert_int_equal(saga_judge(stage_saga(stage), &input, &event, &refusal), 0);
    assert_memory_equal(before, stage_saga(stage), size);
    stage_close(stage);
}

/* More patience than there are events. */
static struct definition endless(const char *sample)
{
    struct definition definition = *sample_named(sample);

    definition.patience_ms = SAGA_DEADLINE_MS_MAX;
    return definition;
}

/* BUSY for ever: the saga gives up on itself, and a person sets it going. */
static void saga_with_too_many_events_parks_until_a_person_looks(void **state)
{
    struct definition definition = endless("trip");
    struct stage *stage = stage_open_definition(&definition);

    (void)state;
    give(stage, answer(stage, FLIGHT, SAGA_VERDICT_DONE));
    give(stage, answer(stage, HOTEL, SAGA_VERDICT_DONE));
    give(stage, answer(stage, CAR, SAGA_VERDICT_REJECTED));
    while (!saga_is_held(stage_saga(stage))) {
        assert_true(stage_saga(stage)->sequence <= SAGA_EVENTS_MAX);
        if (stage_saga(stage)->steps[HOTEL].undo_state == SAGA_UNDO_CALLING)
            give(stage, undo_answer(stage, HOTEL, SAGA_VERDICT_BUSY));
        else
            stage_tick(stage);
    }
    expect_parked(stage, SAGA_PARK_EVENTS, DEFINITION_NO_STEP);
    assert_int_equal(stage_saga(stage)->sequence, SAGA_EVENTS_MAX + 1);

    assert_int_equal(give(stage, verb(SAGA_RETRY, DEFINITION_NO_STEP)), 0);
    expect_parked(stage, SAGA_PARK_NONE, DEFINITION_NO_STEP);
    assert_int_equal(stage_saga(stage)->state.events_limit,
                     stage_saga(stage)->sequence + SAGA_EVENTS_MAX);
    give(stage, undo_answer(stage, HOTEL, SAGA_VERDICT_DONE));
    give(stage, undo_answer(stage, FLIGHT, SAGA_VERDICT_DONE));
    expect_phase(stage, SAGA_COMPENSATED);
    stage_close(stage);
}

static void running_saga_with_too_many_events_parks_too(void **state)
{
    struct definition definition = endless("send_message");
    struct stage *stage = stage_open_definition(&definition);

    (void)state;
    for (uint8_t i = VALIDATE; i <= QUEUE; i++)
        give(stage, answer(stage, i, SAGA_VERDICT_DONE));
    while (!saga_is_held(stage_saga(stage))) {
        assert_true(stage_saga(stage)->sequence <= SAGA_EVENTS_MAX);
        if (stage_saga(stage)->steps[CONFIRM].do_state == SAGA_DO_CALLING)
            give(stage, answer(stage, CONFIRM, SAGA_VERDICT_BUSY));
        else
            stage_tick(stage);
    }
    expect_parked(stage, SAGA_PARK_EVENTS, DEFINITION_NO_STEP);
    give(stage, verb(SAGA_RETRY, DEFINITION_NO_STEP));
    give(stage, answer(stage, CONFIRM, SAGA_VERDICT_DONE));
    expect_phase(stage, SAGA_COMPLETED);
    stage_close(stage);
}

static void saga_may_end_with_the_event_that_is_too_many(void **state)
{
    struct definition definition = endless("trip");
    struct stage *stage = stage_open_definition(&definition);

    (void)state;
    give(stage, answer(stage, FLIGHT, SAGA_VERDICT_DONE));
    give(stage, answer(stage, HOTEL, SAGA_VERDICT_REJECTED));
    give(stage, answer(stage, CAR, SAGA_VERDICT_REJECTED));
    while (stage_saga(stage)->sequence < SAGA_EVENTS_MAX) {
        give(stage, undo_answer(stage, FLIGHT, SAGA_VERDICT_BUSY));
        stage_tick(stage);
    }
    assert_int_equal(stage_saga(stage)->sequence, SAGA_EVENTS_MAX);
    give(stage, undo_answer(stage, FLIGHT, SAGA_VERDICT_DONE));
    expect_phase(stage, SAGA_COMPENSATED);
    assert_false(saga_is_held(stage_saga(stage)));
    stage_close(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(submit_calls_the_first_step_in_the_same_event),
        cmocka_unit_test(five_steps_take_six_events),
        cmocka_unit_test(refused_step_is_undone_newest_first),
        cmocka_unit_test(turn_and_end_are_one_event_when_nothing_was_done),
        cmocka_unit_test(attempt_expires_at_its_deadline_and_not_before),
        cmocka_unit_test(one_timer_takes_everything_that_is_due),
        cmocka_unit_test(route_is_bound_while_a_call_may_have_left),
        cmocka_unit_test(new_generation_keeps_its_route),
        cmocka_unit_test(refused_step_is_tried_again_where_it_was_refused),
        cmocka_unit_test(decision_is_made_when_the_pivot_is_done),
        cmocka_unit_test(clock_that_is_read_late_does_not_turn_back_time),
        cmocka_unit_test(judging_leaves_the_saga_as_it_was),
        cmocka_unit_test(saga_with_too_many_events_parks_until_a_person_looks),
        cmocka_unit_test(saga_may_end_with_the_event_that_is_too_many),
        cmocka_unit_test(running_saga_with_too_many_events_parks_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
