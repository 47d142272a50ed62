/*
 * What becomes of calls: asked again, fenced, queued within bounds, acknowledged when durable.
 */
#include "engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint32_t sequence_of(struct world *world, struct saga_id id)
{
    struct asked asked = {0};

    world_get(world, &asked, id);
    uint32_t sequence = asked.snapshot->sequence;
    asked_fini(&asked);
    return sequence;
}

static void what_is_being_worked_on_is_asked_again_without_an_event(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start_to_queue(world, "k1");

    world_answer(world, "queue", SAGA_DO, SAGA_VERDICT_WORKING, "");
    uint32_t sequence = sequence_of(world, id);
    for (size_t i = 0; i < 5; i++) {
        world_pass(world, 150);
        assert_true(world_has_call(world, "queue", SAGA_DO));
        assert_int_equal(world_call(world, "queue", SAGA_DO)->attempt, 1);
        world_answer(world, "queue", SAGA_DO, SAGA_VERDICT_WORKING, "");
    }
    assert_int_equal(sequence_of(world, id), sequence);
    world_pass(world, 150);
    world_answer(world, "queue", SAGA_DO, SAGA_VERDICT_DONE, "");
    world_do_all(world);
    assert_int_equal(world_phase(world, id), SAGA_COMPLETED);
    world_close(world);
    (void)state;
}

static void an_ask_that_nobody_answers_is_unknown_and_tried_again(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start_to_queue(world, "k1");

    world_answer(world, "queue", SAGA_DO, SAGA_VERDICT_WORKING, "");
    world_pass(world, 150);
    assert_true(world_has_call(world, "queue", SAGA_DO));
    world->call_count = 0; /* Asked, and forgotten. */
    world_pass(world, 2000);
    assert_true(world_call(world, "queue", SAGA_DO)->attempt >= 2);
    world_do_all(world);
    assert_int_equal(world_phase(world, id), SAGA_COMPLETED);
    world_close(world);
    (void)state;
}

static void what_was_worked_on_before_a_crash_is_asked_about_after_it(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start_to_queue(world, "k1");

    world_answer(world, "queue", SAGA_DO, SAGA_VERDICT_WORKING, "");
    world_crash(world, 100);
    world_turn(world);
    assert_int_equal(world_call(world, "queue", SAGA_DO)->attempt, 1);
    world_do_all(world);
    assert_int_equal(world_phase(world, id), SAGA_COMPLETED);
    world_close(world);
    (void)state;
}

static void a_pivot_is_fenced_before_it_is_resolved_as_rejected(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start_to_queue(world, "k1");
    struct asked asked = {0};

    world_pass(world, 1100); /* Its first attempt is unanswered: in doubt. */
    world->call_count = 0;
    world_act(world, &asked, id, SAGA_RESOLVE_REJECTED, "queue");
    assert_int_equal(asked.status, ANSWER_OK);
    assert_int_equal(asked.snapshot->phase, SAGA_RUNNING);
    asked_fini(&asked);
    world_pass(world, 200);
    struct world_call *fence = world_call(world, "queue", SAGA_FENCE);
    assert_non_null(strstr(fence->operation_id, "/queue/do.0"));
    world_answer(world, "queue", SAGA_FENCE, SAGA_VERDICT_REJECTED, "fenced");
    world->call_count = 0;
    world_pass(world, 3000);
    world_do_all(world);
    world_pass(world, 3000);
    world_do_all(world);
    assert_int_equal(world_phase(world, id), SAGA_COMPENSATED);
    world_close(world);
    (void)state;
}

static void a_refusal_that_says_busy_is_tried_again_and_not_counted(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");

    for (size_t i = 0; i < 6; i++) { /* Twice the counted attempts. */
        world_answer(world, "validate", SAGA_DO, SAGA_VERDICT_BUSY, "busy");
        for (size_t j = 0; j < 80 && !world_has_call(world, "validate", SAGA_DO); j++)
            world_pass(world, 100);
    }
    assert_int_equal(world_phase(world, id), SAGA_RUNNING);
    world_do_all(world);
    assert_int_equal(world_phase(world, id), SAGA_COMPLETED);
    world_close(world);
    (void)state;
}

static void results_are_acknowledged_once_they_are_durable(void **state)
{
    struct world *world = world_open();

    world_start(world, "k1");
    struct world_call call = *world_call(world, "validate", SAGA_DO);
    world_answer(world, "validate", SAGA_DO, SAGA_VERDICT_DONE, "");
    world_pass(world, 100);
    assert_int_equal(world->acknowledged, 1);
    world_send_result(world, &call, "auth", SAGA_VERDICT_DONE, ""); /* A duplicate. */
    world_pass(world, 100);
    assert_int_equal(world->acknowledged, 2);
    world_close(world);
    (void)state;
}

static void no_worker_is_given_more_than_it_has_slots_for(void **state)
{
    struct world *world = world_open();

    world_worker(world, "auth")->slots = 2;
    world_pass(world, 10100); /* The parked poll with more slots is answered: a keep-alive. */
    for (size_t i = 0; i < 7; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%zu", i);
        struct asked asked = {0};
        world_ask_submit(world, &asked, key, "{}");
        world_turn(world);
        asked_fini(&asked);
        assert_true(world->call_count <= 2 * (i + 1));
    }
    world_pass(world, 50);
    assert_int_equal(world->call_count, 7);
    world_close(world);
    (void)state;
}

static void a_call_carries_the_trace_of_its_submit(void **state)
{
    static const char trace[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    struct world *world = world_open();
    struct asked asked = {0};

    snprintf(asked.request.traceparent, sizeof asked.request.traceparent, "%s", trace);
    world_submit(world, &asked, "k1", "{}");
    asked_fini(&asked);
    assert_string_equal(world_call(world, "validate", SAGA_DO)->traceparent, trace);
    world_answer(world, "validate", SAGA_DO, SAGA_VERDICT_DONE, "");
    world_crash(world, 0);
    world_turn(world);
    world_pass(world, 1000);
    assert_string_equal(world_call(world, "reserve_quota", SAGA_DO)->traceparent, trace);
    world_close(world);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_being_worked_on_is_asked_again_without_an_event),
        cmocka_unit_test(an_ask_that_nobody_answers_is_unknown_and_tried_again),
        cmocka_unit_test(what_was_worked_on_before_a_crash_is_asked_about_after_it),
        cmocka_unit_test(a_pivot_is_fenced_before_it_is_resolved_as_rejected),
        cmocka_unit_test(a_refusal_that_says_busy_is_tried_again_and_not_counted),
        cmocka_unit_test(results_are_acknowledged_once_they_are_durable),
        cmocka_unit_test(no_worker_is_given_more_than_it_has_slots_for),
        cmocka_unit_test(a_call_carries_the_trace_of_its_submit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
