/*
 * What each verdict means for a do.
 */
#include "core/forward.h"

#include "core/advance.h"
#include "core/hold.h"
#include "core/retry.h"

#include <assert.h>

static uint32_t bit(uint8_t step)
{
    return 1u << step;
}

static bool is_running(const struct draft *draft)
{
    return draft->event->state.phase == SAGA_RUNNING;
}

static bool is_pivot(const struct draft *draft, uint8_t i)
{
    return i == draft->saga->definition->pivot;
}

static bool is_after_pivot(const struct draft *draft, uint8_t i)
{
    return (draft->saga->definition->after_pivot & bit(i)) != 0;
}

/* Is this the answer to the call that is out, and not to one before it? */
static bool answers_call_out(const struct draft *draft)
{
    const struct saga_input *input = draft->input;
    const struct saga_step *step = draft_see(draft, input->step);

    return step->do_state == SAGA_DO_CALLING && input->attempt == step->forward.attempt &&
           (input->direction == SAGA_FENCE) == step->fencing;
}

static void back_off(struct draft *draft, uint8_t i, uint32_t n)
{
    const struct definition_retry *retry = &draft->saga->definition->steps[i].retry;
    struct saga_step *step = draft_step(draft, i);
    struct retry_wait wait = {
        .seed = draft->saga->seed,
        .step = i,
        .direction = SAGA_DO,
        .attempt = step->forward.attempt,
        .n = n,
        .after_ms = draft->input->type == SAGA_INPUT_RESULT ? draft->input->after_ms : 0,
        .patient = step->forward.patience_ms != 0,
    };
    uint64_t deadline_ms = draft->event->state.deadline_ms;

    draft_enter_do(draft, i, SAGA_DO_BACKOFF);
    step->forward.wake_ms = draft->now_ms + retry_delay_ms(retry, &wait);
    /* While held the deadline stands still, so there is no end yet to cap the wait at. */
    if (!wait.patient && !draft_is_held(draft) && step->forward.wake_ms > deadline_ms)
        step->forward.wake_ms = deadline_ms;
}

/* The attempt ended, and nobody knows how: counted, and asked again with the same key. */
static void end_unknown(struct draft *draft, uint8_t i)
{
    struct saga_step *step = draft_step(draft, i);
    uint32_t n = step->forward.counted;

    assert(step->do_state == SAGA_DO_CALLING);
    assert(step->touched);

    step->doubt_earlier = true;
    if (!is_running(draft)) {
        draft_enter_do(draft, i, SAGA_DO_UNKNOWN);
        return;
    }
    if (step->forward.counted < UINT16_MAX)
        step->forward.counted++;
    back_off(draft, i, n);
}

/* Never mind this attempt: only an earlier one can have left something behind. */
static void forget_attempt(struct draft *draft, uint8_t i)
{
    struct saga_step *step = draft_step(draft, i);

    step->touched = step->doubt_earlier;
    if (!step->touched && is_pivot(draft, i))
        step->forward.patience_ms = 0;
}

/* After the turn: an in-doubt step is left to its undo, an untouched one never ran. */
static void leave_behind(struct draft *draft, uint8_t i)
{
    struct saga_step *step = draft_step(draft, i);

    draft_enter_do(draft, i, step->touched ? SAGA_DO_UNKNOWN : SAGA_DO_NOT_RUN);
    if (!step->touched && step->undo_state == SAGA_UNDO_DUE)
        draft_enter_undo(draft, i, SAGA_UNDO_NONE);
}

void forward_withdraw(struct draft *draft, uint8_t i)
{
    struct saga_step *step = draft_step(draft, i);

    assert(step->do_state == SAGA_DO_CALLING);
    assert(step->forward.attempt > 0);

    step->forward.attempt--;
    forget_attempt(draft, i);
    if (is_running(draft))
        draft_enter_do(draft, i, SAGA_DO_WAITING);
    else
        leave_behind(draft, i);
}

void forward_expired(struct draft *draft, uint8_t i)
{
    if (draft_is_unsent(draft, i))
        forward_withdraw(draft, i);
    else
        end_unknown(draft, i);
}

void forward_vanished(struct draft *draft)
{
    const struct saga_step *step = draft_see(draft, draft->input->step);

    if (draft->input->generation == step->generation && answers_call_out(draft))
        forward_expired(draft, draft->input->step);
}

void forward_settle_done(struct draft *draft, uint8_t i, bool has_output)
{
    struct saga_step *step = draft_step(draft, i);

    step->touched = true;
    step->has_output = has_output;
    draft_enter_do(draft, i, SAGA_DO_DONE);
    if (is_pivot(draft, i))
        draft_state(draft)->overdue = false;
}

void forward_settle_rejected(struct draft *draft, uint8_t i)
{
    const struct saga_state *state = &draft->event->state;
    struct saga_step *step = draft_step(draft, i);

    step->touched = false;
    draft_enter_do(draft, i, SAGA_DO_REJECTED);
    if (step->undo_state == SAGA_UNDO_DUE || step->undo_state == SAGA_UNDO_WAITING)
        draft_enter_undo(draft, i, SAGA_UNDO_NONE);
    /* A deadline that passed during the doubt acts in the event that proves it was not done. */
    if (is_running(draft) && !is_after_pivot(draft, i))
        advance_turn_back(draft, state->overdue ? SAGA_TURN_DEADLINE : SAGA_TURN_REJECTED, i);
}

