/*
 * The inside of the SQLite backend, shared by its files and nobody else.
 *
 *   store_sqlite.c        the operations of the port
 *   store_sqlite_open.c   barrier, settings, checkpoint, close
 *   store_sqlite_schema.c versions and migration
 *   store_sqlite_keys.c   keys in tables by the day
 *   store_sqlite_backup.c copies of the whole, by a thread of its own
 *
 * One connection, one thread. After a fault the store is broken: what was begun is unknown, so it
 * answers nothing but that fault until the process starts again.
 */
#ifndef ORCHESTRATOR_STORE_STORE_SQLITE_H
#define ORCHESTRATOR_STORE_STORE_SQLITE_H

#include "store/store_backend.h"
#include "store/store_barrier.h"
#include "store/store_reserve.h"

#include <stddef.h>

struct sqlite3;
struct sqlite3_stmt;
struct sqlite_backup;

#define KEYS_PERIODS_MAX 400u       /* Over a year of days; then the newest takes what comes. */
#define STORE_PAGE_SIZE 8192u
#define CHECKPOINT_FRAMES 4000 /* 32 MiB of log: a few commits' worth of sync, amortised. */

enum sqlite_statement {
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_HAS_EVENT,
    STATEMENT_INSERT_EVENT,
    STATEMENT_INSERT_PAYLOAD,
    STATEMENT_PUT_ROW,
    STATEMENT_LOAD,
    STATEMENT_LOAD_BACK,
    STATEMENT_LIVE,
    STATEMENT_FIND,
    STATEMENT_PAGE,
    STATEMENT_PAGE_NEWER,
    STATEMENT_NEXT,
    STATEMENT_LAST_NUMBER,
    STATEMENT_COUNT,
};

/* One day's table of keys. */
struct sqlite_period {
    uint64_t day;
    struct sqlite3_stmt *find; /* Owned, as are the others. */
    struct sqlite3_stmt *put;
    struct sqlite3_stmt *drop; /* One key. */
};

struct sqlite_keys {
    size_t count;
    struct sqlite_period periods[KEYS_PERIODS_MAX]; /* Oldest first. */
};

struct store_sqlite {
    struct store store;
    struct sqlite3 *database;                                /* Owned. */
    struct sqlite3_stmt *statements[STATEMENT_COUNT]; /* Owned. */
    struct sqlite_keys keys;
    struct barrier barrier;
    struct reserve reserve;
    struct sqlite_backup *backup; /* Owned; NULL before the first. */
    int wal_frames; /* In the log after the latest commit. */
    int broken;     /* 0, or the fault that everything answers from now on. */
};

extern const struct store_ops sqlite_ops;

/* ---- store_sqlite.c: results and transactions ---- */

/* The outcome or fault for a result code of SQLite: 0, STORE_FULL, or a fault. */
int sqlite_result(int code);

/* The same; a fault breaks the store. */
int sqlite_settle(struct store_sqlite *sqlite, int code);

/* Run SQL without results; the outcome as from sqlite_result. */
int sqlite_run(struct sqlite3 *database, const char *sql);

/* Step a statement that gives no rows, and reset it; a result code of SQLite. */
int sqlite_step(struct sqlite3_stmt *statement);

/* Begin, commit, undo: 0, STORE_FULL (undone, and the reserve given up), or a fault. */
int sqlite_begin(struct store_sqlite *sqlite);
int sqlite_commit(struct store_sqlite *sqlite);

/* Undo what was begun and return @result; a fault if even that fails. */
int sqlite_abandon(struct store_sqlite *sqlite, int result);

/* ---- store_sqlite_open.c ---- */

void sqlite_close(struct store *store);

/* A path in a URI that says that nobody else has the file, and nothing is to be made beside it. */
#define SQLITE_URI_SIZE 12320u /* Each byte of a path may take three. */
void sqlite_immutable_uri(const char *path, char ret_uri[SQLITE_URI_SIZE]);

/*
 * Move the log into the database when it has grown enough, unless a backup still needs it. A
 * failure breaks the store.
 */
void sqlite_checkpoint_when_due(struct store_sqlite *sqlite, bool patient);

/* ---- store_sqlite_schema.c ---- */

/* The text of schema.sql, which the build makes part of the program. */
extern const char sqlite_schema[];

/* From the version before to the next; the first makes everything. */
struct sqlite_migration {
    const char *sql;
};

/*
 * Bring the schema to the version @count, one commit per step. FAULT_VERSION when it is beyond;
 * FAULT_CORRUPT when the file is a database of something else.
 */
int sqlite_migrate(struct sqlite3 *database, const struct sqlite_migration *steps, size_t count);

/* The schema is of just this version: 0; FAULT_VERSION; FAULT_CORRUPT as above. */
int sqlite_check_version(struct sqlite3 *database, size_t count);

/* This release's steps. */
extern const struct sqlite_migration sqlite_migrations[];
extern const size_t sqlite_migration_count;

/* ---- store_sqlite_keys.c ---- */

/* Know the tables that exist. */
int sqlite_keys_init(struct store_sqlite *sqlite);
void sqlite_keys_fini(struct sqlite_keys *keys);

/* Make the table for a day, in a commit of its own, unless it exists. 0, STORE_FULL or a fault. */
int sqlite_keys_prepare(struct store_sqlite *sqlite, uint64_t day);

/* Write a key, inside a transaction, after sqlite_keys_prepare. A result code of SQLite. */
int sqlite_keys_put(struct store_sqlite *sqlite, const struct store_key *key, uint64_t day);

int sqlite_keys_find(struct store *store, const uint8_t key[STORE_KEY_SIZE],
                     struct store_key *ret_key);
int sqlite_keys_tidy(struct store *store, uint64_t now_ms, uint64_t keep_ms);

/* ---- store_sqlite_backup.c ---- */

int sqlite_backup_begin(struct store *store, const struct backup_order *order);
void sqlite_backup_look(struct store *store, struct backup_report *ret_report);
void sqlite_backup_stop(struct store *store);

/* A commit has brought the log to so many frames. */
void sqlite_backup_grown(struct store_sqlite *sqlite, int frames);

/*
 * A backup has not taken all of the log yet, so it must not be moved or begun anew. @patient: when
 * the log has grown long over that, wait a moment for it; a moment in 32 MiB of log.
 */
bool sqlite_backup_needs_log(struct store_sqlite *sqlite, bool patient);

/* Stop it and wait for that; then, once the connection is closed, let go of the database. */
void sqlite_backup_end(struct store_sqlite *sqlite);
void sqlite_backup_fini(struct store_sqlite *sqlite);

#endif
