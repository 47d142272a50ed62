/*
 * A saga's storage, and the questions that others ask of its state.
 */
#include "core/saga.h"

#include <assert.h>
#include <string.h>

size_t saga_size(uint32_t step_count)
{
    assert(step_count >= 1);
    assert(step_count <= SAGA_STEPS_MAX);

    return sizeof(struct saga) + step_count * sizeof(struct saga_step);
}

void saga_init(struct saga *saga, const struct definition *definition, uint64_t seed)
{
    assert(definition->step_count >= 1);
    assert(definition->step_count <= SAGA_STEPS_MAX);

    memset(saga, 0, saga_size(definition->step_count));
    saga->definition = definition;
    saga->seed = seed;
    saga->state.turn_step = DEFINITION_NO_STEP;
    saga->state.parked_step = DEFINITION_NO_STEP;
}

bool saga_is_terminal(const struct saga *saga)
{
    return saga->state.phase != SAGA_RUNNING && saga->state.phase != SAGA_COMPENSATING;
}

bool saga_is_held(const struct saga *saga)
{
    return saga->state.parked != SAGA_PARK_NONE || saga->state.paused;
}

bool saga_in_doubt(const struct saga *saga, uint8_t i)
{
    const struct saga_step *step = &saga->steps[i];

    assert(i < saga->definition->step_count);
    assert(step->do_state < SAGA_DO_COUNT);

    return step->touched && step->do_state != SAGA_DO_DONE && step->do_state != SAGA_DO_REJECTED &&
           step->undo_state != SAGA_UNDO_DONE;
}

uint8_t saga_bound_route(const struct saga *saga, uint8_t i)
{
    assert(i < saga->definition->step_count);

    /* Only the guard that knows an old generation can keep it from acting after the new one. */
    const struct saga_step *step = &saga->steps[i];
    bool known_there =
        step->touched || step->generation > 0 || step->do_state == SAGA_DO_REJECTED;
    return known_there ? step->route : SAGA_ANY_ROUTE;
}
