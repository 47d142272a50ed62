/*
 * The audit: an entry for each verb of a person, in the commit of the event that it made.
 *
 *   operate ─▶ audit_verb ───┬─entry─▶ batch_commit: events, then entries ─▶ one append
 *   submit ──▶ audit_start ──┘
 *
 * Always: a verb that was accepted has its event and its entry in one commit. A verb that was not
 * accepted has an entry and no event. What the server does by itself has no entry: it is in the
 * histories of its sagas. When the disk is full, refusals are not written: they did nothing.
 */
#ifndef ORCHESTRATOR_ENGINE_AUDIT_H
#define ORCHESTRATOR_ENGINE_AUDIT_H

#include "engine/audit_page.h"
#include "store/store.h"

struct engine;
struct live;
struct looked;
struct request;
struct staged;

/* An entry of the batch that is gathered. */
struct audit_entry {
    struct record_audit record;
    const struct staged *staged; /* Its event, borrowed from the batch; NULL: it has none. */
};

struct audit {
    uint32_t sequence; /* Of the stream's last entry that is durable; 0: none. */
    uint8_t digest[RECORD_DIGEST_SIZE]; /* The link after it. */
    struct audit_entry *entries;        /* Owns. */
    size_t count;
    size_t capacity;
    struct buffer bodies;
    struct buffer body;
};

/* ---- audit.c ---- */

/* Find the end of the stream. 0; FAULT_CORRUPT when the last entry is not as it was written. */
int audit_recover(struct engine *engine);
void audit_fini(struct audit *audit);

/*
 * Keep an entry about this verb for the next commit. @live is as it was before the verb; @staged is
 * the event, when it was accepted. 0 or FAULT_MEMORY.
 */
int audit_verb(struct engine *engine, const struct live *live, const struct request *request,
               enum record_outcome outcome, const struct staged *staged, const char *text);

/* Keep an entry about an act that starts a saga, by its first event. 0 or FAULT_MEMORY. */
int audit_start(struct engine *engine, const struct request *request, const char *act,
                const struct staged *staged, const char *text);

/* Keep an entry about an act upon the server, by request->actor and so on. 0 or FAULT_MEMORY. */
int audit_act(struct engine *engine, const struct request *request, const char *act,
              enum record_outcome outcome, const char *text);

/* The store's records of the entries; the links of their events are known. 0 or FAULT_MEMORY. */
int audit_records(struct engine *engine, struct store_record *records);

/* The disk is full: forget the entries without an event, and those of sagas that did not start. */
void audit_drop_refusals(struct audit *audit);

/* They are durable. */
void audit_written(struct audit *audit, const struct store_record *records);

/*
 * Answer AUDIT_LIST and AUDIT_CHECK; audit_look.c. 0 and how much was looked at and shown, or a
 * fault, and then it was not answered.
 */
int audit_list(struct engine *engine, struct request *request, struct looked *ret_looked);
int audit_check(struct engine *engine, struct request *request, struct looked *ret_looked);

#endif
