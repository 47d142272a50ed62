#include "simulation/look.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define KEY_LIVES_MS 86400000u

void oracle_init(struct oracle *oracle)
{
    bool false_check = oracle->false_check;

    memset(oracle->sagas, 0, oracle->saga_count * sizeof *oracle->sagas);
    memset(oracle->table, 0, sizeof oracle->table);
    oracle->saga_count = oracle->shape_count = oracle->dirty_count = 0;
    oracle->clock_ms = oracle->settle_ms = oracle->events = oracle->checks = 0;
    oracle->clock_known = oracle->calm = oracle->ever_jumped = false;
    oracle->steady_ms = oracle->jumped_ms = 0;
    memset(oracle->held, 0, sizeof oracle->held);
    memset(oracle->audit_link, 0, sizeof oracle->audit_link);
    oracle->act_count = oracle->audit_sequence = 0;
    oracle->violated = 0;
    oracle->words[0] = '\0';
    oracle->false_check = false_check;
    for (uint32_t i = 0; i < SIM_CLIENTS_MAX; i++)
        oracle->clients[i] = (struct oracle_client){.saga = SIM_NONE};
}

/* The first one is kept: what follows may be its consequence. */
void oracle_violated(struct oracle *oracle, uint32_t invariant, const char *format, ...)
{
    va_list arguments;

    if (oracle->violated != 0)
        return;
    oracle->violated = invariant;
    va_start(arguments, format);
    vsnprintf(oracle->words, sizeof oracle->words, format, arguments);
    va_end(arguments);
}

static uint32_t bucket_of(uint64_t number)
{
    return (uint32_t)((number * 0x9e3779b97f4a7c15u) >> 40) % (SIM_SAGAS_MAX * 2);
}

uint32_t oracle_find(const struct oracle *oracle, uint64_t number)
{
    uint32_t at = bucket_of(number);

    while (oracle->table[at] != 0) {
        uint32_t saga = oracle->table[at] - 1;
        if (oracle->sagas[saga].number == number)
            return saga;
        at = (at + 1) % (SIM_SAGAS_MAX * 2);
    }
    return SIM_NONE;
}

bool oracle_is_over(const struct oracle_saga *saga)
{
    return saga->phase >= COMPLETED;
}

bool oracle_is_held(const struct oracle_saga *saga)
{
    return saga->paused || saga->parked != 0;
}

/* A day after its saga has ended a key may be forgotten; not sooner because the wall has jumped. */
bool oracle_key_is_old(const struct oracle *oracle, const struct oracle_saga *saga)
{
    return oracle_is_over(saga) && oracle->steady_ms >= saga->wall_ms + KEY_LIVES_MS;
}

/* ---- time ---- */

/* How the wall stands to the clock, and to what it was at the start. */
static void note_wall(struct oracle *oracle, uint64_t wall_ms)
{
    uint64_t steady_ms = oracle->clock_ms + oracle->ahead_ms;

    oracle->wall_ms = wall_ms;
    oracle->jumped_ms = wall_ms - steady_ms;
    oracle->ever_jumped = oracle->ever_jumped || oracle->jumped_ms != 0;
    if (steady_ms > oracle->steady_ms)
        oracle->steady_ms = steady_ms;
}

static void restart_step(struct oracle *oracle, struct oracle_step *step)
{
    step->arrived = 0;
    pools_restarted(oracle, step);
}

/* The engine's clock goes on where the journal ended, plus the downtime as the wall knows it. */
void oracle_restarted(struct oracle *oracle, uint64_t monotonic_ms, uint64_t wall_ms)
{
    const struct oracle_saga *last = NULL;
    uint64_t start_ms = wall_ms;

    for (uint32_t at = 0; at < oracle->saga_count; at++) {
        struct oracle_saga *saga = &oracle->sagas[at];
        for (uint32_t i = 0; i < SIM_STEPS_MAX; i++)
            restart_step(oracle, &saga->steps[i]);
        if (!oracle_is_over(saga) && (last == NULL || saga->time_ms > last->time_ms))
            last = saga;
    }
    if (last != NULL)
        start_ms = last->time_ms + (wall_ms > last->wall_ms ? wall_ms - last->wall_ms : 0);
    oracle->offset_ms = start_ms - monotonic_ms;
    oracle->clock_ms = start_ms;
    oracle->ahead_ms = wall_ms - start_ms;
    oracle->jumped_ms = 0;
    oracle->clock_known = true;
    note_wall(oracle, wall_ms);
}

