/*
 * The desk: questions that are with the engine, and until when somebody waits for the answer.
 *
 *   handler ──exchange_ask──▶ desk ──inbox_ask──▶ engine ──answer──▶ desk ──wake──▶ exchange
 *                               │
 *                               └── deadline passed ──wake──▶ exchange, without an answer
 *
 * An ask belongs to the engine from inbox_ask until its answer, however long that takes; so it is
 * storage of its own, and outlives the exchange that stopped waiting for it.
 *
 * Always: an exchange is woken once for each ask, by its answer or by its deadline, never by both.
 */
#ifndef ORCHESTRATOR_GATEWAY_DESK_H
#define ORCHESTRATOR_GATEWAY_DESK_H

#include "engine/inbox.h"
#include "gateway/filter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct desk;
struct exchange;

struct ask {
    struct request request;    /* First, so that the engine's pointer is the ask's. */
    struct desk *desk;         /* Borrowed. */
    struct exchange *exchange; /* Who waits; NULL once nobody does. Under the desk's lock. */
    uint64_t deadline_ms;      /* Monotonic. */
    size_t place;              /* In the heap of deadlines. */
    char *payload;             /* Owned; what request.input or request.output borrow. */
    struct filter filter;      /* What request.matches compares with. */
    struct status *status;     /* Owned; room for the answer to a STATUS request, */
    struct chore_report *chore; /* and to a CHORE. */
};

/* What an exchange gets from its ask. Owned by the exchange, which ends it with desk_reply_fini. */
struct desk_reply {
    bool came; /* False: the deadline passed first, and nothing else here is set. */
    enum answer_status status;
    bool timed_out;
    struct saga_refusal refusal;
    struct snapshot *snapshot;
    struct page *page;
    struct definitions *definitions;
    struct audit_page *audit;
    struct audit_check audit_check;
    struct status *status_report;
    struct chore_report *chore_report;
};

/*
 * 0, FAULT_MEMORY or FAULT_SYSTEM. @wake is called on the engine's or the desk's own thread, with
 * the connection alone: the exchange is its own thread's again from that moment.
 */
int desk_open(struct inbox *inbox, void (*wake)(void *connection), struct desk **ret_desk);

/* Waits until every ask has its answer; from then on none is admitted. Takes NULL; returns NULL. */
struct desk *desk_close(struct desk *desk);

/* From now on desk_admit says no; returns once every ask has its answer. */
void desk_drain(struct desk *desk);

/* An empty ask, or NULL when memory is short; ended by desk_ask or ask_free. */
struct ask *ask_new(enum request_type type);
void ask_free(struct ask *ask);

/* May one more be asked? If so, one desk_ask must follow. */
bool desk_admit(struct desk *desk);

/*
 * Ask it for @exchange; takes the ask. The exchange must be suspended already, because it may be
 * woken before this returns.
 */
void desk_ask(struct desk *desk, struct ask *ask, struct exchange *exchange, uint64_t deadline_ms);

/*
 * On the thread that was woken, before it looks at the reply: what another thread wrote under the
 * lock is there from here on, whatever the HTTP library does to wake us.
 */
void desk_take_reply(struct desk *desk);

void desk_reply_fini(struct desk_reply *reply);

#endif
