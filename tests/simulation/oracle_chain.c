/*
 * The chain of digests, computed once more from docs/reference/journal.md alone: this file shares
 * nothing with the product but the hash function. A product that writes and checks the same wrong
 * chain agrees with itself; it does not agree with this.
 */
#include "simulation/oracle.h"

#include <sodium.h>
#include <string.h>

enum { STREAM_SERVER = 1, STREAM_DEFINITIONS = 2 };
enum { FIELD_SERVER_DIGEST = 3, FIELD_DEFINITION_DIGEST = 5, FIELD_DIGEST = 30, FIELD_SIZE = 31 };

/* What a body says of its payload. */
struct promise {
    uint64_t field;        /* Where its digest is. */
    const uint8_t *digest; /* NULL: it has none. */
    uint64_t size;
    bool has_size;
};

static uint64_t field_of(uint64_t stream)
{
    if (stream == STREAM_SERVER)
        return FIELD_SERVER_DIGEST;
    return stream == STREAM_DEFINITIONS ? FIELD_DEFINITION_DIGEST : FIELD_DIGEST;
}

static void put_number(uint8_t *at, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++, value >>= 8)
        at[i] = (uint8_t)value;
}

void chain_event(struct oracle *oracle, uint8_t link[CHAIN_LINK_SIZE],
                 const struct seen_record *record)
{
    static const char word[] = "sagad.chain";
    crypto_generichash_state hash;
    uint8_t place[12];

    put_number(place, record->stream, 8);
    put_number(place + 8, record->sequence, 4);
    crypto_generichash_init(&hash, NULL, 0, CHAIN_LINK_SIZE);
    crypto_generichash_update(&hash, (const uint8_t *)word, sizeof word);
    crypto_generichash_update(&hash, link, CHAIN_LINK_SIZE);
    crypto_generichash_update(&hash, place, sizeof place);
    crypto_generichash_update(&hash, record->body, record->body_size);
    crypto_generichash_final(&hash, link, CHAIN_LINK_SIZE);
    if (memcmp(link, record->digest, CHAIN_LINK_SIZE) != 0)
        oracle_violated(oracle, 6, "the chain of stream %llu breaks at %u",
                        (unsigned long long)record->stream, record->sequence);
}

/* ---- a body, as protobuf has it ---- */

static bool take_number(const uint8_t **at, const uint8_t *end, uint64_t *ret_number)
{
    *ret_number = 0;
    for (uint32_t shift = 0; *at < end && shift < 64; shift += 7) {
        uint8_t byte = *(*at)++;
        *ret_number |= (uint64_t)(byte & 127u) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

/* One field; false at the end, or where it cannot be read. */
static bool take_field(const uint8_t **at, const uint8_t *end, struct promise *promise)
{
    uint64_t key, value;

    if (*at == end || !take_number(at, end, &key))
        return false;
    if ((key & 7) == 1) { /* Eight bytes. */
        *at += 8;
        return *at <= end;
    }
    if (!take_number(at, end, &value))
        return false;
    if (key >> 3 == FIELD_SIZE) {
        promise->size = value;
        promise->has_size = true;
    }
    if ((key & 7) == 0)
        return true;
    if ((key & 7) != 2 || value > (uint64_t)(end - *at))
        return false;
    if (key >> 3 == promise->field && value == CHAIN_LINK_SIZE)
        promise->digest = *at;
    *at += value;
    return true;
}

void chain_payload(struct oracle *oracle, const struct seen_record *record)
{
    const uint8_t *at = record->body, *end = record->body + record->body_size;
    struct promise promise = {.field = field_of(record->stream)};
    uint8_t digest[CHAIN_LINK_SIZE];

    while (take_field(&at, end, &promise))
        continue;
    bool has_one = record->payload != NULL;
    if (at != end || (promise.digest != NULL) != has_one ||
        (promise.has_size && promise.size != record->payload_size)) {
        oracle_violated(oracle, 6, "record %u of stream %llu misstates its payload",
                        record->sequence, (unsigned long long)record->stream);
        return;
    }
    if (!has_one)
        return;
    crypto_generichash(digest, sizeof digest, record->payload, record->payload_size, NULL, 0);
    if (memcmp(digest, promise.digest, sizeof digest) != 0)
        oracle_violated(oracle, 6, "record %u of stream %llu has the digest of something else",
                        record->sequence, (unsigned long long)record->stream);
}
