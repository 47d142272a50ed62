#include "simulation/money.h"

#include "base/fault.h"
#include "base/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define WALL_MS 1700000000000u
#define SETTLE_MORE_MS 10000u  /* I-36: beyond remaining deadlines and back-offs. */
#define LIFE_MAX_MS 400000u

/* Subjects of the streams of chance. */
enum { SUBJECT_WORLD = 1, SUBJECT_NETWORK, SUBJECT_WORKERS, SUBJECT_CLIENTS, SUBJECT_ENGINE };

struct world *world_new(struct reach *reach)
{
    struct world *world = calloc(1, sizeof *world);

    assert(world != NULL);
    world->reach = reach;
    world->sender = SIM_NONE;
    world->message_free = SIM_NONE;
    for (uint32_t i = 0; i < SIM_PARTICIPANTS; i++)
        ledger_open(&world->ledgers[i]);
    return world;
}

void world_free(struct world *world)
{
    for (uint32_t i = 0; i < SIM_PARTICIPANTS; i++)
        ledger_close(&world->ledgers[i]);
    world->catalog = catalog_close(world->catalog);
    world->accounts = accounts_close(world->accounts);
    agenda_fini(&world->agenda);
    network_fini(world);
    workers_fini(world);
    people_fini(world);
    callers_fini(world);
    buffer_fini(&world->scratch);
    free(world->jobs);
    free(world);
}

void world_note(struct world *world, const char *word, uint64_t a, uint64_t b, uint64_t c)
{
    trail_note(&world->trail, world->now_ms, word, a, b, c);
}

void world_wake(struct world *world)
{
    uint64_t at_ms = world->now_ms > world->busy_ms ? world->now_ms : world->busy_ms;

    if (at_ms < world->turn_ms)
        world->turn_ms = at_ms;
}

bool world_dies(struct world *world, enum die *ret_die)
{
    const struct script *script = world->options.script;

    world->effects++;
    for (uint32_t i = 0; script != NULL && i < 2; i++)
        if (script->die_at[i] == world->effects) {
            *ret_die = script->die[i];
            return true;
        }
    return false;
}

/* ---- a life ---- */

static void calm_down(struct world *world)
{
    world->calm = true;
    world->swarm.calm = true;
    world->oracle.calm = true;
    world->calm_ms = world->now_ms;
    world->store.full = false;
    world->store.die_at = world->die_at_reply = 0;
    world_note(world, "calm", 0, 0, 0);
    for (uint32_t i = 0; i < SIM_PARTICIPANTS; i++)
        money_audit(world, i);
    for (uint32_t i = 0; i < world->worker_count; i++)
        world->workers[i].silent_until_ms = 0;
    if (world->running)
        operators_release(world);
}

static void poll_again(struct world *world, const struct happening *happening)
{
    struct worker_sim *worker = &world->workers[happening->a];

    if ((happening->b & POLL_LOST) && (happening->b & ~POLL_LOST) == worker->pipe &&
        worker->polls_out > 0)
        worker->polls_out--;
    workers_poll(world, happening->a);
}

static void work_slowly(struct world *world, const struct happening *happening)
{
    struct job job = world->jobs[happening->b];

    if (world->workers[happening->a].alive)
        workers_do(world, happening->a, &job, 1);
}

static void happen(struct world *world, const struct happening *happening)
{
    struct happening chosen;

    switch ((enum what)happening->what) {
    case WHAT_SUBMIT:
        people_submit(world, happening->a, happening->b);
        return;
    case WHAT_CANCEL:
        people_cancel(world, happening->a, happening->b != 0);
        return;
    case WHAT_TO_SERVER:
        network_to_server(world, happening->a);
        return;
    case WHAT_TO_WORKER:
        network_to_worker(world, happening->a);
        return;
    case WHAT_WORK:
        work_slowly(world, happening);
        return;
    case WHAT_POLL:
        poll_again(world, happening);
        return;
    case WHAT_WORKER_BACK:
        workers_start(world, happening->a);
        return;
    case WHAT_START:
        server_start(world);
        return;
    case WHAT_ERRAND:
        callers_go(world, happening->a);
        return;
    case WHAT_ERRAND_LOST:
        callers_lost(world, happening->a);
        return;
    case WHAT_ERRAND_READY:
        callers_ready(world, happening->a);
        return;
    case WHAT_AUDIT:
        auditors_look(world);
        return;
    case WHAT_CALM:
        calm_down(world);
        return;
    case WHAT_ARRIVE:
        if (schedule_choose(world, &chosen))
            happen(world, &chosen);
        return;
    case WHAT_OPERATE:
    case WHAT_RESET:
    case WHAT_PARTITION:
    case WHAT_DEAD:
    case WHAT_CRASH:
    case WHAT_POWER:
    case WHAT_FULL:
    case WHAT_WALL_JUMP:
    case WHAT_WALL_DAYS:
        mishaps_happen(world, happening);
        return;
    case WHAT_COUNT:
        return;
    }
}

static void go_to(struct world *world, uint64_t at_ms)
{
    assert(at_ms >= world->now_ms);
    uint64_t passed_ms = at_ms - world->now_ms;

    world->now_ms = at_ms;
    world->instant.monotonic_ms += passed_ms;
    world->instant.wall_ms += passed_ms;
    taped_at_now(world);
}

