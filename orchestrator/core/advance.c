/*
 * The saga's course while RUNNING: complete, turn back, park, or call what is due.
 */
#include "core/advance.h"

#include "core/forward.h"
#include "core/hold.h"

#include <assert.h>

/* What becomes of one step at the turn; a call that is out stays out until it is settled. */
static void turn_step_back(struct draft *draft, uint8_t i)
{
    const struct definition_step *defined = &draft->saga->definition->steps[i];
    const struct saga_step *step = draft_see(draft, i);

    if (step->do_state == SAGA_DO_CALLING && draft_is_unsent(draft, i))
        forward_withdraw(draft, i);
    step = draft_see(draft, i);
    if (step->do_state == SAGA_DO_PENDING || step->do_state == SAGA_DO_WAITING ||
        step->do_state == SAGA_DO_BACKOFF)
        draft_enter_do(draft, i, step->touched ? SAGA_DO_UNKNOWN : SAGA_DO_NOT_RUN);
    if (step->touched && !defined->read_only && defined->undo[0] != '\0')
        draft_enter_undo(draft, i, SAGA_UNDO_DUE);
}

void advance_turn_back(struct draft *draft, enum saga_turn_reason reason, uint8_t step)
{
    struct saga_state *state = draft_state(draft);
    uint8_t waiting = draft_waiting_step(draft);

    assert(state->phase == SAGA_RUNNING);
    assert(!draft_pivot_done(draft));

    if (reason == SAGA_TURN_DEADLINE && step == DEFINITION_NO_STEP && waiting != step) {
        /* It waited for a service until its time was over (semantics, rule 1). */
        state->turned_for_service = true;
        step = waiting;
    }
    /* The steps turn first: what is withdrawn goes back to WAITING on its way to NOT_RUN. */
    for (uint8_t i = 0; i < draft->saga->definition->step_count; i++)
        turn_step_back(draft, i);
    state->phase = SAGA_COMPENSATING;
    state->turn_reason = (uint8_t)reason;
    state->turn_step = step;
    state->overdue = false;
}

static bool everything_done(const struct draft *draft, uint32_t steps)
{
    for (uint8_t i = 0; i < draft->saga->definition->step_count; i++) {
        const struct saga_step *step = draft_see(draft, i);

        if (steps & 1u << i && step->do_state != SAGA_DO_DONE && step->do_state != SAGA_DO_SKIPPED)
            return false;
    }
    return true;
}

/* Before the pivot a refusal has turned the saga back already; after it, a person must decide. */
static void park_rejected(struct draft *draft)
{
    for (uint8_t i = 0; i < draft->saga->definition->step_count; i++)
        if (draft_see(draft, i)->do_state == SAGA_DO_REJECTED)
            hold_park(draft, SAGA_PARK_REJECTED_AFTER_PIVOT, i);
}

static void meet_deadline(struct draft *draft)
{
    const struct saga_state *state = &draft->event->state;

    if (state->deadline_ms > draft->now_ms || state->overdue || draft_pivot_done(draft))
        return;
    if (draft_pivot_in_doubt(draft))
        draft_state(draft)->overdue = true;
    else
        advance_turn_back(draft, SAGA_TURN_DEADLINE, DEFINITION_NO_STEP);
}

/* A slot without patience counts its attempts; one with patience watches the clock. */
static void meet_exhaustion(struct draft *draft, uint8_t i)
{
    const struct definition_step *defined = &draft->saga->definition->steps[i];
    const struct saga_step *step = draft_see(draft, i);
    const struct saga_call *call = &step->forward;

    if (call->patience_ms != 0) {
        if (call->patience_ms <= draft->now_ms)
            hold_park(draft, SAGA_PARK_PATIENCE, i);
        return;
    }
    if (step->do_state != SAGA_DO_BACKOFF || call->counted < defined->retry.attempts)
        return;
    if (defined->park_on_exhausted)
        hold_park(draft, SAGA_PARK_EXHAUSTED, i);
    else
        advance_turn_back(draft, SAGA_TURN_EXHAUSTED, i);
}

static bool may_go_on(const struct draft *draft)
{
    return draft->event->state.phase == SAGA_RUNNING && !draft_is_held(draft);
}

static void call_step(struct draft *draft, uint8_t i)
{
    const struct definition *definition = draft->saga->definition;
    struct saga_step *step = draft_step(draft, i);

    if (!step->touched && step->generation == 0)
        step->route = draft->input->routes[i];
    assert(step->route < definition->steps[i].route_count);

    draft_enter_do(draft, i, SAGA_DO_CALLING);
    draft_start_attempt(draft, i, &step->forward);
    step->touched = true;
    /* A pivot that may have been done is in doubt, and a doubt is met with patience. */
    if (definition->steps[i].pivot && step->forward.patience_ms == 0)
        step->forward.patience_ms = draft->now_ms + definition->patience_ms;
}

static void call_if_due(struct draft *draft, uint8_t i)
{
    const struct definition *definition = draft->saga->definition;
    const struct saga_step *seen = draft_see(draft, i);
    bool due = seen->do_state == SAGA_DO_WAITING;

    if (seen->do_state == SAGA_DO_PENDING)
        due = everything_done(draft, definition->steps[i].needs);
    else if (seen->do_state == SAGA_DO_BACKOFF)
        due = seen->forward.wake_ms <= draft->now_ms;
    if (!due)
        return;
    if (definition->after_pivot & 1u << i && seen->forward.patience_ms == 0)
        draft_step(draft, i)->forward.patience_ms = draft->now_ms + definition->patience_ms;
    if (draft->input->permits_do & 1u << i)
        call_step(draft, i);
    else if (draft_see(draft, i)->do_state != SAGA_DO_WAITING)
        draft_enter_do(draft, i, SAGA_DO_WAITING);
}

void advance_follow(struct draft *draft)
{
    const struct definition *definition = draft->saga->definition;

    assert(draft->event->state.phase == SAGA_RUNNING);

    if (everything_done(draft, definition_all(definition))) {
        draft_finish(draft, SAGA_COMPLETED);
        return;
    }
    if (draft->event->state.overdue && !draft_pivot_in_doubt(draft)) {
        advance_turn_back(draft, SAGA_TURN_DEADLINE, DEFINITION_NO_STEP);
        return;
    }
    park_rejected(draft);
    if (may_go_on(draft))
        meet_deadline(draft);
    for (uint8_t i = 0; i < definition->step_count && may_go_on(draft); i++)
        meet_exhaustion(draft, i);
    if (may_go_on(draft))
        hold_park_past_limit(draft);
    for (uint8_t i = 0; i < definition->step_count && may_go_on(draft); i++)
        call_if_due(draft, i);
}
