#include "simulation/script.h"
#include "simulation/swarm.h"
#include "simulation/tape_edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BEGIN "saga-sim script 1\ncalm 90\nworkers 1 polls 1 slots 64\n"
#define STEPS                                                                                      \
    "definition d0\nsaga: d0\nguarded: [p1, p2]\nsteps:\n"                                         \
    "  - {name: s0, participant: p1, timeout: 300ms, needs: [], undo: u0}\n"                       \
    "  - {name: s1, participant: p2, timeout: 300ms, needs: [s0], undo: u1}\n"                     \
    "  - {name: s2, participant: p1, timeout: 300ms, needs: [s0, s1], undo: u2}\n"                 \
    "end\n"

static struct tape *read_script(const char *text)
{
    struct tape *tape = tape_open();
    struct script_error error;

    int r = script_read(text, strlen(text), tape, &error);
    if (r != 0)
        fail_msg("line %u: %s", error.line, error.words);
    return tape;
}

static void expect_written(const struct tape *tape, const char *wanted)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    assert_non_null(file);
    script_write(tape, file);
    fclose(file);
    assert_string_equal(text, wanted);
    free(text);
}

static void expect_refused(const char *text, uint32_t line, const char *words)
{
    struct tape *tape = tape_open();
    struct script_error error;

    assert_int_equal(script_read(text, strlen(text), tape, &error), 1);
    assert_string_equal(error.words, words);
    assert_int_equal(error.line, line);
    tape_close(tape);
}

static void what_is_written_reads_as_the_same(void **state)
{
    static const char text[] =
        "saga-sim script 1\nviolates I-35\nbug undo_forwards\nseed 7\ncalm 90\n"
        "workers 2 polls 3 slots 4\nqueue 2\nunguarded\n" STEPS "client 3 d0 at 5\n"
        "client 9 d0 at 0 keyed want-of-service\ncrash at 40\n"
        "crash-inside event 3.2 = 2\nbusy call 3.1.do.2 #4\nloss answer 3.1.undo.1\n"
        "loss poll 4\nsame-key client 9\nworkers call 3.0.fence.1 = 12\n";
    struct tape *tape;

    (void)state;
    tape = read_script(text);
    assert_int_equal(tape->client_count, 2);
    assert_int_equal(tape->mark_count, 7);
    char *wanted = NULL;
    size_t size;
    FILE *file = open_memstream(&wanted, &size);
    script_write(tape, file);
    fclose(file);
    struct tape *again = read_script(wanted);
    expect_written(again, wanted);
    free(wanted);
    tape_close(again);
    tape_close(tape);
}

static void what_is_no_script_is_refused_by_its_line(void **state)
{
    (void)state;
    expect_refused("", 0, "it must begin with: saga-sim script 1");
    expect_refused("saga-sim script 2\n", 1, "it must begin with: saga-sim script 1");
    expect_refused("# Why.\nsaga-sim script 1\n", 2, "a script says `calm` and `workers`");
    expect_refused(BEGIN STEPS, 11, "a script has a client");
    expect_refused(BEGIN "client 0 d0 at 5\n", 4, "there is no definition d0 above");
    expect_refused(BEGIN STEPS "client 0 d0 at 5\nclient 0 d0 at 6\n", 13,
                   "there is a client 0 already");
    expect_refused(BEGIN STEPS "client 1024 d0 at 5\n", 12,
                   "word 2 must be a number from 0 to 1023");
    expect_refused(BEGIN "definition d0\nsaga: d0\n", 5, "the definition d0 has no end");
    expect_refused("saga-sim script 1\nviolates 35\n", 2, "an invariant is written I-35");
    expect_refused("saga-sim script 1\nseed 18446744073709551616\n", 2,
                   "word 2 must be a number from 0 to 18446744073709551615");
}

static void what_is_no_mark_is_refused_by_its_line(void **state)
{
    (void)state;
    expect_refused(BEGIN "rain at 5\n", 4, "rain is nothing that happens");
    expect_refused(BEGIN "busy\n", 4, "it is: MISHAP PLACE WHICH [#TIMES] [= VALUE]");
    expect_refused(BEGIN "busy near 5\n", 4, "nothing happens near");
    expect_refused(BEGIN "busy call 0.1.do\n", 4,
                   "a call is CLIENT.STEP.do.ATTEMPT, or undo, or fence");
    expect_refused(BEGIN "busy call 0.12.do.1\n", 4,
                   "a call is CLIENT.STEP.do.ATTEMPT, or undo, or fence");
    expect_refused(BEGIN "crash-inside event 0\n", 4, "an event is CLIENT.SEQUENCE");
    expect_refused(BEGIN "loss poll 10\n", 4, "word 3 must be a number from 0 to 9");
    expect_refused(BEGIN "loss poll 1 #0\n", 4, "after # is a number from 1 to 1000000");
    expect_refused(BEGIN "loss poll 1 = 0\n", 4, "word 5 must be a number from 1 to 4294967295");
    expect_refused(BEGIN "loss poll 1 x\n", 4, "there must be 3 words, not 4");
    expect_refused(BEGIN STEPS "client 0 d0 at 5\nloss poll 1\nloss poll 1\n", 14,
                   "loss is there twice at one place");
}

