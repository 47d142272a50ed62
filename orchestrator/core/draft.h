/*
 * The event while it is being decided: the one place where a judgement writes.
 *
 *   saga (const) ──draft_see──▶ rules ──draft_step, draft_state──▶ event ──apply──▶ saga
 *
 * A step is copied into the event when it is first written, and read from there ever after, so that
 * each rule sees what the rules before it decided. A draft that nobody wrote is no event at all.
 */
#ifndef ORCHESTRATOR_CORE_DRAFT_H
#define ORCHESTRATOR_CORE_DRAFT_H

#include "core/saga.h"

#include <stdbool.h>
#include <stdint.h>

struct draft {
    const struct saga *saga;        /* Borrowed. */
    const struct saga_input *input; /* Borrowed. */
    struct saga_event *event;       /* Borrowed; the result. */
    uint64_t now_ms;                /* The input's time, but never before the event before. */
    bool moved;                     /* Something was decided. */
};

void draft_init(struct draft *draft, const struct saga *saga, const struct saga_input *input,
                struct saga_event *event);

/* ---- read ---- */

const struct saga_step *draft_see(const struct draft *draft, uint8_t step);
bool draft_is_held(const struct draft *draft);

/* The call that the engine can still take back: no worker has seen this attempt. */
bool draft_is_unsent(const struct draft *draft, uint8_t step);

/* One answer to this attempt is not its last word: a worker from before a crash may have it too. */
bool draft_is_resent(const struct draft *draft, uint8_t step);

/* The pivot may have been done and nobody knows; a call that can be taken back is no doubt. */
bool draft_pivot_in_doubt(const struct draft *draft);
bool draft_pivot_done(const struct draft *draft);

/* The first step that waits for a permit to be called, or DEFINITION_NO_STEP. */
uint8_t draft_waiting_step(const struct draft *draft);

/* ---- write ---- */

struct saga_step *draft_step(struct draft *draft, uint8_t step);
struct saga_state *draft_state(struct draft *draft);

/* Enter a state, at the time of the input; what belonged to the state before is cleared. */
void draft_enter_do(struct draft *draft, uint8_t step, enum saga_do_state state);
void draft_enter_undo(struct draft *draft, uint8_t step, enum saga_undo_state state);

/* A new attempt, in this very event. */
void draft_start_attempt(struct draft *draft, uint8_t step, struct saga_call *call);

/* The phase ends here: no hold survives it. */
void draft_finish(struct draft *draft, enum saga_phase phase);

#endif
