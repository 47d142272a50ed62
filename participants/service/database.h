/*
 * A participant's own database: one file, one process, one connection.
 *
 *   barrier: sync the file, its WAL and the folder ─▶ open, exclusively ─▶ empty the WAL, synced
 *   ─▶ create or check the tables ─▶ sync the folder ─▶ prepare every statement
 *
 * After database_open, all that is read is on the disk: a killed predecessor's last commit is
 * either durable or gone, never acted upon and then lost. Every commit is synced (WAL,
 * synchronous=FULL). A second process is turned away for as long as the first lives.
 *
 * The connection is SQLite's serialized kind: each step of a statement is safe from any thread.
 * What keeps whole transactions of two threads apart is turn.h.
 */
#ifndef PARTICIPANTS_SERVICE_DATABASE_H
#define PARTICIPANTS_SERVICE_DATABASE_H

#include "service/query.h"

#include <stddef.h>
#include <stdint.h>

struct sqlite3;
struct database;

#define PROBLEM_SIZE 4608u /* A path of any length, and a sentence. */

/* What a service keeps; static and constant. */
struct database_schema {
    const char *name; /* "billing": the file is DIR/billing.db. */
    int version;      /* Of the tables; a file of a later one is refused. */
    const char *tables;
    const char *const *statements; /* By number, as database_query takes it. */
    size_t statement_count;
};

enum database_mode {
    DATABASE_CREATE,   /* Make the file when it is not there. */
    DATABASE_EXISTING, /* A look at what is there. */
};

/*
 * 0; FAULT_LOCKED when another process has it; another fault. @ret_problem is then a sentence for
 * people. The schema is borrowed for as long as the database is open.
 */
int database_open(const char *dir, const struct database_schema *schema, enum database_mode mode,
                  struct database **ret_database, char ret_problem[PROBLEM_SIZE]);

/* The same tables in memory, for tests and fuzzing. */
int database_open_memory(const struct database_schema *schema, struct database **ret_database);

/* Takes NULL; returns NULL. */
struct database *database_close(struct database *database);

/* The statement with this number, ended and without values. */
struct query *database_query(struct database *database, size_t number);

int database_begin(struct database *database);
int database_commit(struct database *database); /* A fault: what happened is unknown. */
void database_rollback(struct database *database);

struct sqlite3 *database_handle(struct database *database); /* Borrowed. */
const char *database_error(struct database *database);      /* SQLite's words for the last fault. */

#endif
