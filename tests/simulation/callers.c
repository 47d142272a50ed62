/*
 * Callers: the processes of an API tier, one for each account. They submit in bulk over the wire,
 * look at single sagas, and wait for how theirs end; requests and replies of theirs get lost, and
 * what was not answered is asked again with the same key.
 *
 *   people ──submission──▶ caller ──batch──▶ server      what a reply says must be true when it
 *     ▲──────────told────────┘  ◀──reply──────┘          leaves, whether it arrives or not
 */
#include "simulation/world.h"

#include "core/names.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_MS 12u      /* Submissions gather for so long, at most. */
#define PATIENCE_MS 700u  /* Then a request was lost. */
#define AWAIT_MS 400u
#define LOOK_MS 1500u     /* After an answer somebody looks at the saga within this time. */
#define FIRST_PIPE (1ull << 40) /* Far from those of workers. */

static struct errand *errand_new(struct world *world, uint32_t caller, enum errand_kind kind)
{
    struct callers *callers = &world->callers;

    if (callers->errand_count == callers->errand_capacity) {
        callers->errand_capacity =
            callers->errand_capacity == 0 ? 256 : 2 * callers->errand_capacity;
        callers->errands =
            realloc(callers->errands, callers->errand_capacity * sizeof *callers->errands);
        assert(callers->errands != NULL);
    }
    struct errand *errand = &callers->errands[callers->errand_count++];
    *errand = (struct errand){.kind = kind, .caller = caller};
    return errand;
}

static uint32_t index_of(const struct world *world, const struct errand *errand)
{
    return (uint32_t)(errand - world->callers.errands);
}

/* ---- requests ---- */

static void go(struct world *world, struct errand *errand)
{
    uint32_t at = index_of(world, errand);
    uint64_t at_ms = world->now_ms + 1;

    if (swarm_strikes(&world->swarm, MISHAP_DELAY))
        at_ms += chance_below(&world->chance_network, world->delay_most_ms);
    agenda_add(&world->agenda, at_ms, WHAT_ERRAND, at, 0);
    agenda_add(&world->agenda, at_ms + PATIENCE_MS, WHAT_ERRAND_LOST, at, 0);
}

void callers_submit(struct world *world, uint32_t client, bool other_body)
{
    uint32_t caller = client % SIM_TENANTS;
    struct errand *errand = NULL;

    if (world->callers.gathers[caller] != 0)
        errand = &world->callers.errands[world->callers.gathers[caller] - 1];
    if (errand == NULL) {
        errand = errand_new(world, caller, ERRAND_SUBMIT);
        world->callers.gathers[caller] = index_of(world, errand) + 1;
        agenda_add(&world->agenda,
                   world->now_ms + chance_below(&world->chance_clients, BATCH_MS + 1),
                   WHAT_ERRAND_READY, caller, 0);
    }
    struct submit_told *told = &errand->submissions[errand->count++];
    *told = (struct submit_told){.client = client, .other_body = other_body};
    if (oracle_is_released(&world->oracle, client))
        told->released = world->oracle.sagas[world->oracle.clients[client].saga].number;
    if (errand->count == ERRAND_SUBMISSIONS_MAX)
        callers_ready(world, caller);
}

void callers_ready(struct world *world, uint32_t caller)
{
    uint32_t gathering = world->callers.gathers[caller];

    world->callers.gathers[caller] = 0;
    if (gathering == 0)
        return;
    taped_at_client(world, world->callers.errands[gathering - 1].submissions[0].client);
    go(world, &world->callers.errands[gathering - 1]);
}

/* Texts of one request, while it is encoded. */
struct texts {
    struct wire_submission submissions[ERRAND_SUBMISSIONS_MAX];
    char keys[ERRAND_SUBMISSIONS_MAX][16];
    char inputs[ERRAND_SUBMISSIONS_MAX][32];
};

static void fill_submissions(struct world *world, const struct errand *errand,
                             struct texts *texts)
{
    for (uint32_t i = 0; i < errand->count; i++) {
        uint32_t client = errand->submissions[i].client;
        texts->keys[i][0] = '\0';
        if (world->oracle.clients[client].keyed)
            reader_key(client, texts->keys[i]);
        reader_input(client, errand->submissions[i].other_body, texts->inputs[i]);
        texts->submissions[i] = (struct wire_submission){
            .definition = world->oracle.shapes[world->clients[client].shape].name,
            .key = texts->keys[i],
            .input = bytes_of_text(texts->inputs[i]),
            .traceparent = "",
        };
    }
}

