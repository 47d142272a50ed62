/*
 * The inbox: the only lock. Whatever wants something from the engine puts it here.
 *
 *   gateway ──requests──┐
 *   transport ──deliveries──▶ inbox ──drained once per turn──▶ engine ──answer──▶ the asker
 *   main ──stop─────────┘
 *
 * A request is the asker's storage and stays valid until its answer; the answer is called exactly
 * once, on the engine's thread (or inside inbox_ask, when the inbox refuses it), and must return at
 * once: copy or take what it needs, wake somebody, return. What an answer promises is durable.
 */
#ifndef ORCHESTRATOR_ENGINE_INBOX_H
#define ORCHESTRATOR_ENGINE_INBOX_H

#include "base/clock.h"
#include "base/traceparent.h"
#include "engine/audit_page.h"
#include "engine/chore.h"
#include "engine/report.h"
#include "engine/snapshot.h"
#include "engine/timers.h"
#include "transport/transport.h"

#define INBOX_REQUESTS_MAX 16384u /* Waiting to be drained; one more is answered ANSWER_SHED. */
#define INBOX_DEFINITIONS_MAX 1000u
#define INBOX_PAGE_MAX 50u      /* Who wants more asks again: meanwhile others go on. */
#define INBOX_PAGE_WHOLE_MAX 4u /* Each whole saga that has ended is read from the store. */

enum request_type {
    REQUEST_SUBMIT,
    REQUEST_VERB,
    REQUEST_GET,
    REQUEST_LIST,
    REQUEST_STATUS,
    REQUEST_DEFINITIONS,
    REQUEST_AUDIT_LIST,
    REQUEST_AUDIT_CHECK,
    REQUEST_CHORE,
};

/* When the answer to SUBMIT, VERB and GET is given; in any case when wait_ms have passed. */
enum request_wait {
    WAIT_NOTHING,  /* As soon as it is durable. */
    WAIT_DECIDED,  /* The pivot is done, or the saga has turned back, or it has ended. */
    WAIT_FINISHED, /* It has ended, or it is parked. */
    WAIT_NEWER,    /* Its sequence is above after_sequence. */
};

enum answer_status {
    ANSWER_OK,             /* What was asked for is set. */
    ANSWER_REPLAYED,       /* SUBMIT: the key was used with this request: that saga. */
    ANSWER_CONFLICT,       /* SUBMIT: the key was used with another request; `snapshot` names it. */
    ANSWER_RELEASING,      /* SUBMIT: the key's saga was turned back for want of a service and is
                              not compensated yet; ask again. `snapshot` is that saga. */
    ANSWER_NO_DEFINITION,
    ANSWER_TOO_LARGE,
    ANSWER_SHED,           /* Overloaded, or stopping: nothing was started or looked at. */
    ANSWER_FULL,           /* The disk is full: nothing was started. */
    ANSWER_NOT_FOUND,
    ANSWER_REFUSED,        /* VERB: `refusal` and `snapshot` say why and what is allowed. */
    ANSWER_CHANGED,        /* VERB: the saga is not at `only_sequence`; `snapshot` shows it. */
    ANSWER_FAULT,
};

struct answer {
    enum answer_status status;
    bool timed_out;             /* wait_ms passed before what was waited for. */
    struct saga_refusal refusal;
    struct snapshot *snapshot;  /* Taken by the asker, or NULL. */
    struct page *page;          /* Taken by the asker, or NULL. */
    struct definitions *definitions;    /* Taken by the asker, or NULL. */
    struct audit_page *audit;   /* Taken by the asker, or NULL. */
    const struct status *status_report; /* Borrowed until the answer function returns, */
    const struct audit_check *audit_check; /* and so are these. */
    const struct chore_report *chore_report;
};

struct request {
    struct request *next;       /* The engine's, from inbox_ask until the answer. */
    enum request_type type;
    void (*answer)(struct request *request, struct answer *answer);

    /* SUBMIT; tenant also limits VERB, GET and LIST when it is not "" */
    char tenant[SAGA_TENANT_SIZE];
    char key[SAGA_KEY_SIZE];    /* "": no idempotency. */
    char definition[SAGA_NAME_SIZE];
    char traceparent[TRACEPARENT_SIZE]; /* Valid, or "". */
    struct bytes input;         /* Borrowed until the answer: canonical JSON. */
    struct saga_id previous;    /* The ended saga that this one runs again; number 0: none. */

    /* SUBMIT, VERB, GET */
    enum request_wait wait;
    uint32_t wait_ms;
    uint32_t after_sequence;
    bool with_events;           /* The snapshot lists the history. */

    /* VERB, GET */
    struct saga_id id;
    enum saga_verb verb;
    char step[SAGA_NAME_SIZE];  /* "" for verbs that name none. */
    bool force;
    uint32_t only_sequence;     /* Act only if the saga is at this sequence still; 0: anyway. */
    bool for_want_of_service;
    char actor[SAGA_NAME_SIZE];
    char credential[SAGA_NAME_SIZE]; /* Whose key it was, and its role; for the audit. */
    char role[RECORD_ROLE_SIZE];
    char reason[SAGA_TEXT_SIZE];
    struct bytes output;        /* RESOLVE_DONE: the step's output. */

    /* DEFINITIONS: of `definition` if it is not ""; also before, limit, and with_finished for
       those that neither a file nor a live saga has */
    char version[2 * DEFINITION_HASH_SIZE + 1]; /* Begins with it, in hexadecimal; "": any. */
    bool only_newest;                           /* One row: the current version, else the newest. */

    /* LIST: conditions joined by and; see docs/reference/api.md for the filter's grammar */
    uint64_t before;
    uint32_t limit;
    bool only_stuck;
    bool with_finished;
    bool newer;                 /* From `before` on, oldest first; only with_finished. */
    bool whole;                 /* Each row with its snapshot; a limit of INBOX_PAGE_WHOLE_MAX. */
    bool (*matches)(const struct request *request, const struct page_row *row); /* NULL: all. */

    /* AUDIT_LIST, with `before` and `limit`; AUDIT_CHECK */
    struct audit_query audit;

    /* CHORE; actor says who */
    struct chore chore;

    /* the engine's own */
    struct timer engine_timer;
    struct request *engine_next;
    struct live *engine_live;
    bool engine_replayed;
};

struct inbox;
struct live;

/* 0 or a fault. */
int inbox_open(struct inbox **ret_inbox);
struct inbox *inbox_close(struct inbox *inbox);

/* Ask; the answer comes later. Thread: any. */
void inbox_ask(struct inbox *inbox, struct request *request);

/* The transport's sink. Takes the delivery. Thread: any. */
void inbox_deliver(void *inbox, struct transport_delivery *delivery);

/* Ask the engine to stop: shed what is new, let what is out come home, end. Thread: any. */
void inbox_stop(struct inbox *inbox);

/* ---- for the engine ---- */

/* Take all that has arrived, oldest first; the lists are linked by `next`. */
void inbox_drain(struct inbox *inbox, struct request **ret_requests,
                 struct transport_delivery **ret_deliveries);
bool inbox_is_stopping(struct inbox *inbox);

/* The engine has ended: what waits here, and whatever is asked from now on, is answered SHED. */
void inbox_refuse(struct inbox *inbox);

/* Block until something arrives or so many ms have passed. */
void inbox_wait(struct inbox *inbox, uint64_t ms);

#endif
