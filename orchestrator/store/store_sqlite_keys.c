/*
 * Keys in one table per UTC day: the hot index stays small, and forgetting is dropping a table.
 *
 * Keys are random, so in one table for all time each new key would dirty a page of its own. A key
 * is written into its own day's table and removed from any later one, so that the newest table
 * that knows a key is right, even when the wall clock stepped back. Older tables may keep a stale
 * copy; they are dropped first.
 */
#include "store/store_sqlite.h"

#include "base/fault.h"
#include "store/store_period.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_PREFIX "key_"
#define SQL_SIZE 512u

static struct store_sqlite *sqlite_of(struct store *store)
{
    return (struct store_sqlite *)(void *)store;
}

/* ---- the tables ---- */

/* Index of the first period of this day or later. */
static size_t position(const struct sqlite_keys *keys, uint64_t day)
{
    size_t at = keys->count;

    while (at > 0 && keys->periods[at - 1].day >= day)
        at--;
    return at;
}

static bool has_period(const struct sqlite_keys *keys, uint64_t day)
{
    size_t at = position(keys, day);

    return at < keys->count && keys->periods[at].day == day;
}

static void period_fini(struct sqlite_period *period)
{
    sqlite3_finalize(period->find);
    sqlite3_finalize(period->put);
    sqlite3_finalize(period->drop);
    *period = (struct sqlite_period){0};
}

/* @format has one %s, for the table's digits. */
static int prepare(struct sqlite3 *database, const char *before, uint64_t day, const char *after,
                   struct sqlite3_stmt **ret_statement)
{
    char sql[SQL_SIZE], digits[PERIOD_DIGITS_SIZE];

    period_digits(day, digits);
    snprintf(sql, sizeof sql, "%s " KEY_PREFIX "%s %s", before, digits, after);
    return sqlite_result(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                            ret_statement, NULL));
}

static int add_period(struct store_sqlite *sqlite, uint64_t day)
{
    struct sqlite_keys *keys = &sqlite->keys;
    struct sqlite_period period = {.day = day};

    assert(keys->count < KEYS_PERIODS_MAX);
    assert(!has_period(keys, day));
    int r = prepare(sqlite->database, "SELECT request_hash, number, nonce, created, released FROM",
                    day, "WHERE key = ?1", &period.find);
    if (r == 0)
        r = prepare(sqlite->database, "INSERT OR REPLACE INTO", day,
                    "(key, request_hash, number, nonce, created, released)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)", &period.put);
    if (r == 0)
        r = prepare(sqlite->database, "DELETE FROM", day, "WHERE key = ?1", &period.drop);
    if (r != 0) {
        period_fini(&period);
        return r;
    }
    size_t at = position(keys, day);
    memmove(keys->periods + at + 1, keys->periods + at,
            (keys->count - at) * sizeof *keys->periods);
    keys->periods[at] = period;
    keys->count++;
    return 0;
}

static void remove_oldest(struct sqlite_keys *keys)
{
    assert(keys->count > 0);
    period_fini(&keys->periods[0]);
    keys->count--;
    memmove(keys->periods, keys->periods + 1, keys->count * sizeof *keys->periods);
}

static int create_table(struct store_sqlite *sqlite, uint64_t day)
{
    struct sqlite3_stmt *statement = NULL;
    int r = prepare(sqlite->database, "CREATE TABLE", day,
                    "(key BLOB PRIMARY KEY NOT NULL, request_hash BLOB NOT NULL,"
                    " number INTEGER NOT NULL, nonce INTEGER NOT NULL,"
                    " created INTEGER NOT NULL, released INTEGER NOT NULL)"
                    " WITHOUT ROWID, STRICT", &statement);

    if (r == 0)
        r = sqlite_result(sqlite_step(statement));
    sqlite3_finalize(statement);
    return r == 0 ? 0 : sqlite_abandon(sqlite, r);
}

int sqlite_keys_prepare(struct store_sqlite *sqlite, uint64_t day)
{
    const struct sqlite_keys *keys = &sqlite->keys;

    assert(sqlite3_get_autocommit(sqlite->database));
    if (has_period(keys, day) || keys->count == KEYS_PERIODS_MAX)
        return 0;
    int r = create_table(sqlite, day);
    if (r == 0)
        r = add_period(sqlite, day);
    if (r < 0)
        sqlite->broken = r;
    return r;
}

