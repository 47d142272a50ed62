/*
 * The store in memory: for tests and the simulator, which want every answer of a store and none of
 * its disk. Streams lie in order of their number; new ones come last, since numbers rise.
 */
#include "store/store_memory.h"

#include "store/store_period.h"

#include "base/fault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct store_memory *memory_of(struct store *store)
{
    return (struct store_memory *)(void *)store;
}

/* ---- finding ---- */

/* Index of the first stream with this number or a larger one. */
static size_t position(const struct store_memory *memory, uint64_t number)
{
    size_t low = 0, high = memory->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memory->streams[middle]->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct memory_stream *find_stream(const struct store_memory *memory, uint64_t number)
{
    size_t at = position(memory, number);

    if (at == memory->count || memory->streams[at]->number != number)
        return NULL;
    return memory->streams[at];
}

/* ---- appending ---- */

static int insert_stream(struct store_memory *memory, uint64_t number,
                         struct memory_stream **ret_stream)
{
    if (memory->count == memory->capacity) {
        size_t capacity = memory->capacity == 0 ? 64 : memory->capacity * 2;
        struct memory_stream **streams = realloc(memory->streams, capacity * sizeof *streams);
        if (streams == NULL)
            return fault(FAULT_MEMORY);
        memory->streams = streams;
        memory->capacity = capacity;
    }
    struct memory_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL)
        return fault(FAULT_MEMORY);
    stream->number = number;

    size_t at = position(memory, number);
    memmove(memory->streams + at + 1, memory->streams + at,
            (memory->count - at) * sizeof *memory->streams);
    memory->streams[at] = stream;
    memory->count++;
    *ret_stream = stream;
    return 0;
}

/* One byte more than asked for, so that nothing is not NULL. */
static uint8_t *copy_of(struct bytes data)
{
    uint8_t *copy = malloc(data.size + 1);

    if (copy != NULL && data.size > 0)
        memcpy(copy, data.data, data.size);
    return copy;
}

static int add_record(struct memory_stream *stream, const struct store_record *record)
{
    if (stream->count == stream->capacity) {
        size_t capacity = stream->capacity == 0 ? 8 : stream->capacity * 2;
        struct memory_record *records = realloc(stream->records, capacity * sizeof *records);
        if (records == NULL)
            return fault(FAULT_MEMORY);
        stream->records = records;
        stream->capacity = capacity;
    }
    struct memory_record *kept = &stream->records[stream->count];
    *kept = (struct memory_record){
        .body = copy_of(record->body),
        .body_size = record->body.size,
        .payload = record->payload.data == NULL ? NULL : copy_of(record->payload),
        .payload_size = record->payload.size,
    };
    memcpy(kept->digest, record->digest, sizeof kept->digest);
    stream->count++;
    if (kept->body == NULL || (record->payload.data != NULL && kept->payload == NULL))
        return fault(FAULT_MEMORY);
    return 0;
}

static int append_one(struct store_memory *memory, const struct store_record *record)
{
    struct memory_stream *stream = find_stream(memory, record->stream);
    int r = 0;

    if (stream == NULL)
        r = insert_stream(memory, record->stream, &stream);
    if (r == 0)
        r = add_record(stream, record);
    if (r == 0 && record->key != NULL)
        r = memory_keys_put(&memory->keys, record->key, period_of(record->key->created_ms));
    if (r == 0 && record->row != NULL) {
        stream->row = *record->row;
        stream->has_row = true;
    }
    return r;
}

/* Conflicts are found before the first change; short memory leaves the outcome unknown. */
static int memory_append(struct store *store, const struct store_record *records, size_t count)
{
    struct store_memory *memory = memory_of(store);

    for (size_t i = 0; i < count; i++) {
        const struct memory_stream *stream = find_stream(memory, records[i].stream);
        size_t last = stream == NULL ? 0 : stream->count;
        if (i > 0 && records[i].stream == records[i - 1].stream)
            last = records[i - 1].sequence;
        if (records[i].sequence != last + 1)
            return STORE_CONFLICT;
    }
    for (size_t i = 0; i < count; i++) {
        int r = append_one(memory, &records[i]);
        if (r != 0)
            return pass(r);
        assert(find_stream(memory, records[i].stream)->count == records[i].sequence);
    }
    return 0;
}

