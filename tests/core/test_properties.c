/*
 * Random sagas under random inputs: whatever happens, the invariants hold and the saga can end.
 *
 *   seed ──▶ definition ──▶ inputs, wild ──▶ inputs, kind ──▶ must be terminal
 *
 * A seed is the whole of a run, and a failure names it.
 *
 *   test_properties [SEEDS]    so many seeds instead of 4000
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/oracle.h"
#include "core/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS 4000u
#define WILD_INPUTS 150u
#define KIND_INPUTS 600u

struct dice {
    uint64_t state;
};

/* xorshift64* (Vigna 2016). */
static uint32_t roll(struct dice *dice, uint32_t sides)
{
    dice->state ^= dice->state >> 12;
    dice->state ^= dice->state << 25;
    dice->state ^= dice->state >> 27;
    return (uint32_t)((dice->state * 0x2545f4914f6cdd1du) >> 32) % sides;
}

static bool one_in(struct dice *dice, uint32_t sides)
{
    return roll(dice, sides) == 0;
}

/* ---- definitions ---- */

static void roll_step(struct dice *dice, struct definition_step *step)
{
    step->timeout_ms = 1 + roll(dice, 500);
    step->retry = (struct definition_retry){1 + roll(dice, 3), roll(dice, 100), roll(dice, 4), 400};
    step->park_on_exhausted = one_in(dice, 3);
    step->compensate_on_reject = one_in(dice, 4);
    step->read_only = step->undo[0] == '\0' && !step->pivot;
}

/* Steps before the pivot need some of those before them; the pivot needs them all. */
static void roll_definition(struct dice *dice, struct definition *definition)
{
    uint32_t before = roll(dice, 6);
    uint32_t after = one_in(dice, 2) ? roll(dice, 4) : 0;
    bool pivot = before == 0 || after > 0 || one_in(dice, 2);
    char name[SAGA_NAME_SIZE];

    sample_begin(definition, "random");
    sample_participant(definition, "guarded", true);
    sample_participant(definition, "plain", false);
    definition->deadline_ms = 1 + roll(dice, 4000);
    definition->patience_ms = 1 + roll(dice, 8000);
    for (uint32_t i = 0; i < before; i++) {
        uint32_t needs = roll(dice, UINT32_MAX) & ((1u << i) - 1);

        snprintf(name, sizeof name, "before_%u", i);
        roll_step(dice, sample_step(definition, name, (uint8_t)roll(dice, 2),
                                    one_in(dice, 4) ? NULL : "undo", needs));
    }
    for (uint32_t i = 0; i < after + pivot; i++) {
        uint32_t all_before = (1u << before) - 1;
        struct definition_step *step;
        uint32_t needs = i == 0 ? all_before : 1u << before | 1u << (before + roll(dice, i));

        snprintf(name, sizeof name, "after_%u", i);
        step = sample_step(definition, name, (uint8_t)roll(dice, 2), NULL, needs);
        step->pivot = i == 0;
        roll_step(dice, step);
        step->read_only = false;
    }
    assert_true(definition_derive(definition));
}

/* ---- inputs ---- */

static uint32_t out_now(const struct saga *saga)
{
    struct saga_wants wants = saga_wants(saga);

    return wants.calls_do | wants.calls_undo;
}

static void roll_answer(struct dice *dice, const struct saga *saga, struct saga_input *input)
{
    const struct saga_step *step;
    uint16_t attempt;

    input->step = (uint8_t)roll(dice, saga->definition->step_count + one_in(dice, 20));
    if (input->step == saga->definition->step_count)
        return;
    step = &saga->steps[input->step];
    input->direction = (enum saga_direction)roll(dice, SAGA_DIRECTION_COUNT);
    if (!one_in(dice, 4))
        input->direction = step->undo_state == SAGA_UNDO_CALLING ? SAGA_UNDO
                           : step->fencing                       ? SAGA_FENCE
                                                                 : SAGA_DO;
    attempt = input->direction == SAGA_UNDO ? step->backward.attempt : step->forward.attempt;
    input->attempt = one_in(dice, 4) ? (uint16_t)roll(dice, attempt + 2u) : attempt;
    input->generation = (uint8_t)(step->generation + one_in(dice, 20));
    input->verdict = one_in(dice, 3) ? SAGA_VERDICT_DONE
                                     : (enum saga_verdict)roll(dice, SAGA_VERDICT_COUNT + 1);
    input->after_ms = one_in(dice, 5) ? roll(dice, 3000) : 0;
    input->has_output = one_in(dice, 2);
}

static void roll_verb(struct dice *dice, const struct saga *saga, struct saga_input *input)
{
    input->verb = (enum saga_verb)roll(dice, SAGA_VERB_COUNT);
    if (input->verb == SAGA_TERMINATE && !one_in(dice, 8))
        input->verb = SAGA_RETRY;
    input->step = one_in(dice, 4) ? DEFINITION_NO_STEP
                                  : (uint8_t)roll(dice, saga->definition->step_count);
    input->force = one_in(dice, 2);
    input->for_want_of_service = one_in(dice, 2);
}

static enum saga_input_type roll_type(struct dice *dice)
{
    static const enum saga_input_type types[] = {
        SAGA_INPUT_RESULT, SAGA_INPUT_RESULT,   SAGA_INPUT_RESULT,    SAGA_INPUT_TIMER,
        SAGA_INPUT_TIMER,  SAGA_INPUT_VANISHED, SAGA_INPUT_PERMITTED, SAGA_INPUT_VERB,
    };

    return types[roll(dice, sizeof types / sizeof types[0])];
}

static struct saga_input roll_input(struct dice *dice, const struct saga *saga, uint64_t *now_ms)
{
    struct saga_input input = {.type = saga->sequence == 0 ? SAGA_INPUT_SUBMIT : roll_type(dice)};

