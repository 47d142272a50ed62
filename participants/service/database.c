#include "service/database.h"

#include "base/fault.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A look at the books takes the file for a moment; a participant that starts then waits for it. */
#define BUSY_MS 2000

struct database {
    sqlite3 *handle;
    size_t count;
    struct query queries[]; /* One per statement of the schema. */
};

/* Sync one file of the folder; one that is not there needs no sync. */
static int sync_file(int folder, const char *name)
{
    int file = openat(folder, name, O_RDWR | O_CLOEXEC);

    if (file < 0)
        return errno == ENOENT ? 0 : fault(FAULT_IO);
    int r = fsync(file) == 0 ? 0 : fault(FAULT_IO);
    close(file);
    return pass(r);
}

/*
 * What a killed process wrote may still be in the page cache alone, and opening syncs nothing; so
 * sync before anything is read. The files are closed before SQLite opens them: closing any
 * descriptor of a file later would drop the process's locks on it.
 */
static int sync_files(const char *dir, const char *name)
{
    static const char *const suffixes[] = {"", "-wal", "-journal"};
    char file[NAME_MAX];
    int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = folder < 0 ? fault(FAULT_IO) : 0;

    for (size_t i = 0; r == 0 && i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(file, sizeof file, "%s.db%s", name, suffixes[i]);
        r = sync_file(folder, file);
    }
    if (folder >= 0)
        close(folder);
    return pass(r);
}

static int sync_folder(const char *dir)
{
    int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder < 0)
        return fault(FAULT_IO);
    int r = fsync(folder) == 0 ? 0 : fault(FAULT_IO);
    close(folder);
    return pass(r);
}

/* Run a pragma or a query that answers one value; NULL @ret_text when it does not matter. */
static int ask_text(sqlite3 *handle, const char *sql, char *ret_text, size_t size)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(handle, sql, -1, &statement, NULL);

    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result == SQLITE_ROW && ret_text != NULL) {
        const unsigned char *text = sqlite3_column_text(statement, 0);
        snprintf(ret_text, size, "%s", text == NULL ? "" : (const char *)text);
    }
    int r = query_fault(result);
    sqlite3_finalize(statement);
    return pass(r);
}

/* The settings that make commits durable and the connection the only one, before any access. */
static int settle(sqlite3 *handle)
{
    char answer[32] = "";

    sqlite3_busy_timeout(handle, BUSY_MS);
    sqlite3_extended_result_codes(handle, 1);
    int r = ask_text(handle, "PRAGMA locking_mode=EXCLUSIVE", NULL, 0);
    if (r == 0)
        r = ask_text(handle, "PRAGMA journal_mode=WAL", answer, sizeof answer);
    if (r == 0 && strcmp(answer, "wal") != 0)
        r = fault(FAULT_LOCKED);
    if (r == 0)
        r = ask_text(handle, "PRAGMA synchronous=FULL", NULL, 0);
    if (r == 0)
        r = ask_text(handle, "PRAGMA mmap_size=0", NULL, 0);
    if (r == 0)
        r = ask_text(handle, "PRAGMA wal_checkpoint(TRUNCATE)", answer, sizeof answer);
    if (r == 0 && strcmp(answer, "0") != 0)
        r = fault(FAULT_LOCKED);
    return pass(r);
}

/* Create the tables, or see that they are ours. */
static int ensure_tables(sqlite3 *handle, const struct database_schema *schema)
{
    char version[32] = "", sql[64];
    int r = query_fault(sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL));

    if (r != 0)
        return pass(r);
    r = ask_text(handle, "PRAGMA user_version", version, sizeof version);
    long found = strtol(version, NULL, 10);
    if (r == 0 && found > schema->version)
        r = fault(FAULT_VERSION);
    if (r == 0 && found == 0) {
        r = query_fault(sqlite3_exec(handle, schema->tables, NULL, NULL, NULL));
        snprintf(sql, sizeof sql, "PRAGMA user_version=%d", schema->version);
        if (r == 0)
            r = query_fault(sqlite3_exec(handle, sql, NULL, NULL, NULL));
    }
    if (r == 0)
        r = query_fault(sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL));
    if (r != 0)
        sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
    return pass(r);
}

/* Takes @handle, also when it fails. */
static int prepare_all(sqlite3 *handle, const struct database_schema *schema,
                       struct database **ret_database)
{
    size_t size = sizeof(struct database) + schema->statement_count * sizeof(struct query);
    struct database *database = calloc(1, size);

