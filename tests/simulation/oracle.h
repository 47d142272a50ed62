/*
 * The oracle: what clients, participants and the journal saw, and whether the promise held.
 *
 *   journal ──seen_event──▶ ┐
 *   wire ─────seen_call───▶ ├─ oracle ─▶ the first broken invariant, by its number
 *   ledgers, clients ─────▶ ┘
 *
 * It knows nothing of the core: a reader turns what was seen into these plain structs, and the
 * oracle draws its own conclusions from them.
 */
#ifndef TESTS_SIMULATION_ORACLE_H
#define TESTS_SIMULATION_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_STEPS_MAX 12u
#define SIM_SAGAS_MAX 4096u
#define SIM_CLIENTS_MAX 1024u
#define SIM_NONE 0xffffffffu
#define SIM_NO_STEP 0xffu

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
                 TERMINATE };

struct seen_step {
    uint64_t forward_wake_ms, backward_wake_ms;
    uint32_t forward_attempt, forward_counted, backward_attempt;
    uint8_t do_state, undo_state, generation;
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
    /* Of the first event. */
    uint32_t client; /* Who asked, from its input. */
    uint32_t shape;
    uint64_t previous;
    bool has_row, has_key, key_fits;
    struct seen_step steps[SIM_STEPS_MAX]; /* Where `changed` has the bit. */
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
        uint8_t participant;
        bool guarded, read_only, has_undo, compensate_on_reject, after_pivot;
    } steps[SIM_STEPS_MAX];
};

struct seen_call {
    uint32_t saga; /* Its place in the oracle. */
    uint32_t attempt;
    uint8_t step, direction, generation;
    uint64_t input_hash;
    uint32_t outputs;        /* Mask of the steps whose output is with it, */
    uint32_t outputs_wrong;  /* and of those that are not what was recorded. */
    bool own_output, own_output_wrong, outcome_known;
};

struct oracle_step {
    struct seen_step seen;
    uint8_t answered[DIRECTIONS]; /* Masks of the verdicts that the participant gave. */
    uint32_t arrived;             /* The attempt whose answer the server has in its hands. */
    uint32_t fenced;              /* The generation that a fence forbade, plus one; 0: none. */
    uint8_t answered_generation;  /* Of the latest do's answers. */
    bool do_called, undo_called;  /* Ever, in the journal. */
    bool do_left;                 /* Ever, on the wire. */
    bool by_person;               /* Somebody skipped, waived or resolved it. */
    bool undone;                  /* In the ledger. */
    int32_t effect;               /* In the ledger. */
    uint32_t outputs;             /* What its first call had with it. */
    uint64_t doubtful;            /* The do's attempts that may still act, by bit; */
    uint64_t handed, twice;       /* that a worker has, and that two may have. */
};

struct oracle_saga {
    uint64_t number;
    uint64_t input_hash;
    uint64_t deadline_ms, held_ms; /* Held since then. */
    uint64_t time_ms, wall_ms; /* Of its latest event. */
    uint32_t sequence;
    uint32_t client;
    uint32_t shape;
    uint32_t told_sequence;
    uint8_t phase, parked;
    bool paused, turned_for_service, terminated_by_person, acked, dirty;
    bool other_body; /* It is of the request that came second. */
    struct oracle_step steps[SIM_STEPS_MAX];
};

struct oracle_client {
    uint32_t saga;    /* The newest of its key. */
    bool keyed;
    bool refused;     /* Its only submit was refused: nothing of it may ever be. */
};

struct oracle {
    struct shape shapes[16];
    uint32_t shape_count;
    struct oracle_saga sagas[SIM_SAGAS_MAX];
    uint32_t saga_count;
    struct oracle_client clients[SIM_CLIENTS_MAX];
    uint32_t table[SIM_SAGAS_MAX * 2]; /* By number; a place plus one. */
    uint32_t dirty[SIM_SAGAS_MAX];     /* Those with an event since the last look. */
    uint32_t dirty_count;
    uint64_t clock_ms;     /* The engine's clock should say this now, */
    uint64_t offset_ms;    /* for it runs so far ahead of the monotonic one. */
    uint64_t wall_ms;
    uint64_t settle_ms;    /* Everything must have ended by then; by the engine's clock. */
    bool clock_known;
    bool calm;
    bool false_check;      /* Hold a thing that is not so: to see that a check can fail. */
    uint64_t events;
    uint64_t checks;
    uint32_t violated;     /* The number of the invariant; 0: all hold. */
    char words[200];
};

void oracle_init(struct oracle *oracle);
void oracle_violated(struct oracle *oracle, uint32_t invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

uint32_t oracle_find(const struct oracle *oracle, uint64_t number); /* SIM_NONE: none. */
bool oracle_is_over(const struct oracle_saga *saga);
bool oracle_is_held(const struct oracle_saga *saga);

/* ---- time ---- */

void oracle_restarted(struct oracle *oracle, uint64_t monotonic_ms, uint64_t wall_ms);
void oracle_time(struct oracle *oracle, uint64_t monotonic_ms, uint64_t wall_ms);

/* ---- what was seen ---- */

void oracle_event(struct oracle *oracle, const struct seen_event *event);  /* It is durable. */
void oracle_call_left(struct oracle *oracle, const struct seen_call *call);
void oracle_answered(struct oracle *oracle, uint32_t saga, uint8_t step, uint8_t direction,
                     uint8_t generation, uint8_t verdict);
void oracle_arrived(struct oracle *oracle, uint32_t saga, uint8_t step, uint8_t generation,
                    uint32_t attempt);
void oracle_effect(struct oracle *oracle, uint32_t saga, uint8_t step, int change);
void oracle_undone(struct oracle *oracle, uint32_t saga, uint8_t step);
void oracle_told(struct oracle *oracle, uint64_t number, uint32_t sequence, uint8_t phase);
void oracle_acked(struct oracle *oracle, uint32_t client, uint64_t number);
void oracle_replayed(struct oracle *oracle, uint32_t client, uint64_t number, bool other_body);
bool oracle_is_released(const struct oracle *oracle, uint32_t client);
void oracle_conflict(struct oracle *oracle, uint32_t client, uint64_t number, bool other_body);
void oracle_refused(struct oracle *oracle, uint32_t client);

/* ---- at the end ---- */
void oracle_settled(struct oracle *oracle);
void oracle_end(struct oracle *oracle);

#endif
