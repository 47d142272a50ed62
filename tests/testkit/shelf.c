#include "testkit/shelf.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of this life: every life of a tortured participant is a process of its own. */
static sqlite3 *database;
static char folder_path[256];
/* What a forgetful shelf knows: the last saga that it has put something there for, and undone. */
static char put_for[64];
static char taken_for[64];

static const char *const manners[] = {
    [SHELF_GUARDED] = "guarded",
    [SHELF_CAREFUL] = "careful",
    [SHELF_SLOW] = "slow",
    [SHELF_REFUSING] = "refusing",
    [SHELF_NO_GUARD] = "no-guard",
    [SHELF_FORGETFUL] = "forgetful",
    [SHELF_NO_TOMBSTONE] = "no-tombstone",
    [SHELF_ANEW] = "anew",
    [SHELF_OUTSIDE] = "outside",
    [SHELF_KEEPS] = "keeps",
    [SHELF_TAKES_ALL] = "takes-all",
    [SHELF_DIES] = "dies",
};

bool shelf_manner_of(const char *word, enum shelf_manner *ret_manner)
{
    for (size_t i = 0; i < sizeof manners / sizeof manners[0]; i++) {
        if (strcmp(word, manners[i]) == 0) {
            *ret_manner = (enum shelf_manner)i;
            return true;
        }
    }
    return false;
}

