/*
 * An event: what happened to a saga, and everything that was decided because of it.
 *
 *   judge ──writes──▶ event ──append──▶ journal ──fold──▶ apply copies it into the saga
 *
 * Decisions are data. An event carries the saga's new state whole, and the new value of each step
 * that it changed, so that a journal written under yesterday's rules folds the same under today's.
 * Texts (codes, reasons, actors) and payloads travel beside the event; the core needs none of them.
 *
 * Times are milliseconds of the engine's clock, which never goes backwards.
 */
#ifndef ORCHESTRATOR_CORE_EVENT_H
#define ORCHESTRATOR_CORE_EVENT_H

#include "core/limits.h"

#include <stdbool.h>
#include <stdint.h>

enum saga_phase {
    SAGA_RUNNING,
    SAGA_COMPENSATING,
    SAGA_COMPLETED,
    SAGA_COMPENSATED,
    SAGA_TERMINATED,
    SAGA_PHASE_COUNT,
};

enum saga_do_state {
    SAGA_DO_PENDING,  /* Not due yet, or not permitted and never called. */
    SAGA_DO_WAITING,  /* Due, but not permitted yet. */
    SAGA_DO_CALLING,
    SAGA_DO_BACKOFF,
    SAGA_DO_DONE,
    SAGA_DO_REJECTED, /* Settled: the participant refused and nothing is left behind. */
    SAGA_DO_SKIPPED,
    SAGA_DO_NOT_RUN,  /* The saga turned back before the step was called. */
    SAGA_DO_UNKNOWN,  /* In doubt when the saga turned back; its undo decides. */
    SAGA_DO_COUNT,
};

enum saga_undo_state {
    SAGA_UNDO_NONE,
    SAGA_UNDO_DUE,     /* Owed, but a step that depends on it is not undone yet. */
    SAGA_UNDO_WAITING, /* Its turn, but not permitted yet. */
    SAGA_UNDO_CALLING,
    SAGA_UNDO_BACKOFF,
    SAGA_UNDO_DONE,
    SAGA_UNDO_WAIVED,
    SAGA_UNDO_COUNT,
};

enum saga_park_reason {
    SAGA_PARK_NONE,
    SAGA_PARK_REJECTED_AFTER_PIVOT,
    SAGA_PARK_UNDO_REJECTED,
    SAGA_PARK_EXHAUSTED, /* on_exhausted: park */
    SAGA_PARK_PATIENCE,  /* Pivot in doubt, after the pivot, or undo, for as long as patience. */
    SAGA_PARK_FENCED,    /* A do met a tombstone that nobody should have set. */
    SAGA_PARK_EVENTS,    /* More than SAGA_EVENTS_MAX events. */
    SAGA_PARK_COUNT,
};

enum saga_turn_reason {
    SAGA_TURN_NONE,
    SAGA_TURN_REJECTED,
    SAGA_TURN_EXHAUSTED,
    SAGA_TURN_DEADLINE,
    SAGA_TURN_CANCELLED,
    SAGA_TURN_COUNT,
};

/* One direction's calls of one step. */
struct saga_call {
    uint64_t wake_ms;     /* CALLING: the attempt's deadline; BACKOFF: when the next is due. */
    uint64_t patience_ms; /* Park when this passes; 0: attempts are counted instead. */
    uint64_t since_ms;    /* When the present do or undo state was entered. */
    uint16_t attempt;     /* Number of the latest attempt; 0: never called. */
    uint16_t counted;     /* Attempts that count towards `attempts`. */
};

struct saga_step {
    struct saga_call forward; /* do, and fence */
    struct saga_call backward;
    uint8_t do_state;   /* enum saga_do_state */
    uint8_t undo_state; /* enum saga_undo_state */
    uint8_t route;      /* Index into the definition's routes that the calls took. */
    uint8_t generation; /* Rises when an operator retries a REJECTED step. */
    bool touched;       /* A call may have left, and no settled answer says it had no effect. */
    bool doubt_earlier; /* An attempt before the one that is out may still act. */
    bool resent;        /* One attempt was handed out before a crash of the server and after it. */
    bool working;       /* The call that is out was accepted; ask again with the same key. */
    bool fencing;       /* The forward call asks for a fence instead of work. */
    bool has_output;
};

struct saga_state {
    uint64_t created_ms;
    uint64_t updated_ms;     /* The time of the latest event. */
    uint64_t deadline_ms;    /* Until the pivot is done; stands still while held. */
    uint64_t held_ms;        /* Since when it is held; 0: not held. */
    uint32_t events_limit;   /* Parks when the sequence passes this. */
    uint8_t phase;           /* enum saga_phase */
    uint8_t turn_reason;     /* enum saga_turn_reason */
    uint8_t turn_step;       /* The step that turned it back, or DEFINITION_NO_STEP. */
    uint8_t parked;          /* enum saga_park_reason; SAGA_PARK_NONE: not parked. */
    uint8_t parked_step;
    bool paused;
    bool overdue;            /* The deadline passed while the pivot was in doubt. */
    bool turned_for_service; /* Turned back for want of a service: its key is released (rule 1). */
};

enum saga_event_type {
    SAGA_EVENT_SUBMITTED,
    SAGA_EVENT_RESULT,
    SAGA_EVENT_TIMER,
    SAGA_EVENT_VANISHED,
    SAGA_EVENT_PERMITTED,
    SAGA_EVENT_VERB,
    SAGA_EVENT_COUNT,
};

struct saga_event {
    uint64_t time_ms;
    uint32_t sequence;  /* 1 for the submit. */
    uint8_t type;       /* enum saga_event_type */

    /* What happened: for RESULT, VANISHED and VERB. */
    uint8_t step;       /* or DEFINITION_NO_STEP */
    uint8_t direction;  /* enum saga_direction */
    uint8_t verdict;    /* enum saga_verdict */
    uint8_t verb;       /* enum saga_verb */
    uint16_t attempt;   /* The attempt that the result answers. */
    bool late;          /* It came after the undo was called: recorded, without effect. */

    /* What was decided. */
    struct saga_state state;
    uint32_t changed;   /* Mask of the steps whose new value follows. */
    uint32_t called;    /* Mask of the steps that this event calls, or undoes. */
    struct saga_step steps[SAGA_STEPS_MAX]; /* Valid where `changed` has the bit. */
};

#endif
