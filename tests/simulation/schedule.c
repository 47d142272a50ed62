#include "simulation/schedule.h"

#include "simulation/world.h"

#define FIRST_MS 100u /* By then the workers are there, and the first calls have left. */
#define EVERY_MS 10u

static struct schedule *of(const struct world *world)
{
    return world->options.script != NULL ? world->options.script->schedule : NULL;
}

bool schedule_takes(struct world *world, enum what what, uint32_t a)
{
    struct schedule *schedule = of(world);

    if (schedule == NULL)
        return false;
    if (schedule->flight_count == SCHEDULE_FLIGHT_MAX) {
        schedule->too_much = true;
        return false;
    }
    schedule->flight[schedule->flight_count++] = (struct happening){.what = (uint32_t)what, .a = a};
    if (schedule->flight_count > schedule->most)
        schedule->most = schedule->flight_count;
    return true;
}

void schedule_begin(struct world *world)
{
    struct schedule *schedule = of(world);

    if (schedule == NULL)
        return;
    schedule->length = schedule->flight_count = 0;
    if (schedule->cancels)
        (void)schedule_takes(world, WHAT_CANCEL, 0);
    agenda_add(&world->agenda, FIRST_MS, WHAT_ARRIVE, 0, 0);
}

static bool sagas_live(const struct world *world)
{
    for (uint32_t saga = 0; saga < world->oracle.saga_count; saga++)
        if (!oracle_is_over(&world->oracle.sagas[saga]))
            return true;
    return false;
}

/* Its place among those in flight. */
static uint32_t next_choice(struct schedule *schedule)
{
    if (schedule->length == SCHEDULE_CHOICES_MAX) {
        schedule->too_much = true;
        return 0;
    }
    uint32_t at = schedule->length++;
    if (at >= schedule->wished)
        schedule->choices[at] = 0;
    schedule->widths[at] = (uint8_t)schedule->flight_count;
    return schedule->choices[at] < schedule->flight_count ? schedule->choices[at] : 0;
}

bool schedule_choose(struct world *world, struct happening *ret_happening)
{
    struct schedule *schedule = of(world);

    if (schedule->flight_count == 0 && !sagas_live(world))
        return false;
    agenda_add(&world->agenda, world->now_ms + EVERY_MS, WHAT_ARRIVE, 0, 0);
    if (schedule->flight_count == 0)
        return false;
    uint32_t chosen = next_choice(schedule);
    *ret_happening = schedule->flight[chosen];
    schedule->flight_count--;
    for (uint32_t i = chosen; i < schedule->flight_count; i++)
        schedule->flight[i] = schedule->flight[i + 1];
    return true;
}

bool schedule_next(struct schedule *schedule)
{
    uint32_t at = schedule->length;

    while (at > 0 && schedule->choices[at - 1] + 1u >= schedule->widths[at - 1])
        at--;
    schedule->wished = at;
    if (at > 0)
        schedule->choices[at - 1]++;
    return at > 0;
}