static void encode(struct world *world, const struct errand *errand)
{
    static struct texts texts;
    struct wire_request request = {.type = WIRE_SUBMIT};
    const char *account = reader_tenant(errand->caller);
    struct bytes credential = bytes_of_text(errand->stranger ? "guessed" : "token");
    uint64_t client = FIRST_PIPE + errand->caller;

    if (errand->kind == ERRAND_SUBMIT) {
        fill_submissions(world, errand, &texts);
        request.submit = (struct wire_submit){.account = account, .credential = credential,
                                              .client = client, .submission_count = errand->count,
                                              .submissions = texts.submissions};
    } else if (errand->kind == ERRAND_LOOK) {
        request.type = WIRE_GET;
        request.get = (struct wire_get){.account = account, .credential = credential,
                                        .id = {errand->number, errand->nonce},
                                        .wait_ms = errand->number % 2 == 0 ? 0 : AWAIT_MS};
    } else {
        request.type = WIRE_AWAIT;
        request.await = (struct wire_await){.account = account, .credential = credential,
                                            .client = client, .wait_ms = AWAIT_MS};
    }
    int r = wire_encode_request(&request, &world->scratch);
    assert(r == 0);
}

static void taped_at(struct world *world, const struct errand *errand)
{
    if (errand->kind == ERRAND_SUBMIT)
        taped_at_client(world, errand->submissions[0].client);
    else if (errand->kind == ERRAND_LOOK)
        taped_at_client(world, errand->client);
    else
        taped_at_now(world);
}

/* It arrives at the server, unless it is lost, with its connection or alone. */
void callers_go(struct world *world, uint32_t at)
{
    struct callers *callers = &world->callers;
    struct errand *errand = &callers->errands[at];

    if (!world->running || world->dead)
        return;
    taped_at(world, errand);
    if (swarm_strikes(&world->swarm, MISHAP_WIRE_LOST)) {
        if (at % 2 == 0) {
            transport_local_vanish(world->transport, callers->pipes[errand->caller]);
            callers->pipes[errand->caller] += SIM_TENANTS;
        }
        return;
    }
    encode(world, errand);
    world->sender = SIM_CALLER + at;
    uint64_t exchange =
        transport_local_send(world->transport, callers->pipes[errand->caller],
                             bytes_of(world->scratch.data, world->scratch.size));
    world->sender = SIM_NONE;
    if ((exchange & 0xffff) != 0xffff) {
        world->askers[exchange & 0xffff].worker = SIM_CALLER + at;
        world->askers[exchange & 0xffff].used = true;
    }
    world_wake(world);
}

/* ---- replies ---- */

static uint8_t phase_named(const char *name)
{
    uint8_t phase = 0;

    while (phase < SAGA_PHASE_COUNT && strcmp(saga_phase_name((enum saga_phase)phase), name) != 0)
        phase++;
    return phase;
}

static enum answer_status status_of(const struct wire_submit_result *result)
{
    if (result->status == WIRE_STARTED)
        return ANSWER_OK;
    if (result->status == WIRE_REPLAYED)
        return ANSWER_REPLAYED;
    if (result->status == WIRE_CONFLICT)
        return ANSWER_CONFLICT;
    if (strcmp(result->code, "key_releasing") == 0)
        return ANSWER_RELEASING;
    if (strcmp(result->code, "overloaded") == 0)
        return ANSWER_SHED;
    return strcmp(result->code, "disk_full") == 0 ? ANSWER_FULL : ANSWER_FAULT;
}

static void look_later(struct world *world, const struct submit_told *told)
{
    struct errand *errand = errand_new(world, told->client % SIM_TENANTS, ERRAND_LOOK);

    errand->client = told->client;
    errand->number = told->number;
    errand->nonce = told->nonce;
    /* Somebody else's saga is none that one may see. */
    if (chance_per_mille(&world->chance_clients, 100)) {
        errand->caller = (errand->caller + 1) % SIM_TENANTS;
        errand->foreign = true;
    }
    uint64_t at_ms = world->now_ms + chance_below(&world->chance_clients, LOOK_MS);
    agenda_add(&world->agenda, at_ms, WHAT_ERRAND, index_of(world, errand), 0);
}

static void take_submitted(struct world *world, uint32_t at, const struct wire_reply *reply,
                           bool lost)
{
    struct errand *errand = &world->callers.errands[at];
    struct submit_told all[ERRAND_SUBMISSIONS_MAX];
    uint32_t count = errand->count;

    if (errand->stranger || reply->submitted.count != count) {
        oracle_violated(&world->oracle, 3, "a submit without a right is answered as if it had one");
        return;
    }
    bool late = errand->over;
    errand->over = errand->over || !lost;
    memcpy(all, errand->submissions, count * sizeof all[0]); /* Looking later makes more of them. */
    for (uint32_t i = 0; i < count; i++) {
        const struct wire_submit_result *result = &reply->submitted.results[i];
        all[i].status = status_of(result);
        all[i].number = result->id.number;
        all[i].nonce = result->id.nonce;
        if (all[i].number != 0)
            oracle_told_phase(&world->oracle, all[i].number, phase_named(result->phase), false);
        uint32_t saga = oracle_find(&world->oracle, all[i].number);
        if (lost)
            world_reach(world, MISHAP_WIRE_LOST, saga, SIM_NO_STEP);
        people_told(world, &all[i], lost || late);
        if (!lost && !late && saga != SIM_NONE)
            look_later(world, &all[i]);
    }
}

