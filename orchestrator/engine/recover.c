/*
 * Recovery: fold, fold, …, then what the sagas want. No replay mode: the wants are performed by the
 * code of every turn, and calls that were out take their places again.
 */
#include "engine/engine_state.h"

#include "base/fault.h"
#include "base/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- one stream ---- */

struct loading {
    struct fold fold;
    fold_visitor *visit;
    void *context;
    int result;
};

static struct plan *plan_for(void *context, const struct definition *definition)
{
    return plan_of(context, definition);
}

static bool visit_record(void *context, const struct store_record *stored)
{
    struct loading *loading = context;
    struct fold *fold = &loading->fold;
    enum saga_phase before =
        fold->live != NULL ? (enum saga_phase)fold->live->saga->state.phase : SAGA_RUNNING;

    loading->result = fold_record(fold, stored);
    if (loading->result == 0 && loading->visit != NULL)
        loading->visit(loading->context, fold->live, before, &fold->record);
    return loading->result == 0;
}

int load_saga(struct engine *engine, uint64_t number, fold_visitor *visit, void *context,
              struct live **ret_live)
{
    struct loading *loading = calloc(1, sizeof *loading);

    if (loading == NULL)
        return fault(FAULT_MEMORY);
    loading->fold = (struct fold){
        .catalog = engine->options.catalog,
        .plan_for = plan_for,
        .context = engine,
    };
    loading->visit = visit;
    loading->context = context;
    int r = store_load(engine->options.store, number, visit_record, loading);
    if (r == 0)
        r = loading->result;
    if (r == 0)
        r = fold_end(&loading->fold);
    if (r == 0)
        *ret_live = loading->fold.live;
    else
        live_free(loading->fold.live);
    free(loading);
    return r;
}

/* ---- the system's streams ---- */

struct tail {
    struct engine *engine;
    uint32_t sequence;
    uint8_t digest[RECORD_DIGEST_SIZE];
    int result;
};

static bool check_link(struct tail *tail, const struct store_record *record)
{
    uint8_t digest[RECORD_DIGEST_SIZE];

    record_chain(tail->digest, record->stream, record->sequence, record->body, digest);
    tail->sequence++;
    memcpy(tail->digest, digest, sizeof digest);
    bool fits = record->sequence == tail->sequence &&
                memcmp(digest, record->digest, sizeof digest) == 0;
    tail->result = fits ? 0 : fault(FAULT_CORRUPT);
    return fits;
}

static bool visit_server(void *context, const struct store_record *record)
{
    struct tail *tail = context;

    if (!check_link(tail, record))
        return false;
    tail->result = record_decode_server(record->body, record->payload);
    if (tail->result == 0)
        memcpy(tail->engine->secret, record->payload.data, RECORD_SECRET_SIZE);
    return tail->result == 0;
}

static bool visit_definition(void *context, const struct store_record *record)
{
    struct tail *tail = context;
    struct record_definition stored;
    const struct definition *definition = NULL;

    if (!check_link(tail, record))
        return false;
    tail->result = record_decode_definition(record->body, record->payload, &stored);
    if (tail->result == 0)
        tail->result = catalog_add_stored(tail->engine->options.catalog, record->payload,
                                          &definition);
    if (tail->result == 0 && memcmp(definition->hash, stored.hash, sizeof stored.hash) != 0)
        tail->result = fault(FAULT_CORRUPT);
    return tail->result == 0;
}

static int append_system(struct tail *tail, uint64_t stream, struct bytes body,
                         struct bytes payload)
{
    struct store_record record = {
        .stream = stream,
        .sequence = tail->sequence + 1,
        .body = body,
        .payload = payload,
    };

    record_chain(tail->digest, stream, record.sequence, body, record.digest);
    int r = store_append(tail->engine->options.store, &record, 1);
    if (r > 0)
        return fault(FAULT_IO);
    if (r < 0)
        return pass(r);
    tail->sequence = record.sequence;
    memcpy(tail->digest, record.digest, sizeof tail->digest);
    return 0;
}

/* The key that signs calls' tokens is made once, with the store. */
static int recover_secret(struct engine *engine)
{
    struct tail tail = {.engine = engine};
    struct buffer body = {0};
    int r = store_load(engine->options.store, STORE_STREAM_SERVER, visit_server, &tail);

    if (r != STORE_NONE)
        return r < 0 ? pass(r) : pass(tail.result);
    engine->options.random(engine->options.random_context, engine->secret, sizeof engine->secret);
    r = record_encode_server(engine->wall_ms, engine->secret, &body);
    if (r == 0)
        r = append_system(&tail, STORE_STREAM_SERVER, bytes_of(body.data, body.size),
                          bytes_of(engine->secret, sizeof engine->secret));
    buffer_fini(&body);
    return pass(r);
}

/* What the journal has, found by asking it: the versions that no record names are appended. */
struct seen {
    const struct definition *definition;
    bool found;
};

static bool visit_seen(void *context, const struct store_record *record)
{
    struct seen *seen = context;
    struct record_definition stored;

    if (record_decode_definition(record->body, record->payload, &stored) == 0 &&
        memcmp(stored.hash, seen->definition->hash, sizeof stored.hash) == 0)
        seen->found = true;
    return !seen->found;
}

