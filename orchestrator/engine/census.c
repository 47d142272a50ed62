#include "engine/census.h"

#include "base/fault.h"
#include "engine/engine_state.h"

#include <assert.h>
#include <stdlib.h>

bool step_is_under_way(const struct saga_step *step)
{
    bool forward = step->do_state == SAGA_DO_CALLING || step->do_state == SAGA_DO_BACKOFF ||
                   step->do_state == SAGA_DO_WAITING;
    bool backward = step->undo_state == SAGA_UNDO_CALLING ||
                    step->undo_state == SAGA_UNDO_BACKOFF ||
                    step->undo_state == SAGA_UNDO_WAITING;

    return forward || backward;
}

/* ---- which steps are under way, per definition ---- */

static struct census_steps *find_steps(const struct census_tally *tally, uint32_t steps)
{
    for (size_t i = 0; i < tally->count; i++)
        if (tally->items[i].steps == steps)
            return &tally->items[i];
    return NULL;
}

static int add_steps(struct census_tally *tally, uint32_t steps)
{
    struct census_steps *item = find_steps(tally, steps);

    if (item != NULL) {
        item->count++;
        return 0;
    }
    if (tally->count == tally->capacity) {
        size_t capacity = tally->capacity > 0 ? 2 * tally->capacity : 8;
        struct census_steps *items = realloc(tally->items, capacity * sizeof *items);
        if (items == NULL)
            return fault(FAULT_MEMORY);
        tally->items = items;
        tally->capacity = capacity;
    }
    tally->items[tally->count++] = (struct census_steps){steps, 1};
    return 0;
}

static void remove_steps(struct census_tally *tally, uint32_t steps)
{
    struct census_steps *item = find_steps(tally, steps);

    assert(item != NULL);
    assert(item->count > 0);
    if (--item->count == 0)
        *item = tally->items[--tally->count];
}

/* A paused saga waits for nobody's worker. */
static uint32_t steps_under_way(const struct saga *saga)
{
    uint32_t steps = 0;

    if (saga_is_held(saga))
        return 0;
    for (uint8_t i = 0; i < saga->definition->step_count; i++)
        if (step_is_under_way(&saga->steps[i]))
            steps |= 1u << i;
    return steps;
}

/* ---- the groups ---- */

static void unlink_fresh(struct census *census, struct live *live)
{
    if (live->census_next != NULL)
        live->census_next->census_previous = live->census_previous;
    else
        census->last = live->census_previous;
    if (live->census_previous != NULL)
        live->census_previous->census_next = live->census_next;
    else
        census->first = live->census_next;
    live->census_next = live->census_previous = NULL;
    remove_steps(&live->plan->under_way, live->census_steps);
}

static int link_fresh(struct census *census, struct live *live)
{
    assert(census->last == NULL ||
           census->last->saga->state.updated_ms <= live->saga->state.updated_ms);

    live->census_steps = steps_under_way(live->saga);
    int r = add_steps(&live->plan->under_way, live->census_steps);
    if (r < 0)
        return pass(r);
    live->census_previous = census->last;
    if (census->last != NULL)
        census->last->census_next = live;
    else
        census->first = live;
    census->last = live;
    return 0;
}

void census_take_out(struct lives *lives, struct live *live)
{
    struct census *census = &lives->census;

    switch ((enum census_group)live->census_group) {
    case CENSUS_NONE:
        return;
    case CENSUS_FRESH:
        unlink_fresh(census, live);
        break;
    case CENSUS_STALE:
        census->stale--;
        break;
    case CENSUS_MARKED:
        census->marked--;
        break;
    }
    census->parked -= live->census_parked;
    live->census_parked = false;
    live->census_group = CENSUS_NONE;
}

int census_put(struct lives *lives, struct live *live)
{
    const struct saga_state *state = &live->saga->state;
    struct census *census = &lives->census;

    census_take_out(lives, live);
    if (saga_is_terminal(live->saga))
        return 0;
    live->census_parked = state->parked != SAGA_PARK_NONE;
    census->parked += live->census_parked;
    if (live->census_parked || state->overdue) {
        live->census_group = CENSUS_MARKED;
        census->marked++;
        return 0;
    }
    int r = link_fresh(census, live);
    if (r == 0)
        live->census_group = CENSUS_FRESH;
    return pass(r);
}

void census_age(struct lives *lives, uint64_t now_ms)
{
    struct census *census = &lives->census;

    while (census->first != NULL &&
           census->first->saga->state.updated_ms + NO_PROGRESS_MS <= now_ms) {
        struct live *live = census->first;
        unlink_fresh(census, live);
        live->census_group = CENSUS_STALE;
        census->stale++;
    }
}

/* ---- the beginning ---- */

static int by_latest_event(const void *a, const void *b)
{
    const struct live *const *left = a, *const *right = b;
    uint64_t left_ms = (*left)->saga->state.updated_ms;
    uint64_t right_ms = (*right)->saga->state.updated_ms;

    return (left_ms > right_ms) - (left_ms < right_ms);
}

int census_begin(struct lives *lives)
{
    size_t count = 0;
    int r = 0;

    if (lives->count == 0)
        return 0;
    struct live **all = malloc(lives->count * sizeof *all);
    if (all == NULL)
        return fault(FAULT_MEMORY);
    for (struct live *live = lives->oldest; live != NULL; live = live->newer)
        all[count++] = live;
    qsort(all, count, sizeof *all, by_latest_event);
    for (size_t i = 0; i < count && r == 0; i++)
        r = census_put(lives, all[i]);
    free(all);
    return pass(r);
}

uint64_t census_stuck(struct engine *engine)
{
    const struct census *census = &engine->lives.census;
    uint64_t stuck = census->marked + census->stale;

    for (const struct plan *plan = engine->plans; plan != NULL; plan = plan->next) {
        uint32_t unserved = steps_without_worker(engine, plan);
        for (size_t i = 0; i < plan->under_way.count; i++)
            if (plan->under_way.items[i].steps & unserved)
                stuck += plan->under_way.items[i].count;
    }
    return stuck;
}
