/*
 * The event that turns a saga back: what it must stop, and what it must not turn.
 */
#include "simulation/look.h"

static bool in_doubt(const struct seen_step *step)
{
    return step->touched && step->do_state != DO_DONE && step->do_state != DO_REJECTED;
}

/* I-21: from this very event on, nothing is left that would still be called forward. */
static void check_stopped(const struct look *look)
{
    for (uint8_t i = 0; i < look->shape->step_count; i++) {
        uint8_t state = look_after(look, i)->do_state;
        if (look_is_called(look, i, false))
            oracle_violated(look->oracle, 21, "saga %u turns back and calls step %u", look->at, i);
        if (state == DO_PENDING || state == DO_WAITING || state == DO_BACKOFF)
            oracle_violated(look->oracle, 21, "saga %u turns back, and step %u is still %u",
                            look->at, i, state);
    }
}

void turn_check(const struct look *look)
{
    uint8_t pivot = look->shape->pivot;

    if (look->saga->phase != RUNNING ||
        (look->event->phase != COMPENSATING && look->event->phase != COMPENSATED))
        return;
    check_stopped(look);
    if (pivot == SIM_NO_STEP)
        return;
    const struct seen_step *step = look_after(look, pivot);
    if (step->do_state == DO_DONE)
        oracle_violated(look->oracle, 31, "saga %u turns back after its pivot", look->at);
    if (in_doubt(step) && step->undo_state == UNDO_NONE)
        oracle_violated(look->oracle, 31, "saga %u turns back while its pivot is in doubt",
                        look->at);
}
