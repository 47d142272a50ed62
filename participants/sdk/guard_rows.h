/*
 * The guard's table: what has been decided about each step.
 *
 *   saga │ step │ do or undo │ generation ║ decision │ code │ text │ output │ kept until
 *
 *   decision   done       the stored answer is given again
 *              rejected   likewise
 *              tombstone  a fence came first: the do can never happen
 *              begun      WORKING was answered: work is there, undecided; such a row is replaced
 *
 * The row of an undo forbids every generation of its do. Rows survive a crash as soon as the
 * transaction they were written in is committed; so does the work beside them.
 */
#ifndef PARTICIPANTS_SDK_GUARD_ROWS_H
#define PARTICIPANTS_SDK_GUARD_ROWS_H

#include "saga/participant.h"

struct sqlite3_stmt;

#define GUARD_NAME_SIZE 128u         /* Of a saga or a step, within an operation id; with NUL. */
#define GUARD_GENERATION_MAX 1000000 /* A person raises it by one; this is only a bound. */

/* Stored in the column `direction`; never renumber. */
enum guard_direction { GUARD_DO = 0, GUARD_UNDO = 1 };

/* Stored in the column `decision`; never renumber. */
enum guard_decision {
    GUARD_UNDECIDED = 0, /* There is no row. */
    GUARD_DONE = 1,
    GUARD_REJECTED = 2,
    GUARD_TOMBSTONE = 3,
    GUARD_BEGUN = 4,
};

enum guard_statement {
    GUARD_BEGIN,
    GUARD_COMMIT,
    GUARD_SAVE,   /* A savepoint before the work of one call, */
    GUARD_KEEP,   /* which stays, */
    GUARD_REVERT, /* or goes; the savepoint itself remains until GUARD_KEEP. */
    GUARD_SURVEY,
    GUARD_RECALL,
    GUARD_STORE,
    GUARD_FORGET,
    GUARD_STATEMENT_COUNT,
};

struct guard_rows {
    struct sqlite3 *database; /* Borrowed. */
    struct sqlite3_stmt *statements[GUARD_STATEMENT_COUNT];
};

/* An operation id, taken apart: "saga/step/do.generation" or "saga/step/undo". */
struct guard_key {
    char saga[GUARD_NAME_SIZE];
    char step[GUARD_NAME_SIZE];
    enum guard_direction direction;
    int generation; /* 0 for an undo. */
};

/* What all rows of a step say about one key. */
struct guard_survey {
    enum guard_decision own; /* Of this very key. */
    bool undone;
    bool begun;          /* Some generation has left work without a decision. */
    bool superseded;     /* A newer generation is known. */
    int done_generation; /* -1: none is done. */
};

/* False when the call's id is not an operation id, or does not fit its direction. */
bool guard_key_parse(const struct participant_call *call, struct guard_key *ret_key);

/* Create the table when absent, prepare the statements; on a fault, close what was opened. */
int guard_rows_open(struct guard_rows *rows, struct sqlite3 *database);
void guard_rows_close(struct guard_rows *rows);

/* Run one of the statements that have neither parameters nor rows. */
int guard_rows_execute(struct guard_rows *rows, enum guard_statement which);

int guard_rows_survey(struct guard_rows *rows, const struct guard_key *key,
                      struct guard_survey *ret_survey);

/* The stored answer of a key that a survey has found DONE or REJECTED. */
int guard_rows_recall(struct guard_rows *rows, const struct guard_key *key,
                      struct participant_answer *ret_answer);

/* Store a decision; one that is there already, and is not merely begun, stays as it is. */
int guard_rows_store(struct guard_rows *rows, const struct guard_key *key,
                     enum guard_decision decision, const struct participant_answer *answer,
                     uint64_t keep_until_ms);

/* Delete some rows that were to be kept until before @before_ms: how many, or negative. */
int guard_rows_forget(struct guard_rows *rows, uint64_t before_ms);

#endif
