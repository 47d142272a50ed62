/*
 * Copy on first write, and the few moves that every rule shares.
 */
#include "core/draft.h"

#include <assert.h>
#include <string.h>

void draft_init(struct draft *draft, const struct saga *saga, const struct saga_input *input,
                struct saga_event *event)
{
    assert(saga->sequence < UINT32_MAX);
    assert(input->type < SAGA_INPUT_COUNT);

    *draft = (struct draft){.saga = saga, .input = input, .event = event};
    draft->now_ms = input->time_ms;
    if (draft->now_ms < saga->state.updated_ms)
        draft->now_ms = saga->state.updated_ms;
    memset(event, 0, sizeof *event);
    event->time_ms = draft->now_ms;
    event->sequence = saga->sequence + 1;
    event->step = DEFINITION_NO_STEP;
    event->state = saga->state;
    event->state.updated_ms = draft->now_ms;
}

const struct saga_step *draft_see(const struct draft *draft, uint8_t step)
{
    assert(step < draft->saga->definition->step_count);

    return draft->event->changed & 1u << step ? &draft->event->steps[step]
                                              : &draft->saga->steps[step];
}

bool draft_is_held(const struct draft *draft)
{
    return draft->event->state.parked != SAGA_PARK_NONE || draft->event->state.paused;
}

bool draft_is_unsent(const struct draft *draft, uint8_t step)
{
    /* A call made by this very event is not the one that the engine speaks of. */
    assert(!(draft->event->called & 1u << step));

    return (draft->input->unsent & 1u << step) != 0;
}

bool draft_is_resent(const struct draft *draft, uint8_t step)
{
    assert(!(draft->event->called & 1u << step));

    return draft_see(draft, step)->resent || (draft->input->resent & 1u << step) != 0;
}

bool draft_pivot_in_doubt(const struct draft *draft)
{
    uint8_t pivot = draft->saga->definition->pivot;
    const struct saga_step *step;

    if (pivot == DEFINITION_NO_STEP)
        return false;
    step = draft_see(draft, pivot);
    if (step->do_state == SAGA_DO_CALLING && draft_is_unsent(draft, pivot))
        return step->doubt_earlier;
    return step->touched && step->do_state != SAGA_DO_DONE && step->do_state != SAGA_DO_REJECTED;
}

bool draft_pivot_done(const struct draft *draft)
{
    uint8_t pivot = draft->saga->definition->pivot;

    return pivot != DEFINITION_NO_STEP && draft_see(draft, pivot)->do_state == SAGA_DO_DONE;
}

uint8_t draft_waiting_step(const struct draft *draft)
{
    for (uint8_t i = 0; i < draft->saga->definition->step_count; i++)
        if (draft_see(draft, i)->do_state == SAGA_DO_WAITING)
            return i;
    return DEFINITION_NO_STEP;
}

struct saga_step *draft_step(struct draft *draft, uint8_t step)
{
    assert(step < draft->saga->definition->step_count);

    struct saga_step *changed = &draft->event->steps[step];

    draft->moved = true;
    if (draft->event->changed & 1u << step)
        return changed;
    bool resent = draft_is_resent(draft, step);
    *changed = draft->saga->steps[step];
    draft->event->changed |= 1u << step;
    /* When this attempt is over the engine knows of it no more: so the journal must. */
    if (changed->do_state == SAGA_DO_CALLING)
        changed->resent = resent;
    return changed;
}

struct saga_state *draft_state(struct draft *draft)
{
    draft->moved = true;
    return &draft->event->state;
}

void draft_enter_do(struct draft *draft, uint8_t step, enum saga_do_state state)
{
    struct saga_step *changed = draft_step(draft, step);

    changed->do_state = (uint8_t)state;
    changed->forward.since_ms = draft->now_ms;
    changed->forward.wake_ms = 0;
    changed->working = false;
    if (state == SAGA_DO_PENDING || state == SAGA_DO_WAITING || state == SAGA_DO_CALLING ||
        state == SAGA_DO_BACKOFF)
        return;
    changed->forward.patience_ms = 0;
    changed->fencing = false;
    /* A refusal that settles nothing leaves the doubt as it was. */
    if (state == SAGA_DO_UNKNOWN || (state == SAGA_DO_REJECTED && changed->touched))
        return;
    changed->doubt_earlier = changed->resent = false;
}

void draft_enter_undo(struct draft *draft, uint8_t step, enum saga_undo_state state)
{
    struct saga_step *changed = draft_step(draft, step);

    changed->undo_state = (uint8_t)state;
    changed->backward.since_ms = draft->now_ms;
    changed->backward.wake_ms = 0;
    if (changed->do_state != SAGA_DO_CALLING)
        changed->working = false;
    if (state == SAGA_UNDO_NONE || state == SAGA_UNDO_DONE || state == SAGA_UNDO_WAIVED)
        changed->backward.patience_ms = 0;
}

void draft_start_attempt(struct draft *draft, uint8_t step, struct saga_call *call)
{
    assert(!draft_is_held(draft));
    assert(!(draft->event->called & 1u << step));

    /* The number stays at its end rather than start again: a number is never that of another. */
    if (call->attempt < UINT16_MAX)
        call->attempt++;
    call->wake_ms = draft->now_ms + draft->saga->definition->steps[step].timeout_ms;
    draft->event->called |= 1u << step;
}

void draft_finish(struct draft *draft, enum saga_phase phase)
{
    struct saga_state *state = draft_state(draft);

    state->phase = (uint8_t)phase;
    state->parked = SAGA_PARK_NONE;
    state->parked_step = DEFINITION_NO_STEP;
    state->paused = false;
    state->overdue = false;
    state->held_ms = 0;
}
