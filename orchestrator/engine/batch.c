/*
 * The batch: every event that was decided since the last commit, made durable by the next.
 *
 *   judge ─▶ batch_keep … ─▶ batch_commit: encode, chain, append ─▶ fold ─▶ tell ─▶ perform
 *
 * Memory changes only after the append, by the fold that recovery uses. When the disk is full,
 * new submissions are turned away and the rest is tried again: the store keeps a reserve for it.
 */
#include "engine/engine_state.h"

#include "base/fault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_CAPACITY_MIN 64u

static int grow(struct batch *batch)
{
    size_t capacity = batch->capacity > 0 ? 2 * batch->capacity : BATCH_CAPACITY_MIN;
    struct staged **entries = realloc(batch->entries, capacity * sizeof *entries);
    if (entries == NULL)
        return fault(FAULT_MEMORY);
    batch->entries = entries;
    memset(entries + batch->capacity, 0, (capacity - batch->capacity) * sizeof(struct staged *));
    batch->capacity = capacity;
    return 0;
}

static int make_room(struct batch *batch, size_t count)
{
    if (count <= batch->record_capacity)
        return 0;
    size_t capacity = count > batch->capacity ? count : batch->capacity;
    struct store_record *records = realloc(batch->records, capacity * sizeof *records);

    if (records == NULL)
        return fault(FAULT_MEMORY);
    batch->records = records;
    batch->record_capacity = capacity;
    return 0;
}

/* The event is the judge's to write whole; only what lies around it is cleared. */
struct staged *batch_blank(struct batch *batch)
{
    assert(batch->count < STORE_BATCH_MAX);

    if (batch->count == batch->capacity && grow(batch) < 0)
        return NULL;
    struct staged **slot = &batch->entries[batch->count];
    if (*slot == NULL)
        *slot = malloc(sizeof **slot);
    if (*slot == NULL)
        return NULL;
    struct staged *staged = *slot;
    memset(staged, 0, offsetof(struct staged, row));
    staged->record.code[0] = staged->record.text[0] = '\0';
    staged->record.actor[0] = staged->record.reason[0] = '\0';
    staged->record.has_payload = false;
    staged->record.payload_size = 0;
    return staged;
}

void batch_keep(struct engine *engine, struct staged *staged)
{
    assert(engine->batch.entries[engine->batch.count] == staged);

    engine->batch.count++;
    staged->live->staged = true;
}

/* What arrives next may need two records: an event, and an entry of the audit. */
bool batch_is_full(const struct engine *engine)
{
    return engine->batch.count + engine->audit.count + 2 > STORE_BATCH_MAX;
}

void batch_fini(struct batch *batch)
{
    for (size_t i = 0; i < batch->capacity; i++)
        free(batch->entries[i]);
    free(batch->entries);
    free(batch->records);
    buffer_fini(&batch->bodies);
    buffer_fini(&batch->body);
    *batch = (struct batch){0};
}

/* The row of a saga that ends says what turned it back: in this event, or in one before. */
static void name_the_end(struct staged *staged)
{
    const struct live *live = staged->live;
    bool turns = live->saga->state.phase == SAGA_RUNNING && staged->record.code[0] != '\0';

    if (!staged->has_row || staged->fresh || staged->row.phase == SAGA_COMPLETED)
        return;
    if (turns)
        memcpy(staged->row.code, staged->record.code, SAGA_CODE_SIZE);
    else if (live->code != NULL)
        text_copy(live->code, sizeof staged->row.code, staged->row.code);
}

static int encode(struct batch *batch)
{
    buffer_clear(&batch->bodies);
    for (size_t i = 0; i < batch->count; i++) {
        struct staged *staged = batch->entries[i];
        if (staged->payload.data != NULL)
            record_set_payload(&staged->record, staged->payload);
        name_the_end(staged);
        int r = record_encode(&staged->record, &batch->body);
        if (r < 0)
            return pass(r);
        staged->body_offset = batch->bodies.size;
        r = buffer_append(&batch->bodies, batch->body.data, batch->body.size);
        if (r < 0)
            return pass(r);
    }
    return 0;
}