/*
 * REJECTED settles a step only if no earlier attempt is unanswered, or the participant is guarded:
 * then its first decision holds for every attempt. What only reads leaves nothing behind anyway.
 */
static bool rejection_settles(const struct draft *draft)
{
    const struct definition *definition = draft->saga->definition;
    const struct definition_step *defined = &definition->steps[draft->input->step];
    const struct saga_step *step = draft_see(draft, draft->input->step);

    if (draft->input->direction == SAGA_FENCE || defined->read_only)
        return true;
    if (definition->participants[defined->routes[step->route]].guarded)
        return true;
    if (draft_is_resent(draft, draft->input->step))
        return false;
    if (step->forward.attempt == 1)
        return true;
    return answers_call_out(draft) && !step->doubt_earlier;
}

/* An earlier attempt may still act: a pivot stays in doubt, any other step is undone. */
static void take_unsettling_rejection(struct draft *draft, uint8_t i)
{
    bool out = answers_call_out(draft);

    if (is_running(draft) && is_after_pivot(draft, i)) {
        draft_enter_do(draft, i, SAGA_DO_REJECTED);
        return;
    }
    if (is_running(draft) && is_pivot(draft, i)) {
        if (out)
            end_unknown(draft, i);
        return;
    }
    if (out)
        draft_enter_do(draft, i, SAGA_DO_UNKNOWN);
    if (is_running(draft))
        advance_turn_back(draft, SAGA_TURN_REJECTED, i);
}

static void take_rejected(struct draft *draft, uint8_t i)
{
    const struct definition_step *defined = &draft->saga->definition->steps[i];

    if (draft_see(draft, i)->do_state == SAGA_DO_REJECTED)
        return;
    if (!rejection_settles(draft)) {
        take_unsettling_rejection(draft, i);
    } else if (defined->compensate_on_reject && defined->undo[0] != '\0') {
        /* Refused, yet something may be left: the step stays touched, so its undo stays due. */
        draft_enter_do(draft, i, SAGA_DO_REJECTED);
        if (is_running(draft))
            advance_turn_back(draft, SAGA_TURN_REJECTED, i);
    } else {
        forward_settle_rejected(draft, i);
    }
}

/* A tombstone that nobody here has set is a defect: a person must look. */
static void take_fenced(struct draft *draft, uint8_t i)
{
    const struct saga_step *step = draft_see(draft, i);

    if (step->fencing)
        return;
    if (step->do_state == SAGA_DO_CALLING)
        end_unknown(draft, i);
    else if (!is_running(draft) || draft->event->state.parked != SAGA_PARK_NONE)
        return;
    hold_park(draft, SAGA_PARK_FENCED, i);
}

static void take_busy(struct draft *draft, uint8_t i)
{
    if (!answers_call_out(draft))
        return;
    /* Whoever has it from before a crash, or has accepted it, may still act. */
    if (draft_is_resent(draft, i) || draft_see(draft, i)->working)
        draft_step(draft, i)->doubt_earlier = true;
    forget_attempt(draft, i);
    if (is_running(draft))
        back_off(draft, i, draft_see(draft, i)->forward.attempt - 1u);
    else
        leave_behind(draft, i);
}

static void take_working(struct draft *draft, uint8_t i)
{
    const struct saga_step *seen = draft_see(draft, i);
    uint64_t patience_ms = seen->forward.patience_ms;

    /* After the turn the attempt's deadline stands: settled by then, or undone. */
    if (!answers_call_out(draft) || seen->working || !is_running(draft))
        return;
    draft_step(draft, i)->working = true;
    draft_step(draft, i)->forward.wake_ms =
        patience_ms != 0 ? patience_ms : draft->event->state.deadline_ms;
}

/* Until its undo is called, a step that was called can still be answered (semantics, rule 5). */
static bool is_open(const struct draft *draft, const struct saga_step *step)
{
    if (is_running(draft))
        return step->do_state == SAGA_DO_CALLING || step->do_state == SAGA_DO_BACKOFF ||
               step->do_state == SAGA_DO_WAITING ||
               (step->do_state == SAGA_DO_REJECTED && step->touched);
    if (step->do_state == SAGA_DO_CALLING)
        return true;
    return step->do_state == SAGA_DO_UNKNOWN && step->backward.attempt == 0 &&
           (step->undo_state == SAGA_UNDO_DUE || step->undo_state == SAGA_UNDO_WAITING);
}

void forward_result(struct draft *draft)
{
    const struct saga_input *input = draft->input;
    const struct saga_step *step = draft_see(draft, input->step);

    if (input->generation != step->generation || !is_open(draft, step))
        return;
    if (input->attempt == 0 || input->attempt > step->forward.attempt)
        return;
    if (input->direction == SAGA_FENCE && !step->fencing)
        return;

    switch (input->verdict) {
    case SAGA_VERDICT_DONE:
        forward_settle_done(draft, input->step, input->has_output);
        return;
    case SAGA_VERDICT_REJECTED:
        take_rejected(draft, input->step);
        return;
    case SAGA_VERDICT_FENCED:
        take_fenced(draft, input->step);
        return;
    case SAGA_VERDICT_BUSY:
        take_busy(draft, input->step);
        return;
    case SAGA_VERDICT_RETRY:
    case SAGA_VERDICT_COUNT: /* An unknown value is RETRY. */
        if (answers_call_out(draft))
            end_unknown(draft, input->step);
        return;
    case SAGA_VERDICT_WORKING:
        take_working(draft, input->step);
        return;
    }
}
