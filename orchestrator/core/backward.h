/*
 * The way back: what an answer, or its absence, means for an undo, and which undos are due next.
 *
 * An undo starts when every step that depends on its step is undone or was never touched, so the
 * way back is the way forward in reverse (semantics, rule 4).
 */
#ifndef ORCHESTRATOR_CORE_BACKWARD_H
#define ORCHESTRATOR_CORE_BACKWARD_H

#include "core/draft.h"

/* An answer to an undo. */
void backward_result(struct draft *draft);

/* The worker that held the undo is gone. */
void backward_vanished(struct draft *draft);

/* The attempt that is out has passed its deadline. */
void backward_expired(struct draft *draft, uint8_t step);

/* The undo is taken back before any worker saw it. */
void backward_withdraw(struct draft *draft, uint8_t step);

/* Everything that follows while COMPENSATING: end, park, or undo what is due. */
void backward_follow(struct draft *draft);

#endif
