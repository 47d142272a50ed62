/*
 * The operator's verbs: when each is allowed, and what it does.
 */
#include "core/verbs.h"

#include "core/advance.h"
#include "core/forward.h"
#include "core/hold.h"

#include <assert.h>

#define ALLOWED SAGA_REFUSED_COUNT

/* ---- when a verb is allowed ---- */

static bool is_pivot(const struct saga *saga, uint8_t i)
{
    return i == saga->definition->pivot;
}

/* Called, or about to be called again. */
static bool do_is_open(const struct saga_step *step)
{
    return step->do_state == SAGA_DO_CALLING || step->do_state == SAGA_DO_BACKOFF ||
           step->do_state == SAGA_DO_WAITING;
}

static bool undo_is_open(const struct saga_step *step)
{
    return step->undo_state == SAGA_UNDO_DUE || step->undo_state == SAGA_UNDO_WAITING ||
           step->undo_state == SAGA_UNDO_CALLING || step->undo_state == SAGA_UNDO_BACKOFF;
}

static enum saga_refusal_reason refuse_cancel(const struct saga *saga,
                                              const struct saga_input *input)
{
    uint8_t pivot = saga->definition->pivot;
    const struct saga_step *step;

    if (saga->state.phase == SAGA_COMPENSATING)
        return saga->state.parked != SAGA_PARK_NONE ? ALLOWED : SAGA_REFUSED_COMPENSATING;
    if (pivot == DEFINITION_NO_STEP)
        return ALLOWED;
    step = &saga->steps[pivot];
    if (step->do_state == SAGA_DO_DONE)
        return SAGA_REFUSED_PIVOT_DONE;
    /* A call that can be taken back is no doubt, unless an attempt before it is one. */
    if (step->do_state == SAGA_DO_CALLING && input->unsent & 1u << pivot)
        return step->doubt_earlier ? SAGA_REFUSED_PIVOT_IN_DOUBT : ALLOWED;
    return step->touched ? SAGA_REFUSED_PIVOT_IN_DOUBT : ALLOWED;
}

/* Something of this step waits, or was refused after the pivot. */
static bool can_retry(const struct saga *saga, uint8_t i)
{
    const struct saga_step *step = &saga->steps[i];

    if (saga->state.phase == SAGA_COMPENSATING)
        return step->undo_state == SAGA_UNDO_BACKOFF || step->undo_state == SAGA_UNDO_WAITING;
    return step->do_state == SAGA_DO_BACKOFF || step->do_state == SAGA_DO_WAITING ||
           (step->do_state == SAGA_DO_REJECTED && step->generation < UINT8_MAX);
}

static enum saga_refusal_reason refuse_retry(const struct saga *saga, uint8_t step)
{
    if (step != DEFINITION_NO_STEP && step >= saga->definition->step_count)
        return SAGA_REFUSED_NO_SUCH_STEP;
    if (step != DEFINITION_NO_STEP)
        return can_retry(saga, step) ? ALLOWED : SAGA_REFUSED_STEP_STATE;
    if (saga->state.parked != SAGA_PARK_NONE)
        return ALLOWED;
    for (uint8_t i = 0; i < saga->definition->step_count; i++)
        if (can_retry(saga, i))
            return ALLOWED;
    return SAGA_REFUSED_STEP_STATE;
}

/* A person answers in the participant's place, as long as its answer would still count. */
static enum saga_refusal_reason refuse_resolve(const struct saga *saga,
                                               const struct saga_input *input)
{
    const struct saga_step *step = &saga->steps[input->step];
    bool as_done = input->verb == SAGA_RESOLVE_DONE;

    if (saga->state.phase == SAGA_COMPENSATING) {
        bool asked = step->do_state == SAGA_DO_CALLING || step->do_state == SAGA_DO_UNKNOWN;
        bool undone = step->backward.attempt > 0 || step->undo_state == SAGA_UNDO_WAIVED;

        return asked && !undone ? ALLOWED : SAGA_REFUSED_STEP_STATE;
    }
    if (step->do_state == SAGA_DO_REJECTED)
        return as_done ? ALLOWED : SAGA_REFUSED_STEP_STATE;
    if (!step->touched || !do_is_open(step))
        return SAGA_REFUSED_STEP_STATE;
    if (!as_done && !input->force && step->fencing)
        return SAGA_REFUSED_STEP_STATE;
    return ALLOWED;
}

