/*
 * An input: something that may happen to a saga, with all that a decision needs.
 *
 * Time, chance and permission are inputs. An input says what the engine can do right now (permits
 * and routes), and which calls it can still take back (unsent); the core decides, and cannot ask.
 */
#ifndef ORCHESTRATOR_CORE_INPUT_H
#define ORCHESTRATOR_CORE_INPUT_H

#include "core/limits.h"

#include <stdbool.h>
#include <stdint.h>

enum saga_direction {
    SAGA_DO,
    SAGA_UNDO,
    SAGA_FENCE, /* Asks the guard to make sure that the do can never happen. */
    SAGA_DIRECTION_COUNT,
};

enum saga_verdict {
    SAGA_VERDICT_DONE,
    SAGA_VERDICT_REJECTED,
    SAGA_VERDICT_FENCED,
    SAGA_VERDICT_BUSY,
    SAGA_VERDICT_RETRY,
    SAGA_VERDICT_WORKING,
    SAGA_VERDICT_COUNT,
};

enum saga_verb {
    SAGA_CANCEL,
    SAGA_RETRY,
    SAGA_PAUSE,
    SAGA_RESUME,
    SAGA_RESOLVE_DONE,
    SAGA_RESOLVE_REJECTED,
    SAGA_SKIP,
    SAGA_WAIVE,
    SAGA_TERMINATE,
    SAGA_VERB_COUNT,
};

enum saga_input_type {
    SAGA_INPUT_SUBMIT,
    SAGA_INPUT_RESULT,    /* An authenticated answer whose token fits (rule 10). */
    SAGA_INPUT_TIMER,     /* The time in saga_wants.timer_ms has come. */
    SAGA_INPUT_VANISHED,  /* The worker that held the call is gone, or did not answer when asked. */
    SAGA_INPUT_PERMITTED, /* Some of the permits that the saga wants can be had now. */
    SAGA_INPUT_VERB,
    SAGA_INPUT_COUNT,
};

struct saga_input {
    enum saga_input_type type;
    uint64_t time_ms;

    /* What the engine can do right now. */
    uint32_t permits_do;   /* Steps that can be called; for a touched step, on its bound route. */
    uint32_t permits_undo;
    uint32_t unsent;       /* CALLING steps, either direction, whose call no worker has taken. */
    uint32_t resent;       /* CALLING steps whose attempt may have been handed out twice: before a
                              crash of the server, and after it. */
    uint8_t routes[SAGA_STEPS_MAX]; /* Per step: the route that permits_do speaks of. */

    /* RESULT and VANISHED */
    uint8_t step;
    enum saga_direction direction;
    uint16_t attempt;
    uint8_t generation;
    enum saga_verdict verdict;
    bool has_output;
    uint32_t after_ms;     /* BUSY, RETRY, WORKING: the wait that the participant asks for. */

    /* VERB; `step` too, for those that name one */
    enum saga_verb verb;
    bool force;            /* Resolve a pivot as rejected without a fence. */
    bool for_want_of_service; /* This cancel gives up waiting for a service (rule 1). */
};

enum saga_refusal_reason {
    SAGA_REFUSED_TERMINAL,
    SAGA_REFUSED_PIVOT_DONE,     /* Too late: there is no way back. */
    SAGA_REFUSED_PIVOT_IN_DOUBT, /* Too late: nobody knows whether there is a way back. */
    SAGA_REFUSED_COMPENSATING,   /* It has turned back already. */
    SAGA_REFUSED_NOT_HELD,
    SAGA_REFUSED_ALREADY_PAUSED,
    SAGA_REFUSED_STEP_STATE,     /* The step is not in a state that this verb can change. */
    SAGA_REFUSED_STEP_PIVOT,     /* The pivot cannot be skipped. */
    SAGA_REFUSED_OUTPUT_NEEDED,  /* Another step needs this step's output. */
    SAGA_REFUSED_NO_SUCH_STEP,
    SAGA_REFUSED_COUNT,
};

struct saga_refusal {
    enum saga_refusal_reason reason;
    uint32_t allowed; /* Mask of 1u << enum saga_verb: what the state allows instead. */
};

/* What the engine knows of the world around a saga, for its condition. */
struct saga_facts {
    uint64_t now_ms;
    uint32_t no_worker; /* Steps whose participant has no live worker. */
    uint32_t breaker;   /* Steps whose participant's breaker is open. */
    uint32_t throttled; /* Steps whose retry budget is spent. */
};

enum saga_condition_name {
    SAGA_PROGRESSING,
    SAGA_RETRYING,
    SAGA_SLEEPING,
    SAGA_WAITING,
    SAGA_NO_WORKER,
    SAGA_BLOCKED_BY_BREAKER,
    SAGA_THROTTLED,
    SAGA_OVERDUE,
    SAGA_PAUSED,
    SAGA_PARKED,
    SAGA_CONDITION_COUNT,
};

struct saga_condition {
    enum saga_condition_name name;
    uint64_t since_ms;
    uint8_t step; /* Its subject, or DEFINITION_NO_STEP. */
};

#endif
