/*
 * Perform: make the world what a saga wants. Level-triggered, the same after a crash as before: to
 * perform a call that is already out does nothing, and one that is no longer wanted is withdrawn.
 */
#include "engine/engine_state.h"

#include "base/fault.h"

#include <assert.h>

#define PERMITS_PER_TURN 1024u /* Waiting steps that one turn looks at, per participant. */

/* What a step's call should be, by the saga's wants; false when no call is wanted. */
static bool wanted_call(const struct live *live, const struct saga_wants *wants, uint8_t step,
                        uint8_t *ret_direction, uint16_t *ret_attempt)
{
    const struct saga_step *state = &live->saga->steps[step];
    uint32_t bit = 1u << step;

    if (wants->calls_do & bit) {
        *ret_direction = state->fencing ? SAGA_FENCE : SAGA_DO;
        *ret_attempt = state->forward.attempt;
        return true;
    }
    if (wants->calls_undo & bit) {
        *ret_direction = SAGA_UNDO;
        *ret_attempt = state->backward.attempt;
        return true;
    }
    return false;
}

static bool is_on_its_way(const struct call *call)
{
    return call->place == CALL_QUEUED || call->place == CALL_OUT || call->place == CALL_RESTING;
}

static void perform_call(struct engine *engine, struct live *live, uint8_t step,
                         uint8_t direction, uint16_t attempt)
{
    struct call *call = &live->calls[step];
    bool same = call->direction == direction && call->attempt == attempt;

    if (same && is_on_its_way(call)) {
        if (call->place == CALL_OUT && call->answered_working)
            roster_rest(&engine->roster, call, engine->now_ms + call->after_ms);
        return;
    }
    roster_withdraw(&engine->roster, call);
    call->direction = direction;
    call->attempt = attempt;
    roster_queue(&engine->roster, call, plan_participant(live, step), engine->recovering);
}

static void perform_step(struct engine *engine, struct live *live,
                         const struct saga_wants *wants, uint8_t step)
{
    struct call *call = &live->calls[step];
    uint32_t bit = 1u << step;
    uint8_t direction = SAGA_DO;
    uint16_t attempt = 0;

    if (wanted_call(live, wants, step, &direction, &attempt)) {
        perform_call(engine, live, step, direction, attempt);
    } else if ((wants->permits_do | wants->permits_undo) & bit) {
        if (call->place != CALL_WAITING)
            roster_withdraw(&engine->roster, call);
        call->direction = wants->permits_undo & bit ? SAGA_UNDO : SAGA_DO;
        roster_wait(&engine->roster, call, plan_participant(live, step));
    } else {
        roster_withdraw(&engine->roster, call);
    }
}

/* The saga's own timer, or an ask of something that is being worked on, whichever is sooner. */
static uint64_t next_wake(const struct live *live, const struct saga_wants *wants)
{
    uint64_t at_ms = wants->timer_ms;

    for (uint8_t i = 0; i < live->saga->definition->step_count; i++) {
        const struct call *call = &live->calls[i];
        bool asks = call->place == CALL_RESTING ||
                    (call->place == CALL_OUT && live->saga->steps[i].working);
        if (asks && (at_ms == 0 || call->ask_ms < at_ms))
            at_ms = call->ask_ms;
    }
    return at_ms;
}

static int conclude(struct engine *engine, struct live *live)
{
    int r = watcher_tell(engine, live);

    if (r < 0)
        return pass(r);
    assert(live->waiters == NULL);
    timers_unset(&engine->timers, &live->timer);
    lives_remove(&engine->lives, live);
    live_free(live);
    return 0;
}

int perform(struct engine *engine, struct live *live)
{
    struct saga_wants wants = saga_wants(live->saga);

    for (uint8_t i = 0; i < live->saga->definition->step_count; i++)
        perform_step(engine, live, &wants, i);
    int r = timers_set(&engine->timers, &live->timer, next_wake(live, &wants));
    if (r == 0)
        r = tell_waiters(engine, live);
    if (r < 0)
        return pass(r);
    return wants.finished ? conclude(engine, live) : 0;
}

