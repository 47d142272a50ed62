/*
 * Mishaps that come by the clock: connections and servers that fail, and come back.
 */
#include "simulation/world.h"

static const struct {
    enum mishap mishap;
    enum what what;
    uint32_t every_ms; /* At full strength. */
} planned[] = {
    {MISHAP_RESET, WHAT_RESET, 100},
    {MISHAP_PARTITION, WHAT_PARTITION, 300},
    {MISHAP_DEAD, WHAT_DEAD, 500},
    {MISHAP_CRASH, WHAT_CRASH, 500},
    {MISHAP_POWER, WHAT_POWER, 700},
    {MISHAP_STORE_FULL, WHAT_FULL, 400},
    {MISHAP_WALL_JUMP, WHAT_WALL_JUMP, 200},
    {MISHAP_WALL_DAYS, WHAT_WALL_DAYS, 400},
    {MISHAP_OPERATOR, WHAT_OPERATE, 5},
    {MISHAP_STOP, WHAT_COUNT, 0},
};

static void plan_next(struct world *world, size_t i)
{
    struct chance *chance = &world->swarm.streams[planned[i].mishap];
    uint32_t strength = world->swarm.per_mille[planned[i].mishap];

    if (strength == 0 || planned[i].what == WHAT_COUNT)
        return;
    if (taped_plays(world)) {
        uint64_t next_ms = tape_next_ms(world->options.tape, planned[i].mishap, world->now_ms);
        if (next_ms != UINT64_MAX)
            agenda_add(&world->agenda, next_ms, planned[i].what, SIM_NONE, 1);
        return;
    }
    taped_nowhere(world);
    uint32_t mean_ms = planned[i].every_ms * 1000 / strength;
    agenda_add(&world->agenda, world->now_ms + 1 + chance_below(chance, 2 * mean_ms),
               planned[i].what, SIM_NONE, 1);
}

void mishaps_plan(struct world *world)
{
    for (size_t i = 0; i < sizeof planned / sizeof planned[0]; i++)
        plan_next(world, i);
}

static uint32_t draw(struct world *world, enum mishap mishap, uint32_t bound)
{
    return chance_below(&world->swarm.streams[mishap], bound);
}

static void reset(struct world *world)
{
    uint32_t worker = draw(world, MISHAP_RESET, world->worker_count);

    if (!world->workers[worker].alive)
        return;
    network_drop_pipe(world, worker);
    agenda_add(&world->agenda, world->now_ms + 5 + draw(world, MISHAP_RESET, 1500),
               WHAT_WORKER_BACK, worker, 0);
}

static void partition(struct world *world)
{
    uint32_t worker = draw(world, MISHAP_PARTITION, world->worker_count);

    world->workers[worker].silent_until_ms =
        world->now_ms + 50 + draw(world, MISHAP_PARTITION, 2500);
}

/* Every worker of a participant dies, and is away for a while. */
static void die(struct world *world)
{
    uint32_t participant = draw(world, MISHAP_DEAD, SIM_PARTICIPANTS);
    uint64_t back_ms = world->now_ms + 100 + draw(world, MISHAP_DEAD, 4000);

    for (uint32_t i = 0; i < world->worker_count; i++) {
        if (world->workers[i].participant != participant)
            continue;
        workers_stop(world, i);
        agenda_add(&world->agenda, back_ms, WHAT_WORKER_BACK, i, 0);
    }
}

static void fill(struct world *world, bool full)
{
    world->store.full = full;
    if (full)
        agenda_add(&world->agenda, world->now_ms + 50 + draw(world, MISHAP_STORE_FULL, 800),
                   WHAT_FULL, 0, 0);
}

/* Up to two hours either way, or up to forty days. */
static void jump(struct world *world, enum mishap mishap)
{
    bool days = mishap == MISHAP_WALL_DAYS;
    uint64_t jump_ms = days ? 86400000ull * (1 + draw(world, mishap, 40))
                            : 1 + draw(world, mishap, 7200000);

    if (draw(world, mishap, 2) == 0)
        world->instant.wall_ms += jump_ms;
    else
        world->instant.wall_ms -= jump_ms;
}

static void crash(struct world *world, enum mishap mishap)
{
    if (!world->running)
        return;
    world_reach_all(world, mishap);
    server_die(world, mishap == MISHAP_POWER);
}

static void strike(struct world *world, enum mishap mishap)
{
    if (mishap == MISHAP_RESET)
        reset(world);
    else if (mishap == MISHAP_PARTITION)
        partition(world);
    else if (mishap == MISHAP_DEAD)
        die(world);
    else if (mishap == MISHAP_STORE_FULL)
        fill(world, true);
    else if (mishap == MISHAP_WALL_JUMP || mishap == MISHAP_WALL_DAYS)
        jump(world, mishap);
    else if (mishap == MISHAP_OPERATOR)
        operators_operate(world);
    else
        crash(world, mishap);
}

void mishaps_happen(struct world *world, const struct happening *happening)
{
    if (happening->what == WHAT_FULL && happening->b == 0) {
        fill(world, false);
        return;
    }
    for (size_t i = 0; i < sizeof planned / sizeof planned[0]; i++) {
        enum mishap mishap = planned[i].mishap;
        if (planned[i].what != happening->what || world->calm)
            continue;
        (void)taped_decide(world, mishap, 1, 2);
        if (mishap != MISHAP_OPERATOR) {
            world->swarm.counts[mishap]++;
            if (mishap != MISHAP_CRASH && mishap != MISHAP_POWER)
                world_reach_all(world, mishap);
        }
        strike(world, mishap);
        plan_next(world, i);
    }
}