void oracle_time(struct oracle *oracle, uint64_t monotonic_ms, uint64_t wall_ms)
{
    uint64_t now_ms = oracle->offset_ms + monotonic_ms;

    oracle->clock_ms = now_ms > oracle->clock_ms ? now_ms : oracle->clock_ms;
    note_wall(oracle, wall_ms);
}

/* ---- what the wire saw ---- */

static bool is_do(uint8_t direction)
{
    return direction == DIRECTION_DO;
}

/* Generations aside, each attempt of an operation has the same with it. */
static void check_same(struct oracle *oracle, struct oracle_saga *saga,
                       const struct seen_call *call)
{
    struct oracle_step *step = &saga->steps[call->step];
    uint32_t needs = oracle->shapes[saga->shape].steps[call->step].needs, wanted = 0;

    if (call->input_hash != saga->input_hash)
        oracle_violated(oracle, 17, "a call of saga %u step %u has another input", call->saga,
                        call->step);
    for (uint32_t i = 0; i < SIM_STEPS_MAX; i++)
        if (needs & 1u << i && saga->steps[i].seen.has_output)
            wanted |= 1u << i;
    if (call->outputs != wanted)
        oracle_violated(oracle, 19, "a call of saga %u step %u has outputs %x, not %x", call->saga,
                        call->step, call->outputs, wanted);
    if (call->outputs_wrong != 0)
        oracle_violated(oracle, 19, "a call of saga %u step %u has wrong outputs %x", call->saga,
                        call->step, call->outputs_wrong);
    if (is_do(call->direction) && step->do_left && step->outputs != call->outputs)
        oracle_violated(oracle, 17, "attempts of saga %u step %u have outputs %x and %x",
                        call->saga, call->step, step->outputs, call->outputs);
    step->outputs = is_do(call->direction) ? call->outputs : step->outputs;
}

void oracle_call_left(struct oracle *oracle, const struct seen_call *call)
{
    struct oracle_saga *saga = &oracle->sagas[call->saga];
    struct oracle_step *step = &saga->steps[call->step];
    bool undo = call->direction == DIRECTION_UNDO;
    uint32_t attempt = undo ? step->seen.backward_attempt : step->seen.forward_attempt;

    oracle->checks++;
    if (!(undo ? step->undo_called : step->do_called) || call->attempt > attempt)
        oracle_violated(oracle, 5, "attempt %u of saga %u step %u left, the journal has %u",
                        call->attempt, call->saga, call->step, attempt);
    if (call->participant != oracle->shapes[saga->shape].steps[call->step].routes[step->seen.route])
        oracle_violated(oracle, 5, "a call of saga %u step %u went to p%u, the journal says where",
                        call->saga, call->step, call->participant);
    /* What was called before the turn may be asked again until it is settled; nothing new. */
    if (!undo && saga->phase != RUNNING &&
        (step->seen.do_state != DO_CALLING || call->attempt != attempt))
        oracle_violated(oracle, 26, "a do of saga %u step %u left in phase %u", call->saga,
                        call->step, saga->phase);
    if (oracle_is_over(saga))
        oracle_violated(oracle, 34, "a call of saga %u left after its end", call->saga);
    if (!undo && step->seen.backward_attempt > 0)
        oracle_violated(oracle, 29, "saga %u step %u is called after its undo", call->saga,
                        call->step);
    if (undo && call->outcome_known != (step->seen.do_state == DO_DONE))
        oracle_violated(oracle, 32, "an undo of saga %u step %u misstates what is known",
                        call->saga, call->step);
    if (undo && !step->by_person &&
        (call->own_output_wrong || (step->seen.has_output && !call->own_output)))
        oracle_violated(oracle, 32, "an undo of saga %u step %u lacks its output", call->saga,
                        call->step);
    check_same(oracle, saga, call);
    pools_left(oracle, step);
    if (is_do(call->direction))
        doubt_handed(step, call);
    step->do_left = step->do_left || is_do(call->direction);
}