/* ---- reading ---- */

static bool show_record(const struct memory_stream *stream, size_t i, store_record_visitor *visit,
                        void *context)
{
    const struct memory_record *kept = &stream->records[i];
    struct store_record record = {
        .stream = stream->number,
        .sequence = (uint32_t)i + 1,
        .body = bytes_of(kept->body, kept->body_size),
        .payload = bytes_of(kept->payload, kept->payload_size),
    };

    memcpy(record.digest, kept->digest, sizeof record.digest);
    return visit(context, &record);
}

static int memory_load(struct store *store, uint64_t number, uint32_t from,
                       store_record_visitor *visit, void *context)
{
    const struct memory_stream *stream = find_stream(memory_of(store), number);

    if (stream == NULL || from > stream->count)
        return STORE_NONE;
    for (size_t i = from - 1; i < stream->count; i++)
        if (!show_record(stream, i, visit, context))
            return 0;
    return 0;
}

static int memory_load_back(struct store *store, uint64_t number, uint32_t before,
                            store_record_visitor *visit, void *context)
{
    const struct memory_stream *stream = find_stream(memory_of(store), number);

    if (stream == NULL || before == 1)
        return STORE_NONE;
    size_t i = before == 0 || before > stream->count ? stream->count : before - 1;
    while (i-- > 0)
        if (!show_record(stream, i, visit, context))
            return 0;
    return 0;
}

static int memory_live(struct store *store, uint64_t after, store_row_visitor *visit,
                       void *context)
{
    const struct store_memory *memory = memory_of(store);

    for (size_t i = position(memory, after + 1); i < memory->count; i++) {
        const struct memory_stream *stream = memory->streams[i];
        if (stream->has_row && stream->row.live && !visit(context, &stream->row))
            return 0;
    }
    return 0;
}

static int memory_find(struct store *store, uint64_t number, struct store_row *ret_row)
{
    const struct memory_stream *stream = find_stream(memory_of(store), number);

    if (stream == NULL || !stream->has_row)
        return STORE_NONE;
    *ret_row = stream->row;
    return 0;
}

static int memory_find_key(struct store *store, const uint8_t key[STORE_KEY_SIZE],
                           struct store_key *ret_key)
{
    const struct memory_key *kept = memory_keys_get(&memory_of(store)->keys, key);

    if (kept == NULL)
        return STORE_NONE;
    *ret_key = kept->key;
    return 0;
}

/* False to stop the scan: the visitor has enough. */
static bool show_row(const struct memory_stream *stream, const char *tenant,
                     store_row_visitor *visit, void *context)
{
    bool wanted = tenant == NULL || strcmp(stream->row.tenant, tenant) == 0;

    return !wanted || visit(context, &stream->row);
}

/* Streams without a row are passed over; those with one are looked at, and that is what counts. */
static int memory_page(struct store *store, uint64_t before, const char *tenant,
                       store_row_visitor *visit, void *context, uint64_t *ret_cursor)
{
    const struct store_memory *memory = memory_of(store);
    size_t at = before == 0 ? memory->count : position(memory, before);

    for (size_t looked = 0; at > 0; at--) {
        const struct memory_stream *stream = memory->streams[at - 1];
        if (!stream->has_row)
            continue;
        if (!show_row(stream, tenant, visit, context) || ++looked == STORE_SCAN_MAX) {
            *ret_cursor = stream->number;
            return 0;
        }
    }
    *ret_cursor = 0;
    return 0;
}

