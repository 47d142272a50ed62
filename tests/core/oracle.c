/*
 * Invariants by number (I-07, 16, 20 to 26, 29, 31, 34, 37, 38), over what was seen to happen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/oracle.h"

#include <stdlib.h>
#include <string.h>

#define INVARIANT(id, held) check_invariant(event, id, held, #held)

static void check_invariant(const struct saga_event *event, const char *id, bool held,
                            const char *text)
{
    if (!held)
        fail_msg("%s broken at event %u: %s", id, event->sequence, text);
}

void oracle_init(struct oracle *oracle, const struct definition *definition, uint64_t seed)
{
    *oracle = (struct oracle){0};
    oracle->saga = malloc(saga_size(definition->step_count));
    oracle->folded = malloc(saga_size(definition->step_count));
    assert_non_null(oracle->saga);
    assert_non_null(oracle->folded);
    saga_init(oracle->saga, definition, seed);
}

void oracle_fini(struct oracle *oracle)
{
    free(oracle->saga);
    free(oracle->folded);
    free(oracle->journal);
}

const struct saga_event *oracle_event(const struct oracle *oracle)
{
    return &oracle->journal[oracle->journal_size - 1];
}

/* Everything that needs the step, found the slow way. */
static uint32_t dependents_of(const struct definition *definition, uint32_t steps)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < definition->step_count; i++)
        if (definition->steps[i].needs & steps)
            found |= 1u << i;
    return found == 0 ? 0 : found | dependents_of(definition, found);
}

static bool is_settled(const struct saga_step *step)
{
    return step->do_state == SAGA_DO_DONE || step->do_state == SAGA_DO_SKIPPED;
}

static void check_do_call(const struct oracle *oracle, const struct saga_event *event, uint32_t i)
{
    const struct definition *definition = oracle->saga->definition;

    INVARIANT("I-26", event->state.phase == SAGA_RUNNING);
    INVARIANT("I-29", !(oracle->undo_called & 1u << i));
    for (uint32_t other = 0; other < definition->step_count; other++)
        if (definition->steps[i].needs & 1u << other)
            INVARIANT("I-16", is_settled(&oracle->saga->steps[other]));
}

static void check_undo_call(const struct oracle *oracle, const struct saga_event *event, uint32_t i)
{
    const struct definition *definition = oracle->saga->definition;
    uint32_t dependents = dependents_of(definition, 1u << i);

    INVARIANT("I-23", oracle->do_called & 1u << i);
    INVARIANT("I-23", oracle->saga->steps[i].touched);
    INVARIANT("I-33", oracle->saga->steps[i].do_state != SAGA_DO_CALLING);
    for (uint32_t other = 0; other < definition->step_count; other++) {
        const struct saga_step *step = &oracle->saga->steps[other];

        if (!(dependents & 1u << other))
            continue;
        INVARIANT("I-33", step->do_state != SAGA_DO_CALLING);
        INVARIANT("I-25", step->undo_state == SAGA_UNDO_NONE ||
                              step->undo_state == SAGA_UNDO_DONE ||
                              step->undo_state == SAGA_UNDO_WAIVED);
    }
    if (definition->pivot != DEFINITION_NO_STEP) {
        const struct saga_step *pivot = &oracle->saga->steps[definition->pivot];

        INVARIANT("I-31",
                  pivot->do_state == SAGA_DO_NOT_RUN || pivot->do_state == SAGA_DO_REJECTED);
    }
}

static void check_calls(struct oracle *oracle, const struct saga_event *event)
{
    for (uint32_t i = 0; i < oracle->saga->definition->step_count; i++) {
        if (!(event->called & 1u << i))
            continue;
        INVARIANT("rule 8", event->state.parked == SAGA_PARK_NONE && !event->state.paused);
        if (oracle->saga->steps[i].undo_state == SAGA_UNDO_CALLING) {
            check_undo_call(oracle, event, i);
            oracle->undo_called |= 1u << i;
        } else {
            INVARIANT("I-37", oracle->saga->steps[i].do_state == SAGA_DO_CALLING);
            check_do_call(oracle, event, i);
            oracle->do_called |= 1u << i;
        }
    }
}

