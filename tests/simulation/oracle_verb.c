/*
 * What operators may do: a verb that took effect was allowed in the state that the saga was in.
 */
#include "simulation/look.h"

static bool is_undo_open(const struct seen_step *step)
{
    return step->undo_state != UNDO_NONE && step->undo_state < UNDO_DONE;
}

static bool is_needed(const struct look *look, uint8_t i)
{
    for (uint8_t other = 0; other < look->shape->step_count; other++)
        if (look->shape->steps[other].needs & 1u << i)
            return true;
    return false;
}

static bool may_skip(const struct look *look, uint8_t i)
{
    uint8_t state = look->saga->steps[i].seen.do_state;

    return look->saga->phase == RUNNING && i != look->shape->pivot && state != DO_DONE &&
           state != DO_SKIPPED && !is_needed(look, i);
}

static bool is_allowed(const struct look *look)
{
    const struct seen_event *event = look->event;

    if (event->verb == PAUSE)
        return !look->saga->paused;
    if (event->verb == RESUME)
        return look->saga->paused;
    if (event->verb != SKIP && event->verb != WAIVE)
        return true;
    if (event->step >= look->shape->step_count)
        return false;
    return event->verb == SKIP ? may_skip(look, event->step)
                               : is_undo_open(&look->saga->steps[event->step].seen);
}

/* Whoever skips takes an output from the steps that need it; the others decide what is held. */
void verb_check(const struct look *look)
{
    uint32_t number = look->event->verb == SKIP ? 19 : 30;

    if (look->event->type == VERB && !is_allowed(look))
        oracle_violated(look->oracle, number, "verb %u took effect on saga %u step %u as it was",
                        look->event->verb, look->at, look->event->step);
}
