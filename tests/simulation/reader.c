/*
 * The reader: from what the product writes to what the oracle understands. It decodes the journal
 * with the production codec, and draws no conclusion.
 */
#include "simulation/world.h"

#include "codec/record_audit.h"
#include "core/saga.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_AGAIN_EVERY 16u /* Of the sagas, at the end: it takes time. */

_Static_assert((int)RUNNING == SAGA_RUNNING && (int)TERMINATED == SAGA_TERMINATED, "phases");
_Static_assert((int)DO_PENDING == SAGA_DO_PENDING && (int)DO_UNKNOWN == SAGA_DO_UNKNOWN, "dos");
_Static_assert((int)UNDO_NONE == SAGA_UNDO_NONE && (int)UNDO_WAIVED == SAGA_UNDO_WAIVED, "undos");
_Static_assert((int)SUBMITTED == SAGA_EVENT_SUBMITTED && (int)VERB == SAGA_EVENT_VERB, "types");
_Static_assert((int)SAID_DONE == SAGA_VERDICT_DONE && (int)SAID_WORKING == SAGA_VERDICT_WORKING,
               "verdicts");
_Static_assert((int)CANCEL == SAGA_CANCEL && (int)TERMINATE == SAGA_TERMINATE, "verbs");
_Static_assert((int)DIRECTION_FENCE == SAGA_FENCE && DEFINITION_NO_STEP == SIM_NO_STEP, "steps");