static void take_looked(struct world *world, const struct errand *errand,
                        const struct wire_outcome *outcome)
{
    uint32_t saga = oracle_find(&world->oracle, errand->number);

    world_reach(world, MISHAP_WIRE, saga, SIM_NO_STEP);
    if (errand->foreign && outcome->found)
        oracle_violated(&world->oracle, 13, "an account was shown saga %u of another", saga);
    if (!errand->foreign && !outcome->found)
        oracle_violated(&world->oracle, 1, "saga %u is not found", saga);
    if (outcome->found)
        oracle_told_phase(&world->oracle, errand->number, phase_named(outcome->phase), true);
}

static void take_outcomes(struct world *world, const struct errand *errand,
                          const struct wire_reply *reply)
{
    for (size_t i = 0; i < reply->outcomes.count; i++) {
        const struct wire_outcome *outcome = &reply->outcomes.outcomes[i];
        uint32_t saga = oracle_find(&world->oracle, outcome->id.number);
        uint8_t phase = phase_named(outcome->phase);
        oracle_told_phase(&world->oracle, outcome->id.number, phase, true);
        if (saga != SIM_NONE && world->oracle.sagas[saga].client % SIM_TENANTS != errand->caller)
            oracle_violated(&world->oracle, 13, "a caller hears of saga %u of another", saga);
        if (phase < COMPLETED)
            oracle_violated(&world->oracle, 40, "a caller hears that saga %u ended as %u", saga,
                            phase);
    }
}

void callers_receive(struct world *world, uint32_t at, const struct wire_reply *reply)
{
    struct errand *errand = &world->callers.errands[at];
    bool lost;

    taped_at(world, errand);
    lost = swarm_strikes(&world->swarm, MISHAP_WIRE_LOST);
    world_note(world, "wire", at, reply->type, lost);
    if (reply->type == WIRE_SUBMITTED) {
        take_submitted(world, at, reply, lost);
        return;
    }
    if (reply->type == WIRE_OUTCOME)
        take_looked(world, errand, &reply->outcome);
    else if (reply->type == WIRE_OUTCOMES)
        take_outcomes(world, errand, reply);
    else if (!errand->stranger && strcmp(reply->refusal.code, "overloaded") != 0)
        oracle_violated(&world->oracle, 4, "a caller is refused: %.40s", reply->refusal.code);
    if (!lost || errand->stranger)
        errand->over = true;
    if (errand->kind == ERRAND_AWAIT && !lost)
        callers_await(world, errand->caller);
}

/* ---- when nobody answers ---- */

/* Whether it took effect cannot be known: whoever has a key asks again. */
void callers_lost(struct world *world, uint32_t at)
{
    /* A copy, since those that come of it may move all of them. */
    const struct errand lost = world->callers.errands[at];

    if (lost.over)
        return;
    world->callers.errands[at].over = true;
    if (lost.kind == ERRAND_AWAIT)
        callers_await(world, lost.caller);
    if (lost.kind != ERRAND_SUBMIT || lost.stranger)
        return;
    for (uint32_t i = 0; i < lost.count; i++) {
        uint32_t client = lost.submissions[i].client;
        uint32_t saga = world->oracle.clients[client].saga;
        if (!world->oracle.clients[client].keyed || lost.submissions[i].other_body)
            continue;
        world->swarm.counts[MISHAP_WIRE_AGAIN]++;
        world_reach(world, MISHAP_WIRE_AGAIN, saga, SIM_NO_STEP);
        taped_at_client(world, client);
        people_again(world, client);
    }
}

void callers_await(struct world *world, uint32_t caller)
{
    taped_at_now(world);
    go(world, errand_new(world, caller, ERRAND_AWAIT));
}

/* Nothing that somebody without the credential asks for may ever be. */
void callers_intrude(struct world *world)
{
    struct errand *errand = errand_new(world, 0, ERRAND_SUBMIT);

    errand->stranger = true;
    errand->submissions[errand->count++] = (struct submit_told){.client = SIM_CLIENTS_MAX - 1};
    world->oracle.clients[SIM_CLIENTS_MAX - 1].refused = true;
    go(world, errand);
}

void callers_open(struct world *world)
{
    struct callers *callers = &world->callers;

    callers->errand_count = 0;
    for (uint32_t i = 0; i < SIM_TENANTS; i++) {
        callers->gathers[i] = 0;
        callers->pipes[i] = FIRST_PIPE + i;
        if (world->swarm.per_mille[MISHAP_WIRE] == 0)
            continue;
        callers_await(world, i);
    }
    if (world->swarm.per_mille[MISHAP_WIRE] != 0)
        callers_intrude(world);
}

void callers_fini(struct world *world)
{
    free(world->callers.errands);
}