static bool is_needed(const struct saga *saga, uint8_t i)
{
    for (uint32_t other = 0; other < saga->definition->step_count; other++)
        if (saga->definition->steps[other].needs & 1u << i)
            return true;
    return false;
}

static enum saga_refusal_reason refuse_skip(const struct saga *saga, uint8_t i)
{
    const struct saga_step *step = &saga->steps[i];

    if (saga->state.phase == SAGA_COMPENSATING)
        return SAGA_REFUSED_COMPENSATING;
    if (is_pivot(saga, i))
        return SAGA_REFUSED_STEP_PIVOT;
    if (step->do_state == SAGA_DO_DONE || step->do_state == SAGA_DO_SKIPPED)
        return SAGA_REFUSED_STEP_STATE;
    /* Outputs go to the steps that need them (semantics, rule 11). */
    return is_needed(saga, i) ? SAGA_REFUSED_OUTPUT_NEEDED : ALLOWED;
}

static enum saga_refusal_reason refuse_step_verb(const struct saga *saga,
                                                 const struct saga_input *input)
{
    if (input->step >= saga->definition->step_count)
        return SAGA_REFUSED_NO_SUCH_STEP;
    if (input->verb == SAGA_SKIP)
        return refuse_skip(saga, input->step);
    if (input->verb == SAGA_WAIVE)
        return undo_is_open(&saga->steps[input->step]) ? ALLOWED : SAGA_REFUSED_STEP_STATE;
    return refuse_resolve(saga, input);
}

enum saga_refusal_reason verbs_refusal(const struct saga *saga, const struct saga_input *input)
{
    assert(saga->sequence > 0);
    assert(input->verb < SAGA_VERB_COUNT);

    if (saga_is_terminal(saga))
        return SAGA_REFUSED_TERMINAL;
    switch (input->verb) {
    case SAGA_CANCEL:
        return refuse_cancel(saga, input);
    case SAGA_RETRY:
        return refuse_retry(saga, input->step);
    case SAGA_PAUSE:
        return saga->state.paused ? SAGA_REFUSED_ALREADY_PAUSED : ALLOWED;
    case SAGA_RESUME:
        return saga->state.paused ? ALLOWED : SAGA_REFUSED_NOT_HELD;
    case SAGA_RESOLVE_DONE:
    case SAGA_RESOLVE_REJECTED:
    case SAGA_SKIP:
    case SAGA_WAIVE:
        return refuse_step_verb(saga, input);
    case SAGA_TERMINATE:
    case SAGA_VERB_COUNT:
        break;
    }
    return ALLOWED;
}

uint32_t saga_allowed_verbs(const struct saga *saga)
{
    uint32_t verbs = 0;

    for (uint32_t verb = 0; verb < SAGA_VERB_COUNT; verb++)
        for (uint32_t step = 0; step <= saga->definition->step_count; step++) {
            struct saga_input input = {.type = SAGA_INPUT_VERB, .verb = (enum saga_verb)verb};

            input.step = step < saga->definition->step_count ? (uint8_t)step : DEFINITION_NO_STEP;
            input.force = true;
            if (verbs_refusal(saga, &input) == ALLOWED)
                verbs |= 1u << verb;
        }
    return verbs;
}

/* ---- what it does ---- */

static void cancel(struct draft *draft)
{
    hold_unpark(draft);
    if (draft->event->state.phase != SAGA_RUNNING)
        return;
    draft_state(draft)->turned_for_service = draft->input->for_want_of_service;
    advance_turn_back(draft, SAGA_TURN_CANCELLED, DEFINITION_NO_STEP);
}

/* A new generation is a new operation: nothing that was said of the old one counts for it. */
static void start_generation(struct draft *draft, uint8_t i)
{
    struct saga_step *step = draft_step(draft, i);

    if (!step->touched) {
        step->generation++;
        step->forward.attempt = 0;
    }
    draft_enter_do(draft, i, SAGA_DO_WAITING);
}

