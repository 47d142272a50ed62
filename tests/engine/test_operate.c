/*
 * Verbs that are meant for a saga as somebody has seen it: at that version, or not at all.
 */
#include "engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct request verb_at(struct saga_id id, enum saga_verb verb, uint32_t sequence)
{
    return (struct request){.type = REQUEST_VERB, .id = id, .verb = verb, .actor = "ada",
                            .reason = "because", .only_sequence = sequence};
}

static uint32_t sequence_of(struct world *world, struct saga_id id)
{
    struct asked asked = {0};

    world_get(world, &asked, id);
    uint32_t sequence = asked.snapshot->sequence;
    asked_fini(&asked);
    return sequence;
}

/* The answer shows the saga as it is. */
static void expect(struct asked *asked, enum answer_status status, uint32_t sequence)
{
    assert_true(asked->answered);
    assert_int_equal(asked->status, status);
    assert_non_null(asked->snapshot);
    assert_int_equal(asked->snapshot->sequence, sequence);
    asked_fini(asked);
}

static void a_verb_for_the_version_that_is_acts(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    struct asked asked;

    assert_int_equal(sequence_of(world, id), 1);
    world_ask(world, &asked, verb_at(id, SAGA_PAUSE, 1));
    assert_true(asked.snapshot->paused);
    expect(&asked, ANSWER_OK, 2);
    world_close(world);
    (void)state;
}

static void a_verb_for_another_version_changes_nothing_and_shows_what_is(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    const uint32_t others[] = {1, 3, UINT32_MAX};
    struct asked asked;

    world_answer(world, "validate", SAGA_DO, SAGA_VERDICT_DONE, "");
    assert_int_equal(sequence_of(world, id), 2);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        world_ask(world, &asked, verb_at(id, SAGA_CANCEL, others[i]));
        assert_int_equal(asked.snapshot->phase, SAGA_RUNNING);
        expect(&asked, ANSWER_CHANGED, 2);
    }
    assert_int_equal(sequence_of(world, id), 2);
    world_close(world);
    (void)state;
}

static void a_verb_for_any_version_acts_whatever_it_is(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    struct asked asked;

    world_answer(world, "validate", SAGA_DO, SAGA_VERDICT_DONE, "");
    world_ask(world, &asked, verb_at(id, SAGA_PAUSE, 0));
    expect(&asked, ANSWER_OK, 3);
    world_close(world);
    (void)state;
}

static void of_two_that_saw_the_same_version_one_acts(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    struct asked first, second;

    world_put(world, &first, verb_at(id, SAGA_PAUSE, 1));
    world_put(world, &second, verb_at(id, SAGA_TERMINATE, 1));
    world_turn(world);
    expect(&first, ANSWER_OK, 2);
    expect(&second, ANSWER_CHANGED, 2);
    assert_int_equal(world_phase(world, id), SAGA_RUNNING);
    world_close(world);
    (void)state;
}

/* What was seen counts before what is allowed: whoever looks again is told why. */
static void a_saga_that_has_ended_meanwhile_has_changed(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    struct asked asked;

    world_do_all(world);
    uint32_t sequence = sequence_of(world, id);
    world_ask(world, &asked, verb_at(id, SAGA_CANCEL, 1));
    assert_int_equal(asked.snapshot->phase, SAGA_COMPLETED);
    expect(&asked, ANSWER_CHANGED, sequence);
    world_ask(world, &asked, verb_at(id, SAGA_CANCEL, sequence));
    assert_int_equal(asked.refusal.reason, SAGA_REFUSED_TERMINAL);
    expect(&asked, ANSWER_REFUSED, sequence);
    world_close(world);
    (void)state;
}

static void what_is_not_allowed_is_refused_at_the_right_version_too(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    struct asked asked;

    world_ask(world, &asked, verb_at(id, SAGA_RESUME, 1));
    assert_int_equal(asked.refusal.reason, SAGA_REFUSED_NOT_HELD);
    expect(&asked, ANSWER_REFUSED, 1);
    world_close(world);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_verb_for_the_version_that_is_acts),
        cmocka_unit_test(a_verb_for_another_version_changes_nothing_and_shows_what_is),
        cmocka_unit_test(a_verb_for_any_version_acts_whatever_it_is),
        cmocka_unit_test(of_two_that_saw_the_same_version_one_acts),
        cmocka_unit_test(a_saga_that_has_ended_meanwhile_has_changed),
        cmocka_unit_test(what_is_not_allowed_is_refused_at_the_right_version_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
