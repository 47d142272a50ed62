/* coupons.c: the stock, and what can be done with it. */
#include "coupons.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static sqlite3 *stock;

/* Run one statement on behalf of a saga: how many rows it changed, or -1. */
static int change(const char *sql, const struct participant_call *call)
{
    sqlite3_stmt *statement;
    int changed = -1;

    if (sqlite3_prepare_v2(stock, sql, -1, &statement, NULL) != SQLITE_OK)
        return -1;
    sqlite3_bind_text(statement, 1, call->saga, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, call->input, (int)call->input_size, SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_DONE)
        changed = sqlite3_changes(stock);
    sqlite3_finalize(statement);
    return changed;
}

static void reserve_coupon(void *context, const struct participant_call *call,
                           struct participant_answer *answer)
{
    static const char output[] = "{\"discount\": 20}";

    (void)context;
    int changed = change("UPDATE coupons SET saga = ?1 WHERE number ="
                         " (SELECT number FROM coupons WHERE saga IS NULL"
                         "  AND campaign = json_extract(?2, '$.campaign') LIMIT 1)",
                         call);
    if (changed < 0)
        participant_retry(answer, "database", "The stock could not be read.");
    else if (changed == 0)
        participant_reject(answer, "sold_out", "No coupon of this campaign is left.");
    else
        participant_done(answer, output, strlen(output));
}

static void return_coupon(void *context, const struct participant_call *call,
                          struct participant_answer *answer)
{
    (void)context;
    if (change("UPDATE coupons SET saga = NULL WHERE saga = ?1", call) < 0)
        participant_retry(answer, "database", "The stock could not be written.");
}

int coupons_count(const char *saga)
{
    sqlite3_stmt *statement;
    int count = -1;

    if (sqlite3_prepare_v2(stock, "SELECT count(*) FROM coupons WHERE saga = ?1", -1, &statement,
                           NULL) != SQLITE_OK)
        return -1;
    sqlite3_bind_text(statement, 1, saga, -1, SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_ROW)
        count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return count;
}

static int open_stock(const char *path)
{
    int code = sqlite3_open(path, &stock);

    if (code == SQLITE_OK)
        code = sqlite3_exec(stock,
                            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                            "CREATE TABLE IF NOT EXISTS coupons"
                            " (number INTEGER PRIMARY KEY, campaign TEXT, saga TEXT);"
                            "INSERT OR IGNORE INTO coupons VALUES (1, 'spring', NULL)",
                            NULL, NULL, NULL);
    if (code != SQLITE_OK)
        fprintf(stderr, "coupons: %s: %s\n", path, sqlite3_errmsg(stock));
    return code == SQLITE_OK ? 0 : -1;
}

struct participant *coupons_open(const char *path, const char *url, const char *secret)
{
    struct participant *participant = NULL;

    if (open_stock(path) < 0)
        return NULL;
    struct participant_options options = {.name = "coupons",
                                          .url = url,
                                          .secret = secret,
                                          .secret_size = strlen(secret),
                                          .database = stock};
    if (participant_open(&options, &participant) < 0) {
        fprintf(stderr, "coupons: %s\n", participant_error(NULL));
        return NULL;
    }
    participant_register(participant, "reserve_coupon", reserve_coupon, "return_coupon",
                         return_coupon);
    return participant;
}

void coupons_close(struct participant *participant)
{
    participant_close(participant);
    sqlite3_close(stock);
}
