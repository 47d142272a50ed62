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

#include "simulation/seen.h"

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
    bool held, held_undo;         /* Its call is in a participant's pool: */
    uint8_t held_at;              /* in this one's. */
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
    uint32_t listed; /* The last audit that saw it parked. */
    uint8_t link[CHAIN_LINK_SIZE]; /* Of its chain, the last one. */
    struct oracle_step steps[SIM_STEPS_MAX];
};

/* A record of the journal, as it lies there. */
struct seen_record {
    uint64_t stream;
    uint32_t sequence;
    const uint8_t *body, *digest, *payload; /* payload NULL: none */
    size_t body_size, payload_size;
};

/* A verb of a person, in a commit that is being looked at. */
struct oracle_act {
    uint64_t number;
    uint32_t sequence;
    uint8_t verb, phase, parked; /* As they were before it. */
    bool paused, told;
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
    struct oracle_act acts[SIM_SAGAS_MAX]; /* Of one commit. */
    uint32_t act_count;
    uint32_t audit_sequence;               /* Of the last entry, and the link after it. */
    uint8_t audit_link[CHAIN_LINK_SIZE];
    uint64_t clock_ms;     /* The engine's clock should say this now, */
    uint64_t offset_ms;    /* for it runs so far ahead of the monotonic one. */
    uint64_t wall_ms;
    uint64_t ahead_ms;     /* The wall runs so far ahead of the engine's clock since the start; */
    uint64_t jumped_ms;    /* it has jumped so far since then, */
    bool ever_jumped;      /* and ever. */
    uint64_t steady_ms;    /* The latest wall time that no jump is needed for. */
    uint32_t pool;         /* Calls that may wait for one participant, */
    uint32_t held[16][2];  /* and those that do: forward, undo. */
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
bool oracle_key_is_old(const struct oracle *oracle, const struct oracle_saga *saga);
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
/* Without the event: @exact when it is what the saga is at this moment. */
void oracle_told_phase(struct oracle *oracle, uint64_t number, uint8_t phase, bool exact);
void oracle_acked(struct oracle *oracle, uint32_t client, uint64_t number);
void oracle_replayed(struct oracle *oracle, uint32_t client, uint64_t number, bool other_body);
bool oracle_is_released(const struct oracle *oracle, uint32_t client);
void oracle_conflict(struct oracle *oracle, uint32_t client, uint64_t number, bool other_body);
void oracle_refused(struct oracle *oracle, uint32_t client);


/* Each row of a list that an operator was shown, and then its end: all from @from_number on. */
void oracle_listed(struct oracle *oracle, uint32_t audit, uint64_t number, bool parked);
void oracle_list_ends(struct oracle *oracle, uint32_t audit, uint64_t from_number);

/* An entry of the audit is durable; and now all of a commit is. */
void oracle_audit(struct oracle *oracle, const struct seen_audit *entry,
                  const struct seen_record *record);
void oracle_committed(struct oracle *oracle);

/* The next record of a stream whose chain has come as far as @link. */
void chain_event(struct oracle *oracle, uint8_t link[CHAIN_LINK_SIZE],
                 const struct seen_record *record);
void chain_payload(struct oracle *oracle, const struct seen_record *record);

/* ---- at the end ---- */
void oracle_settled(struct oracle *oracle);
void oracle_end(struct oracle *oracle);

#endif