    if (database == NULL) {
        sqlite3_close(handle);
        return fault(FAULT_MEMORY);
    }
    database->handle = handle;
    database->count = schema->statement_count;
    for (size_t i = 0; i < database->count; i++) {
        int result =
            sqlite3_prepare_v3(handle, schema->statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &database->queries[i].statement, NULL);
        if (result != SQLITE_OK) {
            database_close(database);
            return query_fault(result);
        }
    }
    *ret_database = database;
    return 0;
}

/* Open, settle and check; the caller owns the handle on 0. */
static int open_handle(const char *path, const struct database_schema *schema,
                       enum database_mode mode, sqlite3 **ret_handle, char *ret_problem)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX;
    sqlite3 *handle = NULL;

    if (mode == DATABASE_CREATE)
        flags |= SQLITE_OPEN_CREATE;
    int r = query_fault(sqlite3_open_v2(path, &handle, flags, NULL));
    if (r == 0)
        r = settle(handle);
    if (r == 0)
        r = ensure_tables(handle, schema);
    if (r == 0) {
        *ret_handle = handle;
        return 0;
    }
    if (r == fault(FAULT_LOCKED))
        snprintf(ret_problem, PROBLEM_SIZE, "another participant-%s uses %s", schema->name, path);
    else if (r == fault(FAULT_VERSION))
        snprintf(ret_problem, PROBLEM_SIZE, "%s was written by a later release", path);
    else
        snprintf(ret_problem, PROBLEM_SIZE, "%s: %s", path,
                 handle == NULL ? "out of memory" : sqlite3_errmsg(handle));
    sqlite3_close(handle);
    return pass(r);
}

int database_open(const char *dir, const struct database_schema *schema, enum database_mode mode,
                  struct database **ret_database, char ret_problem[PROBLEM_SIZE])
{
    char path[PATH_MAX];
    sqlite3 *handle = NULL;

    if (snprintf(path, sizeof path, "%s/%s.db", dir, schema->name) >= (int)sizeof path) {
        snprintf(ret_problem, PROBLEM_SIZE, "the folder's name is too long");
        return fault(FAULT_INPUT);
    }
    if (mode == DATABASE_EXISTING && access(path, F_OK) != 0) {
        snprintf(ret_problem, PROBLEM_SIZE, "%s: %s", path, strerror(errno));
        return fault(FAULT_INPUT);
    }
    int r = sync_files(dir, schema->name);
    if (r == 0)
        r = sync_folder(dir);
    if (r != 0) {
        snprintf(ret_problem, PROBLEM_SIZE, "%s: %s", dir, strerror(errno));
        return pass(r);
    }
    r = open_handle(path, schema, mode, &handle, ret_problem);
    if (r != 0)
        return pass(r);

    /* SQLite ignores a failed sync of the folder when it makes the WAL; here it counts. */
    r = sync_folder(dir);
    if (r == 0)
        r = prepare_all(handle, schema, ret_database);
    else
        sqlite3_close(handle);
    if (r != 0)
        snprintf(ret_problem, PROBLEM_SIZE, "%s: %s", path, fault_name(r));
    return pass(r);
}

int database_open_memory(const struct database_schema *schema, struct database **ret_database)
{
    sqlite3 *handle = NULL;
    int r = query_fault(
        sqlite3_open_v2(":memory:", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL));

    if (r == 0)
        r = ensure_tables(handle, schema);
    if (r != 0) {
        sqlite3_close(handle);
        return pass(r);
    }
    return prepare_all(handle, schema, ret_database);
}

struct database *database_close(struct database *database)
{
    if (database == NULL)
        return NULL;
    for (size_t i = 0; i < database->count; i++)
        sqlite3_finalize(database->queries[i].statement);
    int result = sqlite3_close(database->handle);
    assert(result == SQLITE_OK);
    free(database);
    return NULL;
}

struct query *database_query(struct database *database, size_t number)
{
    assert(number < database->count);

    struct query *query = &database->queries[number];
    query_end(query);
    return query;
}

int database_begin(struct database *database)
{
    return query_fault(sqlite3_exec(database->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL));
}

int database_commit(struct database *database)
{
    return query_fault(sqlite3_exec(database->handle, "COMMIT", NULL, NULL, NULL));
}

/* A rollback that fails has nothing to roll back: SQLite has done it already. */
void database_rollback(struct database *database)
{
    if (!sqlite3_get_autocommit(database->handle))
        sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
}

struct sqlite3 *database_handle(struct database *database)
{
    return database->handle;
}

const char *database_error(struct database *database)
{
    return sqlite3_errmsg(database->handle);
}
