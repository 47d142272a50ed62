/*
 * libsaga-participant: be a step of a saga.
 *
 *   server ──calls──▶ worker ──▶ your handler, inside a transaction ──▶ guard ──commit──▶ results
 *          ◀──results, kept until acknowledged──────────────────────────────────────────────┘
 *
 * A participant registers operations: a do and, where it has an effect, an undo. The worker asks
 * the server for work, runs all calls of one message in one transaction of your SQLite database,
 * with a savepoint per call, commits once, and then answers. The guard in the same transaction
 * makes every operation happen at most once, whatever is repeated, lost or reordered:
 *
 *   - a call that was decided before is answered again, and your handler does not run;
 *   - an undo for something that never happened is answered DONE, and blocks the do for ever;
 *   - a refusal rolls your work back and is final.
 *
 * After a crash, what was committed is answered again when the server asks again; what was not
 * committed never happened. Handlers run one at a time, on the thread that called participant_run.
 */
#ifndef SAGA_PARTICIPANT_H
#define SAGA_PARTICIPANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sqlite3;
struct participant;

#define PARTICIPANT_OUTPUT_MAX 16384u
#define PARTICIPANT_CODE_SIZE 64u
#define PARTICIPANT_TEXT_SIZE 256u
#define PARTICIPANT_OPERATIONS_MAX 64u

enum participant_direction { PARTICIPANT_DO, PARTICIPANT_UNDO, PARTICIPANT_FENCE };

enum participant_verdict {
    PARTICIPANT_DONE,     /* The effect is durable once your transaction is. */
    PARTICIPANT_REJECTED, /* A business refusal; nothing is left behind. Final, except for undo. */
    PARTICIPANT_FENCED,   /* Only the guard answers this. */
    PARTICIPANT_BUSY,     /* Not started; ask again after after_ms. */
    PARTICIPANT_RETRY,    /* Failed; ask again. Your work of this call is rolled back. */
    PARTICIPANT_WORKING,  /* Accepted and going on, your work of this call is kept; ask again with
                             the same id after after_ms. */
};

struct participant_output {
    const char *step;
    const void *data;
    size_t size;
};

/* What the server asks. All of it is borrowed until the handler returns. */
struct participant_call {
    const char *operation_id; /* The idempotency key: the same for every attempt. */
    const char *saga;         /* "saga_…" */
    const char *sid;          /* "SM…": the same id as the Messages face spells it. */
    const char *definition;
    const char *step;
    const char *operation;
    const char *tenant; /* The account. */
    const char *traceparent;
    enum participant_direction direction;
    uint32_t attempt;
    uint32_t ms_left;  /* Until the server stops waiting for this attempt. */
    const void *input; /* The saga's input, JSON. */
    size_t input_size;
    const struct participant_output *outputs; /* Of the steps that this one needs. */
    size_t output_count;
    const void *own_output; /* When undoing: what the do answered, if it is known. */
    size_t own_output_size;
    bool outcome_known;
    uint64_t horizon_ms;
};

/* What the handler answers. It starts as DONE with no output. */
struct participant_answer {
    enum participant_verdict verdict;
    char code[PARTICIPANT_CODE_SIZE];
    char text[PARTICIPANT_TEXT_SIZE];
    uint32_t after_ms;
    size_t output_size;
    uint8_t output[PARTICIPANT_OUTPUT_MAX];
};

/* Shorthands for handlers. participant_done returns false when the output is too large. */
bool participant_done(struct participant_answer *answer, const void *output, size_t size);
void participant_reject(struct participant_answer *answer, const char *code, const char *text);
void participant_retry(struct participant_answer *answer, const char *code, const char *text);
void participant_busy(struct participant_answer *answer, uint32_t after_ms);

typedef void participant_handler(void *context, const struct participant_call *call,
                                 struct participant_answer *answer);

struct participant_options {
    const char *name;   /* As the server's configuration spells it. */
    const char *url;    /* "ipc:///…" or "tcp://host:port" */
    const void *secret; /* What proves the name. */
    size_t secret_size;
    struct sqlite3 *database;    /* Borrowed. NULL: no guard, no transaction; you deduplicate. */
    uint32_t slots;              /* Calls per poll; 0: 64. */
    uint32_t polls;              /* Polls kept out; 0: 2. */
    void *context;               /* Given to every handler. */
    void (*idle)(void *context); /* Called on the run thread about every 100 ms; may be NULL. */
};

/*
 * Prepare a participant; nothing is dialled yet. Strings are copied.
 * 0; negative when memory, the guard's table or an argument is at fault (participant_error).
 */
int participant_open(const struct participant_options *options, struct participant **ret);

/* Register before participant_run. @undo_operation and @undo are NULL for a step without effect. */
int participant_register(struct participant *participant, const char *operation,
                         participant_handler *run, const char *undo_operation,
                         participant_handler *undo);

/*
 * Ask for work and do it until participant_stop; reconnects for ever. Returns 0 after a stop;
 * negative when the server refuses the credential, or the database failed (participant_error).
 */
int participant_run(struct participant *participant);

/* Make participant_run return soon. May be called from a signal handler or another thread. */
void participant_stop(struct participant *participant);

bool participant_is_connected(const struct participant *participant);
/* Why the last call failed; with NULL, why this thread's last participant_open did. */
const char *participant_error(const struct participant *participant);

/* Takes NULL; returns NULL. */
struct participant *participant_close(struct participant *participant);

#endif
