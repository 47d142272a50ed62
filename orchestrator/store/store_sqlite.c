/*
 * The operations of the port on SQLite: one append is one commit.
 */
#include "store/store_sqlite.h"

#include "base/fault.h"
#include "store/store_period.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static struct store_sqlite *sqlite_of(struct store *store)
{
    return (struct store_sqlite *)(void *)store;
}

/* ---- results ---- */

int sqlite_result(int code)
{
    switch (code & 0xff) { /* The low byte is the kind; what is above says more to people. */
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return 0;
    case SQLITE_FULL:
        return STORE_FULL;
    case SQLITE_NOMEM:
        return fault(FAULT_MEMORY);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fault(FAULT_LOCKED);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_MISMATCH:
        return fault(FAULT_CORRUPT);
    default:
        return fault(FAULT_IO);
    }
}

int sqlite_settle(struct store_sqlite *sqlite, int code)
{
    int r = sqlite_result(code);

    if (r < 0)
        sqlite->broken = r;
    return r;
}

int sqlite_run(struct sqlite3 *database, const char *sql)
{
    return sqlite_result(sqlite3_exec(database, sql, NULL, NULL, NULL));
}

int sqlite_step(struct sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);

    sqlite3_reset(statement);
    assert(code != SQLITE_ROW);
    return code;
}

/* ---- transactions ---- */

int sqlite_begin(struct store_sqlite *sqlite)
{
    assert(sqlite->broken == 0);
    assert(sqlite3_get_autocommit(sqlite->database));

    sqlite_checkpoint_when_due(sqlite, true);
    if (sqlite->broken != 0)
        return pass(sqlite->broken);
    return sqlite_settle(sqlite, sqlite_step(sqlite->statements[STATEMENT_BEGIN]));
}

/* A full disk undoes the transaction by itself, at times before we are told. */
int sqlite_abandon(struct store_sqlite *sqlite, int result)
{
    if (result < 0)
        sqlite->broken = result;
    if (!sqlite3_get_autocommit(sqlite->database)) {
        int r = sqlite_result(sqlite_step(sqlite->statements[STATEMENT_ROLLBACK]));
        if (r != 0 && sqlite->broken == 0)
            sqlite->broken = fault(FAULT_IO);
    }
    if (result == STORE_FULL)
        reserve_give_up(&sqlite->reserve);
    return sqlite->broken != 0 ? pass(sqlite->broken) : result;
}

/* An I/O error here leaves it unknown whether the commit will be there after a restart. */
int sqlite_commit(struct store_sqlite *sqlite)
{
    int r = sqlite_result(sqlite_step(sqlite->statements[STATEMENT_COMMIT]));

    if (r != 0)
        return sqlite_abandon(sqlite, r);
    assert(sqlite3_get_autocommit(sqlite->database));
    sqlite_checkpoint_when_due(sqlite, false);
    return 0;
}

/* ---- appending ---- */

static void bind_bytes(struct sqlite3_stmt *statement, int index, struct bytes data)
{
    sqlite3_bind_blob64(statement, index, data.size > 0 ? (const void *)data.data : "", data.size,
                        SQLITE_STATIC);
}

static void bind_number(struct sqlite3_stmt *statement, int index, uint64_t number)
{
    sqlite3_bind_int64(statement, index, (sqlite3_int64)number);
}

/* A record that is not the first must follow on the one before it. 0 or STORE_CONFLICT. */
static int check_predecessor(struct store_sqlite *sqlite, const struct store_record *record)
{
    struct sqlite3_stmt *statement = sqlite->statements[STATEMENT_HAS_EVENT];

    bind_number(statement, 1, record->stream);
    bind_number(statement, 2, record->sequence - 1);
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? STORE_CONFLICT : sqlite_result(code);
}

/* The primary key refuses a record that exists already. */
static int insert_event(struct store_sqlite *sqlite, const struct store_record *record)
{
    struct sqlite3_stmt *statement = sqlite->statements[STATEMENT_INSERT_EVENT];

    int r = record->sequence == 1 ? 0 : check_predecessor(sqlite, record);
    if (r != 0)
        return r;
    bind_number(statement, 1, record->stream);
    bind_number(statement, 2, record->sequence);
    bind_bytes(statement, 3, record->body);
    bind_bytes(statement, 4, bytes_of(record->digest, STORE_DIGEST_SIZE));
    int code = sqlite_step(statement);
    return (code & 0xff) == SQLITE_CONSTRAINT ? STORE_CONFLICT : sqlite_result(code);
}

