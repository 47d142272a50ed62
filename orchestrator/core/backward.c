/*
 * What each verdict means for an undo; and the order of undoing.
 */
#include "core/backward.h"

#include "core/hold.h"
#include "core/retry.h"

#include <assert.h>

static bool answers_call_out(const struct draft *draft)
{
    const struct saga_step *step = draft_see(draft, draft->input->step);

    return step->undo_state == SAGA_UNDO_CALLING &&
           draft->input->attempt == step->backward.attempt;
}

static void back_off(struct draft *draft, uint8_t i, uint32_t n)
{
    const struct definition_retry *retry = &draft->saga->definition->steps[i].retry;
    struct saga_step *step = draft_step(draft, i);
    struct retry_wait wait = {
        .seed = draft->saga->seed,
        .step = i,
        .direction = SAGA_UNDO,
        .attempt = step->backward.attempt,
        .n = n,
        .after_ms = draft->input->type == SAGA_INPUT_RESULT ? draft->input->after_ms : 0,
        .patient = true,
    };

    draft_enter_undo(draft, i, SAGA_UNDO_BACKOFF);
    step->backward.wake_ms = draft->now_ms + retry_delay_ms(retry, &wait);
}

static void end_failed(struct draft *draft, uint8_t i)
{
    struct saga_step *step = draft_step(draft, i);
    uint32_t n = step->backward.counted;

    assert(step->backward.attempt > 0);
    assert(step->backward.patience_ms > 0);

    if (step->backward.counted < UINT16_MAX)
        step->backward.counted++;
    back_off(draft, i, n);
}

void backward_withdraw(struct draft *draft, uint8_t i)
{
    struct saga_step *step = draft_step(draft, i);

    assert(step->undo_state == SAGA_UNDO_CALLING);
    assert(step->backward.attempt > 0);

    step->backward.attempt--;
    draft_enter_undo(draft, i, SAGA_UNDO_WAITING);
}

void backward_expired(struct draft *draft, uint8_t i)
{
    if (draft_is_unsent(draft, i))
        backward_withdraw(draft, i);
    else
        end_failed(draft, i);
}

void backward_vanished(struct draft *draft)
{
    if (answers_call_out(draft))
        backward_expired(draft, draft->input->step);
}

/* A refused undo is for a person to look at, at once; a repetition of it while parked is not. */
static void take_rejected(struct draft *draft, uint8_t i)
{
    const struct saga_step *step = draft_see(draft, i);

    if (step->undo_state != SAGA_UNDO_CALLING && draft->event->state.parked != SAGA_PARK_NONE)
        return;
    end_failed(draft, i);
    hold_park(draft, SAGA_PARK_UNDO_REJECTED, i);
}

static void take_working(struct draft *draft, uint8_t i)
{
    struct saga_step *step;

    if (!answers_call_out(draft) || draft_see(draft, i)->working)
        return;
    step = draft_step(draft, i);
    step->working = true;
    step->backward.wake_ms = step->backward.patience_ms;
}

static bool is_out_or_again(const struct saga_step *step)
{
    return step->undo_state == SAGA_UNDO_CALLING || step->undo_state == SAGA_UNDO_BACKOFF ||
           step->undo_state == SAGA_UNDO_WAITING;
}

void backward_result(struct draft *draft)
{
    const struct saga_input *input = draft->input;
    const struct saga_step *step = draft_see(draft, input->step);

    if (input->attempt == 0 || input->attempt > step->backward.attempt || !is_out_or_again(step))
        return;

    switch (input->verdict) {
    case SAGA_VERDICT_DONE:
        draft_enter_undo(draft, input->step, SAGA_UNDO_DONE);
        return;
    case SAGA_VERDICT_REJECTED:
        take_rejected(draft, input->step);
        return;
    case SAGA_VERDICT_BUSY:
        if (answers_call_out(draft))
            back_off(draft, input->step, step->backward.attempt - 1u);
        return;
    case SAGA_VERDICT_RETRY:
    case SAGA_VERDICT_COUNT: /* An unknown value is RETRY. */
        if (answers_call_out(draft))
            end_failed(draft, input->step);
        return;
    case SAGA_VERDICT_WORKING:
        take_working(draft, input->step);
        return;
    case SAGA_VERDICT_FENCED: /* An undo is never fenced: it says nothing. */
        return;
    }
}

/* Something of this step is still to come: its do's answer, or its undo. */
static bool is_unfinished(const struct saga_step *step)
{
    return step->do_state == SAGA_DO_CALLING || step->undo_state == SAGA_UNDO_DUE ||
           is_out_or_again(step);
}

static bool any_unfinished(const struct draft *draft, uint32_t steps)
{
    for (uint8_t i = 0; i < draft->saga->definition->step_count; i++)
        if (steps & 1u << i && is_unfinished(draft_see(draft, i)))
            return true;
    return false;
}

static void undo_if_due(struct draft *draft, uint8_t i)
{
    const struct definition *definition = draft->saga->definition;
    const struct saga_step *seen = draft_see(draft, i);
    bool due = seen->undo_state == SAGA_UNDO_WAITING;
    struct saga_step *step;

    if (seen->undo_state == SAGA_UNDO_DUE)
        due = seen->do_state != SAGA_DO_CALLING &&
              !any_unfinished(draft, definition->dependents[i]);
    else if (seen->undo_state == SAGA_UNDO_BACKOFF)
        due = seen->backward.wake_ms <= draft->now_ms;
    if (!due)
        return;

    if (seen->backward.patience_ms == 0)
        draft_step(draft, i)->backward.patience_ms = draft->now_ms + definition->patience_ms;
    if (!(draft->input->permits_undo & 1u << i)) {
        if (seen->undo_state != SAGA_UNDO_WAITING)
            draft_enter_undo(draft, i, SAGA_UNDO_WAITING);
        return;
    }
    step = draft_step(draft, i);
    draft_enter_undo(draft, i, SAGA_UNDO_CALLING);
    draft_start_attempt(draft, i, &step->backward);
}

void backward_follow(struct draft *draft)
{
    const struct definition *definition = draft->saga->definition;

    assert(draft->event->state.phase == SAGA_COMPENSATING);

    if (!any_unfinished(draft, definition_all(definition))) {
        draft_finish(draft, SAGA_COMPENSATED);
        return;
    }
    for (uint8_t i = 0; i < definition->step_count && !draft_is_held(draft); i++) {
        uint64_t patience_ms = draft_see(draft, i)->backward.patience_ms;

        if (patience_ms != 0 && patience_ms <= draft->now_ms)
            hold_park(draft, SAGA_PARK_PATIENCE, i);
    }
    if (!draft_is_held(draft))
        hold_park_past_limit(draft);
    for (uint8_t i = 0; i < definition->step_count && !draft_is_held(draft); i++)
        undo_if_due(draft, i);
}
