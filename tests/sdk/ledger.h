/*
 * A participant's database for tests of the guard: a ledger of effects, and handlers that write it.
 *
 * Each do adds a row (saga, generation), each undo deletes the saga's rows; so the effect of a saga
 * is the number of its rows. What is not committed is lost by a crash, which is a new connection.
 */
#ifndef TESTS_SDK_LEDGER_H
#define TESTS_SDK_LEDGER_H

#include "saga/guard.h"

#include <sqlite3.h>

enum ledger_mood {
    LEDGER_WILLING,  /* Every do is DONE. */
    LEDGER_REFUSING, /* Generation 0 is REJECTED, and leaves a row for the guard to roll back. */
    LEDGER_FAILING,  /* Every first try is RETRY, and leaves a row likewise. */
    LEDGER_WORKING,  /* Every first try is WORKING, and keeps its row. */
};

struct ledger {
    char folder[64];
    char path[96];
    sqlite3 *database;
    struct guard *guard;
    enum ledger_mood mood;
    unsigned tries[2];                /* Per generation of the present saga. */
    unsigned runs;                    /* How often any handler ran. */
    bool has_seen_output;             /* Whether the last undo was told what the do answered. */
    struct participant_answer answer; /* The last one. */
};

void ledger_init(struct ledger *ledger);
void ledger_fini(struct ledger *ledger);

/* Lose what is not committed, and come back. */
void ledger_crash(struct ledger *ledger);

/* Begin and commit by the guard, which must succeed. */
void ledger_begin(struct ledger *ledger);
void ledger_commit(struct ledger *ledger);

/* Have the guard decide one call inside the message; the answer's verdict. */
enum participant_verdict ledger_call(struct ledger *ledger, const char *saga,
                                     enum participant_direction direction, unsigned generation);

/* The same in a message of its own. */
enum participant_verdict ledger_ask(struct ledger *ledger, const char *saga,
                                    enum participant_direction direction, unsigned generation);

int ledger_effect(struct ledger *ledger, const char *saga);
int ledger_count(struct ledger *ledger, const char *query);

/* The handlers; the context is the ledger. */
void ledger_do(void *context, const struct participant_call *call,
               struct participant_answer *answer);
void ledger_undo(void *context, const struct participant_call *call,
                 struct participant_answer *answer);

#endif