/* ---- what time brings ---- */

static int give_vanished(struct engine *engine, struct call *call)
{
    struct live *live = call->live;
    struct saga_input input = {
        .type = SAGA_INPUT_VANISHED,
        .step = call->step,
        .direction = (enum saga_direction)call->direction,
        .attempt = call->attempt,
        .generation = live->saga->steps[call->step].generation,
    };
    int r = judge(engine, live, &input, NULL, NULL);

    if (r == SAGA_NOTHING) { /* It was decided otherwise meanwhile. */
        roster_withdraw(&engine->roster, call);
        return 0;
    }
    return r < 0 ? pass(r) : 0;
}

/* Ask again for what is being worked on, and give up asks that nobody answered. True: staged. */
static int fire_asks(struct engine *engine, struct live *live)
{
    for (uint8_t i = 0; i < live->saga->definition->step_count; i++) {
        struct call *call = &live->calls[i];
        if (call->place == CALL_RESTING && call->ask_ms <= engine->now_ms) {
            roster_withdraw(&engine->roster, call);
            roster_queue(&engine->roster, call, call->participant, true);
        } else if (call->place == CALL_OUT && live->saga->steps[i].working &&
                   call->ask_ms <= engine->now_ms && !live->staged) {
            int r = give_vanished(engine, call);
            if (r < 0)
                return pass(r);
        }
    }
    return 0;
}

int fire_saga(struct engine *engine, struct live *live)
{
    assert(!live->staged);

    int r = fire_asks(engine, live);
    if (r < 0 || live->staged)
        return pass(r);
    struct saga_wants wants = saga_wants(live->saga);
    if (wants.timer_ms != 0 && wants.timer_ms <= engine->now_ms) {
        r = judge(engine, live, &(struct saga_input){.type = SAGA_INPUT_TIMER}, NULL, NULL);
        assert(r != SAGA_NOTHING); /* A timer that is due always has something to say. */
        return r < 0 ? pass(r) : 0;
    }
    return timers_set(&engine->timers, &live->timer, next_wake(live, &wants));
}

/* Calls whose worker has vanished: their outcome is unknown. */
int give_lost(struct engine *engine)
{
    struct call *next;

    for (struct call *call = engine->roster.lost.first; call != NULL; call = next) {
        next = call->next;
        if (call->live->staged || batch_is_full(engine))
            continue;
        int r = give_vanished(engine, call);
        if (r < 0)
            return pass(r);
    }
    return 0;
}

static int give_permit(struct engine *engine, struct call *call)
{
    struct saga_input input = {.type = SAGA_INPUT_PERMITTED};
    int r = judge(engine, call->live, &input, NULL, NULL);

    return r < 0 ? pass(r) : 0;
}

static uint8_t routes_of(const struct call *call)
{
    return call->live->saga->definition->steps[call->step].route_count;
}

static bool has_room(const struct engine *engine, const struct call *call)
{
    enum bulkhead_lane lane = roster_lane((enum saga_direction)call->direction);

    return roster_room(&engine->roster, call->participant, lane) > 0;
}

/*
 * Call the steps that wait, as far as there is room. A step with several routes waits at its first
 * participant; when a worker appears anywhere, those are asked too.
 */
int give_permits(struct engine *engine)
{
    bool arrived = engine->roster.arrived;

    engine->roster.arrived = false;
    for (size_t i = 0; i < engine->roster.count; i++) {
        struct call_list *waiting = &engine->roster.participants[i].waiting;
        struct call *next;
        size_t seen = 0;
        if (engine->roster.participants[i].live_workers == 0 && !arrived)
            continue;
        for (struct call *call = waiting->first; call != NULL; call = next) {
            next = call->next;
            if (seen++ == PERMITS_PER_TURN || batch_is_full(engine))
                break;
            bool elsewhere = arrived && routes_of(call) > 1;
            if (call->live->staged || (!has_room(engine, call) && !elsewhere))
                continue;
            int r = give_permit(engine, call);
            if (r < 0)
                return pass(r);
        }
    }
    return 0;
}
