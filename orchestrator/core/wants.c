/*
 * What a saga waits for, read off its state; so recovery wants what was wanted before the crash.
 */
#include "core/saga.h"

#include <assert.h>

static void earliest(uint64_t *timer_ms, uint64_t time_ms)
{
    if (time_ms != 0 && (*timer_ms == 0 || time_ms < *timer_ms))
        *timer_ms = time_ms;
}

static void want_forward(const struct saga *saga, uint8_t i, struct saga_wants *wants)
{
    const struct saga_step *step = &saga->steps[i];
    bool held = saga_is_held(saga);

    if (step->do_state == SAGA_DO_CALLING) {
        wants->calls_do |= 1u << i;
        /* An accepted call ends with clocks that stand still while the saga is held. */
        if (!held || !step->working)
            earliest(&wants->timer_ms, step->forward.wake_ms);
    }
    if (held)
        return;
    if (step->do_state == SAGA_DO_WAITING)
        wants->permits_do |= 1u << i;
    if (step->do_state == SAGA_DO_BACKOFF)
        earliest(&wants->timer_ms, step->forward.wake_ms);
    if (saga->state.phase == SAGA_RUNNING)
        earliest(&wants->timer_ms, step->forward.patience_ms);
}

static void want_backward(const struct saga *saga, uint8_t i, struct saga_wants *wants)
{
    const struct saga_step *step = &saga->steps[i];
    bool held = saga_is_held(saga);

    if (step->undo_state == SAGA_UNDO_CALLING) {
        wants->calls_undo |= 1u << i;
        if (!held || !step->working)
            earliest(&wants->timer_ms, step->backward.wake_ms);
    }
    if (held)
        return;
    if (step->undo_state == SAGA_UNDO_WAITING)
        wants->permits_undo |= 1u << i;
    if (step->undo_state == SAGA_UNDO_BACKOFF)
        earliest(&wants->timer_ms, step->backward.wake_ms);
    earliest(&wants->timer_ms, step->backward.patience_ms);
}

static bool pivot_done(const struct saga *saga)
{
    uint8_t pivot = saga->definition->pivot;

    return pivot != DEFINITION_NO_STEP && saga->steps[pivot].do_state == SAGA_DO_DONE;
}

struct saga_wants saga_wants(const struct saga *saga)
{
    struct saga_wants wants = {.finished = saga_is_terminal(saga)};
    bool running = saga->state.phase == SAGA_RUNNING;

    assert(saga->sequence > 0);

    wants.decided = !running || pivot_done(saga);
    if (wants.finished)
        return wants;
    for (uint8_t i = 0; i < saga->definition->step_count; i++) {
        want_forward(saga, i, &wants);
        want_backward(saga, i, &wants);
    }
    if (!wants.decided && !saga_is_held(saga) && !saga->state.overdue)
        earliest(&wants.timer_ms, saga->state.deadline_ms);

    assert((wants.calls_do & wants.calls_undo) == 0);
    assert(saga_is_held(saga) || wants.timer_ms != 0);
    return wants;
}
