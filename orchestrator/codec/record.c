/*
 * Digests and the chain: everything about records that needs no message.
 *
 * Each digest starts from a word of its own, so that bytes of one kind can never be passed off as
 * another. Numbers in digests are little-endian.
 */
#include "codec/record.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define CHAIN_WORD "sagad.chain"
#define KEY_WORD "sagad.key"
#define REQUEST_WORD "sagad.request"
#define RERUN_WORD "sagad.rerun"

static void put_little_endian(uint64_t value, size_t size, uint8_t *out)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

/* A text with its NUL: no text can run into the next. */
static void add_text(crypto_generichash_state *hash, const char *text)
{
    crypto_generichash_update(hash, (const uint8_t *)text, strlen(text) + 1);
}

static void add_bytes(crypto_generichash_state *hash, struct bytes data)
{
    if (data.size > 0)
        crypto_generichash_update(hash, data.data, data.size);
}

void record_digest(struct bytes data, uint8_t ret_digest[RECORD_DIGEST_SIZE])
{
    static const uint8_t nothing[1];

    crypto_generichash(ret_digest, RECORD_DIGEST_SIZE, data.size > 0 ? data.data : nothing,
                       data.size, NULL, 0);
}

void record_set_payload(struct record *record, struct bytes payload)
{
    assert(payload.data != NULL);
    assert(payload.size <= SAGA_INPUT_MAX);

    record->has_payload = true;
    record->payload_size = (uint32_t)payload.size;
    record_digest(payload, record->payload_digest);
}

bool record_payload_fits(const struct record *record, struct bytes payload)
{
    uint8_t digest[RECORD_DIGEST_SIZE];

    if (!record->has_payload)
        return payload.data == NULL;
    if (payload.data == NULL || payload.size != record->payload_size)
        return false;
    record_digest(payload, digest);
    return memcmp(digest, record->payload_digest, sizeof digest) == 0;
}

void record_chain(const uint8_t previous[RECORD_DIGEST_SIZE], uint64_t stream, uint32_t sequence,
                  struct bytes body, uint8_t ret_digest[RECORD_DIGEST_SIZE])
{
    assert(sequence > 0);
    crypto_generichash_state hash;
    uint8_t place[12];

    put_little_endian(stream, 8, place);
    put_little_endian(sequence, 4, place + 8);
    crypto_generichash_init(&hash, NULL, 0, RECORD_DIGEST_SIZE);
    add_text(&hash, CHAIN_WORD);
    crypto_generichash_update(&hash, previous, RECORD_DIGEST_SIZE);
    crypto_generichash_update(&hash, place, sizeof place);
    add_bytes(&hash, body);
    crypto_generichash_final(&hash, ret_digest, RECORD_DIGEST_SIZE);
}

void record_key_digest(const char *tenant, const char *key, uint8_t ret_key[RECORD_KEY_SIZE])
{
    crypto_generichash_state hash;

    crypto_generichash_init(&hash, NULL, 0, RECORD_KEY_SIZE);
    add_text(&hash, KEY_WORD);
    add_text(&hash, tenant);
    add_text(&hash, key);
    crypto_generichash_final(&hash, ret_key, RECORD_KEY_SIZE);
}

void record_request_hash(const char *definition, struct bytes canonical_input,
                         uint8_t ret_hash[RECORD_DIGEST_SIZE])
{
    crypto_generichash_state hash;

    crypto_generichash_init(&hash, NULL, 0, RECORD_DIGEST_SIZE);
    add_text(&hash, REQUEST_WORD);
    add_text(&hash, definition);
    add_bytes(&hash, canonical_input);
    crypto_generichash_final(&hash, ret_hash, RECORD_DIGEST_SIZE);
}

void record_rerun_hash(struct saga_id previous, uint8_t hash[RECORD_DIGEST_SIZE])
{
    crypto_generichash_state state;
    uint8_t id[16];

    put_little_endian(previous.number, 8, id);
    put_little_endian(previous.nonce, 8, id + 8);
    crypto_generichash_init(&state, NULL, 0, RECORD_DIGEST_SIZE);
    add_text(&state, RERUN_WORD);
    crypto_generichash_update(&state, id, sizeof id);
    crypto_generichash_update(&state, hash, RECORD_DIGEST_SIZE);
    crypto_generichash_final(&state, hash, RECORD_DIGEST_SIZE);
}