    if (input.type == SAGA_INPUT_TIMER && one_in(dice, 2) && saga_wants(saga).timer_ms > *now_ms)
        *now_ms = saga_wants(saga).timer_ms;
    else
        *now_ms += roll(dice, one_in(dice, 10) ? 2000 : 60);
    input.time_ms = *now_ms;
    input.permits_do = one_in(dice, 3) ? roll(dice, UINT32_MAX) : UINT32_MAX;
    input.permits_undo = one_in(dice, 3) ? roll(dice, UINT32_MAX) : UINT32_MAX;
    if (saga->sequence > 0 && one_in(dice, 3))
        input.unsent = out_now(saga) & roll(dice, UINT32_MAX);
    if (input.type == SAGA_INPUT_VERB)
        roll_verb(dice, saga, &input);
    else if (input.type == SAGA_INPUT_RESULT || input.type == SAGA_INPUT_VANISHED)
        roll_answer(dice, saga, &input);
    return input;
}

/* ---- what must be so ---- */

/* A refusal names its reason; and what it says is allowed, some input of that verb can do. */
static void check_verbs(const struct saga *saga)
{
    uint32_t allowed = saga_allowed_verbs(saga);

    for (uint32_t verb = 0; verb < SAGA_VERB_COUNT; verb++) {
        bool possible = false;

        for (uint32_t i = 0; i <= saga->definition->step_count; i++) {
            struct saga_input input = {.type = SAGA_INPUT_VERB, .verb = (enum saga_verb)verb};
            struct saga_refusal refusal;
            struct saga_event event;

            input.time_ms = saga->state.updated_ms;
            input.force = true;
            input.step = i < saga->definition->step_count ? (uint8_t)i : DEFINITION_NO_STEP;
            if (saga_judge(saga, &input, &event, &refusal) != SAGA_REFUSED)
                possible = true;
            else
                assert_int_equal(refusal.allowed, allowed);
        }
        assert_int_equal(possible, (allowed & 1u << verb) != 0);
    }
}

/* The same input again, at the same time, with no calls to make, must have nothing more to say. */
static void check_settled(const struct saga *saga, uint64_t now_ms)
{
    struct saga_input input = {.type = SAGA_INPUT_PERMITTED, .time_ms = now_ms};
    struct saga_refusal refusal;
    struct saga_event event;

    assert_int_equal(saga_judge(saga, &input, &event, &refusal), SAGA_NOTHING);
}

static void give_wild(struct dice *dice, struct oracle *oracle, uint64_t *now_ms)
{
    for (uint32_t i = 0; i < WILD_INPUTS; i++) {
        struct saga_input input = roll_input(dice, oracle->saga, now_ms);

        if (oracle_give(oracle, &input, NULL) == 0)
            check_settled(oracle->saga, *now_ms);
        if (one_in(dice, 16))
            check_verbs(oracle->saga);
    }
}

/* Faults have stopped, participants answer, and a person looks at what is held (I-36). */
static struct saga_input kind_input(const struct saga *saga, uint64_t *now_ms)
{
    struct saga_wants wants = saga_wants(saga);
    struct saga_input input = {.permits_do = UINT32_MAX, .permits_undo = UINT32_MAX};
    uint32_t calls = wants.calls_do | wants.calls_undo;

    input.type = SAGA_INPUT_TIMER;
    input.step = DEFINITION_NO_STEP;
    if (calls != 0) {
        input.type = SAGA_INPUT_RESULT;
        input.step = 0;
        while (!(calls & 1u << input.step))
            input.step++;
        input.direction = wants.calls_undo & 1u << input.step ? SAGA_UNDO
                          : saga->steps[input.step].fencing   ? SAGA_FENCE
                                                              : SAGA_DO;
        input.attempt = input.direction == SAGA_UNDO ? saga->steps[input.step].backward.attempt
                                                     : saga->steps[input.step].forward.attempt;
        input.generation = saga->steps[input.step].generation;
    } else if (saga_is_held(saga)) {
        input.type = SAGA_INPUT_VERB;
        input.verb = saga->state.paused ? SAGA_RESUME : SAGA_RETRY;
    } else if (wants.timer_ms > *now_ms) {
        *now_ms = wants.timer_ms;
    }
    input.time_ms = *now_ms;
    return input;
}

static void give_kind(struct oracle *oracle, uint64_t *now_ms)
{
    for (uint32_t i = 0; i < KIND_INPUTS && !saga_is_terminal(oracle->saga); i++) {
        struct saga_input input = kind_input(oracle->saga, now_ms);

        oracle_give(oracle, &input, NULL);
    }
    assert_true(saga_is_terminal(oracle->saga));
}

/* A failure leaves by longjmp, so the seed is said on the way out. */
static uint32_t present_seed;
static uint32_t last_seed = SEEDS;

static int say_seed(void **state)
{
    (void)state;
    if (present_seed != last_seed + 1)
        print_message("the run of seed %u broke\n", present_seed);
    return 0;
}

static void whatever_happens_the_invariants_hold(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= last_seed; seed++) {
        struct dice dice = {0x9e3779b97f4a7c15u * seed};
        struct definition definition;
        struct oracle oracle;
        uint64_t now_ms = 1;

        present_seed = seed;
        roll_definition(&dice, &definition);
        oracle_init(&oracle, &definition, seed);
        give_wild(&dice, &oracle, &now_ms);
        give_kind(&oracle, &now_ms);
        check_verbs(oracle.saga);
        oracle_check_fold(&oracle);
        oracle_fini(&oracle);
    }
    present_seed = last_seed + 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(whatever_happens_the_invariants_hold, say_seed),
    };

    if (argc == 2)
        last_seed = (uint32_t)strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
