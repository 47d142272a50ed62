/*
 * The store: the port through which everything durable goes.
 *
 *   engine ──records, rows, keys──▶ store_append ──one commit──▶ durable
 *   recovery ◀── store_live, store_load          gateway's questions ◀── store_find_key, store_page
 *
 * A record belongs to a stream: a saga (its number), or one of the system's own (below
 * ID_FIRST_SAGA). Records of a stream are numbered from 1 without a gap and never change. A payload
 * lies apart from the record that carries its digest, so that it can be erased. Rows and keys are
 * derived: they can be rebuilt from the records.
 *
 * One store, one process, one thread: the caller's. All bytes given are borrowed until return; all
 * bytes received are borrowed until the callback returns.
 */
#ifndef ORCHESTRATOR_STORE_STORE_H
#define ORCHESTRATOR_STORE_STORE_H

#include "base/bytes.h"
#include "base/id.h"
#include "store/backup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_BATCH_MAX 4096u  /* Records in one commit: what one turn of the engine can stage. */
#define STORE_SCAN_MAX 1000u   /* Rows that one call of a scan looks at. */
#define STORE_DIGEST_SIZE 32u
#define STORE_KEY_SIZE 16u     /* Digest of tenant and idempotency key. */
#define STORE_HASH_SIZE 32u    /* Digest of the canonical request. */

enum { STORE_STREAM_SERVER = 1, STORE_STREAM_DEFINITIONS = 2, STORE_STREAM_AUDIT = 3 };

struct store_row {
    struct saga_id id;
    char tenant[64];
    char definition[64];
    char code[64];       /* Why it ended as it did; "" when there is nothing to say. */
    uint64_t created_ms; /* Wall time. */
    uint64_t updated_ms;
    uint8_t phase;       /* enum saga_phase */
    bool live;           /* Not terminal: store_live visits it. */
};

struct store_key {
    uint8_t key[STORE_KEY_SIZE];
    uint8_t request_hash[STORE_HASH_SIZE];
    struct saga_id id;
    uint64_t created_ms; /* Wall time; decides the period's table. */
    bool released;       /* The next submit with this key starts a new saga. */
};

struct store_record {
    uint64_t stream;
    uint32_t sequence;               /* One above the stream's last. */
    struct bytes body;
    uint8_t digest[STORE_DIGEST_SIZE]; /* The chain's link after this record. */
    struct bytes payload;            /* data NULL: none. */
    const struct store_row *row;     /* NULL: unchanged. */
    const struct store_key *key;     /* NULL: unchanged. A key that exists is replaced. */
};

/* What a visitor is given; returns false to stop the scan. */
typedef bool store_record_visitor(void *context, const struct store_record *record);
typedef bool store_row_visitor(void *context, const struct store_row *row);

struct store;

/*
 * Append records, all or none, and sync them. After 0, a crash on the next instruction keeps
 * every record. At most STORE_BATCH_MAX records; those of one stream follow each other.
 *
 * Returns 0; STORE_CONFLICT if a stream is not at sequence - 1 (nothing was written); STORE_FULL
 * if there is no room (nothing was written); a fault: the outcome is unknown, stop and restart.
 */
enum { STORE_CONFLICT = 1, STORE_FULL = 2 };
int store_append(struct store *store, const struct store_record *records, size_t count);

/* Visit a stream's records from 1 up, with payloads. STORE_NONE when there is no such stream. */
enum { STORE_NONE = 1 };
int store_load(struct store *store, uint64_t stream, store_record_visitor *visit, void *context);

/*
 * A part of a stream, as much of it as the visitor wants: records with sequence >= @from, oldest
 * first; or those with sequence < @before (0: from the last), newest first, with gaps where there
 * are gaps. STORE_NONE when there is none.
 */
int store_load_from(struct store *store, uint64_t stream, uint32_t from,
                    store_record_visitor *visit, void *context);
int store_load_back(struct store *store, uint64_t stream, uint32_t before,
                    store_record_visitor *visit, void *context);

/* Visit the rows of sagas that are not terminal, with number > @after, in order of number. */
int store_live(struct store *store, uint64_t after, store_row_visitor *visit, void *context);

/* The row of a saga, whatever its phase; STORE_NONE when there is none with this number. */
int store_find(struct store *store, uint64_t number, struct store_row *ret_row);

/* The newest key row; STORE_NONE when the key was never used, or is forgotten. */
int store_find_key(struct store *store, const uint8_t key[STORE_KEY_SIZE],
                   struct store_key *ret_key);

/*
 * Visit rows with number < @before (0: from the newest), newest first, of @tenant (NULL: all).
 * Looks at no more than STORE_SCAN_MAX rows; @ret_cursor is where to go on, 0 at the end.
 */
int store_page(struct store *store, uint64_t before, const char *tenant,
               store_row_visitor *visit, void *context, uint64_t *ret_cursor);

/* The same the other way: rows with number >= @from, oldest first. */
int store_page_newer(struct store *store, uint64_t from, const char *tenant,
                     store_row_visitor *visit, void *context, uint64_t *ret_cursor);

/*
 * Drop what is due: whole periods of keys older than @keep_ms, moving those of live sagas on; a
 * bounded amount of work per call. @now_ms is wall time. Returns 0, or a fault.
 */
int store_tidy(struct store *store, uint64_t now_ms, uint64_t keep_ms);

/* The smallest stream number above @after; STORE_NONE when there is none. */
int store_next(struct store *store, uint64_t after, uint64_t *ret_stream);

/* Largest stream number in use (0 when empty), for the next id. */
int store_last_number(struct store *store, uint64_t *ret_number);

/* True while the disk has no room: the engine turns new submits away. */
bool store_is_full(const struct store *store);

/*
 * Begin a backup, which goes on beside everything else: it holds all that was appended before it
 * began, and some or all of what was appended since, up to the end of some append. Nothing here
 * waits for its disk. STORE_BUSY while one is being made; a fault leaves the store as it was.
 */
enum { STORE_BUSY = 1 };
int store_backup(struct store *store, const struct backup_order *order);

/* How the latest backup stands. */
void store_backup_look(struct store *store, struct backup_report *ret_report);

/* Ask it to stop: look tells when it has, and nothing of it is left then. Closing stops it too. */
void store_backup_stop(struct store *store);

/* Idempotent; takes NULL; returns NULL. */
struct store *store_close(struct store *store);

#endif
