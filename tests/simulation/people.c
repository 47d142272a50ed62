/*
 * Clients: they ask through the inbox, and ask again when no answer came.
 */
#include "simulation/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum submit_kind { SUBMIT_FIRST, SUBMIT_AGAIN, SUBMIT_SAME, SUBMIT_OTHER };

static struct ask *take_ask(struct world *world)
{
    struct ask *ask = world->asks_free;

    if (ask != NULL) {
        world->asks_free = ask->next_free;
    } else {
        ask = malloc(sizeof *ask);
        assert(ask != NULL);
        ask->next = world->asks_all;
        world->asks_all = ask;
    }
    ask->world = world;
    ask->other_body = ask->fresh = false;
    ask->released = 0;
    memset(&ask->request, 0, sizeof ask->request);
    return ask;
}

static void give_ask(struct ask *ask)
{
    ask->next_free = ask->world->asks_free;
    ask->world->asks_free = ask;
}

static void submit_later(struct world *world, uint32_t client, uint32_t least, uint32_t most,
                         enum submit_kind kind)
{
    agenda_add(&world->agenda, world->now_ms + chance_between(&world->chance_clients, least, most),
               WHAT_SUBMIT, client, kind);
}

/* ---- what clients make of an answer ---- */

static void begin_more(struct world *world, uint32_t client)
{
    if (world->oracle.clients[client].keyed) {
        if (world_strikes(world, MISHAP_SAME_KEY, SIM_NONE, 0))
            submit_later(world, client, 0, world->again_most_ms, SUBMIT_SAME);
        if (world_strikes(world, MISHAP_OTHER_BODY, SIM_NONE, 0))
            submit_later(world, client, 0, world->again_most_ms, SUBMIT_OTHER);
    }
    if (world_strikes(world, MISHAP_CANCEL, SIM_NONE, 0))
        agenda_add(&world->agenda, world->now_ms + chance_below(&world->chance_clients, 800),
                   WHAT_CANCEL, client, 0);
}

static void take_started(struct world *world, const struct submit_told *told)
{
    struct client_sim *client = &world->clients[told->client];

    client->number = told->number;
    client->nonce = told->nonce;
    if (!client->answered)
        begin_more(world, told->client);
    client->answered = true;
    if (told->gave_up)
        agenda_add(&world->agenda, world->now_ms, WHAT_CANCEL, told->client, 1);
}

/* What was told must be true, whether it is heard or not. */
static void judge_told(struct world *world, const struct submit_told *told)
{
    switch (told->status) {
    case ANSWER_REPLAYED:
        oracle_replayed(&world->oracle, told->client, told->number, told->other_body);
        if (told->number == told->released)
            oracle_violated(&world->oracle, 11,
                            "client %u was given a saga that has released its key", told->client);
        oracle_acked(&world->oracle, told->client, told->number);
        return;
    case ANSWER_OK:
        oracle_acked(&world->oracle, told->client, told->number);
        return;
    case ANSWER_CONFLICT:
        oracle_conflict(&world->oracle, told->client, told->number, told->other_body);
        return;
    case ANSWER_RELEASING:
        return;
    case ANSWER_SHED:
    case ANSWER_FULL:
        if (!told->other_body)
            oracle_refused(&world->oracle, told->client);
        return;
    case ANSWER_NO_DEFINITION:
    case ANSWER_TOO_LARGE:
    case ANSWER_NOT_FOUND:
    case ANSWER_REFUSED:
    case ANSWER_CHANGED:
    case ANSWER_FAULT:
        oracle_violated(&world->oracle, 4, "client %u was answered %d", told->client,
                        (int)told->status);
    }
}

void people_again(struct world *world, uint32_t client)
{
    submit_later(world, client, 50, 500, SUBMIT_AGAIN);
}

void people_told(struct world *world, const struct submit_told *told, bool lost)
{
    bool refused = told->status == ANSWER_SHED || told->status == ANSWER_FULL;

    judge_told(world, told);
    if (lost)
        return;
    taped_at_client(world, told->client);
    if (told->status == ANSWER_OK || told->status == ANSWER_REPLAYED)
        take_started(world, told);
    else if (told->status == ANSWER_RELEASING ||
             (refused && world->oracle.clients[told->client].keyed && !told->other_body))
        people_again(world, told->client);
}

static void take_submit_answer(struct ask *ask, const struct answer *answer)
{
    const struct snapshot *snapshot = answer->snapshot;
    struct submit_told told = {
        .client = ask->client,
        .status = answer->status,
        .other_body = ask->other_body,
        .released = ask->released,
        .gave_up = answer->timed_out && ask->request.wait == WAIT_DECIDED,
    };

    if (snapshot != NULL) {
        told.number = snapshot->id.number;
        told.nonce = snapshot->id.nonce;
    }
    people_told(ask->world, &told, false);
}

/* The server died: whether it took effect, the client cannot know; so it asks again. */
static void take_silence(struct ask *ask)
{
    struct world *world = ask->world;

    if (ask->request.type == REQUEST_SUBMIT && world->oracle.clients[ask->client].keyed &&
        !ask->other_body)
        submit_later(world, ask->client, 100, 600, SUBMIT_AGAIN);
}

