/*
 * The guard's rows in SQLite: prepared once, used for every call.
 */
#include "guard_rows.h"

#include "base/fault.h"

#include <assert.h>
#include <sqlite3.h>
#include <string.h>

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS saga_guard ("
    " saga TEXT NOT NULL, step TEXT NOT NULL, direction INTEGER NOT NULL,"
    " generation INTEGER NOT NULL, decision INTEGER NOT NULL, code TEXT NOT NULL,"
    " text TEXT NOT NULL, output BLOB, keep_until_ms INTEGER NOT NULL,"
    " PRIMARY KEY (saga, step, direction, generation)) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS saga_guard_by_time ON saga_guard (keep_until_ms);";

static const char *const statement_text[GUARD_STATEMENT_COUNT] = {
    [GUARD_BEGIN] = "BEGIN IMMEDIATE",
    [GUARD_COMMIT] = "COMMIT",
    [GUARD_SAVE] = "SAVEPOINT saga_call",
    [GUARD_KEEP] = "RELEASE saga_call",
    [GUARD_REVERT] = "ROLLBACK TO saga_call",
    [GUARD_SURVEY] = "SELECT direction, generation, decision FROM saga_guard"
                     " WHERE saga = ?1 AND step = ?2",
    [GUARD_RECALL] = "SELECT decision, code, text, output FROM saga_guard"
                     " WHERE saga = ?1 AND step = ?2 AND direction = ?3 AND generation = ?4",
    /* A decision is final: only work that has begun (4) can still be decided. */
    [GUARD_STORE] = "INSERT INTO saga_guard VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
                    " ON CONFLICT DO UPDATE SET decision = excluded.decision,"
                    " code = excluded.code, text = excluded.text, output = excluded.output,"
                    " keep_until_ms = excluded.keep_until_ms WHERE decision = 4",
    [GUARD_FORGET] = "DELETE FROM saga_guard WHERE (saga, step, direction, generation) IN"
                     " (SELECT saga, step, direction, generation FROM saga_guard"
                     "  WHERE keep_until_ms < ?1 ORDER BY keep_until_ms LIMIT 256)",
};

/* ---- keys ---- */

static bool take_part(const char **text, char ret_part[GUARD_NAME_SIZE])
{
    const char *slash = strchr(*text, '/');

    if (slash == NULL || slash == *text || (size_t)(slash - *text) >= GUARD_NAME_SIZE)
        return false;
    size_t size = (size_t)(slash - *text);
    memcpy(ret_part, *text, size);
    ret_part[size] = '\0';
    *text = slash + 1;
    return true;
}

static bool take_generation(const char *text, int *ret_generation)
{
    int generation = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || generation > GUARD_GENERATION_MAX)
            return false;
        generation = generation * 10 + (*text - '0');
    }
    *ret_generation = generation;
    return true;
}

/* A fence carries the id of the do that it forbids. */
bool guard_key_parse(const struct participant_call *call, struct guard_key *ret_key)
{
    const char *rest = call->operation_id;

    if (rest == NULL || !take_part(&rest, ret_key->saga) || !take_part(&rest, ret_key->step))
        return false;
    if (call->direction == PARTICIPANT_UNDO) {
        ret_key->direction = GUARD_UNDO;
        ret_key->generation = 0;
        return strcmp(rest, "undo") == 0;
    }
    ret_key->direction = GUARD_DO;
    return strncmp(rest, "do.", 3) == 0 && take_generation(rest + 3, &ret_key->generation);
}

static int database_fault(int code)
{
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return fault(FAULT_MEMORY);
    case SQLITE_FULL:
        return fault(FAULT_LIMIT);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fault(FAULT_LOCKED);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return fault(FAULT_CORRUPT);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return fault(FAULT_IO);
    default:
        return fault(FAULT_SYSTEM);
    }
}

/* Run a statement that returns no rows, and make it ready for the next time. */
int guard_rows_execute(struct guard_rows *rows, enum guard_statement which)
{
    sqlite3_stmt *statement = rows->statements[which];
    int code = sqlite3_step(statement);

    sqlite3_reset(statement);
    return code == SQLITE_DONE ? 0 : database_fault(code);
}

