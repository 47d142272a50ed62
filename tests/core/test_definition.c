/*
 * What follows from a definition's steps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/samples.h"

static void dependents_are_found_through_other_steps(void **state)
{
    const struct definition *order = sample_named("order");
    uint8_t stock = definition_step_named(order, "stock");
    uint8_t pack = definition_step_named(order, "pack");
    uint8_t mail = definition_step_named(order, "mail");

    (void)state;
    assert_true(order->dependents[stock] & 1u << pack);
    assert_true(order->dependents[stock] & 1u << mail);
    assert_false(order->dependents[pack] & 1u << stock);
    assert_int_equal(order->dependents[mail], 0);
}

static void steps_after_the_pivot_are_those_that_need_it(void **state)
{
    const struct definition *order = sample_named("order");

    (void)state;
    assert_int_equal(order->pivot, definition_step_named(order, "charge"));
    assert_int_equal(order->after_pivot, 1u << definition_step_named(order, "ship") |
                                             1u << definition_step_named(order, "mail"));
}

static void definition_without_pivot_has_nothing_after_it(void **state)
{
    const struct definition *trip = sample_named("trip");

    (void)state;
    assert_int_equal(trip->pivot, DEFINITION_NO_STEP);
    assert_int_equal(trip->after_pivot, 0);
}

static void cycle_is_found_and_nothing_is_filled_in(void **state)
{
    struct definition cycle;

    (void)state;
    sample_begin(&cycle, "cycle");
    sample_participant(&cycle, "anyone", true);
    sample_step(&cycle, "one", 0, "undo", 1u << 2);
    sample_step(&cycle, "two", 0, "undo", 1u << 0);
    sample_step(&cycle, "three", 0, "undo", 1u << 1);
    cycle.dependents[0] = 12345;

    assert_false(definition_derive(&cycle));
    assert_int_equal(cycle.dependents[0], 12345);
}

static void thirty_two_steps_in_a_row_fit(void **state)
{
    struct definition row;

    (void)state;
    sample_begin(&row, "row");
    sample_participant(&row, "anyone", true);
    for (uint32_t i = 0; i < SAGA_STEPS_MAX; i++)
        sample_step(&row, "step", 0, "undo", i == 0 ? 0 : 1u << (i - 1));

    assert_true(definition_derive(&row));
    assert_int_equal(definition_all(&row), UINT32_MAX);
    assert_int_equal(row.dependents[0], UINT32_MAX - 1);
    assert_int_equal(row.dependents[SAGA_STEPS_MAX - 1], 0);
}

static void step_is_found_by_its_whole_name(void **state)
{
    const struct definition *message = sample_named("send_message");

    (void)state;
    assert_int_equal(definition_step_named(message, "queue"), 3);
    assert_int_equal(definition_step_named(message, "queu"), DEFINITION_NO_STEP);
    assert_int_equal(definition_step_named(message, "queued"), DEFINITION_NO_STEP);
    assert_int_equal(definition_step_named(message, ""), DEFINITION_NO_STEP);
    assert_int_equal(definition_all(message), 31);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dependents_are_found_through_other_steps),
        cmocka_unit_test(steps_after_the_pivot_are_those_that_need_it),
        cmocka_unit_test(definition_without_pivot_has_nothing_after_it),
        cmocka_unit_test(cycle_is_found_and_nothing_is_filled_in),
        cmocka_unit_test(thirty_two_steps_in_a_row_fit),
        cmocka_unit_test(step_is_found_by_its_whole_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