/* ---- what the ledgers saw ---- */

void oracle_answered(struct oracle *oracle, uint32_t at, uint8_t step, uint8_t direction,
                     uint8_t generation, uint8_t verdict)
{
    struct oracle_step *of = &oracle->sagas[at].steps[step];

    /* What is said under an old key is not for the new one. */
    if (direction == DIRECTION_DO && generation < of->answered_generation)
        return;
    if (direction == DIRECTION_DO && generation > of->answered_generation) {
        of->answered[DIRECTION_DO] = 0;
        of->answered_generation = generation;
    }
    of->answered[direction] |= (uint8_t)(1u << verdict);
    if (direction == DIRECTION_FENCE && verdict == SAID_REJECTED)
        of->fenced = generation + 1u;
}

void oracle_arrived(struct oracle *oracle, uint32_t at, uint8_t step, uint8_t generation,
                    uint32_t attempt)
{
    struct oracle_step *of = &oracle->sagas[at].steps[step];

    if (generation == of->seen.generation && attempt == of->seen.forward_attempt)
        of->arrived = attempt;
}

void oracle_effect(struct oracle *oracle, uint32_t at, uint8_t step, int change)
{
    struct oracle_saga *saga = &oracle->sagas[at];
    struct oracle_step *of = &saga->steps[step];
    const struct shape *shape = &oracle->shapes[saga->shape];

    oracle->checks++;
    of->effect += change;
    if (!(change > 0 ? of->do_called : of->undo_called))
        oracle_violated(oracle, 15, "saga %u step %u has an effect, but no call in the journal",
                        at, step);
    if (!shape->steps[step].guarded)
        return;
    if (of->effect < 0 || of->effect > 1)
        oracle_violated(oracle, 17, "saga %u step %u has %d effects", at, step, of->effect);
    if (change > 0 && of->fenced == of->seen.generation + 1u)
        oracle_violated(oracle, 28, "saga %u step %u is done after its fence", at, step);
    if (change > 0 && of->undone)
        oracle_violated(oracle, 28, "saga %u step %u is done after its undo", at, step);
    if (change > 0 && saga->phase == COMPENSATED && !of->by_person)
        oracle_violated(oracle, 27, "saga %u step %u is done after the end", at, step);
}

void oracle_undone(struct oracle *oracle, uint32_t saga, uint8_t step)
{
    oracle->sagas[saga].steps[step].undone = true;
}

/* ---- what clients saw ---- */

void oracle_told(struct oracle *oracle, uint64_t number, uint32_t sequence, uint8_t phase)
{
    uint32_t at = oracle_find(oracle, number);

    oracle->checks++;
    if (at == SIM_NONE) {
        oracle_violated(oracle, 5, "a client was told of a saga that is not durable");
        return;
    }
    struct oracle_saga *saga = &oracle->sagas[at];
    if (sequence > saga->sequence)
        oracle_violated(oracle, 5, "a client was told event %u of saga %u, the journal has %u",
                        sequence, at, saga->sequence);
    if (sequence == saga->sequence && phase != saga->phase)
        oracle_violated(oracle, 40, "a client was told phase %u of saga %u, the journal has %u",
                        phase, at, saga->phase);
    if (phase >= COMPLETED && phase != saga->phase)
        oracle_violated(oracle, 40, "a client was told of an end of saga %u that is another", at);
    if (sequence < saga->told_sequence)
        oracle_violated(oracle, 40, "a client was told event %u of saga %u after %u", sequence,
                        at, saga->told_sequence);
    saga->told_sequence = sequence;
}

