/*
 * Opening: barrier, then SQLite with the settings that make a commit durable, then a checkpoint, so
 * that whatever the log held is in the database before anything is acted upon.
 */
#include "store/store_sqlite.h"

#include "base/fault.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKASIDE_SIZE 512  /* Bytes of one block. */
#define LOOKASIDE_COUNT 256
#define SELECT_RECORDS                                                        \
    "SELECT e.sequence, e.body, e.digest, p.data FROM event AS e"             \
    " LEFT JOIN payload AS p ON p.stream = e.stream AND p.sequence = e.sequence"
#define ROW_COLUMNS "number, nonce, tenant, definition, code, phase, created, updated, live"

static const char *const statement_sql[STATEMENT_COUNT] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_HAS_EVENT] = "SELECT 1 FROM event WHERE stream = ?1 AND sequence = ?2",
    [STATEMENT_INSERT_EVENT] =
        "INSERT INTO event (stream, sequence, body, digest) VALUES (?1, ?2, ?3, ?4)",
    [STATEMENT_INSERT_PAYLOAD] =
        "INSERT INTO payload (stream, sequence, data) VALUES (?1, ?2, ?3)",
    [STATEMENT_PUT_ROW] =
        "INSERT INTO saga (" ROW_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        " ON CONFLICT (number) DO UPDATE SET code = ?5, phase = ?6, updated = ?8, live = ?9",
    [STATEMENT_LOAD] =
        SELECT_RECORDS " WHERE e.stream = ?1 AND e.sequence >= ?2 ORDER BY e.sequence",
    [STATEMENT_LOAD_BACK] =
        SELECT_RECORDS " WHERE e.stream = ?1 AND e.sequence < ?2 ORDER BY e.sequence DESC",
    [STATEMENT_LIVE] =
        "SELECT " ROW_COLUMNS " FROM saga WHERE live = 1 AND number > ?1 ORDER BY number",
    [STATEMENT_FIND] = "SELECT " ROW_COLUMNS " FROM saga WHERE number = ?1",
    [STATEMENT_PAGE] = "SELECT " ROW_COLUMNS " FROM saga WHERE number <= ?1 ORDER BY number DESC",
    [STATEMENT_PAGE_NEWER] = "SELECT " ROW_COLUMNS " FROM saga WHERE number >= ?1 ORDER BY number",
    [STATEMENT_NEXT] = "SELECT stream FROM event WHERE stream > ?1 ORDER BY stream LIMIT 1",
    [STATEMENT_LAST_NUMBER] = "SELECT stream FROM event ORDER BY stream DESC LIMIT 1",
};

/* In this order: the lock before the first access, the page size before the first page. */
static const char settings_sql[] =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA page_size = 8192;" /* STORE_PAGE_SIZE */
    "PRAGMA mmap_size = 0;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -16384;" /* KiB; grows to it only as it is used. */
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON";

/* ---- the log ---- */

static int remember_frames(void *context, struct sqlite3 *database, const char *name, int frames)
{
    struct store_sqlite *sqlite = context;

    (void)database;
    (void)name;
    sqlite->wal_frames = frames;
    sqlite_backup_grown(sqlite, frames);
    return SQLITE_OK;
}

/*
 * SQLite would swallow an error of its own checkpoint. Ours breaks the store: a sync that failed
 * once may succeed the next time without having written anything.
 */
