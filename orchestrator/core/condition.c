/*
 * Why a saga is not moving: the first of these that is so, with its subject and since when.
 */
#include "core/saga.h"

#include <assert.h>

#define SLEEPING_MS 60000u /* A wait longer than this is called sleep. */

/* What every step is up to, in whichever direction it moves. */
struct activity {
    uint32_t calling;
    uint32_t backing_off;
    uint32_t waiting;
};

static struct activity activity_of(const struct saga *saga)
{
    struct activity activity = {0};

    for (uint32_t i = 0; i < saga->definition->step_count; i++) {
        const struct saga_step *step = &saga->steps[i];
        uint32_t bit = 1u << i;

        if (step->do_state == SAGA_DO_CALLING || step->undo_state == SAGA_UNDO_CALLING)
            activity.calling |= bit;
        if (step->do_state == SAGA_DO_BACKOFF || step->undo_state == SAGA_UNDO_BACKOFF)
            activity.backing_off |= bit;
        if (step->do_state == SAGA_DO_WAITING || step->undo_state == SAGA_UNDO_WAITING)
            activity.waiting |= bit;
    }
    return activity;
}

static uint8_t first_of(uint32_t steps)
{
    uint8_t step = 0;

    assert(steps != 0);

    while (!(steps & 1u << step))
        step++;
    return step;
}

/* The call that the step's present state is about. */
static const struct saga_call *present_call(const struct saga *saga, uint8_t i)
{
    const struct saga_step *step = &saga->steps[i];
    bool undoing = step->undo_state == SAGA_UNDO_CALLING || step->undo_state == SAGA_UNDO_BACKOFF ||
                   step->undo_state == SAGA_UNDO_WAITING;

    return undoing ? &step->backward : &step->forward;
}

static struct saga_condition about(const struct saga *saga, enum saga_condition_name name,
                                   uint32_t steps)
{
    uint8_t step = first_of(steps);

    return (struct saga_condition){name, present_call(saga, step)->since_ms, step};
}

static struct saga_condition about_saga(enum saga_condition_name name, uint64_t since_ms,
                                        uint8_t step)
{
    return (struct saga_condition){name, since_ms, step};
}

static uint32_t sleeping_steps(const struct saga *saga, uint32_t backing_off, uint64_t now_ms)
{
    uint32_t sleeping = 0;

    for (uint8_t i = 0; i < saga->definition->step_count; i++)
        if (backing_off & 1u << i && present_call(saga, i)->wake_ms > now_ms + SLEEPING_MS)
            sleeping |= 1u << i;
    return sleeping;
}

static struct saga_condition of_steps(const struct saga *saga, const struct saga_facts *facts)
{
    struct activity activity = activity_of(saga);
    uint32_t blocked = activity.waiting | activity.backing_off;
    uint32_t sleeping = sleeping_steps(saga, activity.backing_off, facts->now_ms);

    if ((blocked | activity.calling) & facts->no_worker)
        return about(saga, SAGA_NO_WORKER, (blocked | activity.calling) & facts->no_worker);
    if (blocked & facts->breaker)
        return about(saga, SAGA_BLOCKED_BY_BREAKER, blocked & facts->breaker);
    if (blocked & facts->throttled)
        return about(saga, SAGA_THROTTLED, blocked & facts->throttled);
    if (activity.backing_off & ~sleeping)
        return about(saga, SAGA_RETRYING, activity.backing_off & ~sleeping);
    if (sleeping)
        return about(saga, SAGA_SLEEPING, sleeping);
    if (activity.waiting)
        return about(saga, SAGA_WAITING, activity.waiting);
    /* A live saga that is not held and waits for nothing has a call out. */
    return about(saga, SAGA_PROGRESSING, activity.calling);
}

struct saga_condition saga_condition(const struct saga *saga, const struct saga_facts *facts)
{
    const struct saga_state *state = &saga->state;

    assert(saga->sequence > 0);
    assert(facts != NULL);

    if (saga_is_terminal(saga))
        return about_saga(SAGA_PROGRESSING, state->updated_ms, DEFINITION_NO_STEP);
    if (state->parked != SAGA_PARK_NONE)
        return about_saga(SAGA_PARKED, state->held_ms, state->parked_step);
    if (state->paused)
        return about_saga(SAGA_PAUSED, state->held_ms, DEFINITION_NO_STEP);
    if (state->overdue)
        return about_saga(SAGA_OVERDUE, state->deadline_ms, saga->definition->pivot);
    return of_steps(saga, facts);
}