uint64_t reader_hash(const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

void reader_input(uint32_t client, bool other_body, char ret_input[32])
{
    snprintf(ret_input, 32, "{\"n\":%u%s}", client, other_body ? ",\"other\":1" : "");
}

void reader_key(uint32_t client, char ret_key[16])
{
    snprintf(ret_key, 16, "k%u", client / SIM_TENANTS);
}

const char *reader_tenant(uint32_t client)
{
    return client % SIM_TENANTS == 0 ? "AC0" : "AC1";
}

static struct seen_step read_step(const struct saga_step *step)
{
    return (struct seen_step){
        .forward_wake_ms = step->forward.wake_ms,
        .backward_wake_ms = step->backward.wake_ms,
        .forward_patience_ms = step->forward.patience_ms,
        .backward_patience_ms = step->backward.patience_ms,
        .forward_attempt = step->forward.attempt,
        .forward_counted = step->forward.counted,
        .backward_attempt = step->backward.attempt,
        .do_state = step->do_state,
        .undo_state = step->undo_state,
        .generation = step->generation,
        .route = step->route,
        .touched = step->touched,
        .doubt_earlier = step->doubt_earlier,
        .resent = step->resent,
        .working = step->working,
        .fencing = step->fencing,
        .has_output = step->has_output,
    };
}

static uint32_t shape_named(const struct oracle *oracle, const char *name)
{
    uint32_t i = 0;

    while (i < oracle->shape_count && strcmp(oracle->shapes[i].name, name) != 0)
        i++;
    return i;
}

static void read_submission(const struct oracle *oracle, const struct store_record *stored,
                            const struct record *record, struct seen_event *seen)
{
    const char *input = (const char *)stored->payload.data;
    char key[16];

    assert(stored->payload.size > 5);
    seen->client = (uint32_t)strtoul(input + 5, NULL, 10);
    seen->shape = shape_named(oracle, record->submission.definition);
    seen->previous = record->submission.previous.number;
    seen->has_row = stored->row != NULL && stored->row->live;
    seen->has_key = stored->key != NULL;
    reader_key(seen->client, key);
    seen->key_fits = strcmp(record->submission.key, key) == 0 &&
                     strcmp(record->submission.tenant, reader_tenant(seen->client)) == 0;
}

static struct seen_record seen_of(const struct store_record *stored)
{
    return (struct seen_record){
        .stream = stored->stream,
        .sequence = stored->sequence,
        .body = stored->body.data,
        .body_size = stored->body.size,
        .digest = stored->digest,
        .payload = stored->payload.data,
        .payload_size = stored->payload.size,
    };
}

void reader_audit(struct world *world, const struct store_record *stored)
{
    struct seen_record seen_record = seen_of(stored);
    struct record_audit record;

    if (record_decode_audit(stored->body, &record) < 0) {
        oracle_violated(&world->oracle, 10, "an entry of the audit cannot be read");
        return;
    }
    struct seen_audit seen = {
        .number = record.saga.number,
        .sequence = record.sequence,
        .verb = record.verb,
        .accepted = record.outcome == RECORD_ACCEPTED,
        .before = {record.before.phase, record.before.parked, record.before.paused},
        .after = {record.after.phase, record.after.parked, record.after.paused},
        .event_link = record.has_event ? record.event_digest : NULL,
    };
    oracle_audit(&world->oracle, &seen, &seen_record);
}

/* A stream, read from its beginning. */
struct again {
    struct world *world;
    uint8_t link[CHAIN_LINK_SIZE];
};

static bool read_again(void *context, const struct store_record *stored)
{
    struct again *again = context;
    struct seen_record record = seen_of(stored);

    chain_event(&again->world->oracle, again->link, &record);
    chain_payload(&again->world->oracle, &record);
    return again->world->oracle.violated == 0;
}

/* What was written is what is there: the system's streams, and some of the sagas'. */
void reader_end(struct world *world)
{
    struct oracle *oracle = &world->oracle;
    struct again again;

    for (uint64_t stream = 1; stream < 4; stream++) {
        again = (struct again){.world = world};
        int r = store_load(world->store.inner, stream, read_again, &again);
        assert(r >= 0);
        if (stream == STORE_STREAM_AUDIT &&
            memcmp(again.link, oracle->audit_link, sizeof again.link) != 0)
            oracle_violated(oracle, 6, "the audit is not what was written");
    }
    for (uint32_t at = 0; at < oracle->saga_count; at += READ_AGAIN_EVERY) {
        again = (struct again){.world = world};
        int r = store_load(world->store.inner, oracle->sagas[at].number, read_again, &again);
        if (r != 0 || memcmp(again.link, oracle->sagas[at].link, sizeof again.link) != 0)
            oracle_violated(oracle, 6, "the journal of saga %u is not what was written", at);
    }
}

void reader_event(struct world *world, const struct store_record *stored)
{
    static struct record record;
    static struct seen_event seen;
    const struct saga_event *event = &record.event;
    int r = record_decode(stored->stream, stored->sequence, SAGA_STEPS_MAX, stored->body, &record);

    if (r < 0) {
        oracle_violated(&world->oracle, 10, "a record of the journal cannot be read");
        return;
    }
    seen.number = stored->stream;
    seen.time_ms = event->time_ms;
    seen.deadline_ms = event->state.deadline_ms;
    seen.sequence = stored->sequence;
    seen.attempt = event->attempt;
    seen.changed = event->changed;
    seen.called = event->called;
    seen.type = event->type;
    seen.step = event->step;
    seen.direction = event->direction;
    seen.verdict = event->verdict;
    seen.verb = event->verb;
    seen.phase = event->state.phase;
    seen.parked = event->state.parked;
    seen.paused = event->state.paused;
    seen.turn_step = event->state.turn_step;
    seen.turned_for_service = event->state.turned_for_service;
    seen.late = event->late;
    seen.by_person = event->type == SAGA_EVENT_VERB && strcmp(record.actor, SERVER_ITSELF) != 0;
    seen.overdue = event->state.overdue;
    for (uint32_t i = 0; i < SIM_STEPS_MAX; i++)
        if (event->changed & 1u << i)
            seen.steps[i] = read_step(&event->steps[i]);
    if (stored->sequence == 1)
        read_submission(&world->oracle, stored, &record, &seen);
    if (seen.type == VERB)
        world_reach_verb(world, seen.number, seen.verb);
    oracle_event(&world->oracle, &seen);
    uint32_t saga = oracle_find(&world->oracle, stored->stream);
    if (saga != SIM_NONE && stored->sequence == 1) {
        struct oracle_saga *of = &world->oracle.sagas[saga];
        of->input_hash = reader_hash(stored->payload.data, stored->payload.size);
        of->other_body = memchr(stored->payload.data, 'o', stored->payload.size) != NULL;
    }
    struct seen_record seen_record = seen_of(stored);
    if (saga != SIM_NONE)
        chain_event(&world->oracle, world->oracle.sagas[saga].link, &seen_record);
    chain_payload(&world->oracle, &seen_record);
    world_note(world, "event", saga, stored->sequence,
               (uint64_t)seen.type << 40 | (uint64_t)seen.step << 32 | seen.changed);
}

/* A step has a guard when whoever may do it has one. */
static void read_routes(const struct definition *definition, const struct definition_step *step,
                        uint8_t *ret_routes, bool *ret_guarded)
{
    assert(step->route_count <= SIM_ROUTES_MAX);
    *ret_guarded = true;
    for (uint8_t i = 0; i < step->route_count; i++) {
        const struct definition_participant *who = &definition->participants[step->routes[i]];
        ret_routes[i] = (uint8_t)(who->name[1] - '0');
        *ret_guarded = *ret_guarded && who->guarded;
    }
}

/* The first step after the pivot confirms what the first before it reserved there, and so on. */
static void pair_money(struct shape *shape)
{
    for (uint8_t i = 0; i < shape->step_count; i++)
        shape->steps[i].confirms = SIM_NO_STEP;
    for (uint8_t i = 0; i < shape->step_count; i++)
        for (uint8_t j = 0; j < i && shape->steps[i].confirms == SIM_NO_STEP; j++) {
            bool reserves = !shape->steps[j].after_pivot && j != shape->pivot &&
                            shape->steps[j].has_undo && !shape->steps[j].read_only;
            if (!reserves || shape->steps[j].confirmed || !shape->steps[i].after_pivot ||
                shape->steps[i].route_count != 1 || shape->steps[j].route_count != 1 ||
                shape->steps[i].routes[0] != shape->steps[j].routes[0])
                continue;
            shape->steps[i].confirms = j;
            shape->steps[j].confirmed = true;
        }
}

void reader_shape(const struct definition *definition, struct shape *ret_shape)
{
    *ret_shape = (struct shape){.step_count = definition->step_count, .pivot = definition->pivot};
    assert(definition->step_count <= SIM_STEPS_MAX);
    snprintf(ret_shape->name, sizeof ret_shape->name, "%.15s", definition->name);
    ret_shape->deadline_ms = (uint32_t)definition->deadline_ms;
    ret_shape->patience_ms = (uint32_t)definition->patience_ms;
    for (uint32_t i = 0; i < definition->step_count; i++) {
        const struct definition_step *step = &definition->steps[i];
        read_routes(definition, step, &ret_shape->steps[i].routes[0],
                    &ret_shape->steps[i].guarded);
        ret_shape->steps[i].needs = step->needs;
        ret_shape->steps[i].dependents = definition->dependents[i];
        ret_shape->steps[i].timeout_ms = step->timeout_ms;
        ret_shape->steps[i].attempts = step->retry.attempts;
        ret_shape->steps[i].backoff_max_ms = step->retry.max_ms;
        ret_shape->steps[i].route_count = step->route_count;
        ret_shape->steps[i].read_only = step->read_only;
        ret_shape->steps[i].has_undo = step->undo[0] != '\0';
        ret_shape->steps[i].compensate_on_reject = step->compensate_on_reject;
        ret_shape->steps[i].after_pivot = (definition->after_pivot & 1u << i) != 0;
    }
    pair_money(ret_shape);
}
