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

static void the_worst_case_is_the_longest_path_to_the_pivot(void **state)
{
    struct definition trip;
    uint8_t last;

    (void)state;
    sample_begin(&trip, "worst");
    sample_participant(&trip, "anyone", true);
    sample_step(&trip, "short", 0, "undo", 0);
    sample_step(&trip, "long", 0, "undo", 0);
    sample_step(&trip, "end", 0, "undo", 1u << 0 | 1u << 1);
    for (uint32_t i = 0; i < trip.step_count; i++) {
        trip.steps[i].timeout_ms = i == 1 ? 500 : 100;
        trip.steps[i].retry =
            (struct definition_retry){.attempts = 4, .base_ms = 10, .factor = 10, .max_ms = 200};
    }
    assert_true(definition_derive(&trip));
    /* 4 attempts with 10, 100 and 200 ms between them: 2310 ms, then 710 ms. */
    assert_int_equal(definition_longest_ms(&trip, &last), 3020);
    assert_int_equal(last, 2);

    trip.steps[1].pivot = true;
    assert_true(definition_derive(&trip));
    assert_int_equal(definition_longest_ms(&trip, &last), 2310);
    assert_int_equal(last, 1);
}

/* Steps of one attempt and no pivot; step i takes so long, and needs the steps of a mask. */
static void begin_walk(struct definition *walk, const uint32_t *timeout_ms, const uint32_t *needs,
                       uint32_t count)
{
    sample_begin(walk, "walk");
    sample_participant(walk, "anyone", true);
    for (uint32_t i = 0; i < count; i++) {
        sample_step(walk, "step", 0, "undo", needs[i]);
        walk->steps[i].timeout_ms = timeout_ms[i];
        walk->steps[i].retry = (struct definition_retry){.attempts = 1, .base_ms = 10, .factor = 1,
                                                         .max_ms = 10};
    }
    assert_true(definition_derive(walk));
}

static void without_a_pivot_the_worst_case_is_the_longest_path(void **state)
{
    static const uint32_t times[] = {1, 20, 300, 4000};
    static const uint32_t backwards[] = {1u << 1, 1u << 2, 1u << 3, 0};
    static const uint32_t apart[] = {0, 0, 0, 0};
    static const uint32_t alike[] = {50, 50, 50};
    static const uint32_t first_is_longest[] = {700, 6};
    static const uint32_t second_needs_first[] = {0, 1u << 0};
    struct definition walk;
    uint8_t last;

    (void)state;
    begin_walk(&walk, times, backwards, 4);
    assert_int_equal(definition_longest_ms(&walk, &last), 4321);
    assert_int_equal(last, 0);
    begin_walk(&walk, times, apart, 4);
    assert_int_equal(definition_longest_ms(&walk, &last), 4000);
    assert_int_equal(last, 3);
    begin_walk(&walk, times, apart, 2);
    assert_int_equal(definition_longest_ms(&walk, &last), 20);
    assert_int_equal(last, 1);
    begin_walk(&walk, alike, apart, 3);
    assert_int_equal(definition_longest_ms(&walk, &last), 50);
    assert_int_equal(last, 0);
    begin_walk(&walk, first_is_longest, second_needs_first, 2);
    assert_int_equal(definition_longest_ms(&walk, &last), 706);
    assert_int_equal(last, 1);
}

static void the_worst_case_of_thirty_two_steps_is_known(void **state)
{
    uint32_t times[SAGA_STEPS_MAX], needs[SAGA_STEPS_MAX];
    struct definition walk;
    uint8_t last;

    (void)state;
    for (uint32_t i = 0; i < SAGA_STEPS_MAX; i++) {
        times[i] = 10;
        needs[i] = i == 0 ? 0 : 1u << (i - 1);
    }
    begin_walk(&walk, times, needs, SAGA_STEPS_MAX);
    assert_int_equal(definition_longest_ms(&walk, &last), 10 * SAGA_STEPS_MAX);
    assert_int_equal(last, SAGA_STEPS_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_pivot_the_worst_case_is_the_longest_path),
        cmocka_unit_test(the_worst_case_of_thirty_two_steps_is_known),
        cmocka_unit_test(the_worst_case_is_the_longest_path_to_the_pivot),
        cmocka_unit_test(dependents_are_found_through_other_steps),
        cmocka_unit_test(steps_after_the_pivot_are_those_that_need_it),
        cmocka_unit_test(definition_without_pivot_has_nothing_after_it),
        cmocka_unit_test(cycle_is_found_and_nothing_is_filled_in),
        cmocka_unit_test(thirty_two_steps_in_a_row_fit),
        cmocka_unit_test(step_is_found_by_its_whole_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
