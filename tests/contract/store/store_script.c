#include "store_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void digest_of(const char *text, size_t size, uint8_t *ret_digest)
{
    uint64_t value = 14695981039346656037u;

    for (size_t i = 0; i < size; i++) {
        value = (value ^ (uint8_t)text[i % strlen(text)]) * 1099511628211u;
        ret_digest[i] = (uint8_t)(value >> 40);
    }
}

static void text_of(const char *what, uint64_t stream, uint32_t sequence, char ret_text[32])
{
    snprintf(ret_text, 32, "%s %" PRIu64 ".%" PRIu32, what, stream % 1000000, sequence);
}

void script_record(struct script_record *ret_record, uint64_t stream, uint32_t sequence)
{
    memset(ret_record, 0, sizeof *ret_record);
    text_of("body", stream, sequence, ret_record->body);
    ret_record->record.stream = stream;
    ret_record->record.sequence = sequence;
    ret_record->record.body = bytes_of_text(ret_record->body);
    digest_of(ret_record->body, STORE_DIGEST_SIZE, ret_record->record.digest);
}

void script_payload(struct script_record *record)
{
    text_of("payload", record->record.stream, record->record.sequence, record->payload);
    record->record.payload = bytes_of_text(record->payload);
}

void script_row(struct script_record *record, const char *tenant, bool live)
{
    record->row = (struct store_row){
        .id = {.number = record->record.stream, .nonce = UINT64_MAX - record->record.stream},
        .definition = "send_message",
        .created_ms = SCRIPT_NOW_MS,
        .updated_ms = SCRIPT_NOW_MS + record->record.sequence,
        .phase = live ? 0 : 2,
        .live = live,
    };
    snprintf(record->row.tenant, sizeof record->row.tenant, "%s", tenant);
    record->record.row = &record->row;
}

void script_key_digest(const char *name, uint8_t ret_key[STORE_KEY_SIZE])
{
    digest_of(name, STORE_KEY_SIZE, ret_key);
}

void script_key(struct script_record *record, const char *name)
{
    record->key = (struct store_key){
        .id = {.number = record->record.stream, .nonce = UINT64_MAX - record->record.stream},
        .created_ms = SCRIPT_NOW_MS,
    };
    script_key_digest(name, record->key.key);
    digest_of(name, STORE_HASH_SIZE, record->key.request_hash);
    record->record.key = &record->key;
}

int script_append(struct store *store, const struct script_record *record)
{
    return store_append(store, &record->record, 1);
}

void script_submit(struct store *store, uint64_t number, const char *tenant, const char *key)
{
    struct script_record record;

    script_record(&record, number, 1);
    script_payload(&record);
    script_row(&record, tenant, true);
    script_key(&record, key);
    assert_int_equal(script_append(store, &record), 0);
}

void script_end(struct store *store, uint64_t number, uint32_t sequence, const char *tenant,
                uint64_t updated_ms)
{
    struct script_record record;

    script_record(&record, number, sequence);
    script_row(&record, tenant, false);
    record.row.updated_ms = updated_ms;
    assert_int_equal(script_append(store, &record), 0);
}

bool script_remember(void *context, const struct store_row *row)
{
    struct script_numbers *seen = context;

    assert_true(seen->count < SCRIPT_RECORDS_MAX);
    assert_true(row->id.nonce == UINT64_MAX - row->id.number);
    seen->numbers[seen->count++] = row->id.number;
    return seen->count != seen->stop_after;
}

struct expected {
    uint64_t stream;
    uint32_t sequence;
};

/* A payload is not always there, but when it is, it is the one that was given. */
static bool expect_record(void *context, const struct store_record *record)
{
    struct expected *expected = context;
    struct script_record wanted;

    script_record(&wanted, expected->stream, ++expected->sequence);
    script_payload(&wanted);
    assert_true(record->stream == expected->stream);
    assert_int_equal(record->sequence, expected->sequence);
    assert_true(bytes_equal(record->body, wanted.record.body));
    assert_memory_equal(record->digest, wanted.record.digest, STORE_DIGEST_SIZE);
    if (record->payload.data != NULL)
        assert_true(bytes_equal(record->payload, wanted.record.payload));
    return true;
}

void script_expect_records(struct store *store, uint64_t stream, uint32_t count)
{
    struct expected expected = {.stream = stream};

    assert_int_equal(store_load(store, stream, expect_record, &expected), 0);
    assert_int_equal(expected.sequence, count);
}

void script_expect_none(struct store *store, uint64_t stream)
{
    struct expected expected = {.stream = stream};

    assert_int_equal(store_load(store, stream, expect_record, &expected), STORE_NONE);
    assert_int_equal(expected.sequence, 0);
}

void script_expect_key(struct store *store, const char *name, uint64_t number)
{
    uint8_t key[STORE_KEY_SIZE];
    struct store_key found;

    script_key_digest(name, key);
    int r = store_find_key(store, key, &found);
    assert_int_equal(r, number == 0 ? STORE_NONE : 0);
    if (number != 0)
        assert_true(found.id.number == number);
}
