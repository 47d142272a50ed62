/*
 * Exploring: what it finds, that it finds all of it, and that it tells it again.
 */
#include "explore/explore.h"

#include "core/samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

/* Two steps: reserve, undone by release, then the pivot. */
static struct definition *small(bool guarded)
{
    static struct definition definition;

    sample_begin(&definition, "small");
    uint8_t billing = sample_participant(&definition, "billing", guarded);
    uint8_t messaging = sample_participant(&definition, "messaging", true);
    sample_step(&definition, "reserve", billing, "release", 0);
    sample_step(&definition, "send", messaging, NULL, 1)->pivot = true;
    assert_true(definition_derive(&definition));
    return &definition;
}

static struct explore_report explored(const struct definition *definition, uint32_t faults)
{
    struct explore_report report;

    assert_int_equal(explore(definition, faults, NULL, NULL, &report), 0);
    return report;
}

static void a_sound_saga_ends_in_every_way_that_it_may(void **state)
{
    (void)state;
    struct explore_report report = explored(sample_named("send_message"), 2);

    assert_int_equal(report.end.flaw, EXPLORE_SOUND);
    assert_true(report.phases[SAGA_COMPLETED] > 0);
    assert_true(report.phases[SAGA_COMPENSATED] > 0);
    assert_int_equal(report.phases[SAGA_RUNNING], 0);
    assert_true(report.parked[SAGA_PARK_UNDO_REJECTED] > 0);
    assert_true(report.parked[SAGA_PARK_REJECTED_AFTER_PIVOT] > 0);
    assert_true(report.parked[SAGA_PARK_PATIENCE] > 0);
    uint64_t ends = report.phases[SAGA_COMPLETED] + report.phases[SAGA_COMPENSATED];
    for (unsigned i = 0; i < SAGA_PARK_COUNT; i++)
        ends += report.parked[i];
    assert_int_equal(ends, report.runs);
}

static void every_fault_meets_every_step(void **state)
{
    (void)state;
    const struct definition *definition = sample_named("order");
    struct explore_report report = explored(definition, 1);

    assert_int_equal(report.end.flaw, EXPLORE_SOUND);
    for (uint32_t i = 0; i < definition->step_count; i++) {
        for (unsigned fault = 0; fault < EXPLORE_FAULT_COUNT; fault++)
            assert_true(report.met[i][fault] > 0);
        assert_true(report.do_states[i] >> SAGA_DO_DONE & 1u);
        assert_true(report.do_states[i] >> SAGA_DO_BACKOFF & 1u);
    }
}

/*
 * With one fault: a run without any, the slow one, and for each call that such a run makes one for
 * each fault; none of those makes a call that chooses again.
 */
static void the_number_of_runs_with_one_fault_is_that_of_the_calls(void **state)
{
    (void)state;
    struct explore_report report = explored(small(true), 1);

    assert_int_equal(report.end.flaw, EXPLORE_SOUND);
    assert_int_equal(report.runs, 2 + 2 * (EXPLORE_FAULT_COUNT - 1));
}

static void more_faults_are_more_runs_and_no_fewer_states(void **state)
{
    (void)state;
    struct explore_report one = explored(small(true), 1), three = explored(small(true), 3);

    assert_true(three.runs > 10 * one.runs);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(one.do_states[i] & ~three.do_states[i], 0);
}

static void without_a_guard_a_late_do_leaves_its_effect(void **state)
{
    (void)state;
    struct explore_report report = explored(small(false), 2);

    assert_int_equal(report.end.flaw, EXPLORE_EFFECT_LEFT);
    assert_int_equal(report.end.step, 0);
    assert_int_equal(report.end.phase, SAGA_COMPENSATED);
}

static void what_is_parked_by_one_lost_message_is_wrong(void **state)
{
    (void)state;
    struct definition *definition = small(true);
    definition->steps[0].park_on_exhausted = true;
    definition->steps[0].retry.attempts = 1;
    struct explore_report report = explored(definition, 1);

    assert_int_equal(report.end.flaw, EXPLORE_NEEDS_PERSON);
    assert_int_equal(report.end.step, 0);
    assert_int_equal(report.end.parked, SAGA_PARK_EXHAUSTED);
}

static void a_deadline_that_answers_in_time_can_pass_is_wrong(void **state)
{
    (void)state;
    struct definition *definition = small(true);
    definition->deadline_ms = definition->steps[0].timeout_ms - 2;
    struct explore_report report = explored(definition, 1);

    assert_int_equal(report.end.flaw, EXPLORE_TOO_SLOW);
    assert_true(report.wrong.slow);
    assert_int_equal(report.runs, 1);
}

struct story {
    uint32_t events, calls, faults;
    enum saga_phase phase;
};

static void hear_event(void *context, const struct saga *saga, const struct saga_event *event)
{
    struct story *story = context;

    assert_int_equal(saga->sequence, event->sequence);
    story->events++;
    story->phase = (enum saga_phase)event->state.phase;
}

static void hear_call(void *context, const struct saga *saga, uint8_t step,
                      enum saga_direction direction, enum explore_fault fault, uint64_t time_ms)
{
    struct story *story = context;

    assert_true(step < saga->definition->step_count);
    assert_true(direction < SAGA_DIRECTION_COUNT);
    assert_true(time_ms > 0);
    story->calls++;
    story->faults += fault != EXPLORE_NONE;
}

static void a_wrong_run_can_be_watched_again(void **state)
{
    (void)state;
    struct definition *definition = small(false);
    struct explore_report report = explored(definition, 2);
    struct story story = {.phase = SAGA_RUNNING};
    struct explore_watch watch = {hear_event, hear_call, &story};
    struct explore_end end;

    assert_int_equal(explore_again(definition, &report.wrong, &watch, &end), 0);
    assert_int_equal(end.flaw, report.end.flaw);
    assert_int_equal(end.time_ms, report.end.time_ms);
    assert_int_equal(story.phase, SAGA_COMPENSATED);
    assert_true(story.faults > 0);
    assert_true(story.calls >= 3);
    assert_true(story.events >= 4);
}

static void count_progress(void *context, uint64_t runs)
{
    uint64_t *last = context;

    assert_true(runs > *last);
    *last = runs;
}

static void long_explorations_tell_how_far_they_are(void **state)
{
    (void)state;
    struct explore_report report;
    uint64_t last = 0;

    assert_int_equal(explore(sample_named("send_message"), 2, count_progress, &last, &report), 0);
    assert_true(last > 0);
    assert_true(last <= report.runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_saga_ends_in_every_way_that_it_may),
        cmocka_unit_test(every_fault_meets_every_step),
        cmocka_unit_test(the_number_of_runs_with_one_fault_is_that_of_the_calls),
        cmocka_unit_test(more_faults_are_more_runs_and_no_fewer_states),
        cmocka_unit_test(without_a_guard_a_late_do_leaves_its_effect),
        cmocka_unit_test(what_is_parked_by_one_lost_message_is_wrong),
        cmocka_unit_test(a_deadline_that_answers_in_time_can_pass_is_wrong),
        cmocka_unit_test(a_wrong_run_can_be_watched_again),
        cmocka_unit_test(long_explorations_tell_how_far_they_are),
    };
    return cmocka_run_group_tests_name("explore", tests, NULL, NULL);
}
