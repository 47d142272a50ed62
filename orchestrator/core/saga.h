/*
 * One saga: what is remembered of it, and the three verbs of the core.
 *
 *   phase   RUNNING ──all steps done──▶ COMPLETED
 *              │ refused · exhausted · deadline · cancel, and the pivot neither done nor in doubt
 *              ▼
 *           COMPENSATING ──every due undo done──▶ COMPENSATED
 *
 *           RUNNING or COMPENSATING ──an operator terminates──▶ TERMINATED
 *
 *   do      PENDING → CALLING → DONE │ REJECTED │ SKIPPED │ NOT_RUN     CALLING ⇄ BACKOFF ⇄ WAITING
 *   undo    NONE → DUE → CALLING → DONE │ WAIVED                        CALLING ⇄ BACKOFF ⇄ WAITING
 *
 * A saga is a fold of its journal: saga_apply is the only writer, and memory never knows more than
 * what is durable. Storage is the caller's; a saga occupies saga_size(step_count) bytes.
 *
 * Always: a terminal saga has no call out and no hold; a step whose undo was called is never called
 * forward again; after the pivot is DONE no undo is due; sequence rises by one per event.
 */
#ifndef ORCHESTRATOR_CORE_SAGA_H
#define ORCHESTRATOR_CORE_SAGA_H

#include "core/definition.h"
#include "core/event.h"
#include "core/input.h"

#include <stddef.h>

struct saga {
    const struct definition *definition; /* Borrowed; it outlives every saga. */
    uint64_t seed;                       /* Part of the saga's id; jitter is hashed from it. */
    uint32_t sequence;                   /* Events so far; 0 before the submit. */
    struct saga_state state;
    struct saga_step steps[];            /* step_count of them. */
};

/* Bytes that a saga of so many steps occupies. */
size_t saga_size(uint32_t step_count);

/* An empty saga, not yet submitted: the start of every fold. */
void saga_init(struct saga *saga, const struct definition *definition, uint64_t seed);

/* ---- the three verbs ---- */

/*
 * May this happen to this saga now, and what follows from it? Only looks.
 *
 * Returns 0 with the event in @ret_event; SAGA_NOTHING when it changes nothing (late, duplicate,
 * early timer: acknowledge it and go on); SAGA_REFUSED with the reason in @ret_refusal.
 * Both outputs are the caller's storage, and mean something only when they are spoken of.
 */
enum { SAGA_NOTHING = 1, SAGA_REFUSED = 2 };
int saga_judge(const struct saga *saga, const struct saga_input *input,
               struct saga_event *ret_event, struct saga_refusal *ret_refusal);

/* It happened: copy the event's decisions. @event must follow on saga->sequence. */
void saga_apply(struct saga *saga, const struct saga_event *event);

/*
 * What is this saga waiting for? A function of the state alone: the same after a crash as before.
 */
struct saga_wants {
    uint32_t calls_do;   /* Steps whose call must be out (a fence counts as a do). */
    uint32_t calls_undo; /* Steps whose undo must be out. */
    uint32_t permits_do; /* Steps that would be called if a permit came. */
    uint32_t permits_undo;
    uint64_t timer_ms;   /* Give SAGA_INPUT_TIMER at this time or after; 0: no timer. */
    bool decided;        /* The pivot is done, or the saga has turned back, or it has ended. */
    bool finished;       /* COMPLETED, COMPENSATED or TERMINATED. */
};
struct saga_wants saga_wants(const struct saga *saga);

/* ---- questions ---- */

bool saga_is_terminal(const struct saga *saga);
bool saga_is_held(const struct saga *saga);

/* Touched and without a settled answer: a call may have left, and nobody knows. */
bool saga_in_doubt(const struct saga *saga, uint8_t step);

/* The route that the next call of this step must take, or SAGA_ANY_ROUTE when it is open. */
#define SAGA_ANY_ROUTE 0xffu
uint8_t saga_bound_route(const struct saga *saga, uint8_t step);

/* The verbs that the saga's present state allows, as a mask of 1u << enum saga_verb. */
uint32_t saga_allowed_verbs(const struct saga *saga);

/*
 * Why is it not moving? Derived, never stored.
 *
 * @facts are the engine's knowledge of this moment: masks of the steps that wait for a worker, a
 * breaker, or a budget.
 */
struct saga_condition saga_condition(const struct saga *saga, const struct saga_facts *facts);

#endif