void oracle_told_phase(struct oracle *oracle, uint64_t number, uint8_t phase, bool exact)
{
    uint32_t at = oracle_find(oracle, number);

    oracle->checks++;
    if (at == SIM_NONE) {
        oracle_violated(oracle, 5, "a caller was told of a saga that is not durable");
        return;
    }
    uint8_t now = oracle->sagas[at].phase;
    bool was_so = phase == RUNNING || (phase == COMPENSATING && now != RUNNING && now != COMPLETED);
    if (phase != now && (exact || !was_so))
        oracle_violated(oracle, 40, "a caller was told phase %u of saga %u, the journal has %u",
                        phase, at, now);
}

void oracle_acked(struct oracle *oracle, uint32_t client, uint64_t number)
{
    uint32_t at = oracle_find(oracle, number);

    if (at == SIM_NONE || oracle->sagas[at].client != client)
        oracle_violated(oracle, 1, "client %u was given a saga that is not its own", client);
    else
        oracle->sagas[at].acked = true;
}

void oracle_replayed(struct oracle *oracle, uint32_t client, uint64_t number, bool other_body)
{
    uint32_t at = oracle_find(oracle, number);

    if (at == SIM_NONE || oracle->clients[client].saga != at)
        oracle_violated(oracle, 11, "client %u asked again and was given another saga", client);
    else if (other_body != oracle->sagas[at].other_body)
        oracle_violated(oracle, 12, "another request of client %u was taken for the first", client);
}

/* Is the key of this client free for another saga, durably? */
bool oracle_is_released(const struct oracle *oracle, uint32_t client)
{
    const struct oracle_client *of = &oracle->clients[client];

    return of->keyed && of->saga != SIM_NONE && oracle->sagas[of->saga].phase == COMPENSATED &&
           oracle->sagas[of->saga].turned_for_service;
}

void oracle_conflict(struct oracle *oracle, uint32_t client, uint64_t number, bool other_body)
{
    uint32_t at = oracle_find(oracle, number);

    if (at == SIM_NONE || oracle->sagas[at].client != client)
        oracle_violated(oracle, 13, "a conflict of client %u names a saga of somebody", client);
    else if (other_body == oracle->sagas[at].other_body)
        oracle_violated(oracle, 12, "client %u asked the same and was told of a conflict", client);
}

void oracle_refused(struct oracle *oracle, uint32_t client)
{
    struct oracle_client *of = &oracle->clients[client];

    if (of->saga != SIM_NONE) {
        const struct oracle_saga *saga = &oracle->sagas[of->saga];
        bool is_free = (saga->phase == COMPENSATED && saga->turned_for_service) ||
                       oracle_key_is_old(oracle, saga);
        if (!of->keyed || !is_free)
            oracle_violated(oracle, 4, "client %u was refused although saga %u is there", client,
                            of->saga);
    }
    of->refused = !of->keyed;
}

/* ---- what operators saw ---- */

void oracle_listed(struct oracle *oracle, uint32_t audit, uint64_t number, bool parked)
{
    uint32_t at = oracle_find(oracle, number);

    oracle->checks++;
    if (at == SIM_NONE)
        oracle_violated(oracle, 5, "an operator was shown a saga that is not durable");
    else if (parked != (oracle->sagas[at].parked != 0))
        oracle_violated(oracle, 30, "an operator was shown saga %u %sparked, and it is not so", at,
                        parked ? "" : "not ");
    else
        oracle->sagas[at].listed = audit;
}

void oracle_list_ends(struct oracle *oracle, uint32_t audit, uint64_t from_number)
{
    for (uint32_t at = 0; at < oracle->saga_count; at++) {
        const struct oracle_saga *saga = &oracle->sagas[at];
        if (saga->parked != 0 && saga->number >= from_number && saga->listed != audit)
            oracle_violated(oracle, 30, "saga %u is parked, and no operator was shown it", at);
    }
}
