/*
 * Requests that wait for something to become true of a saga, and how each is answered.
 */
#include "engine/engine_state.h"

#include "base/fault.h"

#include <assert.h>

static bool is_satisfied(const struct live *live, const struct request *request)
{
    struct saga_wants wants = saga_wants(live->saga);

    if (wants.finished)
        return true;
    switch (request->wait) {
    case WAIT_NOTHING:
        return true;
    case WAIT_DECIDED:
        return wants.decided;
    case WAIT_FINISHED:
        return live->saga->state.parked != SAGA_PARK_NONE;
    case WAIT_NEWER:
        return live->saga->sequence > request->after_sequence;
    }
    return true;
}

void answer_plainly(struct request *request, enum answer_status status)
{
    request->answer(request, &(struct answer){.status = status});
}

int answer_with(struct engine *engine, struct live *live, struct request *request,
                struct answer *answer)
{
    answer->snapshot = snapshot_of(engine, live, request->with_events);
    if (answer->snapshot == NULL)
        return fault(FAULT_MEMORY);
    request->answer(request, answer);
    return 0;
}

int wait_or_answer(struct engine *engine, struct live *live, struct request *request,
                   enum answer_status status)
{
    bool replayed = status == ANSWER_REPLAYED;

    if (request->wait_ms == 0 || is_satisfied(live, request) || !live->listed) {
        struct answer answer = {
            .status = status,
            .timed_out = !is_satisfied(live, request),
        };
        return answer_with(engine, live, request, &answer);
    }
    request->engine_live = live;
    request->engine_replayed = replayed;
    request->engine_next = live->waiters;
    live->waiters = request;
    request->engine_timer = (struct timer){.kind = TIMER_REQUEST};
    return timers_set(&engine->timers, &request->engine_timer,
                      engine->now_ms + request->wait_ms);
}

static int answer_waiter(struct engine *engine, struct request *request, bool timed_out)
{
    struct live *live = request->engine_live;
    struct answer answer = {
        .status = request->engine_replayed ? ANSWER_REPLAYED : ANSWER_OK,
        .timed_out = timed_out,
    };

    timers_unset(&engine->timers, &request->engine_timer);
    return answer_with(engine, live, request, &answer);
}

int tell_waiters(struct engine *engine, struct live *live)
{
    struct request **slot = &live->waiters;

    while (*slot != NULL) {
        struct request *request = *slot;
        if (!is_satisfied(live, request)) {
            slot = &request->engine_next;
            continue;
        }
        *slot = request->engine_next;
        int r = answer_waiter(engine, request, false);
        if (r < 0)
            return pass(r);
    }
    return 0;
}

int waiter_timed_out(struct engine *engine, struct request *request)
{
    struct request **slot = &request->engine_live->waiters;

    while (*slot != request)
        slot = &(*slot)->engine_next;
    *slot = request->engine_next;
    return answer_waiter(engine, request, true);
}
