/*
 * The worker: what participant_run does, and what a participant consists of.
 *
 *   polls HOME ──slots and results──▶ server
 *     ▲                                 │ calls and acknowledgements
 *     └── results ◀─commit─ guard ◀─ run each call ◀──┘
 *
 * One thread, the one that called participant_run, does everything here; participant_stop only sets
 * a flag and wakes it. A result exists only after the commit that made it true, and then it leaves
 * on the very poll that brought its call. The slots that are offered never promise more results
 * than the polls could carry at once, so after a lost connection none has to wait.
 */
#ifndef PARTICIPANTS_SDK_WORKER_H
#define PARTICIPANTS_SDK_WORKER_H

#include "base/bytes.h"
#include "core/limits.h"
#include "link.h"
#include "results.h"
#include "saga/guard.h"

#include <stdatomic.h>

#define WORKER_SLOTS 64u /* Calls per poll, unless told otherwise. */
#define WORKER_POLLS 2u
#define WORKER_KEPT_PER_POLL 240u /* That many results of the largest size fit in one message. */
#define WORKER_URL_SIZE 160u

struct operation {
    char name[SAGA_NAME_SIZE];
    char undo_name[SAGA_NAME_SIZE]; /* "": it has no effect to undo. */
    participant_handler *run;
    participant_handler *undo;
};

struct worker_poll {
    bool out;
    uint32_t slots;  /* Offered by it, while it is out. */
    uint64_t due_ms; /* Not sent again before. */
};

struct participant {
    char name[SAGA_NAME_SIZE];
    char url[WORKER_URL_SIZE];
    uint8_t secret[WIRE_CREDENTIAL_MAX];
    size_t secret_size;
    struct guard *guard; /* Owned; NULL: the participant deduplicates by itself. */
    void *context;
    void (*idle)(void *context);
    struct operation operations[PARTICIPANT_OPERATIONS_MAX];
    size_t operation_count;

    uint32_t slots;
    uint32_t poll_count;
    struct worker_poll polls[LINK_POLLS_MAX];
    uint64_t number;   /* Of this worker; random. */
    struct link *link; /* Owned while running. */
    struct results results;
    struct wire_result picked[WIRE_RESULTS_MAX];
    struct buffer body;
    struct participant_answer answer;

    uint64_t idle_ms;   /* When idle is called next. */
    uint64_t forget_ms; /* When the guard forgets next. */
    uint64_t drain_ms;  /* While stopping: when to give up waiting; 0: not stopping. */
    int wake;           /* An eventfd, owned. */
    atomic_bool stopping;
    atomic_bool connected;
    char error[256];
};

/* Remember why it failed, for participant_error. */
void worker_explain(struct participant *participant, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Run all calls of one message in one transaction and keep their results.
 * With @starting false nothing is run and every call is answered BUSY.
 * 0, also when the database failed in a way that passes; negative when it is not to be used again.
 */
int worker_perform(struct participant *participant, const struct wire_work *work, bool starting);

#endif
