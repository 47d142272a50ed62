/*
 * Looks into the engine's memory, which nobody else may: is it what the journal says, and does
 * every live saga wait for something?
 */
#include "engine/engine_state.h"
#include "simulation/world.h"

#define LOOKS_MAX 40u /* Turns in a row that find room for a saga, and do nothing. */

static bool same_call(const struct saga_call *call, uint64_t wake_ms, uint64_t patience_ms,
                      uint32_t attempt)
{
    return call->wake_ms == wake_ms && call->patience_ms == patience_ms &&
           call->attempt == attempt;
}

/* I-07: folding the journal gives what is in memory. */
static bool same_step(const struct saga_step *inside, const struct seen_step *seen)
{
    return inside->do_state == seen->do_state && inside->undo_state == seen->undo_state &&
           inside->generation == seen->generation && inside->touched == seen->touched &&
           inside->doubt_earlier == seen->doubt_earlier && inside->resent == seen->resent &&
           inside->working == seen->working &&
           inside->fencing == seen->fencing && inside->has_output == seen->has_output &&
           same_call(&inside->forward, seen->forward_wake_ms, seen->forward_patience_ms,
                     seen->forward_attempt) &&
           same_call(&inside->backward, seen->backward_wake_ms, seen->backward_patience_ms,
                     seen->backward_attempt);
}

static bool is_somewhere(const struct call *call)
{
    return call->place != CALL_NOWHERE;
}

/* I-37: a call out, a timer armed, a place in a wait list, or a hold. */
static void look_for_orphans(struct world *world, const struct live *live, uint32_t saga)
{
    bool held = saga_is_held(live->saga);
    bool waits = held || live->timer.place != 0;

    for (uint8_t i = 0; i < live->saga->definition->step_count; i++) {
        const struct saga_step *step = &live->saga->steps[i];
        bool called = step->do_state == SAGA_DO_CALLING || step->undo_state == SAGA_UNDO_CALLING;
        bool waiting = !held && (step->do_state == SAGA_DO_WAITING ||
                                 step->undo_state == SAGA_UNDO_WAITING);
        waits = waits || is_somewhere(&live->calls[i]);
        if ((called || waiting) && !is_somewhere(&live->calls[i]))
            oracle_violated(&world->oracle, 37, "saga %u step %u is called, but the call is lost",
                            saga, i);
    }
    if (!waits)
        oracle_violated(&world->oracle, 37, "saga %u waits for nothing", saga);
}

static void look_at(struct world *world, uint32_t at)
{
    const struct oracle_saga *saga = &world->oracle.sagas[at];
    const struct live *live = lives_find(&world->engine->lives, saga->number);

    world->oracle.checks++;
    if (oracle_is_over(saga)) {
        if (live != NULL)
            oracle_violated(&world->oracle, 7, "saga %u has ended and is in memory", at);
        return;
    }
    if (live == NULL || live->saga->sequence != saga->sequence ||
        live->saga->state.phase != saga->phase || live->saga->state.parked != saga->parked ||
        live->saga->state.paused != saga->paused ||
        live->saga->state.deadline_ms != saga->deadline_ms) {
        oracle_violated(&world->oracle, 7, "saga %u in memory is not that of the journal", at);
        return;
    }
    for (uint8_t i = 0; i < live->saga->definition->step_count; i++) {
        struct seen_step seen = saga->steps[i].seen;
        if (!same_step(&live->saga->steps[i], &seen))
            oracle_violated(&world->oracle, 7, "saga %u step %u in memory is another", at, i);
    }
    look_for_orphans(world, live, at);
}

void inside_look(struct world *world)
{
    struct oracle *oracle = &world->oracle;

    for (uint32_t i = 0; i < oracle->dirty_count; i++) {
        look_at(world, oracle->dirty[i]);
        oracle->sagas[oracle->dirty[i]].dirty = false;
    }
    oracle->dirty_count = 0;
}

void inside_look_all(struct world *world)
{
    for (uint32_t at = 0; at < world->oracle.saga_count; at++)
        look_at(world, at);
    for (uint32_t i = 0; i < world->oracle.dirty_count; i++)
        world->oracle.sagas[world->oracle.dirty[i]].dirty = false;
    world->oracle.dirty_count = 0;
}

/* I-30: the gauges of what is parked and stuck are what looking at every saga says. */
void inside_look_census(struct world *world)
{
    struct engine *engine = world->engine;
    uint64_t parked = 0, stuck = 0;

    for (const struct live *live = engine->lives.oldest; live != NULL; live = live->newer) {
        parked += live->saga->state.parked != SAGA_PARK_NONE;
        stuck += is_stuck(engine, live, condition_of(engine, live));
    }
    if (engine->lives.census.parked != parked || census_stuck(engine) != stuck)
        oracle_violated(&world->oracle, 30, "%u parked and %u stuck are counted as %u and %u",
                        (unsigned)parked, (unsigned)stuck, (unsigned)engine->lives.census.parked,
                        (unsigned)census_stuck(engine));
}

/* ---- who waits, and for whom ---- */

static bool has_willing_worker(const struct roster_participant *participant)
{
    const struct poll *poll = participant->first_poll;

    while (poll != NULL && poll->slots == 0)
        poll = poll->next;
    return poll != NULL;
}

static bool has_room(struct world *world, uint8_t participant, const struct call *call)
{
    return roster_room(&world->engine->roster, participant,
                       roster_lane((enum saga_direction)call->direction)) > 0;
}

/* I-44: nobody waits for a participant but those whose participant does not take its calls. */
void inside_look_queues(struct world *world, uint64_t wait_ms, bool moved)
{
    struct roster *roster = &world->engine->roster;

    for (uint8_t i = 0; i < roster->count; i++) {
        const struct roster_participant *participant = &roster->participants[i];
        const struct call *waiting = participant->waiting.first;
        bool queued = participant->queue[BULKHEAD_FORWARD].count > 0 ||
                      participant->queue[BULKHEAD_UNDO].count > 0;
        if (queued && has_willing_worker(participant))
            oracle_violated(&world->oracle, 44, "a call waits, and a worker of %s asks for one",
                            participant->name);
        bool could_go_on = waiting != NULL && has_room(world, i, waiting);
        bool is_same = could_go_on && world->looked_at[i] == waiting->live->id.number;
        world->looked_at[i] = could_go_on ? waiting->live->id.number : 0;
        world->looks[i] = is_same && !moved ? world->looks[i] + 1 : 0;
        if (could_go_on && (wait_ms > 0 || world->looks[i] > LOOKS_MAX))
            oracle_violated(&world->oracle, 44, "saga %u step %u waits, and %s has room for it",
                            oracle_find(&world->oracle, waiting->live->id.number), waiting->step,
                            participant->name);
    }
}
