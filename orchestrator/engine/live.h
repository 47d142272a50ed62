/*
 * A live saga: the core's state, and what the engine must remember beside it.
 *
 *   lives ── by number ──▶ live ◀── by key ── lives          every live saga is in both tables,
 *     └── oldest ⇄ … ⇄ newest ──┘                            and in one list in order of number
 *
 * A live saga is a fold of its stream: what is in here can be built again from the journal at any
 * time (live_load), except where its calls are right now. Finished sagas are not in memory.
 */
#ifndef ORCHESTRATOR_ENGINE_LIVE_H
#define ORCHESTRATOR_ENGINE_LIVE_H

#include "codec/record.h"
#include "core/saga.h"
#include "engine/census.h"
#include "engine/live_blocks.h"
#include "engine/timers.h"

struct request;
struct worker;

enum call_place {
    CALL_NOWHERE,
    CALL_WAITING, /* In the participant's list of those that want a permit. */
    CALL_QUEUED,  /* In the participant's queue; no worker has it. */
    CALL_OUT,     /* A worker has it. */
    CALL_RESTING, /* The participant is working on it; asked again at ask_ms. */
};

/* Where the call of one step is: the engine's knowledge of this moment, never stored. */
struct call {
    struct call *next; /* In the list of its place. */
    struct call *previous;
    struct call_list *list;
    struct live *live;
    struct worker *worker;   /* OUT: who has it. */
    uint64_t ask_ms;         /* RESTING: ask again then; OUT and working: then it is unanswered. */
    uint32_t after_ms;       /* The wait that a WORKING answer asked for. */
    uint16_t attempt;
    uint8_t step;
    uint8_t direction;       /* enum saga_direction */
    uint8_t place;           /* enum call_place */
    uint8_t participant;     /* Index in the roster. */
    bool may_have_left;      /* It was out before a crash: never `unsent`. */
    bool answered_working;   /* The worker that had it said WORKING. */
    bool has_place;          /* It holds a place of the participant's bulkhead. */
};

struct call_list {
    struct call *first;
    struct call *last;
    size_t count;
};

void call_list_push(struct call_list *list, struct call *call);
void call_list_remove(struct call *call); /* From whichever list it is in; none is fine. */

struct live {
    struct live *next_by_number;
    struct live *next_by_key;
    struct live *older;
    struct live *newer;
    struct live_block *block;
    struct saga_id id;
    struct saga_id previous;  /* The saga that had its key before, or that it runs again. */
    struct live *census_next; /* These are the census's. */
    struct live *census_previous;
    uint32_t census_steps;
    uint8_t census_group;
    bool census_parked;
    struct timer timer;
    struct request *waiters;  /* Linked by engine_next. */
    uint64_t watcher;         /* The client process that wants to hear how it ends; 0: none. */
    uint8_t digest[RECORD_DIGEST_SIZE]; /* The last link of its chain. */
    uint8_t key_digest[RECORD_KEY_SIZE];
    uint8_t request_hash[RECORD_DIGEST_SIZE];
    uint64_t created_wall_ms;
    uint64_t updated_wall_ms;
    char *tenant;             /* These four point into `words`. */
    char *key;                /* "" when it has none. */
    char *traceparent;
    char *words;              /* Owns. */
    char *code;               /* Owns; why it turned back or is parked; NULL: nothing. */
    char *text;               /* Points behind `code`'s NUL. */
    struct bytes input;       /* Owns. */
    struct bytes *outputs;    /* Owns each; one per step; they point into this allocation. */
    struct call *calls;       /* One per step; likewise. */
    bool staged;              /* An event of it is in the batch that is being gathered. */
    bool listed;              /* In the tables. */
    struct saga *saga;        /* Points into this allocation. */
    struct plan *plan;     /* Borrowed: that of its definition. */
};

struct lives {
    struct live **by_number;
    struct live **by_key;
    size_t buckets; /* A power of two. */
    size_t count;
    struct live *oldest;
    struct live *newest;
    struct live_blocks blocks;
    struct census census;
};

int lives_init(struct lives *lives);
void lives_fini(struct lives *lives); /* Frees the sagas too. */

/* A version of a definition, and where its participants are in the roster. */
struct plan {
    struct plan *next;
    const struct definition *definition;
    uint64_t live; /* Sagas of it that are listed. */
    struct census_tally under_way;
    uint8_t participants[SAGA_STEPS_MAX];
};

/* A saga of this plan's definition, not yet listed. NULL when memory is short. */
struct live *live_new(struct plan *plan, struct saga_id id);
struct live *live_free(struct live *live); /* Takes NULL; it must not be listed. */

/* Take over what a submission says: words, hashes. 0 or FAULT_MEMORY. */
int live_set_submission(struct live *live, const struct record_submission *submission);

/* Replace the input, or a step's output, by a copy. 0 or FAULT_MEMORY. */
int live_set_input(struct live *live, struct bytes input);
int live_set_output(struct live *live, uint8_t step, struct bytes output);

/*
 * Fold one record: apply the event, keep the payload and the words. The record must be the next.
 * The caller has checked the chain and the payload's digest.
 */
int live_fold(struct live *live, const struct record *record, struct bytes payload);

/* List it; its number must be the highest so far. 0 or FAULT_MEMORY. */
int lives_add(struct lives *lives, struct live *live);
void lives_remove(struct lives *lives, struct live *live);

struct live *lives_find(const struct lives *lives, uint64_t number);
/* The newest whose number is below @before, or the newest of all when that is 0; NULL: none. */
struct live *lives_below(const struct lives *lives, uint64_t before);

struct live *lives_find_key(const struct lives *lives, const uint8_t key[RECORD_KEY_SIZE]);

#endif
