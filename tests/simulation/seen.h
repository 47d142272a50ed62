/*
 * What was seen of the world, as the oracle understands it: events, calls, records and definitions
 * in plain structs that share nothing with the product.
 */
#ifndef TESTS_SIMULATION_SEEN_H
#define TESTS_SIMULATION_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_STEPS_MAX 12u
#define SIM_SAGAS_MAX 4096u
#define SIM_CLIENTS_MAX 1024u
#define SIM_NONE 0xffffffffu
#define SIM_NO_STEP 0xffu
#define SIM_ROUTES_MAX 2u
#define CHAIN_LINK_SIZE 32u

enum seen_phase { RUNNING, COMPENSATING, COMPLETED, COMPENSATED, TERMINATED };
enum seen_do {
    DO_PENDING, DO_WAITING, DO_CALLING, DO_BACKOFF, DO_DONE, DO_REJECTED, DO_SKIPPED, DO_NOT_RUN,
    DO_UNKNOWN,
};
enum seen_undo {
    UNDO_NONE, UNDO_DUE, UNDO_WAITING, UNDO_CALLING, UNDO_BACKOFF, UNDO_DONE, UNDO_WAIVED,
};
enum seen_type { SUBMITTED, RESULT, TIMER, VANISHED, PERMITTED, VERB };
enum seen_direction { DIRECTION_DO, DIRECTION_UNDO, DIRECTION_FENCE, DIRECTIONS };
enum seen_verdict { SAID_DONE, SAID_REJECTED, SAID_FENCED, SAID_BUSY, SAID_RETRY, SAID_WORKING };
enum seen_verb { CANCEL, RETRY, PAUSE, RESUME, RESOLVE_DONE, RESOLVE_REJECTED, SKIP, WAIVE,
                 TERMINATE, SEEN_VERBS };

struct seen_step {
    uint64_t forward_wake_ms, backward_wake_ms;
    uint64_t forward_patience_ms, backward_patience_ms; /* 0: none. */
    uint32_t forward_attempt, forward_counted, backward_attempt;
    uint8_t do_state, undo_state, generation, route;
    bool touched, doubt_earlier, resent, working, fencing, has_output;
};

struct seen_event {
    uint64_t number;  /* Of the saga. */
    uint64_t time_ms; /* By the engine's clock. */
    uint64_t deadline_ms;
    uint32_t sequence;
    uint32_t attempt; /* That an answer is for. */
    uint32_t changed, called; /* Masks of steps. */
    uint8_t type, step, direction, verdict, verb, phase, parked, turn_step;
    bool paused, turned_for_service, late, overdue;
    bool by_person; /* A verb, and not one that the server uses by itself. */
    /* Of the first event. */
    uint32_t client; /* Who asked, from its input. */
    uint32_t shape;
    uint64_t previous;
    bool has_row, has_key, key_fits;
    struct seen_step steps[SIM_STEPS_MAX]; /* Where `changed` has the bit. */
};

/* An entry of the audit. */
struct seen_audit {
    uint64_t number; /* Of the saga. */
    uint32_t sequence;
    uint8_t verb;
    bool accepted;
    struct { uint8_t phase, parked; bool paused; } before, after;
    const uint8_t *event_link; /* NULL: it speaks of no event. */
};

/* A definition, as far as the oracle must know it. */
struct shape {
    char name[16];
    uint32_t step_count;
    uint8_t pivot; /* or SIM_NO_STEP */
    uint32_t deadline_ms, patience_ms;
    struct {
        uint32_t needs, dependents;
        uint32_t timeout_ms, attempts, backoff_max_ms;
        uint8_t routes[SIM_ROUTES_MAX], route_count; /* Participants. */
        uint8_t confirms; /* What is reserved there before the pivot; or SIM_NO_STEP. */
        bool confirmed;   /* A step after the pivot confirms it. */
        bool guarded, read_only, has_undo, compensate_on_reject, after_pivot;
    } steps[SIM_STEPS_MAX];
};

struct seen_call {
    uint32_t saga; /* Its place in the oracle. */
    uint32_t attempt;
    uint8_t step, direction, generation, participant;
    uint64_t input_hash;
    uint32_t outputs;        /* Mask of the steps whose output is with it, */
    uint32_t outputs_wrong;  /* and of those that are not what was recorded. */
    bool own_output, own_output_wrong, outcome_known;
};

#endif