static int insert_payload(struct store_sqlite *sqlite, const struct store_record *record)
{
    struct sqlite3_stmt *statement = sqlite->statements[STATEMENT_INSERT_PAYLOAD];

    bind_number(statement, 1, record->stream);
    bind_number(statement, 2, record->sequence);
    bind_bytes(statement, 3, record->payload);
    return sqlite_result(sqlite_step(statement));
}

static int put_row(struct store_sqlite *sqlite, const struct store_row *row)
{
    struct sqlite3_stmt *statement = sqlite->statements[STATEMENT_PUT_ROW];

    bind_number(statement, 1, row->id.number);
    bind_number(statement, 2, row->id.nonce);
    sqlite3_bind_text(statement, 3, row->tenant, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, row->definition, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 5, row->code, -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 6, row->phase);
    bind_number(statement, 7, row->created_ms);
    bind_number(statement, 8, row->updated_ms);
    sqlite3_bind_int(statement, 9, row->live);
    return sqlite_result(sqlite_step(statement));
}

static int put_key(struct store_sqlite *sqlite, const struct store_key *key)
{
    return sqlite_result(sqlite_keys_put(sqlite, key, period_of(key->created_ms)));
}

static int append_one(struct store_sqlite *sqlite, const struct store_record *record)
{
    int r = insert_event(sqlite, record);

    if (r == 0 && record->payload.data != NULL)
        r = insert_payload(sqlite, record);
    if (r == 0 && record->row != NULL)
        r = put_row(sqlite, record->row);
    if (r == 0 && record->key != NULL)
        r = put_key(sqlite, record->key);
    return r;
}

/* A new day's table comes first, in its own commit: an empty table is nothing that was promised. */
static int prepare_keys(struct store_sqlite *sqlite, const struct store_record *records,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (records[i].key == NULL)
            continue;
        int r = sqlite_keys_prepare(sqlite, period_of(records[i].key->created_ms));
        if (r != 0)
            return r;
    }
    return 0;
}

static int sqlite_append(struct store *store, const struct store_record *records, size_t count)
{
    struct store_sqlite *sqlite = sqlite_of(store);

    if (sqlite->broken != 0)
        return pass(sqlite->broken);
    int r = prepare_keys(sqlite, records, count);
    if (r == 0)
        r = sqlite_begin(sqlite);
    if (r != 0)
        return r;
    for (size_t i = 0; i < count && r == 0; i++)
        r = append_one(sqlite, &records[i]);
    if (r != 0)
        return sqlite_abandon(sqlite, r);
    return sqlite_commit(sqlite);
}

/* ---- reading ---- */

/* Nothing has a NULL pointer; something empty has one that is not. */
static struct bytes column_bytes(struct sqlite3_stmt *statement, int column)
{
    static const uint8_t empty[1];

    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return (struct bytes){0};
    const void *data = sqlite3_column_blob(statement, column);
    size_t size = (size_t)sqlite3_column_bytes(statement, column);
    return data == NULL ? bytes_of(empty, 0) : bytes_of(data, size);
}

static uint64_t column_number(struct sqlite3_stmt *statement, int column)
{
    return (uint64_t)sqlite3_column_int64(statement, column);
}

static bool column_text(struct sqlite3_stmt *statement, int column, size_t size, char *ret_text)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    size_t length = (size_t)sqlite3_column_bytes(statement, column);

    if (text == NULL || length >= size)
        return false;
    memcpy(ret_text, text, length + 1);
    return true;
}

static bool read_record(struct sqlite3_stmt *statement, uint64_t stream,
                        struct store_record *ret_record)
{
    struct bytes digest = column_bytes(statement, 2);
    uint64_t sequence = column_number(statement, 0);

    *ret_record = (struct store_record){
        .stream = stream,
        .sequence = (uint32_t)sequence,
        .body = column_bytes(statement, 1),
        .payload = column_bytes(statement, 3),
    };
    if (sequence == 0 || sequence > UINT32_MAX || digest.size != STORE_DIGEST_SIZE)
        return false;
    memcpy(ret_record->digest, digest.data, STORE_DIGEST_SIZE);
    return ret_record->body.size > 0;
}