static int memory_page_newer(struct store *store, uint64_t from, const char *tenant,
                             store_row_visitor *visit, void *context, uint64_t *ret_cursor)
{
    const struct store_memory *memory = memory_of(store);
    size_t looked = 0;

    for (size_t at = position(memory, from); at < memory->count; at++) {
        const struct memory_stream *stream = memory->streams[at];
        if (!stream->has_row)
            continue;
        if (!show_row(stream, tenant, visit, context) || ++looked == STORE_SCAN_MAX) {
            *ret_cursor = stream->number + 1;
            return 0;
        }
    }
    *ret_cursor = 0;
    return 0;
}

static int memory_next(struct store *store, uint64_t after, uint64_t *ret_stream)
{
    const struct store_memory *memory = memory_of(store);
    size_t at = position(memory, after + 1);

    if (at == memory->count)
        return STORE_NONE;
    *ret_stream = memory->streams[at]->number;
    return 0;
}

static int memory_last_number(struct store *store, uint64_t *ret_number)
{
    const struct store_memory *memory = memory_of(store);

    *ret_number = memory->count == 0 ? 0 : memory->streams[memory->count - 1]->number;
    return 0;
}

/* ---- the rest ---- */

static bool keeps(const struct store_memory *memory, const struct memory_key *slot,
                  uint64_t now_ms, uint64_t keep_ms)
{
    const struct memory_stream *stream = find_stream(memory, slot->key.id.number);

    return stream != NULL && stream->has_row && period_keeps(&stream->row, now_ms, keep_ms);
}

/* A table in memory is swept at once: nobody waits for its disk. */
static int memory_tidy(struct store *store, uint64_t now_ms, uint64_t keep_ms)
{
    struct store_memory *memory = memory_of(store);
    struct memory_keys kept = {0};
    int r = 0;

    if (memory->keys.count == 0 || !period_is_due(memory->keys.oldest_day, now_ms, keep_ms))
        return 0;
    for (size_t i = 0; i < memory->keys.capacity && r == 0; i++) {
        const struct memory_key *slot = &memory->keys.slots[i];
        if (!slot->used)
            continue;
        if (!period_is_due(slot->day, now_ms, keep_ms))
            r = memory_keys_put(&kept, &slot->key, slot->day);
        else if (keeps(memory, slot, now_ms, keep_ms))
            r = memory_keys_put(&kept, &slot->key, period_of(now_ms));
    }
    if (r != 0) {
        memory_keys_fini(&kept);
        return pass(r);
    }
    memory_keys_fini(&memory->keys);
    memory->keys = kept;
    return 0;
}

static bool memory_is_full(const struct store *store)
{
    (void)store;
    return false;
}

static void memory_close(struct store *store)
{
    struct store_memory *memory = memory_of(store);

    for (size_t i = 0; i < memory->count; i++) {
        struct memory_stream *stream = memory->streams[i];
        for (size_t j = 0; j < stream->count; j++) {
            free(stream->records[j].body);
            free(stream->records[j].payload);
        }
        free(stream->records);
        free(stream);
    }
    free(memory->streams);
    memory_keys_fini(&memory->keys);
    free(memory);
}

static const struct store_ops memory_ops = {
    .append = memory_append,
    .load = memory_load,
    .load_back = memory_load_back,
    .live = memory_live,
    .find = memory_find,
    .find_key = memory_find_key,
    .page = memory_page,
    .page_newer = memory_page_newer,
    .tidy = memory_tidy,
    .next = memory_next,
    .last_number = memory_last_number,
    .is_full = memory_is_full,
    .backup = memory_backup,
    .backup_look = memory_backup_look,
    .backup_stop = memory_backup_stop,
    .close = memory_close,
};

struct store *store_memory_open(void)
{
    struct store_memory *memory = calloc(1, sizeof *memory);

    if (memory == NULL)
        return NULL;
    memory->store.ops = &memory_ops;
    return &memory->store;
}
