/*
 * I-44: a participant that does not take its calls holds at most its pool, and leaves the part of
 * the pool that is undo's. A call is held from the event that decides it until it leaves; what a
 * restart found out is handed out again, and is in no pool.
 */
#include "simulation/look.h"

#define UNDO_SHARE 5u

static void let_go(struct oracle *oracle, struct oracle_step *step)
{
    if (!step->held)
        return;
    oracle->held[step->held_at][step->held_undo]--;
    step->held = false;
}

static void hold(const struct look *look, uint8_t i, bool undo)
{
    struct oracle *oracle = look->oracle;
    struct oracle_step *step = &look->saga->steps[i];
    uint8_t at = look->shape->steps[i].routes[look_after(look, i)->route];
    uint32_t *held = oracle->held[at];
    uint32_t kept = oracle->pool < UNDO_SHARE ? 1 : oracle->pool / UNDO_SHARE;

    let_go(oracle, step);
    step->held = true;
    step->held_undo = undo;
    step->held_at = at;
    held[undo]++;
    if (held[0] + held[1] > oracle->pool)
        oracle_violated(oracle, 44, "%u calls wait for participant %u, whose pool is %u",
                        held[0] + held[1], at, oracle->pool);
    if (!undo && held[0] > oracle->pool - kept)
        oracle_violated(oracle, 44, "%u calls of participant %u leave undo no room in %u", held[0],
                        at, oracle->pool);
}

void pools_remember(const struct look *look, uint8_t i)
{
    const struct seen_step *now = look_after(look, i);

    if (look_is_called(look, i, false) || look_is_called(look, i, true))
        hold(look, i, look_is_called(look, i, true));
    else if (now->do_state != DO_CALLING && now->undo_state != UNDO_CALLING)
        let_go(look->oracle, &look->saga->steps[i]);
}

void pools_left(struct oracle *oracle, struct oracle_step *step)
{
    let_go(oracle, step);
}

void pools_restarted(struct oracle *oracle, struct oracle_step *step)
{
    let_go(oracle, step);
}
