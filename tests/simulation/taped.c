/*
 * Where in the world chance is asked. Whoever is about to ask says so first, and the tape addresses
 * the answer by it. Without a tape nothing of this does anything.
 */
#include "simulation/world.h"

#include "core/input.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ANY_LENGTH 1000000u /* A bound of what a tape may say, in ms. */

static struct tape *of(const struct world *world)
{
    return world->options.tape;
}

bool taped_plays(const struct world *world)
{
    return of(world) != NULL && of(world)->plays;
}

/* ---- how the world is made ---- */

static void attach(struct chance *chance, struct tape *tape, uint32_t subject)
{
    chance->tape = tape;
    chance->subject = subject;
}

/* What strikes only where the tape has it, whatever it has. */
static void play_settings(struct world *world)
{
    const struct tape *tape = of(world);

    for (uint32_t i = 0; i < MISHAP_COUNT; i++)
        world->swarm.per_mille[i] = tape_has(tape, i);
    world->swarm.per_mille[MISHAP_TIGHT] = tape->settings.queue != 0;
    world->swarm.per_mille[MISHAP_UNGUARDED] = tape->settings.unguarded;
    world->queue_max = tape->settings.queue;
    world->delay_most_ms = world->commit_ms = ANY_LENGTH;
    world->slow_most_ms = world->again_most_ms = ANY_LENGTH;
    world->client_count = tape->client_count;
}

void taped_open(struct world *world)
{
    struct tape *tape = of(world);

    if (tape == NULL)
        return;
    tape_nowhere(tape);
    for (uint32_t i = 0; i < MISHAP_COUNT; i++)
        attach(&world->swarm.streams[i], tape, i);
    attach(&world->chance_world, tape, TAPE_WORLD);
    attach(&world->chance_network, tape, TAPE_NETWORK);
    attach(&world->chance_workers, tape, TAPE_WORKERS);
    attach(&world->chance_clients, tape, TAPE_CLIENTS);
    if (tape->plays) {
        play_settings(world);
        return;
    }
    tape->settings = (struct tape_settings){
        .seed = world->options.seed,
        .queue = world->queue_max,
        .unguarded = world->swarm.per_mille[MISHAP_UNGUARDED] != 0,
    };
}

uint64_t taped_calm_ms(struct world *world, uint64_t drawn_ms)
{
    struct tape *tape = of(world);

    if (taped_plays(world))
        return tape->settings.calm_ms;
    if (tape != NULL)
        tape->settings.calm_ms = drawn_ms;
    return drawn_ms;
}

uint32_t taped_workers(struct world *world, uint32_t drawn)
{
    struct tape *tape = of(world);

    if (tape == NULL)
        return drawn;
    if (!tape->plays) {
        tape->settings.workers = drawn;
        tape->settings.polls = world->polls_each;
        tape->settings.slots = world->slots_each;
    }
    world->polls_each = tape->settings.polls;
    world->slots_each = tape->settings.slots;
    return tape->settings.workers;
}

void taped_shape(struct world *world, const char *name, const char *text)
{
    struct tape *tape = of(world);

    if (tape == NULL)
        return;
    assert(tape->definition_count < TAPE_DEFINITIONS_MAX);
    struct tape_definition *definition = &tape->definitions[tape->definition_count++];
    assert(strlen(name) < sizeof definition->name && strlen(text) < sizeof definition->text);
    memcpy(definition->name, name, strlen(name) + 1);
    memcpy(definition->text, text, strlen(text) + 1);
}

void taped_client(struct world *world, const struct tape_client *client)
{
    struct tape *tape = of(world);

    if (tape == NULL)
        return;
    assert(tape->client_count < TAPE_CLIENTS_MAX);
    tape->clients[tape->client_count++] = *client;
}

/* ---- places ---- */

void taped_nowhere(struct world *world)
{
    if (of(world) != NULL)
        tape_nowhere(of(world));
}

void taped_at_now(struct world *world)
{
    if (of(world) != NULL)
        tape_at(of(world), place_at(world->now_ms));
}

