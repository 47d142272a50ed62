/*
 * Records of the audit's stream: who did what to which saga and why, and what it changed.
 *
 *   saga's stream   … ─▶ event n ─────────────▶ event n + 1 ─▶ …
 *                                                    │ its link
 *   audit's stream  … ─▶ entry m ─▶ entry m + 1 ◀────┘        both chained, both in one commit
 *
 * An entry is complete in itself: it is read without the saga and without its definition. It holds
 * the link of the event that it speaks of, so the audit's chain vouches for that event too.
 */
#ifndef ORCHESTRATOR_CODEC_RECORD_AUDIT_H
#define ORCHESTRATOR_CODEC_RECORD_AUDIT_H

#include "codec/record.h"

#define RECORD_AUDIT_MAX 2048u /* Bytes of a body: all texts at their longest are 900. */
#define RECORD_ROLE_SIZE 16u

enum record_outcome {
    RECORD_ACCEPTED, /* It happened: the saga's event is in the same commit. */
    RECORD_REFUSED,  /* The saga's state does not allow it. */
    RECORD_CHANGED,  /* The saga was no longer as whoever asked had seen it. */
    RECORD_IDLE,     /* There was nothing to change. */
    RECORD_FAILED,   /* Of an act upon the server: begun, and not done. */
    RECORD_OUTCOME_COUNT,
};

/* A saga, and the step that was named, as a person would look at them. */
struct record_view {
    uint8_t phase;      /* enum saga_phase */
    uint8_t parked;     /* enum saga_park_reason */
    uint8_t condition;  /* enum saga_condition_name */
    uint8_t do_state;   /* enum saga_do_state; of the step, 0 when none was named */
    uint8_t undo_state; /* enum saga_undo_state; likewise */
    bool paused;
    bool overdue;
};

struct record_audit {
    uint64_t wall_ms;
    struct saga_id saga;            /* Number 0: an act upon the server. */
    uint8_t verb;                   /* enum saga_verb, when it was upon a saga; 0 with an act. */
    char act[SAGA_NAME_SIZE];       /* "backup" upon the server; "rerun" starts a saga; else "". */
    uint8_t outcome;                /* enum record_outcome */
    bool force;
    char actor[SAGA_NAME_SIZE];     /* As in the saga's history. */
    char credential[SAGA_NAME_SIZE]; /* Whose key it was; "" when none is known. */
    char role[RECORD_ROLE_SIZE];    /* Of that key. */
    char reason[SAGA_TEXT_SIZE];
    char step[SAGA_NAME_SIZE];
    uint32_t sequence;              /* The saga's, after its event, or when it was refused. */
    bool has_event;                 /* Just when it was accepted, upon a saga. */
    uint8_t event_digest[RECORD_DIGEST_SIZE]; /* The link of the saga's chain after its event. */
    struct record_view before;
    struct record_view after;
    char text[SAGA_TEXT_SIZE];      /* Why it was refused; or what else there is to say. */
};

/* Replace @body's content by the entry's bytes. 0 or FAULT_MEMORY. */
int record_encode_audit(const struct record_audit *audit, struct buffer *body);

/* 0; FAULT_CORRUPT; FAULT_VERSION when a newer release wrote it. */
int record_decode_audit(struct bytes body, struct record_audit *ret_audit);

/* "accepted", "refused", "changed", "idle", "failed". */
const char *record_outcome_name(enum record_outcome outcome);

#endif