int sqlite_keys_init(struct store_sqlite *sqlite)
{
    static const char sql[] = "SELECT substr(name, 5) FROM sqlite_master"
                              " WHERE type = 'table' AND name GLOB '" KEY_PREFIX "*'"
                              " ORDER BY name DESC";
    struct sqlite3_stmt *statement;
    int code, r = sqlite_result(sqlite3_prepare_v2(sqlite->database, sql, -1, &statement, NULL));

    if (r != 0)
        return pass(r);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && r == 0) {
        const char *digits = (const char *)sqlite3_column_text(statement, 0);
        uint64_t day;
        if (digits == NULL || !period_parse(digits, &day) ||
            sqlite->keys.count == KEYS_PERIODS_MAX)
            r = fault(FAULT_CORRUPT);
        else
            r = add_period(sqlite, day);
    }
    sqlite3_finalize(statement);
    return r != 0 ? r : sqlite_result(code);
}

void sqlite_keys_fini(struct sqlite_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        period_fini(&keys->periods[i]);
    keys->count = 0;
}

/* ---- one key ---- */

static void bind_key(struct sqlite3_stmt *statement, const uint8_t key[STORE_KEY_SIZE])
{
    sqlite3_bind_blob(statement, 1, key, STORE_KEY_SIZE, SQLITE_STATIC);
}

static int put_into(struct sqlite_period *period, const struct store_key *key)
{
    struct sqlite3_stmt *statement = period->put;

    bind_key(statement, key->key);
    sqlite3_bind_blob(statement, 2, key->request_hash, STORE_HASH_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)key->id.number);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)key->id.nonce);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)key->created_ms);
    sqlite3_bind_int(statement, 6, key->released);
    return sqlite_step(statement);
}

/* A day without a table of its own (there are too many) shares the newest. */
int sqlite_keys_put(struct store_sqlite *sqlite, const struct store_key *key, uint64_t day)
{
    struct sqlite_keys *keys = &sqlite->keys;
    size_t at = has_period(keys, day) ? position(keys, day) : keys->count - 1;

    assert(keys->count > 0);
    for (size_t i = at + 1; i < keys->count; i++) {
        bind_key(keys->periods[i].drop, key->key);
        int code = sqlite_step(keys->periods[i].drop);
        if (code != SQLITE_DONE)
            return code;
    }
    return put_into(&keys->periods[at], key);
}

/* The columns of a key's row from @first on: request_hash, number, nonce, created, released. */
static bool read_key(struct sqlite3_stmt *statement, int first, struct store_key *ret_key)
{
    if (sqlite3_column_bytes(statement, first) != (int)STORE_HASH_SIZE)
        return false;
    memcpy(ret_key->request_hash, sqlite3_column_blob(statement, first), STORE_HASH_SIZE);
    ret_key->id.number = (uint64_t)sqlite3_column_int64(statement, first + 1);
    ret_key->id.nonce = (uint64_t)sqlite3_column_int64(statement, first + 2);
    ret_key->created_ms = (uint64_t)sqlite3_column_int64(statement, first + 3);
    ret_key->released = sqlite3_column_int(statement, first + 4) != 0;
    return true;
}

/* 0, STORE_NONE, or a fault. */
static int find_in(struct sqlite_period *period, const uint8_t key[STORE_KEY_SIZE],
                   struct store_key *ret_key)
{
    struct store_key found = {0};

    bind_key(period->find, key);
    int code = sqlite3_step(period->find);
    bool good = code == SQLITE_ROW && read_key(period->find, 0, &found);
    sqlite3_reset(period->find);
    if (code == SQLITE_DONE)
        return STORE_NONE;
    if (code == SQLITE_ROW && !good)
        return fault(FAULT_CORRUPT);
    if (code != SQLITE_ROW)
        return sqlite_result(code);
    memcpy(found.key, key, STORE_KEY_SIZE);
    *ret_key = found;
    return 0;
}

/* Looks through the periods from the newest down to @oldest. */
static int find_down_to(struct store_sqlite *sqlite, size_t oldest,
                        const uint8_t key[STORE_KEY_SIZE], struct store_key *ret_key)
{
    for (size_t i = sqlite->keys.count; i > oldest; i--) {
        int r = find_in(&sqlite->keys.periods[i - 1], key, ret_key);
        if (r < 0)
            sqlite->broken = r;
        if (r != STORE_NONE)
            return pass(r);
    }
    return STORE_NONE;
}

int sqlite_keys_find(struct store *store, const uint8_t key[STORE_KEY_SIZE],
                     struct store_key *ret_key)
{
    struct store_sqlite *sqlite = sqlite_of(store);

    if (sqlite->broken != 0)
        return pass(sqlite->broken);
    return find_down_to(sqlite, 0, key, ret_key);
}

/* ---- tidying ---- */

struct keys_page {
    size_t count;
    struct store_key keys[STORE_SCAN_MAX];
};