static void a_mark_is_found_at_its_place_and_time_only(void **state)
{
    struct tape *tape =
        read_script(BEGIN STEPS "client 0 d0 at 5\nbusy call 0.1.do.1 #2 = 7\n");
    uint64_t call = place_call(PLACE_CALL, 0, 1, 0, 1);

    (void)state;
    tape_play(tape);
    tape_at(tape, place_call(PLACE_CALL, 0, 2, 0, 1));
    assert_int_equal(tape_decide(tape, MISHAP_BUSY, 9, 10), 0);
    tape_also_at(tape, call);
    assert_int_equal(tape_decide(tape, MISHAP_SLOW, 9, 10), 0);
    assert_int_equal(tape_decide(tape, MISHAP_BUSY, 9, 10), 0);
    assert_false(tape->marks[0].used);
    assert_int_equal(tape_decide(tape, MISHAP_BUSY, 9, 10), 7);
    assert_true(tape->marks[0].used);
    assert_int_equal(tape_decide(tape, MISHAP_BUSY, 9, 10), 0);
    tape_nowhere(tape);
    assert_int_equal(tape_decide(tape, MISHAP_BUSY, 9, 10), 9);
    tape_play(tape);
    tape_at(tape, call);
    assert_int_equal(tape_decide(tape, MISHAP_BUSY, 0, 2), 0);
    assert_int_equal(tape_decide(tape, MISHAP_BUSY, 0, 2), 1); /* No more than can be. */
    tape_close(tape);
}

static void what_was_recorded_is_played(void **state)
{
    struct tape *tape = tape_open();
    static const uint32_t drawn[] = {0, 3, 0, 1, 2};

    (void)state;
    tape_record(tape);
    for (uint32_t i = 0; i < 5; i++) {
        tape_at(tape, place_at(i / 2));
        assert_int_equal(tape_decide(tape, TAPE_WORLD, drawn[i], 4), drawn[i]);
    }
    assert_int_equal(tape->mark_count, 3);
    tape_play(tape);
    for (uint32_t i = 0; i < 5; i++) {
        tape_at(tape, place_at(i / 2));
        assert_int_equal(tape_decide(tape, TAPE_WORLD, 0, 4), drawn[i]);
    }
    assert_int_equal(tape_next_ms(tape, TAPE_WORLD, 0), 2);
    assert_true(tape_next_ms(tape, TAPE_WORLD, 2) == UINT64_MAX);
    tape_close(tape);
}

static void a_step_goes_and_those_after_it_move_up(void **state)
{
    struct tape *tape = read_script(BEGIN STEPS "client 4 d0 at 5\nbusy call 4.1.do.1\n"
                                                "busy call 4.2.do.1\n");

    (void)state;
    assert_true(tape_drop_step(tape, 0, 1));
    tape_renumber(tape);
    expect_written(tape, "saga-sim script 1\nseed 0\ncalm 90\nworkers 1 polls 1 slots 64\n"
                         "definition d0\nsaga: d0\nguarded: [p1]\nsteps:\n"
                         "  - {name: s0, participant: p1, timeout: 300ms, needs: [], undo: u0}\n"
                         "  - {name: s1, participant: p1, timeout: 300ms, needs: [s0], undo: u2}\n"
                         "end\nclient 0 d0 at 5\nbusy call 0.1.do.1\n");
    assert_true(tape_drop_step(tape, 0, 0));
    assert_false(tape_drop_step(tape, 0, 0)); /* The last one stays. */
    tape_close(tape);
}

static void what_was_not_asked_for_goes(void **state)
{
    struct tape *tape = read_script(BEGIN STEPS "definition d1\nsaga: d1\nend\nclient 0 d1 at 5\n"
                                                "loss poll 1\nloss poll 2\n");

    (void)state;
    tape_play(tape);
    tape_at(tape, place_worker(PLACE_POLL, 2));
    assert_int_equal(tape_decide(tape, MISHAP_LOSS, 0, 2), 1);
    tape_drop_unused(tape);
    assert_int_equal(tape->definition_count, 1);
    assert_string_equal(tape->definitions[tape->clients[0].definition].name, "d1");
    assert_int_equal(tape->mark_count, 1);
    assert_int_equal(place_read(tape->marks[0].place).a, 2);
    tape_close(tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_as_the_same),
        cmocka_unit_test(what_is_no_script_is_refused_by_its_line),
        cmocka_unit_test(what_is_no_mark_is_refused_by_its_line),
        cmocka_unit_test(a_mark_is_found_at_its_place_and_time_only),
        cmocka_unit_test(what_was_recorded_is_played),
        cmocka_unit_test(a_step_goes_and_those_after_it_move_up),
        cmocka_unit_test(what_was_not_asked_for_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
