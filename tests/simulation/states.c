/*
 * What state a saga is in, and which states the mishaps and the operators met.
 */
#include "simulation/world.h"

static bool is_out(const struct seen_step *step)
{
    return step->do_state == DO_CALLING;
}

/* While something is still to be undone, a pivot decides nothing any more. */
static enum reached state_of_pivot(const struct seen_step *pivot)
{
    if (pivot == NULL || (!pivot->touched && pivot->do_state != DO_DONE))
        return REACHED_RUNNING;
    if (pivot->do_state == DO_DONE)
        return REACHED_AFTER;
    if (pivot->fencing)
        return REACHED_FENCING;
    return pivot->doubt_earlier || pivot->do_state == DO_BACKOFF ? REACHED_DOUBT : REACHED_PIVOT;
}

static bool any_step(const struct oracle_saga *saga, uint32_t step_count, uint8_t step,
                     bool (*is)(const struct seen_step *))
{
    for (uint8_t i = 0; i < step_count; i++)
        if ((step == SIM_NO_STEP || step == i) && is(&saga->steps[i].seen))
            return true;
    return false;
}

static bool is_worked_on(const struct seen_step *step)
{
    return step->working;
}

enum reached world_state(const struct world *world, uint32_t at, uint8_t step)
{
    const struct oracle_saga *saga = &world->oracle.sagas[at];
    const struct shape *shape = &world->oracle.shapes[saga->shape];
    const struct seen_step *pivot =
        shape->pivot != SIM_NO_STEP ? &saga->steps[shape->pivot].seen : NULL;
    bool back = saga->phase == COMPENSATING;

    if (oracle_is_over(saga))
        return REACHED_ENDED;
    if (saga->parked != 0)
        return back ? REACHED_PARKED_UNDO : REACHED_PARKED;
    if (saga->paused)
        return REACHED_PAUSED;
    if (any_step(saga, shape->step_count, step, is_worked_on))
        return REACHED_WORKING;
    if (back)
        return any_step(saga, shape->step_count, step, is_out) ? REACHED_TURNED : REACHED_UNDOING;
    return state_of_pivot(pivot);
}

void world_reach(struct world *world, enum mishap mishap, uint32_t saga, uint8_t step)
{
    if (saga != SIM_NONE)
        world->reach->counts[mishap][world_state(world, saga, step)]++;
}

void world_reach_all(struct world *world, enum mishap mishap)
{
    for (uint32_t at = 0; at < world->oracle.saga_count; at++)
        if (!oracle_is_over(&world->oracle.sagas[at]))
            world_reach(world, mishap, at, SIM_NO_STEP);
}

void world_reach_verb(struct world *world, uint64_t number, uint8_t verb)
{
    uint32_t saga = oracle_find(&world->oracle, number);

    if (saga != SIM_NONE && verb < SEEN_VERBS)
        world->reach->verbs[verb][world_state(world, saga, SIM_NO_STEP)]++;
}

bool world_strikes(struct world *world, enum mishap mishap, uint32_t saga, uint8_t step)
{
    if (!swarm_strikes(&world->swarm, mishap))
        return false;
    world_reach(world, mishap, saga, step);
    return true;
}