/* Visit what a bound statement finds. With @from, a gap after it is corruption; 0: it is shown. */
static int visit_records(struct store_sqlite *sqlite, struct sqlite3_stmt *statement,
                         uint64_t stream, uint32_t from, store_record_visitor *visit,
                         void *context)
{
    struct store_record record = {.sequence = 0};
    uint32_t expected = from;
    int code, r = 0;

    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        bool fits = read_record(statement, stream, &record);
        if (!fits || (from != 0 && record.sequence != expected++)) {
            r = fault(FAULT_CORRUPT);
            break;
        }
        if (!visit(context, &record))
            break;
    }
    sqlite3_reset(statement);
    if (r == 0)
        r = sqlite_settle(sqlite, code);
    if (r != 0)
        return pass(r);
    return record.sequence == 0 ? STORE_NONE : 0;
}

static int sqlite_load(struct store *store, uint64_t stream, uint32_t from,
                       store_record_visitor *visit, void *context)
{
    struct store_sqlite *sqlite = sqlite_of(store);
    struct sqlite3_stmt *statement = sqlite->statements[STATEMENT_LOAD];

    if (sqlite->broken != 0)
        return pass(sqlite->broken);
    bind_number(statement, 1, stream);
    bind_number(statement, 2, from);
    return visit_records(sqlite, statement, stream, from, visit, context);
}

static int sqlite_load_back(struct store *store, uint64_t stream, uint32_t before,
                            store_record_visitor *visit, void *context)
{
    struct store_sqlite *sqlite = sqlite_of(store);
    struct sqlite3_stmt *statement = sqlite->statements[STATEMENT_LOAD_BACK];

    if (sqlite->broken != 0)
        return pass(sqlite->broken);
    bind_number(statement, 1, stream);
    bind_number(statement, 2, before == 0 ? (uint64_t)INT64_MAX : before);
    return visit_records(sqlite, statement, stream, 0, visit, context);
}

/* The columns of STATEMENT_FIND, _LIVE, _PAGE and _PAGE_NEWER, in their order. */
static bool read_row(struct sqlite3_stmt *statement, struct store_row *ret_row)
{
    int64_t phase = sqlite3_column_int64(statement, 5);

    *ret_row = (struct store_row){
        .id = {.number = column_number(statement, 0), .nonce = column_number(statement, 1)},
        .phase = (uint8_t)phase,
        .created_ms = column_number(statement, 6),
        .updated_ms = column_number(statement, 7),
        .live = sqlite3_column_int(statement, 8) != 0,
    };
    return phase >= 0 && phase <= UINT8_MAX &&
           column_text(statement, 2, sizeof ret_row->tenant, ret_row->tenant) &&
           column_text(statement, 3, sizeof ret_row->definition, ret_row->definition) &&
           column_text(statement, 4, sizeof ret_row->code, ret_row->code);
}

static int sqlite_live(struct store *store, uint64_t after, store_row_visitor *visit,
                       void *context)
{
    struct store_sqlite *sqlite = sqlite_of(store);
    struct sqlite3_stmt *statement = sqlite->statements[STATEMENT_LIVE];
    int code, r = 0;

    if (sqlite->broken != 0)
        return pass(sqlite->broken);
    bind_number(statement, 1, after);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct store_row row;
        if (!read_row(statement, &row)) {
            r = fault(FAULT_CORRUPT);
            break;
        }
        if (!visit(context, &row))
            break;
    }
    sqlite3_reset(statement);
    return r != 0 ? pass(r) : pass(sqlite_settle(sqlite, code));
}

static int sqlite_find(struct store *store, uint64_t number, struct store_row *ret_row)
{
    struct store_sqlite *sqlite = sqlite_of(store);
    struct sqlite3_stmt *statement = sqlite->statements[STATEMENT_FIND];
    struct store_row row;

    if (sqlite->broken != 0)
        return pass(sqlite->broken);
    bind_number(statement, 1, number);
    int code = sqlite3_step(statement);
    bool good = code == SQLITE_ROW && read_row(statement, &row);
    sqlite3_reset(statement);
    if (code == SQLITE_DONE)
        return STORE_NONE;
    if (code == SQLITE_ROW && !good)
        return fault(FAULT_CORRUPT);
    int r = sqlite_settle(sqlite, code);
    if (r == 0)
        *ret_row = row;
    return pass(r);
}