void taped_at_client(struct world *world, uint32_t client)
{
    if (of(world) != NULL)
        tape_at(of(world), place_client(client));
}

void taped_at_worker(struct world *world, uint32_t worker)
{
    if (of(world) != NULL)
        tape_at(of(world), place_worker(PLACE_POLL, worker));
}

static uint32_t client_of(const struct world *world, uint32_t saga)
{
    return world->oracle.sagas[saga].client;
}

static uint64_t place_job(const struct world *world, const struct job *job)
{
    return place_call(PLACE_CALL, client_of(world, job->saga), job->step, job->direction,
                      job->attempt);
}

void taped_at_jobs(struct world *world, const struct job *jobs, size_t count)
{
    if (of(world) == NULL)
        return;
    taped_at_now(world);
    if (count > 0)
        tape_nowhere(of(world));
    for (size_t i = 0; i < count; i++)
        tape_also_at(of(world), place_job(world, &jobs[i]));
}

void taped_at_saying(struct world *world, const struct saying *saying, bool first)
{
    if (of(world) == NULL)
        return;
    const char *last = strrchr(saying->operation_id, '/');
    bool undo = last != NULL && strcmp(last, "/undo") == 0;
    if (first)
        tape_nowhere(of(world));
    tape_also_at(of(world), place_call(PLACE_ANSWER, client_of(world, saying->saga), saying->step,
                                       undo ? DIRECTION_UNDO : DIRECTION_DO, saying->attempt));
}

static void add_call(struct world *world, const struct wire_call *call)
{
    struct saga_id id;
    uint32_t saga =
        id_parse(call->saga, &id) ? oracle_find(&world->oracle, id.number) : SIM_NONE;

    if (saga != SIM_NONE)
        tape_also_at(of(world), place_call(PLACE_CALL, client_of(world, saga),
                                           (uint32_t)strtoul(call->step + 1, NULL, 10),
                                           (uint32_t)call->direction, call->attempt));
}

void taped_at_reply(struct world *world, uint32_t worker, struct bytes body)
{
    struct wire_reply reply;

    if (of(world) == NULL)
        return;
    tape_nowhere(of(world));
    if (wire_decode_reply(body, &reply) == 0) {
        for (size_t i = 0; reply.type == WIRE_WORK && i < reply.work.call_count; i++)
            add_call(world, &reply.work.calls[i]);
        wire_reply_free(&reply);
    }
    if (of(world)->place_count == 0)
        tape_at(of(world), place_worker(PLACE_REPLY, worker < SIM_WORKERS ? worker : 0));
}

/* The client of a saga that may not be there yet is in its input. */
static uint32_t client_in(const struct world *world, const struct store_record *record)
{
    uint32_t saga = oracle_find(&world->oracle, record->stream);

    if (saga != SIM_NONE)
        return client_of(world, saga);
    assert(record->payload.size > 5);
    return (uint32_t)strtoul((const char *)record->payload.data + 5, NULL, 10);
}

void taped_at_records(struct world *world, const struct store_record *records, size_t count)
{
    if (of(world) == NULL)
        return;
    tape_nowhere(of(world));
    for (size_t i = 0; i < count; i++)
        if (records[i].stream >= ID_FIRST_SAGA)
            tape_also_at(of(world),
                         place_event(client_in(world, &records[i]), records[i].sequence));
    if (of(world)->place_count == 0)
        taped_at_now(world);
}

/* ---- decisions that no stream makes ---- */

uint32_t taped_decide(struct world *world, enum mishap mishap, uint32_t drawn, uint32_t bound)
{
    return of(world) == NULL ? drawn : tape_decide(of(world), mishap, drawn, bound);
}

bool taped_dies(struct world *world, bool drawn)
{
    enum { LIVES, DIES, DIES_WITH_POWER, WAYS };
    uint32_t how = !drawn ? LIVES : world->crashes % 2 == 1 ? DIES_WITH_POWER : DIES;

    if (world->calm)
        return false;
    how = taped_decide(world, MISHAP_CRASH_INSIDE, how, WAYS);
    world->dies_with_power = how == DIES_WITH_POWER;
    return how != LIVES;
}
