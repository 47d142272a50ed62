/*
 * The server's life: started, turned, killed at any instruction, started again from its store.
 */
#include "simulation/world.h"

#include "base/fault.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define CENSUS_EVERY 16u /* Turns: looking at every saga takes time. */
#define RESTART_LEAST_MS 20u

/*
 * What is in an id decides how long its saga backs off. It follows from the time alone: so fewer
 * sagas leave the others as they are.
 */
static void engine_chance(void *context, void *data, size_t size)
{
    struct world *world = context;
    struct chance chance = world->chance_engine;

    chance.state ^= chance_mix(world->now_ms);
    chance_fill(&chance, data, size);
}

static void add_accounts(struct world *world)
{
    struct accounts_digest digest;
    char name[8], secret[16];

    for (uint32_t i = 0; i < SIM_TENANTS; i++) {
        accounts_hash(bytes_of_text("token"), &digest);
        int r = accounts_add_account(world->accounts, reader_tenant(i), &digest);
        assert(r == 0);
    }
    for (uint32_t i = 0; i < SIM_PARTICIPANTS; i++) {
        snprintf(name, sizeof name, "p%u", i);
        snprintf(secret, sizeof secret, "secret-p%u", i);
        accounts_hash(bytes_of_text(secret), &digest);
        int r = accounts_add_participant(world->accounts, name, &digest);
        assert(r == 0);
    }
}

/* What outlives every process of the server: its store and its configuration. */
void server_open(struct world *world)
{
    sim_store_open(world);
    struct sweep_plan plans[SWEEP_SAGAS_MAX] = {0};
    int r = 0;
    if (world->options.script != NULL)
        memcpy(plans, world->options.script->plans, sizeof plans);
    if (memcmp(world->kept, plans, sizeof plans) != 0)
        world->catalog = catalog_close(world->catalog);
    if (world->catalog == NULL)
        r = catalog_open(&world->catalog);
    assert(r == 0);
    memcpy(world->kept, plans, sizeof plans);
    if (world->accounts != NULL)
        return;
    r = accounts_open(&world->accounts);
    assert(r == 0);
    add_accounts(world);
}

static void plan_death(struct world *world)
{
    struct chance *chance = &world->swarm.streams[MISHAP_CRASH_INSIDE];
    uint32_t strength = world->swarm.per_mille[MISHAP_CRASH_INSIDE];

    world->store.die_at = world->die_at_reply = 0;
    if (strength == 0 || world->calm || taped_plays(world))
        return;
    taped_nowhere(world);
    uint32_t after = 1 + chance_below(chance, 4000 / strength);
    if (chance_below(chance, 2) == 0)
        world->store.die_at = world->store.appends + after;
    else
        world->die_at_reply = world->replies + after;
    world->store.keep = chance_per_mille(&world->swarm.streams[MISHAP_COMMIT_KEPT],
                                         world->swarm.per_mille[MISHAP_COMMIT_KEPT]);
}

static void let_go(struct world *world)
{
    world->engine = engine_close(world->engine);
    world->transport = transport_close(world->transport);
    world->inbox = inbox_close(world->inbox);
    world->running = false;
    world->stopping = false;
    for (uint32_t i = 0; i < world->worker_count; i++)
        network_drop_pipe(world, i);
}

static void come_back(struct world *world)
{
    bool scripted = world->options.script != NULL;
    taped_at_now(world);
    uint32_t down_ms =
        RESTART_LEAST_MS + (scripted ? 0 : chance_below(&world->chance_world, 1500));

    agenda_add(&world->agenda, world->now_ms + down_ms, WHAT_START, 0, 0);
    for (uint32_t i = 0; i < world->worker_count; i++) {
        taped_at_worker(world, i);
        agenda_add(&world->agenda,
                   world->now_ms + down_ms + chance_below(&world->chance_world, 300),
                   WHAT_WORKER_BACK, i, 0);
    }
}

/* From here on nothing that it does counts. When the power fails, the workers die with it. */
void server_die(struct world *world, bool power)
{
    world->dead = true;
    world->crashes++;
    world_note(world, power ? "power" : "crash", world->oracle.saga_count, 0, 0);
    if (power) {
        for (uint32_t i = 0; i < world->worker_count; i++)
            workers_stop(world, i);
        world->instant.monotonic_ms = 50; /* Another boot. */
    }
    let_go(world);
    come_back(world);
}

