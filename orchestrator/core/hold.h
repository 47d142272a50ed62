/*
 * Holding a saga still: parked with a reason, paused by a person, or both (semantics, rule 8).
 *
 *   hold_park ──▶ parked ──hold_unpark (a verb) · hold_settle (an answer)──▶ ┐
 *   hold_pause ─▶ paused ──hold_resume (only resume)───────────────────────▶ ┴▶ released
 *
 * Held time does not count: at release the deadline and every patience move by as long as it took.
 */
#ifndef ORCHESTRATOR_CORE_HOLD_H
#define ORCHESTRATOR_CORE_HOLD_H

#include "core/draft.h"

/* Park; the first reason stays when it is parked already. */
void hold_park(struct draft *draft, enum saga_park_reason reason, uint8_t step);
void hold_pause(struct draft *draft);

/* A person has decided: what was spent on the parked step is given anew, or it would park again. */
void hold_unpark(struct draft *draft);
void hold_resume(struct draft *draft);

/* Release it when what it was parked for is no longer so. */
void hold_settle(struct draft *draft);

/* Park when the saga has had more events than a person should leave unseen. */
void hold_park_past_limit(struct draft *draft);

/* Attempts and patience from the start. */
void hold_renew(struct draft *draft, uint8_t step);

#endif