static void make_records(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct staged *staged = batch->entries[i];
        size_t end = i + 1 < batch->count ? batch->entries[i + 1]->body_offset
                                          : batch->bodies.size;
        struct store_record *record = &batch->records[i];
        *record = (struct store_record){
            .stream = staged->live->id.number,
            .sequence = staged->record.event.sequence,
            .body = bytes_of(batch->bodies.data + staged->body_offset, end - staged->body_offset),
            .payload = staged->payload,
            .row = staged->has_row ? &staged->row : NULL,
            .key = staged->has_key ? &staged->key : NULL,
        };
        record_chain(staged->live->digest, record->stream, record->sequence, record->body,
                     record->digest);
        memcpy(staged->digest, record->digest, sizeof staged->digest);
    }
}

static int append(struct engine *engine)
{
    struct batch *batch = &engine->batch;
    size_t count = batch->count + engine->audit.count;
    int r = encode(batch);

    if (r == 0)
        r = make_room(batch, count);
    if (r < 0)
        return pass(r);
    make_records(batch);
    r = audit_records(engine, batch->records + batch->count);
    if (r < 0)
        return pass(r);
    return store_append(engine->options.store, batch->records, count);
}

static void give_back_promises(struct engine *engine)
{
    for (size_t i = 0; i < engine->roster.count; i++)
        memset(engine->roster.participants[i].reserved, 0,
               sizeof engine->roster.participants[i].reserved);
}

/* Nothing was written: the new sagas never were. The others keep their order. */
static int turn_away_submissions(struct engine *engine)
{
    struct batch *batch = &engine->batch;
    size_t kept = 0;

    for (size_t i = 0; i < batch->count; i++) {
        struct staged *staged = batch->entries[i];
        if (!staged->fresh) {
            batch->entries[i] = batch->entries[kept];
            batch->entries[kept++] = staged;
            continue;
        }
        staged->live->staged = false;
        lives_remove(&engine->lives, staged->live);
        live_free(staged->live);
        staged->live = NULL;
        int r = submitted(engine, staged, ANSWER_FULL);
        if (r < 0)
            return pass(r);
    }
    batch->count = kept;
    audit_drop_refusals(&engine->audit);
    return 0;
}

static int fold(struct engine *engine, const struct store_record *record, struct staged *staged)
{
    struct live *live = staged->live;

    log_event(live, &staged->record);
    int r = live_fold(live, &staged->record, staged->payload);
    if (r < 0)
        return pass(r);
    memcpy(live->digest, record->digest, sizeof live->digest);
    live->staged = false;
    engine->status.events++;
    if (staged->fresh)
        engine->status.sagas_started++;
    if (saga_is_terminal(live->saga))
        engine->status.sagas_finished[live->saga->state.phase]++;
    return pass(census_put(&engine->lives, live));
}

/* A saga that has ended is freed by perform; so whoever asked is told or listed first. */
static int follow(struct engine *engine, struct staged *staged)
{
    int r = 0;

    if (staged->fresh)
        r = submitted(engine, staged, ANSWER_OK);
    else if (staged->request != NULL)
        r = wait_or_answer(engine, staged->live, staged->request, ANSWER_OK);
    if (r < 0)
        return pass(r);
    return perform(engine, staged->live);
}

int batch_commit(struct engine *engine)
{
    struct batch *batch = &engine->batch;

    if (batch->count == 0 && engine->audit.count == 0)
        return 0;
    int r = append(engine);
    if (r == STORE_FULL) {
        r = turn_away_submissions(engine);
        if (r == 0 && batch->count > 0) /* An entry that is left speaks of an event. */
            r = append(engine);
        if (r == STORE_FULL) /* Even the reserve is used up: a restart with room goes on. */
            return fault(FAULT_IO);
    }
    if (r == STORE_CONFLICT)
        return fault(FAULT_CORRUPT);
    if (r < 0)
        return pass(r);

    give_back_promises(engine);
    engine->status.commits += batch->count + engine->audit.count > 0;
    audit_written(&engine->audit, batch->records + batch->count);
    engine->lists.moved_ms = engine->now_ms;
    for (size_t i = 0; i < batch->count && r == 0; i++)
        r = fold(engine, &batch->records[i], batch->entries[i]);
    for (size_t i = 0; i < batch->count && r == 0; i++)
        r = follow(engine, batch->entries[i]);
    batch->count = 0;
    return pass(r);
}
