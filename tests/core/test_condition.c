/*
 * Why is it not moving? The first reason that holds, its subject, and since when.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/samples.h"
#include "core/stage.h"

enum order_step { STOCK, MONEY, PACK, CHARGE, SHIP, MAIL };

static void expect_condition(const struct stage *stage, struct saga_facts facts,
                             enum saga_condition_name name, uint8_t step, uint64_t since_ms)
{
    struct saga_condition condition;

    facts.now_ms = stage->now_ms;
    condition = saga_condition(stage_saga(stage), &facts);
    assert_int_equal(condition.name, name);
    assert_int_equal(condition.step, step);
    assert_int_equal(condition.since_ms, since_ms);
}

static const struct saga_facts nothing_known;

static void call_that_is_out_is_progress(void **state)
{
    struct stage *stage = stage_open("order");

    (void)state;
    expect_condition(stage, nothing_known, SAGA_PROGRESSING, STOCK, 1);
    stage_close(stage);
}

static void ended_saga_is_not_kept_from_anything(void **state)
{
    struct stage *stage = stage_open("two_routes");

    (void)state;
    stage->now_ms = 9;
    give(stage, answer(stage, 0, SAGA_VERDICT_DONE));
    expect_condition(stage, nothing_known, SAGA_PROGRESSING, DEFINITION_NO_STEP, 9);
    stage_close(stage);
}

static void missing_worker_comes_before_breaker_and_budget(void **state)
{
    struct stage *stage = stage_open("order");
    struct saga_facts facts = {0};

    (void)state;
    stage->permits = 0;
    stage->now_ms = 5;
    give(stage, answer(stage, STOCK, SAGA_VERDICT_DONE));
    expect_condition(stage, facts, SAGA_WAITING, PACK, 5);
    facts.throttled = 1u << PACK;
    expect_condition(stage, facts, SAGA_THROTTLED, PACK, 5);
    facts.breaker = 1u << PACK;
    expect_condition(stage, facts, SAGA_BLOCKED_BY_BREAKER, PACK, 5);
    facts.no_worker = 1u << PACK;
    expect_condition(stage, facts, SAGA_NO_WORKER, PACK, 5);
    stage_close(stage);
}

/* A breaker does not hold a call that is out already; a worker that is gone does. */
static void call_that_is_out_can_only_lack_its_worker(void **state)
{
    struct stage *stage = stage_open("order");
    struct saga_facts facts = {.breaker = UINT32_MAX, .throttled = UINT32_MAX};

    (void)state;
    expect_condition(stage, facts, SAGA_PROGRESSING, STOCK, 1);
    facts.no_worker = 1u << MONEY;
    expect_condition(stage, facts, SAGA_NO_WORKER, MONEY, 1);
    stage_close(stage);
}

static void waits_of_more_than_a_minute_are_sleep_in_both_directions(void **state)
{
    struct stage *stage = stage_open("trip");
    struct saga_input busy;

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_DONE));
    give(stage, answer(stage, 1, SAGA_VERDICT_DONE));
    give(stage, answer(stage, 2, SAGA_VERDICT_REJECTED));
    busy = undo_answer(stage, 1, SAGA_VERDICT_BUSY);
    busy.after_ms = 60001;
    give(stage, busy);
    expect_condition(stage, nothing_known, SAGA_SLEEPING, 1, 1);
    stage->now_ms = 2;
    expect_condition(stage, nothing_known, SAGA_RETRYING, 1, 1);
    stage->permits = 0;
    stage_tick(stage);
    expect_condition(stage, nothing_known, SAGA_WAITING, 1, 60002);
    stage->permits = UINT32_MAX;
    give(stage, (struct saga_input){.type = SAGA_INPUT_PERMITTED});
    expect_condition(stage, nothing_known, SAGA_PROGRESSING, 1, 60002);
    stage_close(stage);
}

/* Two steps are out, the third is not due: what is known of the others says nothing. */
static void facts_about_steps_that_do_not_move_say_nothing(void **state)
{
    struct stage *stage = stage_open("order");
    struct saga_facts facts = {.no_worker = 1u << PACK};

    (void)state;
    expect_condition(stage, facts, SAGA_PROGRESSING, STOCK, 1);
    give(stage, answer(stage, STOCK, SAGA_VERDICT_DONE));
    facts.no_worker = 1u << STOCK | 1u << MONEY;
    expect_condition(stage, facts, SAGA_NO_WORKER, MONEY, 1);
    stage_close(stage);
}

