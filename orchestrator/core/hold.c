/*
 * Park, pause, release; a held saga's clocks stand still.
 */
#include "core/hold.h"

#include <assert.h>

static void hold(struct draft *draft)
{
    if (!draft_is_held(draft))
        draft_state(draft)->held_ms = draft->now_ms;
}

void hold_park(struct draft *draft, enum saga_park_reason reason, uint8_t step)
{
    assert(reason != SAGA_PARK_NONE);
    assert(draft->event->state.phase <= SAGA_COMPENSATING);

    if (draft->event->state.parked != SAGA_PARK_NONE)
        return;
    hold(draft);
    draft_state(draft)->parked = (uint8_t)reason;
    draft_state(draft)->parked_step = step;
}

void hold_park_past_limit(struct draft *draft)
{
    assert(draft->event->state.events_limit > 0);

    if (draft->event->sequence > draft->event->state.events_limit)
        hold_park(draft, SAGA_PARK_EVENTS, DEFINITION_NO_STEP);
}

void hold_pause(struct draft *draft)
{
    assert(!draft->event->state.paused);

    hold(draft);
    draft_state(draft)->paused = true;
}

/* A working call ends with the deadline or patience that it counts against, and moves with it. */
static void shift_step(struct draft *draft, uint8_t i, uint64_t shift_ms)
{
    const struct saga_step *seen = draft_see(draft, i);

    if (seen->forward.patience_ms != 0)
        draft_step(draft, i)->forward.patience_ms += shift_ms;
    if (seen->backward.patience_ms != 0)
        draft_step(draft, i)->backward.patience_ms += shift_ms;
    if (seen->working && seen->do_state == SAGA_DO_CALLING)
        draft_step(draft, i)->forward.wake_ms += shift_ms;
    else if (seen->working)
        draft_step(draft, i)->backward.wake_ms += shift_ms;
}

static void release(struct draft *draft)
{
    struct saga_state *state = draft_state(draft);
    uint64_t shift_ms = draft->now_ms - state->held_ms;

    assert(draft->now_ms >= state->held_ms);
    if (draft_is_held(draft))
        return;
    state->held_ms = 0;
    state->deadline_ms += shift_ms;
    for (uint8_t i = 0; i < draft->saga->definition->step_count; i++)
        shift_step(draft, i, shift_ms);
}

static void unpark(struct draft *draft)
{
    assert(draft->event->state.parked != SAGA_PARK_NONE);

    draft_state(draft)->parked = SAGA_PARK_NONE;
    draft_state(draft)->parked_step = DEFINITION_NO_STEP;
    release(draft);
}

/* Of a held saga it begins when that was held: release shifts it by all of the time since. */
void hold_renew(struct draft *draft, uint8_t i)
{
    struct saga_step *step = draft_step(draft, i);
    uint64_t from_ms = draft_is_held(draft) ? draft->event->state.held_ms : draft->now_ms;
    uint64_t patience_ms = from_ms + draft->saga->definition->patience_ms;

    step->forward.counted = 0;
    step->backward.counted = 0;
    if (step->forward.patience_ms != 0)
        step->forward.patience_ms = patience_ms;
    if (step->backward.patience_ms != 0)
        step->backward.patience_ms = patience_ms;
}

void hold_unpark(struct draft *draft)
{
    uint8_t step = draft->event->state.parked_step;

    if (draft->event->state.parked == SAGA_PARK_NONE)
        return;
    unpark(draft);
    if (step != DEFINITION_NO_STEP)
        hold_renew(draft, step);
}

void hold_resume(struct draft *draft)
{
    assert(draft->event->state.paused);

    draft_state(draft)->paused = false;
    release(draft);
}

static bool do_is_open(const struct saga_step *step)
{
    return step->do_state == SAGA_DO_CALLING || step->do_state == SAGA_DO_BACKOFF ||
           step->do_state == SAGA_DO_WAITING;
}

static bool undo_is_open(const struct saga_step *step)
{
    return step->undo_state == SAGA_UNDO_CALLING || step->undo_state == SAGA_UNDO_BACKOFF ||
           step->undo_state == SAGA_UNDO_WAITING || step->undo_state == SAGA_UNDO_DUE;
}

static bool reason_stands(const struct draft *draft)
{
    const struct saga_state *state = &draft->event->state;
    enum saga_park_reason reason = (enum saga_park_reason)state->parked;
    bool running = state->phase == SAGA_RUNNING;

    switch (reason) {
    case SAGA_PARK_NONE:
    case SAGA_PARK_EVENTS: /* Only a person ends it. */
    case SAGA_PARK_COUNT:
        break;
    case SAGA_PARK_REJECTED_AFTER_PIVOT:
        return draft_see(draft, state->parked_step)->do_state == SAGA_DO_REJECTED;
    case SAGA_PARK_UNDO_REJECTED:
        return undo_is_open(draft_see(draft, state->parked_step));
    case SAGA_PARK_EXHAUSTED:
        return running && do_is_open(draft_see(draft, state->parked_step));
    case SAGA_PARK_PATIENCE:
    case SAGA_PARK_FENCED:
        return running ? do_is_open(draft_see(draft, state->parked_step))
                       : undo_is_open(draft_see(draft, state->parked_step));
    }
    return true;
}

void hold_settle(struct draft *draft)
{
    if (!reason_stands(draft))
        unpark(draft);
}