static bool store_version(void *context, const struct definition *definition, bool current)
{
    struct tail *tail = context;
    struct engine *engine = tail->engine;
    struct seen seen = {.definition = definition};
    struct buffer body = {0};

    if (!current)
        return true;
    tail->result = store_load(engine->options.store, STORE_STREAM_DEFINITIONS, visit_seen, &seen);
    if (tail->result == STORE_NONE)
        tail->result = 0;
    if (tail->result < 0 || seen.found)
        return tail->result == 0;

    struct record_definition record = {.wall_ms = engine->wall_ms};
    struct bytes text = catalog_text(engine->options.catalog, definition);
    memcpy(record.name, definition->name, sizeof record.name);
    memcpy(record.hash, definition->hash, sizeof record.hash);
    tail->result = record_encode_definition(&record, text, &body);
    if (tail->result == 0)
        tail->result = append_system(tail, STORE_STREAM_DEFINITIONS,
                                     bytes_of(body.data, body.size), text);
    buffer_fini(&body);
    return tail->result == 0;
}

/* Old versions come back from the journal; new ones go into it before any saga uses them. */
static int recover_definitions(struct engine *engine)
{
    struct tail tail = {.engine = engine};
    int r = store_load(engine->options.store, STORE_STREAM_DEFINITIONS, visit_definition, &tail);

    if (r < 0 || tail.result < 0)
        return r < 0 ? pass(r) : pass(tail.result);
    catalog_each(engine->options.catalog, store_version, &tail);
    return pass(tail.result);
}

/* ---- the sagas ---- */

struct recovery {
    struct engine *engine;
    uint64_t *numbers;
    size_t count;
    size_t capacity;
    uint64_t last_ms;      /* The latest event's time, by the engine's clock then, */
    uint64_t last_wall_ms; /* and by the wall. */
    int result;
};

static bool collect(void *context, const struct store_row *row)
{
    struct recovery *recovery = context;

    if (recovery->count == recovery->capacity) {
        size_t capacity = recovery->capacity > 0 ? 2 * recovery->capacity : 1024;
        uint64_t *numbers = realloc(recovery->numbers, capacity * sizeof *numbers);
        if (numbers == NULL) {
            recovery->result = fault(FAULT_MEMORY);
            return false;
        }
        recovery->numbers = numbers;
        recovery->capacity = capacity;
    }
    recovery->numbers[recovery->count++] = row->id.number;
    return true;
}

static int fold_all(struct recovery *recovery)
{
    struct engine *engine = recovery->engine;
    int r = store_live(engine->options.store, 0, collect, recovery);

    if (r == 0)
        r = recovery->result;
    for (size_t i = 0; i < recovery->count && r == 0; i++) {
        struct live *live = NULL;
        r = load_saga(engine, recovery->numbers[i], NULL, NULL, &live);
        if (r != 0)
            return r < 0 ? pass(r) : fault(FAULT_CORRUPT);
        if (live->saga->state.updated_ms > recovery->last_ms) {
            recovery->last_ms = live->saga->state.updated_ms;
            recovery->last_wall_ms = live->updated_wall_ms;
        }
        if (saga_is_terminal(live->saga)) {
            live_free(live);
            continue;
        }
        r = lives_add(&engine->lives, live);
        if (r < 0)
            live_free(live);
    }
    return r < 0 ? pass(r) : pass(census_begin(&engine->lives));
}

/* The engine's clock goes on where the journal ended, plus the downtime when the wall knows it. */
static void set_clock(struct engine *engine, const struct recovery *recovery, struct instant now)
{
    uint64_t start_ms = now.wall_ms;

    if (recovery->last_ms != 0) {
        uint64_t down_ms = now.wall_ms > recovery->last_wall_ms
                               ? now.wall_ms - recovery->last_wall_ms
                               : 0;
        start_ms = recovery->last_ms + down_ms;
    }
    engine->offset_ms = start_ms - now.monotonic_ms;
    engine->now_ms = start_ms;
}

static int recover_sagas(struct engine *engine, struct instant now)
{
    struct recovery recovery = {.engine = engine};
    int r = fold_all(&recovery);

    free(recovery.numbers);
    if (r < 0)
        return pass(r);
    set_clock(engine, &recovery, now);
    engine->recovering = true;
    struct live *newer;
    for (struct live *live = engine->lives.oldest; live != NULL && r == 0; live = newer) {
        newer = live->newer;
        r = perform(engine, live);
    }
    engine->recovering = false;
    return pass(r);
}

int recover(struct engine *engine, struct instant now, char ret_message[ENGINE_MESSAGE_SIZE])
{
    const char *what = "the server's own stream";

    engine->wall_ms = now.wall_ms;
    engine->now_ms = now.wall_ms;
    int r = recover_secret(engine);
    if (r == 0) {
        what = "the stream of definitions";
        r = recover_definitions(engine);
    }
    if (r == 0) {
        what = "the stream of the audit";
        r = audit_recover(engine);
    }
    if (r == 0) {
        what = "the stream of a saga";
        r = store_last_number(engine->options.store, &engine->last_number);
    }
    if (r == 0)
        r = recover_sagas(engine, now);
    if (r < 0)
        snprintf(ret_message, ENGINE_MESSAGE_SIZE, "cannot recover %s: %s", what, fault_name(r));
    else if (engine->lives.count > 0)
        log_line(LOG_INFO, "recovered %zu live sagas", engine->lives.count);
    return pass(r);
}