/* DONE and REJECTED come from a reply or a person, about this very step. */
static void check_step(struct oracle *oracle, const struct saga_event *event, uint32_t i,
                       const struct saga_step *before)
{
    const struct saga_step *after = &oracle->saga->steps[i];
    bool spoken_of = event->step == i &&
                     (event->type == SAGA_EVENT_RESULT || event->type == SAGA_EVENT_VERB);

    if (before->do_state != after->do_state &&
        (after->do_state == SAGA_DO_DONE || after->do_state == SAGA_DO_REJECTED))
        INVARIANT("I-22", spoken_of);
    if (before->do_state != SAGA_DO_DONE && after->do_state == SAGA_DO_DONE) {
        INVARIANT("I-20", !(oracle->done & 1u << i));
        oracle->done |= 1u << i;
    }
    /* A call that was taken back has one attempt less, and did not expire. */
    if (event->type == SAGA_EVENT_TIMER && before->do_state == SAGA_DO_CALLING &&
        before->forward.attempt == after->forward.attempt &&
        (after->do_state == SAGA_DO_BACKOFF || after->do_state == SAGA_DO_UNKNOWN))
        INVARIANT("I-38", before->forward.wake_ms <= event->time_ms);
    if (event->type == SAGA_EVENT_TIMER && before->undo_state == SAGA_UNDO_BACKOFF &&
        after->undo_state != SAGA_UNDO_BACKOFF)
        INVARIANT("I-38", before->backward.wake_ms <= event->time_ms);
    if (before->undo_state == SAGA_UNDO_DONE)
        INVARIANT("I-30", after->undo_state == SAGA_UNDO_DONE);
    INVARIANT("state", !after->working || after->do_state == SAGA_DO_CALLING ||
                           after->undo_state == SAGA_UNDO_CALLING);
}

static void check_end(const struct oracle *oracle, const struct saga_event *event)
{
    for (uint32_t i = 0; i < oracle->saga->definition->step_count; i++) {
        const struct definition_step *defined = &oracle->saga->definition->steps[i];
        const struct saga_step *step = &oracle->saga->steps[i];

        if (event->state.phase == SAGA_COMPLETED)
            INVARIANT("I-35", is_settled(step));
        if (event->state.phase != SAGA_COMPENSATED)
            continue;
        INVARIANT("I-24", step->do_state != SAGA_DO_CALLING);
        if (defined->read_only || defined->undo[0] == '\0')
            continue;
        if (step->touched || step->do_state == SAGA_DO_DONE || step->do_state == SAGA_DO_UNKNOWN)
            INVARIANT("I-24", step->undo_state == SAGA_UNDO_DONE ||
                                  step->undo_state == SAGA_UNDO_WAIVED);
    }
    INVARIANT("header", !saga_is_terminal(oracle->saga) || !saga_is_held(oracle->saga));
}

static void check_wants(const struct oracle *oracle, const struct saga_event *event)
{
    struct saga_wants wants = saga_wants(oracle->saga);
    uint32_t calls = wants.calls_do | wants.calls_undo;
    bool terminal = saga_is_terminal(oracle->saga);
    bool held = saga_is_held(oracle->saga);
    struct saga_facts facts = {.now_ms = event->time_ms};
    struct saga_condition condition = saga_condition(oracle->saga, &facts);

    INVARIANT("I-34", terminal == wants.finished);
    INVARIANT("I-37", (event->called & ~calls) == 0);
    if (terminal)
        INVARIANT("I-34", calls == 0 && wants.timer_ms == 0);
    else if (!held)
        INVARIANT("I-37", calls != 0 || wants.timer_ms != 0 ||
                              (wants.permits_do | wants.permits_undo) != 0);
    INVARIANT("I-21", event->state.phase == SAGA_RUNNING || wants.permits_do == 0);
    INVARIANT("condition", condition.since_ms <= event->time_ms);
    INVARIANT("condition",
              (condition.name == SAGA_PARKED || condition.name == SAGA_PAUSED) == held);
    INVARIANT("held", !held || (wants.permits_do | wants.permits_undo) == 0);
    INVARIANT("held", held == (event->state.held_ms != 0));
}

static bool is_timed(uint8_t state, uint8_t calling, uint8_t backing_off)
{
    return state == calling || state == backing_off;
}