static bool all_settled(const struct world *world)
{
    for (uint32_t at = 0; at < world->oracle.saga_count; at++) {
        const struct oracle_saga *saga = &world->oracle.sagas[at];
        if (!oracle_is_over(saga) && !oracle_is_held(saga))
            return false;
    }
    return true;
}

/* In calm: everything has ended, or should have. */
static bool is_over(struct world *world)
{
    if (!world->calm || !world->running || world->now_ms < world->calm_ms + 1500)
        return world->now_ms > LIFE_MAX_MS;
    if (world->now_ms > LIFE_MAX_MS || all_settled(world))
        return true;
    return world->oracle.clock_ms > world->oracle.settle_ms + SETTLE_MORE_MS &&
           world->now_ms > world->calm_ms + SETTLE_MORE_MS;
}

static void live(struct world *world)
{
    for (uint64_t rounds = 0; world->oracle.violated == 0; rounds++) {
        uint64_t next_ms = agenda_next_ms(&world->agenda);
        bool turn = world->running && world->turn_ms < next_ms;
        if (!turn && next_ms == UINT64_MAX)
            break;
        go_to(world, turn ? world->turn_ms : next_ms);
        if (turn) {
            server_turn(world);
        } else {
            struct happening happening = agenda_take(&world->agenda);
            happen(world, &happening);
        }
        if (turn && is_over(world))
            break;
    }
}

/* ---- the frame around it ---- */

static void draw_world(struct world *world)
{
    uint64_t seed = world->options.seed;

    world->chance_world = chance_of(seed, SUBJECT_WORLD);
    world->chance_network = chance_of(seed, SUBJECT_NETWORK);
    world->chance_workers = chance_of(seed, SUBJECT_WORKERS);
    world->chance_clients = chance_of(seed, SUBJECT_CLIENTS);
    world->chance_engine = chance_of(seed, SUBJECT_ENGINE);
    swarm_draw(&world->swarm, seed,
               world->options.script != NULL ? UINT64_MAX : world->options.without);
    bool tight = world->swarm.per_mille[MISHAP_TIGHT] != 0;
    world->queue_max = tight ? 2 : 0;
    world->swarm.counts[MISHAP_TIGHT] = tight;
    world->client_count = chance_between(&world->chance_world, 100, 1000);
    world->span_ms = chance_between(&world->chance_world, 20, 1000);
    world->delay_most_ms = chance_between(&world->chance_world, 2, 400);
    world->commit_ms = chance_between(&world->chance_world, 0, 12);
    world->slow_most_ms = chance_between(&world->chance_world, SLOW_LEAST_MS, 3000);
    world->again_most_ms = chance_between(&world->chance_world, 300, 5000);
    if (tight && world->client_count > 150)
        world->client_count = 150;
    if (world->options.sagas != 0 && world->options.sagas < world->client_count)
        world->client_count = world->options.sagas;
    if (world->options.script == NULL) {
        taped_open(world);
        return;
    }
    world->client_count = world->options.script->plans[1].steps > 0 ? 2 : 1;
    world->span_ms = 1;
    world->commit_ms = 0;
}

static void begin(struct world *world)
{
    world->now_ms = world->busy_ms = world->replies = world->effects = 0;
    world->turn_ms = UINT64_MAX;
    world->instant = (struct instant){.monotonic_ms = 1000, .wall_ms = WALL_MS};
    world->dead = world->running = world->calm = world->stopping = false;
    world->message_free = SIM_NONE;
    world->job_count = 0;
    world->turns = world->crashes = 0;
    world->next_pipe = world->next_worker = 100;
    world->trail = (struct trail){.shown = world->options.shown};
    world->oracle.false_check = world->options.false_check;
    agenda_clear(&world->agenda);
    oracle_init(&world->oracle);
    network_clear(world);
    draw_world(world);
    world->oracle.pool = world->queue_max != 0 ? world->queue_max : ENGINE_QUEUE_MAX;
    for (uint32_t i = 0; i < SIM_PARTICIPANTS; i++)
        ledger_clear(&world->ledgers[i]);
    money_begin(world);
    server_open(world);
    shapes_draw(world);
    people_open(world);
    operators_open(world);
    callers_open(world);
    auditors_open(world);
    workers_open(world);
    mishaps_plan(world);
    schedule_begin(world);
    taped_nowhere(world);
    uint64_t calm_ms = world->options.script != NULL
                           ? 1
                           : world->span_ms + chance_below(&world->chance_world, 4000);
    agenda_add(&world->agenda, taped_calm_ms(world, calm_ms), WHAT_CALM, 0, 0);
    server_start(world);
}

static void end_ledger(struct world *world, uint32_t participant)
{
    money_audit(world, participant);
    ledger_compare(world, participant);
}

/* One more recovery, in peace: what is durable must be what was in memory. */
static void end(struct world *world)
{
    if (world->oracle.violated == 0)
        oracle_settled(&world->oracle);
    if (world->oracle.violated == 0 && world->running && world->options.script == NULL) {
        server_die(world, false);
        server_start(world);
    }
    if (world->oracle.violated == 0) {
        oracle_end(&world->oracle);
        reader_end(world);
        for (uint32_t i = 0; i < SIM_PARTICIPANTS; i++)
            end_ledger(world, i);
    }
    server_close(world);
}

uint32_t world_run(struct world *world, const struct world_options *options)
{
    world->options = *options;
    begin(world);
    live(world);
    end(world);
    return world->oracle.violated;
}