void sqlite_checkpoint_when_due(struct store_sqlite *sqlite, bool patient)
{
    if (sqlite->wal_frames < CHECKPOINT_FRAMES || sqlite_backup_needs_log(sqlite, patient))
        return;
    int r = sqlite_result(sqlite3_wal_checkpoint_v2(
        sqlite->database, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
    if (r == STORE_FULL)
        reserve_give_up(&sqlite->reserve);
    else if (r < 0)
        sqlite->broken = r;
    sqlite->wal_frames = 0;
}

/* Each column of the answer counts: busy, frames in the log, frames moved. */
static int checkpoint_all(struct sqlite3 *database)
{
    struct sqlite3_stmt *statement;
    int r = sqlite_result(sqlite3_prepare_v2(database, "PRAGMA wal_checkpoint(TRUNCATE)", -1,
                                             &statement, NULL));

    if (r != 0)
        return r;
    int code = sqlite3_step(statement);
    int busy = sqlite3_column_int(statement, 0);
    int frames = sqlite3_column_int(statement, 1), moved = sqlite3_column_int(statement, 2);
    r = sqlite_result(code);
    if (r == 0 && code != SQLITE_ROW)
        r = fault(FAULT_IO);
    if (r == 0 && busy != 0)
        r = fault(FAULT_LOCKED);
    if (r == 0 && frames != moved)
        r = fault(FAULT_IO);
    sqlite3_finalize(statement);
    return r;
}

/* ---- opening ---- */

static int enter_wal_mode(struct sqlite3 *database)
{
    struct sqlite3_stmt *statement;
    int r = sqlite_result(sqlite3_prepare_v2(database, "PRAGMA journal_mode = WAL", -1,
                                             &statement, NULL));

    if (r != 0)
        return r;
    int code = sqlite3_step(statement);
    const unsigned char *mode = code == SQLITE_ROW ? sqlite3_column_text(statement, 0) : NULL;
    bool entered = mode != NULL && strcmp((const char *)mode, "wal") == 0;
    sqlite3_finalize(statement);
    r = sqlite_result(code);
    return r == 0 && !entered ? fault(FAULT_IO) : r;
}

void sqlite_immutable_uri(const char *path, char ret_uri[SQLITE_URI_SIZE])
{
    char *to = ret_uri + sprintf(ret_uri, "file:");

    assert(strlen(path) <= BARRIER_PATH_SIZE);
    for (const char *at = path; *at != '\0'; at++) {
        bool plain = strchr("?#%", *at) == NULL;
        to += sprintf(to, plain ? "%c" : "%%%02X", (unsigned char)*at);
    }
    strcpy(to, "?immutable=1");
}

/*
 * Memory: no count of it, whose lock every allocation would take; and room for small, short-lived
 * blocks. Once SQLite has started in this process the first is too late, which only costs time.
 */
static int save_memory_calls(struct sqlite3 *database)
{
    return sqlite_result(sqlite3_db_config(database, SQLITE_DBCONFIG_LOOKASIDE, NULL,
                                           LOOKASIDE_SIZE, LOOKASIDE_COUNT));
}

/* The log stays where it is on close, so that its name in the folder is synced once and for all. */
static int connect(struct store_sqlite *sqlite)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int keep_wal = 1;

    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    int r = sqlite_result(sqlite3_open_v2(sqlite->barrier.path, &sqlite->database, flags, NULL));
    if (r != 0)
        return r;
    sqlite3_extended_result_codes(sqlite->database, 1);
    r = save_memory_calls(sqlite->database);
    if (r == 0)
        r = sqlite_run(sqlite->database, settings_sql);
    if (r == 0)
        r = enter_wal_mode(sqlite->database);
    if (r == 0)
        r = sqlite_run(sqlite->database, "PRAGMA synchronous = FULL");
    if (r == 0)
        r = sqlite_result(sqlite3_file_control(sqlite->database, NULL, SQLITE_FCNTL_PERSIST_WAL,
                                               &keep_wal));
    sqlite3_wal_hook(sqlite->database, remember_frames, sqlite);
    return r;
}

static int prepare_statements(struct store_sqlite *sqlite)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        int r = sqlite_result(sqlite3_prepare_v3(sqlite->database, statement_sql[i], -1,
                                                 SQLITE_PREPARE_PERSISTENT,
                                                 &sqlite->statements[i], NULL));
        if (r != 0)
            return r;
    }
    return 0;
}

/* What recovery reads is synced by the first checkpoint; a new schema, by the second. */
static int open_database(struct store_sqlite *sqlite)
{
    int r = connect(sqlite);

    if (r == 0)
        r = checkpoint_all(sqlite->database);
    if (r == 0)
        r = sqlite_migrate(sqlite->database, sqlite_migrations, sqlite_migration_count);
    if (r == 0)
        r = barrier_sync_folder(&sqlite->barrier);
    if (r == 0)
        r = prepare_statements(sqlite);
    if (r == 0)
        r = sqlite_keys_init(sqlite);
    return r;
}

