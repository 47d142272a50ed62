/*
 * Chores: a verification is done beside the sagas, at a pace.
 */
#include "engine/chores.h"
#include "engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define SAGAS 1000u

static struct verify_report ask_verify(struct world *world, enum chore_verb verb)
{
    struct asked asked = {.answered = false};

    world_ask(world, &asked,
              (struct request){.type = REQUEST_CHORE, .chore = {CHORE_VERIFY, verb, ""}});
    assert_int_equal(asked.status, ANSWER_OK);
    return asked.verify;
}

static void start_saga(struct world *world, unsigned number)
{
    char key[16];

    snprintf(key, sizeof key, "k%u", number);
    world_start(world, key);
}

static struct world *world_with_sagas(void)
{
    struct world *world = world_open();

    for (size_t i = 0; i < world->worker_count; i++)
        world_vanish(world, &world->workers[i]);
    for (unsigned i = 0; i < SAGAS; i++)
        start_saga(world, i);
    return world;
}

static void when_no_saga_moves_it_does_not_rest(void **state)
{
    struct world *world = world_with_sagas();
    unsigned turns = 0;

    world_pass(world, 200);
    struct verify_report report = ask_verify(world, CHORE_BEGIN);
    for (; report.state == VERIFY_RUNNING; turns++) {
        uint64_t wait_ms = world->wait_ms;
        report = ask_verify(world, CHORE_LOOK);
        assert_true(report.state != VERIFY_RUNNING || wait_ms == 0);
    }
    assert_int_equal(report.state, VERIFY_DONE);
    assert_int_equal(report.sagas, SAGAS);
    assert_in_range(turns, SAGAS / VERIFY_SLICE, 10 * SAGAS / VERIFY_SLICE);
    world_close(world);
    (void)state;
}

static void while_sagas_move_it_has_its_part_and_no_more(void **state)
{
    struct world *world = world_with_sagas();
    uint64_t looked = 0, ms = 0;

    struct verify_report report = ask_verify(world, CHORE_BEGIN);
    for (; report.state == VERIFY_RUNNING; ms++) {
        if (ms % 50 == 0)
            start_saga(world, SAGAS + (unsigned)ms);
        world_pass(world, 1);
        assert_true(world->wait_ms > 0);
        report = ask_verify(world, CHORE_LOOK);
    }
    assert_int_equal(report.state, VERIFY_DONE);
    looked = report.records + report.rows + report.keys;
    assert_true(looked >= 2 * SAGAS);
    /* Half a millisecond of work, and then two of rest. */
    assert_true(ms >= report.records * VERIFY_RECORD_US * VERIFY_ONE_IN / 1000 - 2);
    assert_true(ms <= 3 + looked * VERIFY_RECORD_US * VERIFY_ONE_IN / 1000);
    world_close(world);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when_no_saga_moves_it_does_not_rest),
        cmocka_unit_test(while_sagas_move_it_has_its_part_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