static void subject_is_the_step_that_is_kept(void **state)
{
    struct stage *stage = stage_open("order");
    struct saga_facts facts = {.throttled = 1u << MONEY};

    (void)state;
    give(stage, answer(stage, STOCK, SAGA_VERDICT_BUSY));
    give(stage, answer(stage, MONEY, SAGA_VERDICT_BUSY));
    expect_condition(stage, facts, SAGA_THROTTLED, MONEY, 1);
    facts.breaker = 1u << MONEY;
    expect_condition(stage, facts, SAGA_BLOCKED_BY_BREAKER, MONEY, 1);
    stage_close(stage);
}

/* The breaker of a step that is done, and a sleeper, come first in the row, but are not meant. */
static void subject_is_not_another_step_of_which_the_same_is_so(void **state)
{
    struct definition definition = *sample_named("order");
    struct saga_facts facts = {.throttled = 1u << STOCK | 1u << MONEY};
    struct stage *stage;
    struct saga_input busy;

    (void)state;
    definition.deadline_ms = 600000;
    stage = stage_open_definition(&definition);
    busy = answer(stage, STOCK, SAGA_VERDICT_BUSY);
    busy.after_ms = 90000;
    give(stage, busy);
    give(stage, answer(stage, MONEY, SAGA_VERDICT_BUSY));
    expect_condition(stage, nothing_known, SAGA_RETRYING, MONEY, 1);
    give(stage, answer(stage, STOCK, SAGA_VERDICT_DONE));
    expect_do(stage, STOCK, SAGA_DO_DONE);
    expect_condition(stage, facts, SAGA_THROTTLED, MONEY, 1);
    facts.breaker = facts.throttled;
    expect_condition(stage, facts, SAGA_BLOCKED_BY_BREAKER, MONEY, 1);
    stage_close(stage);
}

static void long_call_is_no_sleep(void **state)
{
    struct definition definition = *sample_named("order");
    struct saga_input busy;
    struct stage *stage;

    (void)state;
    definition.deadline_ms = 600000;
    definition.steps[STOCK].timeout_ms = 120000;
    stage = stage_open_definition(&definition);
    expect_condition(stage, nothing_known, SAGA_PROGRESSING, STOCK, 1);
    busy = answer(stage, MONEY, SAGA_VERDICT_BUSY);
    busy.after_ms = 90000;
    give(stage, busy);
    expect_condition(stage, nothing_known, SAGA_SLEEPING, MONEY, 1);
    stage_close(stage);
}

static void parked_comes_before_paused_and_paused_before_overdue(void **state)
{
    struct stage *stage = stage_open("two_routes");

    (void)state;
    give(stage, answer(stage, 0, SAGA_VERDICT_WORKING));
    stage->now_ms = 30001;
    give(stage, (struct saga_input){.type = SAGA_INPUT_TIMER});
    expect_condition(stage, nothing_known, SAGA_OVERDUE, 0, 30001);
    stage->now_ms = 40000;
    give(stage, verb(SAGA_PAUSE, DEFINITION_NO_STEP));
    expect_condition(stage, nothing_known, SAGA_PAUSED, DEFINITION_NO_STEP, 40000);
    stage->now_ms = 50000;
    give(stage, answer(stage, 0, SAGA_VERDICT_FENCED));
    expect_condition(stage, nothing_known, SAGA_PARKED, 0, 40000);
    stage_close(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(call_that_is_out_is_progress),
        cmocka_unit_test(ended_saga_is_not_kept_from_anything),
        cmocka_unit_test(missing_worker_comes_before_breaker_and_budget),
        cmocka_unit_test(call_that_is_out_can_only_lack_its_worker),
        cmocka_unit_test(waits_of_more_than_a_minute_are_sleep_in_both_directions),
        cmocka_unit_test(facts_about_steps_that_do_not_move_say_nothing),
        cmocka_unit_test(subject_is_the_step_that_is_kept),
        cmocka_unit_test(subject_is_not_another_step_of_which_the_same_is_so),
        cmocka_unit_test(long_call_is_no_sleep),
        cmocka_unit_test(parked_comes_before_paused_and_paused_before_overdue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