static int run(const char *sql, const char *saga)
{
    sqlite3_stmt *statement;
    int answer = -1;

    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        return -1;
    sqlite3_bind_text(statement, 1, saga, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        answer = sqlite3_column_int(statement, 0);
    else if (code == SQLITE_DONE)
        answer = sqlite3_changes(database);
    sqlite3_finalize(statement);
    return answer;
}

static int put(const char *saga)
{
    return run("INSERT INTO things (saga) VALUES (?1)", saga);
}

static int take(const char *saga)
{
    return run("DELETE FROM things WHERE saga = ?1", saga);
}

static int count(const char *saga)
{
    return run("SELECT count(*) FROM things WHERE saga = ?1", saga);
}

/* A line in a file, which no transaction takes back. */
static void put_outside(size_t things)
{
    char path[300];

    snprintf(path, sizeof path, "%s/things.txt", folder_path);
    int file = open(path, O_WRONLY | O_CREAT | (things > 0 ? O_APPEND : O_TRUNC), 0600);
    if (file < 0 || write(file, "x", things) < 0)
        abort();
    close(file);
}

static int count_outside(void)
{
    char path[300];
    char text[16];

    snprintf(path, sizeof path, "%s/things.txt", folder_path);
    int file = open(path, O_RDONLY);
    ssize_t size = file >= 0 ? read(file, text, sizeof text) : 0;
    if (file >= 0)
        close(file);
    return (int)size;
}

/* A do or undo that remembers it by a table of its own; twice is once. */
static void carefully(const struct shelf *shelf, const struct participant_call *call,
                      struct participant_answer *answer)
{
    bool undo = call->direction == PARTICIPANT_UNDO;

    sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    bool undone = run("SELECT count(*) FROM undone WHERE saga = ?1", call->saga) > 0;
    bool done = run("SELECT count(*) FROM done WHERE saga = ?1", call->saga) > 0;
    if (undo) {
        take(call->saga);
        if (shelf->manner == SHELF_NO_TOMBSTONE)
            run("DELETE FROM done WHERE saga = ?1", call->saga);
        else
            run("INSERT OR IGNORE INTO undone VALUES (?1)", call->saga);
    } else if (undone && !done) {
        participant_reject(answer, "undone", "It was undone.");
    } else if (!done) {
        run("INSERT INTO done VALUES (?1)", call->saga);
        put(call->saga);
    }
    sqlite3_exec(database, "COMMIT", NULL, NULL, NULL);
}

/* The same by its memory, which ends with the process. */
static void forgetfully(const struct participant_call *call, struct participant_answer *answer)
{
    if (call->direction == PARTICIPANT_UNDO) {
        take(call->saga);
        snprintf(taken_for, sizeof taken_for, "%s", call->saga);
    } else if (strcmp(put_for, call->saga) == 0) {
        return;
    } else if (strcmp(taken_for, call->saga) == 0) {
        participant_reject(answer, "undone", "It was undone.");
    } else {
        snprintf(put_for, sizeof put_for, "%s", call->saga);
        put(call->saga);
    }
}

static void work(const struct shelf *shelf, const struct participant_call *call,
                 struct participant_answer *answer)
{
    bool begun = count(call->saga) > 0;

    if (shelf->manner == SHELF_DIES)
        raise(SIGKILL);
    if (shelf->manner == SHELF_OUTSIDE) {
        put_outside(1);
        return;
    }
    if (!begun || shelf->manner != SHELF_SLOW)
        put(call->saga);
    if (!begun && (shelf->manner == SHELF_SLOW || shelf->manner == SHELF_ANEW))
        answer->verdict = PARTICIPANT_WORKING;
    else if (shelf->manner == SHELF_REFUSING && call->saga[30] % 2 == 0)
        participant_reject(answer, "odd", "Only odd ones.");
    else
        participant_done(answer, call->saga, strlen(call->saga));
}

static void on_put(void *context, const struct participant_call *call,
                   struct participant_answer *answer)
{
    const struct shelf *shelf = context;

    if (strcmp(call->input, "\"thing\"") != 0) {
        participant_reject(answer, "no_thing", "This is not a thing.");
        return;
    }
    if (shelf->manner == SHELF_CAREFUL || shelf->manner == SHELF_NO_TOMBSTONE) {
        carefully(shelf, call, answer);
        return;
    }
    if (shelf->manner == SHELF_FORGETFUL)
        forgetfully(call, answer);
    else
        work(shelf, call, answer);
}

static void on_take(void *context, const struct participant_call *call,
                    struct participant_answer *answer)
{
    const struct shelf *shelf = context;

    if (shelf->manner == SHELF_CAREFUL || shelf->manner == SHELF_NO_TOMBSTONE)
        carefully(shelf, call, answer);
    else if (shelf->manner == SHELF_FORGETFUL)
        forgetfully(call, answer);
    else if (shelf->manner == SHELF_TAKES_ALL)
        run("DELETE FROM things", call->saga);
    else if (shelf->manner == SHELF_OUTSIDE)
        put_outside(0);
    else if (shelf->manner != SHELF_KEEPS)
        take(call->saga);
}

static bool is_guarded(enum shelf_manner manner)
{
    return manner != SHELF_CAREFUL && manner != SHELF_NO_GUARD && manner != SHELF_FORGETFUL &&
           manner != SHELF_NO_TOMBSTONE;
}

struct participant *shelf_open(void *context, const char *folder)
{
    const struct shelf *shelf = context;
    struct participant *participant;
    char path[300];

    snprintf(folder_path, sizeof folder_path, "%s", folder);
    snprintf(path, sizeof path, "%s/shelf.db", folder);
    /* While it serves, another process counts. */
    if (sqlite3_open(path, &database) != SQLITE_OK ||
        sqlite3_busy_timeout(database, 10000) != SQLITE_OK ||
        sqlite3_exec(database,
                     "PRAGMA synchronous = OFF;"
                     "CREATE TABLE IF NOT EXISTS things (saga TEXT);"
                     "CREATE TABLE IF NOT EXISTS done (saga TEXT PRIMARY KEY);"
                     "CREATE TABLE IF NOT EXISTS undone (saga TEXT PRIMARY KEY)",
                     NULL, NULL, NULL) != SQLITE_OK)
        return NULL;
    struct participant_options options = {.name = "shelf",
                                          .url = shelf->url != NULL ? shelf->url : "ipc:///unused",
                                          .secret = "s3cret",
                                          .secret_size = 6,
                                          .database = is_guarded(shelf->manner) ? database : NULL,
                                          .context = context};
    if (participant_open(&options, &participant) < 0 ||
        participant_register(participant, "put", on_put, "take", on_take) < 0)
        return NULL;
    return participant;
}

int shelf_effect(void *context, const char *saga)
{
    const struct shelf *shelf = context;

    return shelf->manner == SHELF_OUTSIDE ? count_outside() : count(saga);
}