/* The first keys of the oldest table. */
static int read_page(struct store_sqlite *sqlite, struct keys_page *page)
{
    struct sqlite3_stmt *statement;
    char rest[64];
    int code;

    snprintf(rest, sizeof rest, "ORDER BY key LIMIT %u", STORE_SCAN_MAX);
    int r = prepare(sqlite->database,
                    "SELECT request_hash, number, nonce, created, released, key FROM",
                    sqlite->keys.periods[0].day, rest, &statement);
    if (r != 0)
        return r;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && r == 0) {
        struct store_key *key = &page->keys[page->count++];
        if (sqlite3_column_bytes(statement, 5) != (int)STORE_KEY_SIZE ||
            !read_key(statement, 0, key))
            r = fault(FAULT_CORRUPT);
        else
            memcpy(key->key, sqlite3_column_blob(statement, 5), STORE_KEY_SIZE);
    }
    sqlite3_finalize(statement);
    return r != 0 ? r : sqlite_result(code);
}

/* Still needed, and not replaced in a newer table. 0 yes, STORE_NONE no, or a fault. */
static int is_needed(struct store_sqlite *sqlite, const struct store_key *key, uint64_t now_ms,
                     uint64_t keep_ms)
{
    struct store_row row;
    struct store_key newer;

    int r = store_find(&sqlite->store, key->id.number, &row);
    if (r != 0)
        return pass(r);
    if (!period_keeps(&row, now_ms, keep_ms))
        return STORE_NONE;
    r = find_down_to(sqlite, 1, key->key, &newer);
    if (r == STORE_NONE)
        return 0;
    return r == 0 ? STORE_NONE : pass(r);
}

static int move_page(struct store_sqlite *sqlite, const struct keys_page *page, uint64_t now_ms,
                     uint64_t keep_ms)
{
    struct sqlite_period *oldest = &sqlite->keys.periods[0];
    int r = 0;

    for (size_t i = 0; i < page->count && r >= 0 && r != STORE_FULL; i++) {
        const struct store_key *key = &page->keys[i];
        r = is_needed(sqlite, key, now_ms, keep_ms);
        if (r == 0)
            r = sqlite_result(sqlite_keys_put(sqlite, key, period_of(now_ms)));
        else if (r == STORE_NONE)
            r = 0;
        if (r == 0) {
            bind_key(oldest->drop, key->key);
            r = sqlite_result(sqlite_step(oldest->drop));
        }
    }
    return r;
}

static int drop_oldest(struct store_sqlite *sqlite)
{
    struct sqlite3_stmt *statement = NULL;
    uint64_t day = sqlite->keys.periods[0].day;

    remove_oldest(&sqlite->keys);
    int r = prepare(sqlite->database, "DROP TABLE", day, "", &statement);
    if (r == 0)
        r = sqlite_result(sqlite_step(statement));
    sqlite3_finalize(statement);
    return r;
}

/* One bounded piece of the oldest table, in one commit; when nothing is left, the table itself. */
static int tidy_oldest(struct store_sqlite *sqlite, struct keys_page *page, uint64_t now_ms,
                       uint64_t keep_ms)
{
    int r = sqlite_begin(sqlite);

    if (r != 0)
        return r;
    r = read_page(sqlite, page);
    if (r == 0)
        r = move_page(sqlite, page, now_ms, keep_ms);
    if (r == 0 && page->count < STORE_SCAN_MAX) {
        uint64_t day = sqlite->keys.periods[0].day;
        r = drop_oldest(sqlite);
        if (r == 0)
            r = sqlite_commit(sqlite);
        else
            r = sqlite_abandon(sqlite, r);
        if (r == STORE_FULL && add_period(sqlite, day) < 0)
            sqlite->broken = fault(FAULT_IO);
        return r;
    }
    return r == 0 ? sqlite_commit(sqlite) : sqlite_abandon(sqlite, r);
}

/* A full disk only postpones it. */
int sqlite_keys_tidy(struct store *store, uint64_t now_ms, uint64_t keep_ms)
{
    struct store_sqlite *sqlite = sqlite_of(store);

    if (sqlite->broken != 0)
        return pass(sqlite->broken);
    reserve_retake(&sqlite->reserve);
    if (sqlite->keys.count == 0 ||
        !period_is_due(sqlite->keys.periods[0].day, now_ms, keep_ms))
        return 0;
    struct keys_page *page = calloc(1, sizeof *page);
    if (page == NULL)
        return fault(FAULT_MEMORY);
    int r = sqlite_keys_prepare(sqlite, period_of(now_ms));
    if (r == 0)
        r = tidy_oldest(sqlite, page, now_ms, keep_ms);
    free(page);
    return r == STORE_FULL ? 0 : pass(r);
}