static void retry_step(struct draft *draft, uint8_t i)
{
    const struct saga_step *step = draft_see(draft, i);

    hold_renew(draft, i);
    if (draft->event->state.phase == SAGA_COMPENSATING)
        draft_enter_undo(draft, i, SAGA_UNDO_WAITING);
    else if (step->do_state == SAGA_DO_REJECTED)
        start_generation(draft, i);
    else
        draft_enter_do(draft, i, SAGA_DO_WAITING);
}

static void retry(struct draft *draft)
{
    uint8_t named = draft->input->step;

    hold_unpark(draft);
    for (uint8_t i = 0; i < draft->saga->definition->step_count; i++)
        if ((named == DEFINITION_NO_STEP || named == i) && can_retry(draft->saga, i))
            retry_step(draft, i);
}

/* Take back what can be taken back, before a person's word about the step counts. */
static void withdraw_if_unsent(struct draft *draft, uint8_t i)
{
    if (draft_see(draft, i)->do_state == SAGA_DO_CALLING && draft_is_unsent(draft, i))
        forward_withdraw(draft, i);
}

/* The participant is asked to make sure that it never happens; then it is settled. */
static void start_fence(struct draft *draft, uint8_t i)
{
    struct saga_step *step = draft_step(draft, i);

    step->fencing = true;
    step->doubt_earlier = true;
    hold_renew(draft, i);
    draft_enter_do(draft, i, SAGA_DO_WAITING);
}

static void resolve_rejected(struct draft *draft, uint8_t i)
{
    bool open = draft->event->state.phase == SAGA_RUNNING;

    hold_unpark(draft);
    withdraw_if_unsent(draft, i);
    if (open && is_pivot(draft->saga, i) && !draft->input->force && draft_see(draft, i)->touched)
        start_fence(draft, i);
    else
        forward_settle_rejected(draft, i);
}

static void resolve_done(struct draft *draft, uint8_t i)
{
    hold_unpark(draft);
    forward_settle_done(draft, i, draft->input->has_output);
}

static void skip(struct draft *draft, uint8_t i)
{
    hold_unpark(draft);
    withdraw_if_unsent(draft, i);
    draft_enter_do(draft, i, SAGA_DO_SKIPPED);
}

/* A call that is out cannot be taken back; nobody will wait for its answer. */
static void terminate(struct draft *draft)
{
    for (uint8_t i = 0; i < draft->saga->definition->step_count; i++) {
        withdraw_if_unsent(draft, i);
        if (do_is_open(draft_see(draft, i)) || draft_see(draft, i)->do_state == SAGA_DO_PENDING)
            draft_enter_do(draft, i,
                           draft_see(draft, i)->touched ? SAGA_DO_UNKNOWN : SAGA_DO_NOT_RUN);
        if (undo_is_open(draft_see(draft, i)))
            draft_enter_undo(draft, i, SAGA_UNDO_DUE);
    }
    draft_finish(draft, SAGA_TERMINATED);
}

void verbs_apply(struct draft *draft)
{
    uint8_t step = draft->input->step;

    assert(!saga_is_terminal(draft->saga));
    assert(draft->input->verb < SAGA_VERB_COUNT);

    /* A person has looked: events count from here. */
    draft_state(draft)->events_limit = draft->event->sequence + SAGA_EVENTS_MAX;
    switch (draft->input->verb) {
    case SAGA_CANCEL:
        cancel(draft);
        return;
    case SAGA_RETRY:
        retry(draft);
        return;
    case SAGA_PAUSE:
        hold_pause(draft);
        return;
    case SAGA_RESUME:
        hold_resume(draft);
        return;
    case SAGA_RESOLVE_DONE:
        resolve_done(draft, step);
        return;
    case SAGA_RESOLVE_REJECTED:
        resolve_rejected(draft, step);
        return;
    case SAGA_SKIP:
        skip(draft, step);
        return;
    case SAGA_WAIVE:
        hold_unpark(draft);
        draft_enter_undo(draft, step, SAGA_UNDO_WAIVED);
        return;
    case SAGA_TERMINATE:
    case SAGA_VERB_COUNT:
        terminate(draft);
        return;
    }
}