static void answered(struct request *request, struct answer *answer)
{
    struct ask *ask = (struct ask *)request;
    struct world *world = ask->world;
    const struct snapshot *snapshot = answer->snapshot;

    taped_at_client(world, ask->client);
    if (world->dead) {
        take_silence(ask);
    } else {
        world_note(world, "told", ask->client, (uint64_t)answer->status,
                   snapshot != NULL ? snapshot->sequence : 0);
        if (snapshot != NULL)
            oracle_told(&world->oracle, snapshot->id.number, snapshot->sequence,
                        (uint8_t)snapshot->phase);
        if (request->type == REQUEST_SUBMIT)
            take_submit_answer(ask, answer);
        else if (request->type == REQUEST_VERB && answer->status == ANSWER_NOT_FOUND)
            oracle_violated(&world->oracle, 1, "the saga of client %u is not found", ask->client);
    }
    snapshot_free(answer->snapshot);
    page_free(answer->page);
    give_ask(ask);
}

/* ---- asking ---- */

void people_ask(struct world *world, struct ask *ask)
{
    ask->request.answer = answered;
    inbox_ask(world->inbox, &ask->request);
    world_wake(world);
}

void people_submit(struct world *world, uint32_t client, uint64_t kind)
{
    struct client_sim *of = &world->clients[client];
    const struct shape *shape = &world->oracle.shapes[of->shape];

    taped_at_client(world, client);
    if (!world->running || world->dead) {
        if (of->tries++ < 200 && kind != SUBMIT_OTHER)
            submit_later(world, client, 100, 600, (enum submit_kind)kind);
        return;
    }
    if (!of->wants_service && world_strikes(world, MISHAP_WIRE, SIM_NONE, 0)) {
        callers_submit(world, client, kind == SUBMIT_OTHER);
        return;
    }
    struct ask *ask = take_ask(world);
    struct request *request = &ask->request;
    ask->client = client;
    ask->other_body = kind == SUBMIT_OTHER;
    reader_input(client, ask->other_body, ask->input);
    request->type = REQUEST_SUBMIT;
    snprintf(request->tenant, sizeof request->tenant, "%s", reader_tenant(client));
    if (world->oracle.clients[client].keyed)
        reader_key(client, request->key);
    memcpy(request->definition, shape->name, sizeof shape->name);
    request->input = bytes_of_text(ask->input);
    if (oracle_is_released(&world->oracle, client))
        ask->released = world->oracle.sagas[world->oracle.clients[client].saga].number;
    if (of->wants_service && !world->calm) { /* In calm nobody is in a hurry. */
        request->wait = WAIT_DECIDED;
        request->wait_ms = 400;
    }
    world_note(world, "submit", client, kind, 0);
    people_ask(world, ask);
    /* Some click twice. */
    if (kind == SUBMIT_FIRST && request->key[0] != '\0' &&
        world_strikes(world, MISHAP_SAME_KEY, SIM_NONE, 0))
        submit_later(world, client, 0, 0, SUBMIT_SAME);
}

struct ask *people_verb(struct world *world, uint32_t client, enum saga_verb verb)
{
    struct ask *ask = take_ask(world);

    ask->client = client;
    ask->request.type = REQUEST_VERB;
    ask->request.id = (struct saga_id){world->clients[client].number, world->clients[client].nonce};
    ask->request.verb = verb;
    memcpy(ask->request.actor, "ada", 4);
    memcpy(ask->request.reason, "because", 8);
    return ask;
}

void people_cancel(struct world *world, uint32_t client, bool for_want_of_service)
{
    taped_at_client(world, client);
    if (!world->running || world->dead || world->clients[client].number == 0)
        return;
    struct ask *ask = people_verb(world, client, SAGA_CANCEL);
    ask->request.for_want_of_service = for_want_of_service;
    if (for_want_of_service) /* The gateway does it, for whoever will not wait longer. */
        memcpy(ask->request.actor, SERVER_ITSELF, sizeof SERVER_ITSELF);
    uint32_t saga = oracle_find(&world->oracle, world->clients[client].number);
    if (saga != SIM_NONE)
        world_reach(world, for_want_of_service ? MISHAP_WANT_OF_SERVICE : MISHAP_CANCEL, saga,
                    SIM_NO_STEP);
    /* Whoever gave up for want of a service comes again with the same key. */
    if (for_want_of_service)
        submit_later(world, client, 20, 1000, SUBMIT_AGAIN);
    people_ask(world, ask);
}

static struct tape_client draw_client(struct world *world, uint32_t number)
{
    struct tape_client client = {.number = number};

    client.definition = chance_below(&world->chance_clients, world->oracle.shape_count);
    if (world->options.script != NULL)
        client.definition = number; /* One saga of each plan. */
    client.keyed =
        chance_per_mille(&world->chance_clients, 800) || world->options.script != NULL;
    client.wants_service =
        client.keyed && swarm_strikes(&world->swarm, MISHAP_WANT_OF_SERVICE);
    client.at_ms = chance_below(&world->chance_clients, world->span_ms);
    return client;
}

static void open_client(struct world *world, const struct tape_client *client)
{
    world->clients[client->number] =
        (struct client_sim){.shape = client->definition, .wants_service = client->wants_service};
    world->oracle.clients[client->number].keyed = client->keyed;
    agenda_add(&world->agenda, client->at_ms, WHAT_SUBMIT, client->number, SUBMIT_FIRST);
}

void people_open(struct world *world)
{
    const struct tape *tape = world->options.tape;

    if (taped_plays(world)) {
        memset(world->clients, 0, sizeof world->clients);
        for (uint32_t i = 0; i < tape->client_count; i++)
            open_client(world, &tape->clients[i]);
        return;
    }
    taped_nowhere(world);
    for (uint32_t i = 0; i < world->client_count; i++) {
        struct tape_client client = draw_client(world, i);
        taped_client(world, &client);
        open_client(world, &client);
    }
}

void people_fini(struct world *world)
{
    while (world->asks_all != NULL) {
        struct ask *ask = world->asks_all;
        world->asks_all = ask->next;
        free(ask);
    }
}
