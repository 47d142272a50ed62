#include "service/query.h"

#include "base/fault.h"

#include <assert.h>
#include <stddef.h>
#include <sqlite3.h>

int query_fault(int result)
{
    switch (result & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_NOMEM:
        return fault(FAULT_MEMORY);
    case SQLITE_FULL:
    case SQLITE_TOOBIG:
        return fault(FAULT_LIMIT);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fault(FAULT_LOCKED);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT: /* The tables' own checks found a row that must not be. */
        return fault(FAULT_CORRUPT);
    }
    return fault(FAULT_IO);
}

static void note(struct query *query, int result)
{
    if (query->bound == SQLITE_OK)
        query->bound = result;
}

void query_text(struct query *query, int at, const char *text)
{
    note(query, sqlite3_bind_text(query->statement, at, text, -1, SQLITE_STATIC));
}

void query_number(struct query *query, int at, int64_t number)
{
    note(query, sqlite3_bind_int64(query->statement, at, number));
}

int query_row(struct query *query)
{
    int result = query->bound == SQLITE_OK ? sqlite3_step(query->statement) : query->bound;

    if (result == SQLITE_ROW)
        return QUERY_ROW;
    query_end(query);
    return query_fault(result);
}

int query_run(struct query *query)
{
    int r;

    do
        r = query_row(query);
    while (r == QUERY_ROW);
    return pass(r);
}

const char *query_get_text(struct query *query, int column)
{
    const unsigned char *text = sqlite3_column_text(query->statement, column);

    return text == NULL ? "" : (const char *)text;
}

int64_t query_get_number(struct query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

bool query_is_null(struct query *query, int column)
{
    return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}

void query_end(struct query *query)
{
    assert(query->statement != NULL);

    /* What reset repeats was already answered by the step. */
    sqlite3_reset(query->statement);
    sqlite3_clear_bindings(query->statement);
    query->bound = SQLITE_OK;
}

int query_one(struct query *query, int64_t *ret_number)
{
    int r = query_row(query);

    if (r != QUERY_ROW)
        return pass(r);
    *ret_number = query_get_number(query, 0);
    query_end(query);
    return QUERY_ROW;
}