int guard_rows_open(struct guard_rows *rows, struct sqlite3 *database)
{
    *rows = (struct guard_rows){.database = database};
    int code = sqlite3_exec(database, schema, NULL, NULL, NULL);

    for (size_t i = 0; code == SQLITE_OK && i < GUARD_STATEMENT_COUNT; i++)
        code = sqlite3_prepare_v3(database, statement_text[i], -1, SQLITE_PREPARE_PERSISTENT,
                                  &rows->statements[i], NULL);
    if (code == SQLITE_OK)
        return 0;
    guard_rows_close(rows);
    return database_fault(code);
}

void guard_rows_close(struct guard_rows *rows)
{
    for (size_t i = 0; i < GUARD_STATEMENT_COUNT; i++) {
        sqlite3_finalize(rows->statements[i]);
        rows->statements[i] = NULL;
    }
}

/* ---- reading ---- */

static void bind_step(sqlite3_stmt *statement, const struct guard_key *key)
{
    sqlite3_bind_text(statement, 1, key->saga, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, key->step, -1, SQLITE_STATIC);
}

static void bind_key(sqlite3_stmt *statement, const struct guard_key *key)
{
    bind_step(statement, key);
    sqlite3_bind_int(statement, 3, (int)key->direction);
    sqlite3_bind_int(statement, 4, key->generation);
}

static void survey_row(struct guard_survey *survey, const struct guard_key *key, sqlite3_stmt *row)
{
    int direction = sqlite3_column_int(row, 0);
    int generation = sqlite3_column_int(row, 1);
    int decision = sqlite3_column_int(row, 2);

    if (direction == (int)key->direction && generation == key->generation)
        survey->own = (enum guard_decision)decision;
    if (direction == GUARD_UNDO) {
        survey->undone = true;
        return;
    }
    if (decision == GUARD_DONE)
        survey->done_generation = generation;
    if (decision == GUARD_BEGUN)
        survey->begun = true;
    if (generation > key->generation)
        survey->superseded = true;
}

int guard_rows_survey(struct guard_rows *rows, const struct guard_key *key,
                      struct guard_survey *ret_survey)
{
    sqlite3_stmt *statement = rows->statements[GUARD_SURVEY];
    int code;

    *ret_survey = (struct guard_survey){.own = GUARD_UNDECIDED, .done_generation = -1};
    bind_step(statement, key);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        survey_row(ret_survey, key, statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? 0 : database_fault(code);
}

static void recall_row(sqlite3_stmt *row, struct participant_answer *ret_answer)
{
    const char *code = (const char *)sqlite3_column_text(row, 1);
    const char *text = (const char *)sqlite3_column_text(row, 2);

    if (sqlite3_column_int(row, 0) == GUARD_DONE)
        participant_done(ret_answer, sqlite3_column_blob(row, 3),
                         (size_t)sqlite3_column_bytes(row, 3));
    else
        participant_reject(ret_answer, code, text);
}

int guard_rows_recall(struct guard_rows *rows, const struct guard_key *key,
                      struct participant_answer *ret_answer)
{
    sqlite3_stmt *statement = rows->statements[GUARD_RECALL];

    bind_key(statement, key);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        recall_row(statement, ret_answer);
    sqlite3_reset(statement);
    return code == SQLITE_ROW ? 0 : database_fault(code);
}

/* ---- writing ---- */

int guard_rows_store(struct guard_rows *rows, const struct guard_key *key,
                     enum guard_decision decision, const struct participant_answer *answer,
                     uint64_t keep_until_ms)
{
    sqlite3_stmt *statement = rows->statements[GUARD_STORE];

    assert(decision != GUARD_UNDECIDED);
    assert(answer->output_size <= PARTICIPANT_OUTPUT_MAX);
    bind_key(statement, key);
    sqlite3_bind_int(statement, 5, (int)decision);
    sqlite3_bind_text(statement, 6, answer->code, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 7, answer->text, -1, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 8, answer->output, (int)answer->output_size, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 9, (sqlite3_int64)keep_until_ms);
    return guard_rows_execute(rows, GUARD_STORE);
}

int guard_rows_forget(struct guard_rows *rows, uint64_t before_ms)
{
    sqlite3_bind_int64(rows->statements[GUARD_FORGET], 1, (sqlite3_int64)before_ms);
    int r = guard_rows_execute(rows, GUARD_FORGET);

    return r < 0 ? pass(r) : sqlite3_changes(rows->database);
}