/*
 * Visit the rows of a page's statement. Rows of another tenant count as looked at: the bound is on
 * work, not on what is found. @ret_last is the last that was looked at; 0 when there is no more.
 */
static int visit_page(struct store_sqlite *sqlite, enum sqlite_statement which, uint64_t start,
                      const char *tenant, store_row_visitor *visit, void *context,
                      uint64_t *ret_last)
{
    struct sqlite3_stmt *statement = sqlite->statements[which];
    uint64_t last = 0;
    int code, r = 0;

    if (sqlite->broken != 0)
        return pass(sqlite->broken);
    bind_number(statement, 1, start);
    for (size_t looked = 0; (code = sqlite3_step(statement)) == SQLITE_ROW;) {
        struct store_row row;
        if (!read_row(statement, &row)) {
            r = fault(FAULT_CORRUPT);
            break;
        }
        bool wanted = tenant == NULL || strcmp(row.tenant, tenant) == 0;
        bool more = !wanted || visit(context, &row);
        if (!more || ++looked == STORE_SCAN_MAX) {
            last = row.id.number;
            break;
        }
    }
    sqlite3_reset(statement);
    if (r == 0)
        r = sqlite_settle(sqlite, code);
    if (r == 0)
        *ret_last = last;
    return pass(r);
}

static int sqlite_page(struct store *store, uint64_t before, const char *tenant,
                       store_row_visitor *visit, void *context, uint64_t *ret_cursor)
{
    uint64_t start = before == 0 || before > INT64_MAX ? (uint64_t)INT64_MAX : before - 1;

    return visit_page(sqlite_of(store), STATEMENT_PAGE, start, tenant, visit, context, ret_cursor);
}

static int sqlite_page_newer(struct store *store, uint64_t from, const char *tenant,
                             store_row_visitor *visit, void *context, uint64_t *ret_cursor)
{
    uint64_t last;
    int r = visit_page(sqlite_of(store), STATEMENT_PAGE_NEWER, from, tenant, visit, context, &last);

    if (r == 0)
        *ret_cursor = last == 0 ? 0 : last + 1;
    return pass(r);
}

/* The number of the first row; STORE_NONE when there is none. */
static int ask_number(struct store_sqlite *sqlite, enum sqlite_statement which,
                      uint64_t *ret_number)
{
    struct sqlite3_stmt *statement = sqlite->statements[which];

    if (sqlite->broken != 0)
        return pass(sqlite->broken);
    int code = sqlite3_step(statement);
    uint64_t number = code == SQLITE_ROW ? column_number(statement, 0) : 0;
    sqlite3_reset(statement);
    int r = code == SQLITE_DONE ? STORE_NONE : sqlite_settle(sqlite, code);
    if (r == 0)
        *ret_number = number;
    return r;
}

static int sqlite_next(struct store *store, uint64_t after, uint64_t *ret_stream)
{
    struct store_sqlite *sqlite = sqlite_of(store);

    bind_number(sqlite->statements[STATEMENT_NEXT], 1, after);
    return ask_number(sqlite, STATEMENT_NEXT, ret_stream);
}

static int sqlite_last_number(struct store *store, uint64_t *ret_number)
{
    int r = ask_number(sqlite_of(store), STATEMENT_LAST_NUMBER, ret_number);

    if (r == STORE_NONE)
        *ret_number = 0;
    return r == STORE_NONE ? 0 : pass(r);
}

static bool sqlite_is_full(const struct store *store)
{
    const struct store_sqlite *sqlite = (const struct store_sqlite *)(const void *)store;

    return !sqlite->reserve.kept;
}

const struct store_ops sqlite_ops = {
    .append = sqlite_append,
    .load = sqlite_load,
    .load_back = sqlite_load_back,
    .live = sqlite_live,
    .find = sqlite_find,
    .find_key = sqlite_keys_find,
    .page = sqlite_page,
    .page_newer = sqlite_page_newer,
    .tidy = sqlite_keys_tidy,
    .next = sqlite_next,
    .last_number = sqlite_last_number,
    .is_full = sqlite_is_full,
    .backup = sqlite_backup_begin,
    .backup_look = sqlite_backup_look,
    .backup_stop = sqlite_backup_stop,
    .close = sqlite_close,
};
