/*
 * The schema's versions. The number is SQLite's user_version; the application id tells our files
 * from anybody else's.
 */
#include "store/store_sqlite.h"

#include "base/fault.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>

#define APPLICATION_ID 0x53414741 /* "SAGA" */

const struct sqlite_migration sqlite_migrations[] = {
    {sqlite_schema},
};
const size_t sqlite_migration_count = sizeof sqlite_migrations / sizeof sqlite_migrations[0];

static int ask_number(struct sqlite3 *database, const char *sql, int64_t *ret_number)
{
    struct sqlite3_stmt *statement;
    int r = sqlite_result(sqlite3_prepare_v2(database, sql, -1, &statement, NULL));

    if (r != 0)
        return r;
    r = sqlite_result(sqlite3_step(statement));
    if (r == 0)
        *ret_number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return r;
}

/* A file with tables that does not carry our mark is somebody else's. */
static int check_owner(struct sqlite3 *database)
{
    int64_t mark = 0, tables = 0;

    int r = ask_number(database, "PRAGMA application_id", &mark);
    if (r == 0)
        r = ask_number(database, "SELECT count(*) FROM sqlite_master", &tables);
    if (r != 0)
        return r;
    return mark == APPLICATION_ID || (mark == 0 && tables == 0) ? 0 : fault(FAULT_CORRUPT);
}

int sqlite_check_version(struct sqlite3 *database, size_t count)
{
    int64_t version = 0;
    int r = check_owner(database);

    if (r == 0)
        r = ask_number(database, "PRAGMA user_version", &version);
    if (r != 0)
        return r;
    return version == (int64_t)count ? 0 : fault(version == 0 ? FAULT_CORRUPT : FAULT_VERSION);
}

static int migrate_one(struct sqlite3 *database, const char *sql, size_t version)
{
    char mark[128];

    snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %zu; COMMIT",
             APPLICATION_ID, version);
    int r = sqlite_run(database, "BEGIN IMMEDIATE");
    if (r == 0)
        r = sqlite_run(database, sql);
    if (r == 0)
        r = sqlite_run(database, mark);
    return r;
}

int sqlite_migrate(struct sqlite3 *database, const struct sqlite_migration *steps, size_t count)
{
    int64_t version = 0;

    int r = check_owner(database);
    if (r == 0)
        r = ask_number(database, "PRAGMA user_version", &version);
    if (r == 0 && (version < 0 || (uint64_t)version > count))
        r = fault(FAULT_VERSION);
    for (size_t i = (size_t)version; r == 0 && i < count; i++)
        r = migrate_one(database, steps[i].sql, i + 1);
    return r;
}