static const char *explain(const struct store_sqlite *sqlite, int result)
{
    if (result == fault(FAULT_VERSION))
        return "written by a newer release of sagad";
    if (result == fault(FAULT_LOCKED))
        return "another process has it open";
    if (sqlite->database != NULL && sqlite3_errcode(sqlite->database) != SQLITE_OK)
        return sqlite3_errmsg(sqlite->database);
    return result == fault(FAULT_CORRUPT) ? "not a store of sagad" : fault_name(result);
}

int store_sqlite_open(const char *path, struct store **ret_store,
                      char ret_message[STORE_MESSAGE_SIZE])
{
    struct store_sqlite *sqlite = calloc(1, sizeof *sqlite);

    ret_message[0] = '\0';
    if (sqlite == NULL)
        return fault(FAULT_MEMORY);
    sqlite->store.ops = &sqlite_ops;
    int r = barrier_open(&sqlite->barrier, path, ret_message);
    if (r != 0) {
        sqlite_close(&sqlite->store);
        return pass(r);
    }
    r = open_database(sqlite);
    if (r == STORE_FULL)
        r = fault(FAULT_IO); /* Too full even to begin. */
    if (r != 0) {
        snprintf(ret_message, STORE_MESSAGE_SIZE, "%.300s: %.180s", path, explain(sqlite, r));
        sqlite_close(&sqlite->store);
        return pass(r);
    }
    reserve_init(&sqlite->reserve, path);
    if (sqlite->reserve.kept)
        r = barrier_sync_folder(&sqlite->barrier);
    *ret_store = &sqlite->store;
    return pass(r);
}

/* ---- only to read ---- */

/* With a log, the connection must read it and leaves it where it is; without one nothing moves. */
static int connect_to_read(struct store_sqlite *sqlite, bool has_log)
{
    char uri[SQLITE_URI_SIZE];
    int r;

    if (has_log) {
        int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
        r = sqlite_result(sqlite3_open_v2(sqlite->barrier.path, &sqlite->database, flags, NULL));
    } else {
        int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
        sqlite_immutable_uri(sqlite->barrier.path, uri);
        r = sqlite_result(sqlite3_open_v2(uri, &sqlite->database, flags, NULL));
    }
    if (r == 0)
        r = sqlite_run(sqlite->database, settings_sql);
    if (r == 0)
        r = sqlite_run(sqlite->database, "PRAGMA query_only = ON");
    if (r == 0)
        r = sqlite_result(sqlite3_db_config(sqlite->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                                            NULL));
    if (r == 0)
        r = sqlite_check_version(sqlite->database, sqlite_migration_count);
    if (r == 0)
        r = prepare_statements(sqlite);
    return r == 0 ? sqlite_keys_init(sqlite) : r;
}

int store_sqlite_inspect(const char *path, struct store **ret_store,
                         char ret_message[STORE_MESSAGE_SIZE])
{
    struct store_sqlite *sqlite = calloc(1, sizeof *sqlite);
    bool has_log;

    ret_message[0] = '\0';
    if (sqlite == NULL)
        return fault(FAULT_MEMORY);
    sqlite->store.ops = &sqlite_ops;
    int r = barrier_inspect(&sqlite->barrier, path, &has_log, ret_message);
    if (r == 0) {
        r = connect_to_read(sqlite, has_log);
        if (r != 0)
            snprintf(ret_message, STORE_MESSAGE_SIZE, "%.300s: %.180s", path,
                     r == fault(FAULT_VERSION) ? "another release of sagad wrote it"
                                               : explain(sqlite, r));
    }
    if (r != 0) {
        sqlite_close(&sqlite->store);
        return r > 0 ? fault(FAULT_IO) : pass(r);
    }
    *ret_store = &sqlite->store;
    return 0;
}

void sqlite_close(struct store *store)
{
    struct store_sqlite *sqlite = (struct store_sqlite *)(void *)store;

    /* A backup goes first: closing moves the log into the database. */
    sqlite_backup_end(sqlite);
    /* After a fault nothing more is written: the next start has to find what is there now. */
    if (sqlite->broken != 0)
        sqlite3_db_config(sqlite->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite_keys_fini(&sqlite->keys);
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(sqlite->statements[i]);
    int code = sqlite3_close(sqlite->database);
    assert(code == SQLITE_OK);
    sqlite_backup_fini(sqlite);
    barrier_close(&sqlite->barrier);
    free(sqlite);
}
