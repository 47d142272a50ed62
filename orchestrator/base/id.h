/*
 * A saga's identity: 128 bits, made once, the same on every page and wire.
 *
 *   number (64)                                        nonce (64)
 *   ┌───┬──────────────────┬──────────┬────────────┐  ┌──────────────┐
 *   │ 0 │ 47 bits: ms      │ 6: shard │ 10: count  │  │ random       │
 *   └───┴──────────────────┴──────────┴────────────┘  └──────────────┘
 *
 * The number is unique within a store and rises with time, so it is the key of every table and
 * needs no second index; the nonce makes the id impossible to guess. Numbers below
 * ID_FIRST_SAGA name the system's own streams.
 *
 * Text forms: saga_<26 characters of Crockford's base 32, lower case>, and SM<32 hex> for the
 * Messages face. Both carry all 128 bits and either is accepted wherever an id is asked for.
 */
#ifndef ORCHESTRATOR_BASE_ID_H
#define ORCHESTRATOR_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#define ID_TEXT_SIZE 32u /* "saga_", 26 characters, NUL. */
#define ID_SID_SIZE 35u  /* "SM", 32 characters, NUL. */
#define ID_FIRST_SAGA 1024u

struct saga_id {
    uint64_t number;
    uint64_t nonce;
};

/* The next number at this time: above @last, and never below the clock. */
uint64_t id_next_number(uint64_t last, uint64_t wall_ms, uint8_t shard);

/* The least number that a saga made at this time, or later, can have. */
uint64_t id_first_number(uint64_t wall_ms);

bool id_equal(struct saga_id a, struct saga_id b);
void id_text(struct saga_id id, char ret_text[ID_TEXT_SIZE]);
void id_sid(struct saga_id id, char ret_sid[ID_SID_SIZE]);

/* The 16 bytes that travel: number, then nonce, each big-endian. */
#define ID_BYTES_SIZE 16u
void id_bytes(struct saga_id id, uint8_t ret_bytes[ID_BYTES_SIZE]);
struct saga_id id_from_bytes(const uint8_t bytes[ID_BYTES_SIZE]);

/* Either text form, strictly; false when it is neither. */
bool id_parse(const char *text, struct saga_id *ret_id);

#endif
