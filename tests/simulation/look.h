/*
 * One event of the journal, and everything that a check may look at: the saga as it was before the
 * event, and its steps as they are after it.
 */
#ifndef TESTS_SIMULATION_LOOK_H
#define TESTS_SIMULATION_LOOK_H

#include "simulation/oracle.h"

struct look {
    struct oracle *oracle;
    struct oracle_saga *saga; /* As it was before the event. */
    const struct shape *shape;
    const struct seen_event *event;
    uint32_t at;
};

static inline bool look_is_changed(const struct look *look, uint8_t step)
{
    return (look->event->changed & 1u << step) != 0;
}

/* The step after the event. */
static inline const struct seen_step *look_after(const struct look *look, uint8_t step)
{
    return look_is_changed(look, step) ? &look->event->steps[step] : &look->saga->steps[step].seen;
}

/* Does the event call this step? */
static inline bool look_is_called(const struct look *look, uint8_t step, bool undo)
{
    return (look->event->called & 1u << step) != 0 &&
           (look_after(look, step)->undo_state == UNDO_CALLING) == undo;
}

/* ---- oracle_doubt.c: what a refusal may settle ---- */
void doubt_check(const struct look *look, uint8_t step);
void doubt_remember(const struct look *look, uint8_t step);
void doubt_handed(struct oracle_step *step, const struct seen_call *call);

/* ---- oracle_audit.c ---- */
void audit_remember(const struct look *look);

/* ---- oracle_turn.c, oracle_verb.c, oracle_pools.c ---- */
void turn_check(const struct look *look);
void verb_check(const struct look *look);
void pools_remember(const struct look *look, uint8_t step);
void pools_left(struct oracle *oracle, struct oracle_step *step);
void pools_restarted(struct oracle *oracle, struct oracle_step *step);

#endif
