#include "sdk/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void must(struct ledger *ledger, const char *sql)
{
    char *why = NULL;

    if (sqlite3_exec(ledger->database, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
}

static void connect_database(struct ledger *ledger)
{
    assert_int_equal(sqlite3_open(ledger->path, &ledger->database), SQLITE_OK);
    /* A crash of the process is tested here, not one of the machine: nothing needs to be synced. */
    must(ledger, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
                 "CREATE TABLE IF NOT EXISTS effects (saga TEXT, generation INTEGER);"
                 "CREATE INDEX IF NOT EXISTS effects_by_saga ON effects (saga)");
    assert_int_equal(guard_open(ledger->database, &ledger->guard), 0);
}

static void disconnect_database(struct ledger *ledger)
{
    ledger->guard = guard_close(ledger->guard);
    assert_int_equal(sqlite3_close(ledger->database), SQLITE_OK);
}

void ledger_init(struct ledger *ledger)
{
    memset(ledger, 0, sizeof *ledger);
    snprintf(ledger->folder, sizeof ledger->folder, "%s/sagad-ledger-XXXXXX",
             getenv("TMPDIR") != NULL && strlen(getenv("TMPDIR")) < 40 ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(ledger->folder));
    snprintf(ledger->path, sizeof ledger->path, "%s/ledger.db", ledger->folder);
    connect_database(ledger);
}

void ledger_fini(struct ledger *ledger)
{
    disconnect_database(ledger);
    assert_int_equal(unlink(ledger->path), 0);
    assert_int_equal(rmdir(ledger->folder), 0);
}

void ledger_crash(struct ledger *ledger)
{
    disconnect_database(ledger);
    connect_database(ledger);
}

void ledger_begin(struct ledger *ledger)
{
    assert_int_equal(guard_begin(ledger->guard), 0);
}

void ledger_commit(struct ledger *ledger)
{
    assert_int_equal(guard_commit(ledger->guard), 0);
}

static void name_operation(char text[128], const char *saga, enum participant_direction direction,
                           unsigned generation)
{
    if (direction == PARTICIPANT_UNDO)
        snprintf(text, 128, "%s/pay/undo", saga);
    else
        snprintf(text, 128, "%s/pay/do.%u", saga, generation);
}

enum participant_verdict ledger_call(struct ledger *ledger, const char *saga,
                                     enum participant_direction direction, unsigned generation)
{
    static participant_handler *const handlers[] = {
        [PARTICIPANT_DO] = ledger_do, [PARTICIPANT_UNDO] = ledger_undo, [PARTICIPANT_FENCE] = NULL};
    char operation_id[128];
    struct participant_call call = {.operation_id = operation_id,
                                    .saga = saga,
                                    .step = "pay",
                                    .operation = "pay",
                                    .direction = direction};

    name_operation(operation_id, saga, direction, generation);
    assert_int_equal(guard_run(ledger->guard, &call, handlers[direction], ledger, &ledger->answer),
                     0);
    return ledger->answer.verdict;
}

enum participant_verdict ledger_ask(struct ledger *ledger, const char *saga,
                                    enum participant_direction direction, unsigned generation)
{
    ledger_begin(ledger);
    enum participant_verdict verdict = ledger_call(ledger, saga, direction, generation);
    ledger_commit(ledger);
    return verdict;
}

int ledger_count(struct ledger *ledger, const char *query)
{
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(ledger->database, query, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return count;
}

int ledger_effect(struct ledger *ledger, const char *saga)
{
    char query[160];

    snprintf(query, sizeof query, "SELECT count(*) FROM effects WHERE saga = '%s'", saga);
    return ledger_count(ledger, query);
}

static unsigned generation_of(const struct participant_call *call)
{
    return (unsigned)strtoul(strrchr(call->operation_id, '.') + 1, NULL, 10);
}

void ledger_do(void *context, const struct participant_call *call,
               struct participant_answer *answer)
{
    struct ledger *ledger = context;
    unsigned generation = generation_of(call);
    bool first = ledger->tries[generation % 2]++ == 0;
    char sql[160];

    ledger->runs++;
    if (!(ledger->mood == LEDGER_WORKING && ledger_effect(ledger, call->saga) > 0)) {
        snprintf(sql, sizeof sql, "INSERT INTO effects VALUES ('%s', %u)", call->saga, generation);
        must(ledger, sql);
    }
    if (ledger->mood == LEDGER_REFUSING && generation == 0)
        participant_reject(answer, "no_money", "The account is empty.");
    else if (ledger->mood == LEDGER_FAILING && first)
        participant_retry(answer, "flaky", "Try again.");
    else if (ledger->mood == LEDGER_WORKING && first)
        answer->verdict = PARTICIPANT_WORKING;
    else
        participant_done(answer, call->operation_id, strlen(call->operation_id));
}

void ledger_undo(void *context, const struct participant_call *call,
                 struct participant_answer *answer)
{
    struct ledger *ledger = context;
    char sql[160];

    (void)answer;
    ledger->runs++;
    ledger->has_seen_output = call->outcome_known && call->own_output_size > 0;
    snprintf(sql, sizeof sql, "DELETE FROM effects WHERE saga = '%s'", call->saga);
    must(ledger, sql);
}
