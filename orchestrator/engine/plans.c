#include "engine/engine_state.h"

#include <assert.h>
#include <stdlib.h>

static struct plan *make_plan(struct engine *engine, const struct definition *definition)
{
    struct plan *plan = calloc(1, sizeof *plan);

    if (plan == NULL)
        return NULL;
    plan->definition = definition;
    for (uint32_t i = 0; i < definition->participant_count; i++) {
        int index = roster_index(&engine->roster, definition->participants[i].name);
        if (index < 0) {
            free(plan);
            return NULL;
        }
        plan->participants[i] = (uint8_t)index;
    }
    plan->next = engine->plans;
    engine->plans = plan;
    return plan;
}

struct plan *plan_of(struct engine *engine, const struct definition *definition)
{
    for (struct plan *plan = engine->plans; plan != NULL; plan = plan->next)
        if (plan->definition == definition)
            return plan;
    return make_plan(engine, definition);
}

uint8_t plan_participant(const struct live *live, uint8_t step)
{
    const struct definition *definition = live->saga->definition;
    const struct plan *plan = live->plan;
    uint8_t route = live->saga->steps[step].route;

    assert(plan != NULL);
    assert(route < definition->steps[step].route_count);
    return plan->participants[definition->steps[step].routes[route]];
}
