/*
 * Judge and apply: one decides and only looks, the other copies and never decides.
 *
 *   judge = record the fact, then follow every consequence until nothing more follows
 */
#include "core/saga.h"

#include "core/advance.h"
#include "core/backward.h"
#include "core/draft.h"
#include "core/forward.h"
#include "core/hold.h"
#include "core/verbs.h"

#include <assert.h>

#define TO(phase) (1u << (phase))

static const uint32_t allowed[SAGA_PHASE_COUNT] = {
    [SAGA_RUNNING] = TO(SAGA_COMPLETED) | TO(SAGA_COMPENSATING) | TO(SAGA_TERMINATED),
    [SAGA_COMPENSATING] = TO(SAGA_COMPENSATED) | TO(SAGA_TERMINATED),
    /* COMPLETED, COMPENSATED and TERMINATED are final: no bit set. */
};

/* ---- judge ---- */

static void take_submit(struct draft *draft)
{
    struct saga_state *state = draft_state(draft);

    assert(draft->saga->sequence == 0);

    state->created_ms = draft->now_ms;
    state->deadline_ms = draft->now_ms + draft->saga->definition->deadline_ms;
    state->events_limit = SAGA_EVENTS_MAX;
    state->phase = SAGA_RUNNING;
}

static void take_result(struct draft *draft)
{
    const struct saga_input *input = draft->input;

    draft->event->step = input->step;
    draft->event->direction = (uint8_t)input->direction;
    draft->event->verdict = (uint8_t)input->verdict;
    draft->event->attempt = input->attempt;
    if (input->step >= draft->saga->definition->step_count)
        return;
    if (input->direction != SAGA_UNDO)
        forward_result(draft);
    else if (draft->event->state.phase == SAGA_COMPENSATING)
        backward_result(draft);
}

static void take_vanished(struct draft *draft)
{
    const struct saga_input *input = draft->input;

    draft->event->step = input->step;
    draft->event->direction = (uint8_t)input->direction;
    draft->event->attempt = input->attempt;
    if (input->step >= draft->saga->definition->step_count)
        return;
    if (input->direction != SAGA_UNDO)
        forward_vanished(draft);
    else
        backward_vanished(draft);
}

/* Every attempt whose time is over. An accepted call has the clocks that stand still in a hold. */
static void take_timer(struct draft *draft)
{
    for (uint8_t i = 0; i < draft->saga->definition->step_count; i++) {
        const struct saga_step *step = &draft->saga->steps[i];

        if (step->working && draft_is_held(draft))
            continue;
        if (step->do_state == SAGA_DO_CALLING && step->forward.wake_ms <= draft->now_ms)
            forward_expired(draft, i);
        if (step->undo_state == SAGA_UNDO_CALLING && step->backward.wake_ms <= draft->now_ms)
            backward_expired(draft, i);
    }
}

static void take_verb(struct draft *draft)
{
    draft->event->step = draft->input->step;
    draft->event->verb = (uint8_t)draft->input->verb;
    verbs_apply(draft);
}

static void take_fact(struct draft *draft)
{
    draft->event->type = (uint8_t)draft->input->type;
    switch (draft->input->type) {
    case SAGA_INPUT_SUBMIT:
        take_submit(draft);
        return;
    case SAGA_INPUT_RESULT:
        take_result(draft);
        return;
    case SAGA_INPUT_TIMER:
        take_timer(draft);
        return;
    case SAGA_INPUT_VANISHED:
        take_vanished(draft);
        return;
    case SAGA_INPUT_VERB:
        take_verb(draft);
        return;
    case SAGA_INPUT_PERMITTED: /* The permits say it all. */
    case SAGA_INPUT_COUNT:
        return;
    }
}

/* A held saga makes no calls: what no worker has taken yet is taken back. */
static bool withdraw_unsent(struct draft *draft)
{
    bool withdrew = false;

    for (uint8_t i = 0; i < draft->saga->definition->step_count; i++) {
        const struct saga_step *step = draft_see(draft, i);
        bool calling = step->do_state == SAGA_DO_CALLING;

        if (!draft_is_unsent(draft, i) || (!calling && step->undo_state != SAGA_UNDO_CALLING))
            continue;
        if (calling)
            forward_withdraw(draft, i);
        else
            backward_withdraw(draft, i);
        withdrew = true;
    }
    return withdrew;
}

/* What is withdrawn is no longer in doubt, and may end the very reason for the hold. */
static void follow(struct draft *draft)
{
    bool again = true;

    while (again) {
        hold_settle(draft);
        if (draft->event->state.phase == SAGA_RUNNING)
            advance_follow(draft);
        if (draft->event->state.phase == SAGA_COMPENSATING)
            backward_follow(draft);
        again = draft_is_held(draft) && withdraw_unsent(draft);
    }
}

/* An answer that says nothing new must not be recorded as if it had. */
static bool is_stale(const struct draft *draft)
{
    return !draft->moved && (draft->input->type == SAGA_INPUT_RESULT ||
                             draft->input->type == SAGA_INPUT_VANISHED);
}

int saga_judge(const struct saga *saga, const struct saga_input *input,
               struct saga_event *ret_event, struct saga_refusal *ret_refusal)
{
    struct draft draft;

    assert((saga->sequence == 0) == (input->type == SAGA_INPUT_SUBMIT));
    assert(saga->state.phase < SAGA_PHASE_COUNT);

    if (input->type == SAGA_INPUT_VERB) {
        enum saga_refusal_reason reason = verbs_refusal(saga, input);

        if (reason != SAGA_REFUSED_COUNT) {
            ret_refusal->reason = reason;
            ret_refusal->allowed = saga_allowed_verbs(saga);
            return SAGA_REFUSED;
        }
    }
    if (saga_is_terminal(saga))
        return SAGA_NOTHING;

    draft_init(&draft, saga, input, ret_event);
    take_fact(&draft);
    if (is_stale(&draft))
        return SAGA_NOTHING;
    follow(&draft);
    return draft.moved ? 0 : SAGA_NOTHING;
}

/* ---- apply ---- */

/* The only place where a phase changes. */
static void saga_move(struct saga *saga, enum saga_phase next)
{
    assert(next < SAGA_PHASE_COUNT);
    assert(allowed[saga->state.phase] & TO(next));

    saga->state.phase = (uint8_t)next;
}

void saga_apply(struct saga *saga, const struct saga_event *event)
{
    enum saga_phase next = (enum saga_phase)event->state.phase;

    assert(event->sequence == saga->sequence + 1);
    assert(!saga_is_terminal(saga));
    assert((event->changed & ~definition_all(saga->definition)) == 0);

    for (uint32_t i = 0; i < saga->definition->step_count; i++)
        if (event->changed & 1u << i)
            saga->steps[i] = event->steps[i];

    /* With nothing to undo, one event goes both ways at once. */
    if (saga->state.phase == SAGA_RUNNING && next == SAGA_COMPENSATED)
        saga_move(saga, SAGA_COMPENSATING);
    if (saga->state.phase != next)
        saga_move(saga, next);
    saga->state = event->state;
    saga->sequence = event->sequence;

    assert(!saga_is_terminal(saga) || !saga_is_held(saga));
}
