/*
 * The way forward: what an answer, or its absence, means for a do.
 *
 * Every function only drafts; a function that finds nothing to say leaves the draft unmoved.
 */
#ifndef ORCHESTRATOR_CORE_FORWARD_H
#define ORCHESTRATOR_CORE_FORWARD_H

#include "core/draft.h"

/* An answer to a do, or to the fence of one (semantics, the verdict table). */
void forward_result(struct draft *draft);

/* The worker that held the do is gone. */
void forward_vanished(struct draft *draft);

/* The attempt that is out has passed its deadline. */
void forward_expired(struct draft *draft, uint8_t step);

/* The call is taken back before any worker saw it: as if this attempt had never been. */
void forward_withdraw(struct draft *draft, uint8_t step);

/* Settled: refused, and nothing is left behind. Before the pivot this turns the saga back. */
void forward_settle_rejected(struct draft *draft, uint8_t step);

/* Settled: the effect is there. */
void forward_settle_done(struct draft *draft, uint8_t step, bool has_output);

#endif