/* A time or a step that belonged to the state before is not left lying about. */
static void check_tidy(const struct oracle *oracle, const struct saga_event *event)
{
    const struct saga_state *state = &oracle->saga->state;

    INVARIANT("tidy", state->updated_ms == event->time_ms);
    INVARIANT("tidy", state->created_ms == oracle->journal[0].time_ms);
    INVARIANT("tidy",
              state->parked != SAGA_PARK_NONE || state->parked_step == DEFINITION_NO_STEP);
    INVARIANT("tidy", state->phase == SAGA_RUNNING || !state->overdue);
    INVARIANT("tidy",
              state->turn_reason != SAGA_TURN_NONE || state->turn_step == DEFINITION_NO_STEP);
    for (uint32_t i = 0; i < oracle->saga->definition->step_count; i++) {
        const struct saga_step *step = &oracle->saga->steps[i];

        INVARIANT("tidy", (step->forward.wake_ms != 0) ==
                              is_timed(step->do_state, SAGA_DO_CALLING, SAGA_DO_BACKOFF));
        INVARIANT("tidy", (step->backward.wake_ms != 0) ==
                              is_timed(step->undo_state, SAGA_UNDO_CALLING, SAGA_UNDO_BACKOFF));
    }
}

static void check_fact(const struct saga_input *input, const struct saga_event *event)
{
    bool answer = input->type == SAGA_INPUT_RESULT || input->type == SAGA_INPUT_VANISHED;

    INVARIANT("fact", event->type == input->type);
    INVARIANT("fact", !answer || event->step == input->step);
    INVARIANT("fact", answer || input->type == SAGA_INPUT_VERB ||
                          event->step == DEFINITION_NO_STEP);
    INVARIANT("fact", !answer || event->direction == input->direction);
    INVARIANT("fact", !answer || event->attempt == input->attempt);
    INVARIANT("fact", input->type != SAGA_INPUT_RESULT || event->verdict == input->verdict);
    INVARIANT("fact", input->type != SAGA_INPUT_VERB || event->verb == input->verb);
    INVARIANT("fact", input->type != SAGA_INPUT_VERB || event->step == input->step);
}

static void journal(struct oracle *oracle, const struct saga_event *event)
{
    assert_true(oracle->journal_size < ORACLE_EVENTS_MAX);
    if (oracle->journal_size == oracle->journal_capacity) {
        oracle->journal_capacity = oracle->journal_capacity * 2 + 16;
        oracle->journal = realloc(oracle->journal, oracle->journal_capacity * sizeof *event);
        assert_non_null(oracle->journal);
    }
    oracle->journal[oracle->journal_size++] = *event;
}

int oracle_give(struct oracle *oracle, const struct saga_input *input,
                struct saga_refusal *ret_refusal)
{
    struct saga_step before[SAGA_STEPS_MAX];
    struct saga_refusal refusal = {SAGA_REFUSED_COUNT, 0};
    struct saga_event drafted;
    const struct saga_event *event = &drafted;
    uint32_t step_count = oracle->saga->definition->step_count;
    int r = saga_judge(oracle->saga, input, &drafted, &refusal);

    if (r == SAGA_REFUSED && ret_refusal != NULL)
        *ret_refusal = refusal;
    if (r != 0)
        return r;

    INVARIANT("I-34", !saga_is_terminal(oracle->saga));
    memcpy(before, oracle->saga->steps, step_count * sizeof before[0]);
    journal(oracle, event);
    saga_apply(oracle->saga, event);
    for (uint32_t i = 0; i < step_count; i++)
        check_step(oracle, event, i, &before[i]);
    check_calls(oracle, event);
    check_end(oracle, event);
    check_wants(oracle, event);
    check_tidy(oracle, event);
    check_fact(input, event);
    return 0;
}

void oracle_check_fold(const struct oracle *oracle)
{
    const struct definition *definition = oracle->saga->definition;

    saga_init(oracle->folded, definition, oracle->saga->seed);
    for (uint32_t i = 0; i < oracle->journal_size; i++)
        saga_apply(oracle->folded, &oracle->journal[i]);
    /* I-07: memory is a fold of the journal, byte for byte. */
    assert_memory_equal(oracle->folded, oracle->saga, saga_size(definition->step_count));
}
