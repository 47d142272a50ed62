/*
 * Short words for tests of stores: make records, append them, and say what should be there.
 */
#ifndef TESTS_CONTRACT_STORE_STORE_SCRIPT_H
#define TESTS_CONTRACT_STORE_STORE_SCRIPT_H

#include "store/store_backend.h"

#define SCRIPT_FIRST 5000u         /* The first saga's number. */
#define SCRIPT_NOW_MS 1750000000000u
#define SCRIPT_DAY_MS 86400000u
#define SCRIPT_RECORDS_MAX 64u

/* A record with everything it points at, in one piece: it must not move once it is filled. */
struct script_record {
    struct store_record record;
    struct store_row row;
    struct store_key key;
    char body[32];
    char payload[32];
};

/* A record of a stream, with body "body <stream>.<sequence>" and a digest that follows from it. */
void script_record(struct script_record *ret_record, uint64_t stream, uint32_t sequence);

/* Add a payload "payload <stream>.<sequence>". */
void script_payload(struct script_record *record);

/* Add the row of a live, or of an ended saga. */
void script_row(struct script_record *record, const char *tenant, bool live);

/* Add a key whose digest is made of @name, for the record's own saga. */
void script_key(struct script_record *record, const char *name);
void script_key_digest(const char *name, uint8_t ret_key[STORE_KEY_SIZE]);

/* Append one record; the result of store_append. */
int script_append(struct store *store, const struct script_record *record);

/* Append the submit of a live saga, with row, payload and key; it must succeed. */
void script_submit(struct store *store, uint64_t number, const char *tenant, const char *key);

/* Append the record that ends it; it must succeed. */
void script_end(struct store *store, uint64_t number, uint32_t sequence, const char *tenant,
                uint64_t updated_ms);

/* ---- what is there ---- */

struct script_numbers {
    size_t count;
    uint64_t numbers[SCRIPT_RECORDS_MAX];
    size_t stop_after; /* 0: never. */
};

/* A row visitor that remembers numbers; context is struct script_numbers. */
bool script_remember(void *context, const struct store_row *row);

/* Load a stream and require exactly the records 1 to @count, byte for byte. */
void script_expect_records(struct store *store, uint64_t stream, uint32_t count);

/* Require that the stream is unknown. */
void script_expect_none(struct store *store, uint64_t stream);

/* Require that the key leads to this saga; number 0: that it is unknown. */
void script_expect_key(struct store *store, const char *name, uint64_t number);

#endif