void server_start(struct world *world)
{
    char message[ENGINE_MESSAGE_SIZE];
    struct transport_sink sink;

    world->dead = false;
    world->turn_ms = world->busy_ms = world->now_ms;
    world->oracle.dirty_count = 0;
    for (uint32_t i = 0; i < world->oracle.saga_count; i++)
        world->oracle.sagas[i].dirty = false;
    memset(world->looks, 0, sizeof world->looks);
    plan_death(world);
    int r = inbox_open(&world->inbox);
    assert(r == 0);
    sink = (struct transport_sink){.deliver = inbox_deliver, .context = world->inbox};
    r = transport_local_open(sink, network_receive, world, &world->transport);
    assert(r == 0);
    struct engine_options options = {
        .store = &world->store.store, .transport = world->transport, .inbox = world->inbox,
        .catalog = world->catalog, .accounts = world->accounts, .random = engine_chance,
        .random_context = world, .queue_max = world->queue_max,
    };
    oracle_restarted(&world->oracle, world->instant.monotonic_ms, world->instant.wall_ms);
    r = engine_open(&options, world->instant, &world->engine, message);
    world->running = true;
    world_note(world, "start", world->oracle.saga_count, world->instant.wall_ms, (uint64_t)-r);
    if (r < 0) {
        world->engine = NULL;
        if (!world->dead)
            oracle_violated(&world->oracle, 8, "recovery fails: %s", message);
        server_die(world, false);
        return;
    }
    if (world->dead) {
        server_die(world, false);
        return;
    }
    inside_look_all(world);
    taped_at_now(world);
    if (swarm_strikes(&world->swarm, MISHAP_CRASH_RECOVERY)) {
        world_reach_all(world, MISHAP_CRASH_RECOVERY);
        server_die(world, false);
        return;
    }
    world_wake(world);
}

/* In a turn of some hundreds. */
static bool is_asked_to_stop(struct world *world)
{
    taped_nowhere(world);
    bool drawn = swarm_strikes(&world->swarm, MISHAP_STOP) &&
                 chance_per_mille(&world->chance_world, 2);
    taped_at_now(world);
    return taped_decide(world, MISHAP_STOP, drawn, 2) != 0;
}

/* I-41: asked to stop, it ends within five seconds, with nothing violated. */
static void watch_stop(struct world *world, int result)
{
    if (!world->stopping) {
        if (world->calm || !is_asked_to_stop(world))
            return;
        world_reach_all(world, MISHAP_STOP);
        world_note(world, "stop", 0, 0, 0);
        inbox_stop(world->inbox);
        world->stopping = true;
        world->stop_ms = world->now_ms;
        world_wake(world);
        return;
    }
    if (result == ENGINE_STOPPED) {
        world_note(world, "stopped", world->now_ms - world->stop_ms, 0, 0);
        let_go(world);
        come_back(world);
    } else if (world->now_ms > world->stop_ms + 5000) {
        oracle_violated(&world->oracle, 41, "a stop takes more than five seconds");
    }
}

void server_turn(struct world *world)
{
    uint64_t wait_ms = 0;

    world->turns++;
    oracle_time(&world->oracle, world->instant.monotonic_ms, world->instant.wall_ms);
    uint64_t appends = world->store.appends;
    int r = engine_turn(world->engine, world->instant, &wait_ms);
    if (world->dead) {
        server_die(world, world->options.script != NULL ? world->options.script->power
                                                        : world->dies_with_power);
        return;
    }
    if (r < 0) {
        oracle_violated(&world->oracle, 55, "the engine gives up: %s", fault_name(r));
        server_die(world, false);
        return;
    }
    inside_look(world);
    if (world->turns % CENSUS_EVERY == 0)
        inside_look_census(world);
    taped_at_now(world);
    if (!world->stopping)
        inside_look_queues(world, wait_ms, world->store.appends != appends);
    if (world->store.appends != appends)
        world->busy_ms = world->now_ms + chance_below(&world->chance_world, world->commit_ms + 1);
    world->turn_ms = world->now_ms + (wait_ms > 0 ? wait_ms : 1);
    if (world->turn_ms < world->busy_ms)
        world->turn_ms = world->busy_ms;
    watch_stop(world, r);
}

void server_close(struct world *world)
{
    world->dead = true;
    if (world->running)
        let_go(world);
    if (world->kept[0].steps == 0)
        world->catalog = catalog_close(world->catalog);
    sim_store_close(world);
}
