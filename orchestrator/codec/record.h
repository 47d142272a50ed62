/*
 * Records: what the journal holds, between structs and bytes.
 *
 *   saga_event + words beside it ──record_encode──▶ body ──record_chain──▶ digest (the next link)
 *                                                     ▲
 *   payload (input, output) ──record_digest───────────┘ its digest is in the body
 *
 * The chain of a stream covers bodies, and a body carries its payload's digest and size, so a
 * payload can be erased and the chain still verifies. docs/reference/journal.md has every byte.
 *
 * Decoding is for stored bytes: what does not fit is FAULT_CORRUPT, or FAULT_VERSION for a schema
 * from a newer release; every length and index is checked before use.
 */
#ifndef ORCHESTRATOR_CODEC_RECORD_H
#define ORCHESTRATOR_CODEC_RECORD_H

#include "base/bytes.h"
#include "base/id.h"
#include "core/event.h"
#include "core/definition.h"

#define RECORD_SCHEMA 1u
#define RECORD_DIGEST_SIZE 32u
#define RECORD_KEY_SIZE 16u
#define RECORD_BODY_MAX 8192u /* A submit or turn of 32 steps with all texts; checked. */
#define RECORD_TRACEPARENT_SIZE 56u

/* Only in the first record of a saga. */
struct record_submission {
    struct saga_id id;       /* The number is the stream's; the nonce is in the body. */
    struct saga_id previous; /* It had this key before, or is run again; number 0: none. */
    char tenant[SAGA_TENANT_SIZE];
    char key[SAGA_KEY_SIZE]; /* "" when the submit had none. */
    uint8_t request_hash[RECORD_DIGEST_SIZE];
    char definition[SAGA_NAME_SIZE];
    uint8_t definition_hash[DEFINITION_HASH_SIZE];
    char traceparent[RECORD_TRACEPARENT_SIZE];
};

struct record {
    struct saga_event event;
    int64_t wall_skew_ms;
    char code[SAGA_CODE_SIZE];
    char text[SAGA_TEXT_SIZE];
    char actor[SAGA_NAME_SIZE];
    char reason[SAGA_TEXT_SIZE];
    bool has_payload;
    uint32_t payload_size;
    uint8_t payload_digest[RECORD_DIGEST_SIZE];
    struct record_submission submission; /* Valid when the event is SUBMITTED. */
};

/* Replace @body's content by the record's bytes. 0 or FAULT_MEMORY. */
int record_encode(const struct record *record, struct buffer *body);

/* Read a saga's record; @stream and @sequence are where it was found, and must fit. */
int record_decode(uint64_t stream, uint32_t sequence, uint32_t step_count_max,
                  struct bytes body, struct record *ret_record);

/* Set has_payload, payload_size and payload_digest. */
void record_set_payload(struct record *record, struct bytes payload);

/* True when these bytes are the payload that the record speaks of. */
bool record_payload_fits(const struct record *record, struct bytes payload);

/* The next link: H(previous link, stream, sequence, body). A stream starts from 32 zero bytes. */
void record_chain(const uint8_t previous[RECORD_DIGEST_SIZE], uint64_t stream, uint32_t sequence,
                  struct bytes body, uint8_t ret_digest[RECORD_DIGEST_SIZE]);

/* ---- the system's streams ---- */

struct record_definition {
    uint64_t wall_ms;
    char name[SAGA_NAME_SIZE];
    uint8_t hash[DEFINITION_HASH_SIZE];
};
int record_encode_definition(const struct record_definition *definition, struct bytes text,
                             struct buffer *body);
int record_decode_definition(struct bytes body, struct bytes text,
                             struct record_definition *ret_definition);

/* The store's own key, for tokens; the payload of the server's first record. */
#define RECORD_SECRET_SIZE 32u
int record_encode_server(uint64_t wall_ms, const uint8_t secret[RECORD_SECRET_SIZE],
                         struct buffer *body);
int record_decode_server(struct bytes body, struct bytes secret);

/* ---- digests (BLAKE2b) ---- */

void record_digest(struct bytes data, uint8_t ret_digest[RECORD_DIGEST_SIZE]);

/* Of a tenant's idempotency key: says nothing about the key or about other tenants. */
void record_key_digest(const char *tenant, const char *key, uint8_t ret_key[RECORD_KEY_SIZE]);

/* Of a request in canonical form: the definition's name and the canonical input. */
void record_request_hash(const char *definition, struct bytes canonical_input,
                         uint8_t ret_hash[RECORD_DIGEST_SIZE]);

/* Turn it into that of the request to run @previous again, which is another request. */
void record_rerun_hash(struct saga_id previous, uint8_t hash[RECORD_DIGEST_SIZE]);

#endif
