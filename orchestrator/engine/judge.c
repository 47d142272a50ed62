/*
 * From an arrival to a staged event: fill in what the engine can do right now, ask the core, and
 * keep what it decided for the next commit.
 */
#include "engine/engine_state.h"

#include "base/fault.h"

#include <assert.h>
#include <string.h>

/* The route for the next forward call: the one it is bound to, else the first that has room. */
static uint8_t choose_route(struct engine *engine, const struct live *live, uint8_t step)
{
    const struct definition_step *defined = &live->saga->definition->steps[step];
    const struct plan *plan = live->plan;
    uint8_t bound = saga_bound_route(live->saga, step);

    if (bound != SAGA_ANY_ROUTE)
        return bound;
    for (uint8_t route = 0; route < defined->route_count; route++)
        if (roster_room(&engine->roster, plan->participants[defined->routes[route]],
                        BULKHEAD_FORWARD) > 0)
            return route;
    return 0;
}

static bool may_be_called(const struct saga_step *step)
{
    switch ((enum saga_do_state)step->do_state) {
    case SAGA_DO_PENDING:
    case SAGA_DO_WAITING:
    case SAGA_DO_CALLING:
    case SAGA_DO_BACKOFF:
    case SAGA_DO_REJECTED:
        return true;
    case SAGA_DO_DONE:
    case SAGA_DO_SKIPPED:
    case SAGA_DO_NOT_RUN:
    case SAGA_DO_UNKNOWN:
    case SAGA_DO_COUNT:
        return false;
    }
    return false;
}

/* What one event is offered: two steps of it on one participant need two places. */
struct offer {
    struct engine *engine;
    const struct live *live;
    struct saga_input *input;
    uint32_t given[BULKHEAD_LANE_COUNT][ROSTER_PARTICIPANTS_MAX];
};

static bool give_place(struct offer *offer, enum bulkhead_lane lane, uint8_t participant)
{
    if (roster_room(&offer->engine->roster, participant, lane) <= offer->given[lane][participant])
        return false;
    offer->given[lane][participant]++;
    return true;
}

static void offer_do(struct offer *offer, uint8_t i)
{
    const struct definition_step *step = &offer->live->saga->definition->steps[i];
    uint8_t route = offer->input->routes[i];

    if (may_be_called(&offer->live->saga->steps[i]) &&
        give_place(offer, BULKHEAD_FORWARD, offer->live->plan->participants[step->routes[route]]))
        offer->input->permits_do |= 1u << i;
}

static void offer_undo(struct offer *offer, uint8_t i)
{
    if (offer->live->saga->definition->steps[i].undo[0] != '\0' &&
        give_place(offer, BULKHEAD_UNDO, plan_participant(offer->live, i)))
        offer->input->permits_undo |= 1u << i;
}

/* Those that wait come first: a step that is not due yet must not have the last place. */
static void fill_permits(struct engine *engine, const struct live *live, struct saga_input *input)
{
    const struct saga *saga = live->saga;
    struct offer offer = {engine, live, input, {{0}}};

    for (uint8_t i = 0; i < saga->definition->step_count; i++) {
        input->routes[i] = choose_route(engine, live, i);
        if (saga->steps[i].do_state == SAGA_DO_WAITING)
            offer_do(&offer, i);
        if (saga->steps[i].undo_state == SAGA_UNDO_WAITING)
            offer_undo(&offer, i);
    }
    for (uint8_t i = 0; i < saga->definition->step_count; i++) {
        if (saga->steps[i].do_state != SAGA_DO_WAITING)
            offer_do(&offer, i);
        if (saga->steps[i].undo_state != SAGA_UNDO_WAITING)
            offer_undo(&offer, i);
    }
}

static uint32_t unsent_calls(const struct live *live)
{
    uint32_t unsent = 0;

    for (uint8_t i = 0; i < live->saga->definition->step_count; i++)
        if (live->calls[i].place == CALL_QUEUED && !live->calls[i].may_have_left)
            unsent |= 1u << i;
    return unsent;
}

/* What was out when the server died is handed out again: two workers may have it. */
static uint32_t resent_calls(const struct live *live)
{
    uint32_t resent = 0;

    for (uint8_t i = 0; i < live->saga->definition->step_count; i++)
        if (live->calls[i].place != CALL_NOWHERE && live->calls[i].may_have_left &&
            !live->saga->steps[i].working)
            resent |= 1u << i;
    return resent;
}

/* What the event calls is promised a place now, so that the next event of this turn sees less. */
static void reserve_places(struct engine *engine, const struct live *live,
                           const struct saga_event *event)
{
    const struct definition *definition = live->saga->definition;
    const struct plan *plan = live->plan;

    for (uint8_t i = 0; i < definition->step_count; i++) {
        if (!(event->called & 1u << i))
            continue;
        uint8_t route = event->steps[i].route;
        uint8_t participant = plan->participants[definition->steps[i].routes[route]];
        bool undo = event->steps[i].undo_state == SAGA_UNDO_CALLING;
        enum bulkhead_lane lane = roster_lane(undo ? SAGA_UNDO : SAGA_DO);
        engine->roster.participants[participant].reserved[lane]++;
    }
}

/* A saga that has ended leaves its row behind, and its key when it was turned back for want of a
 * service: only then may the key start another saga (semantics, rule 1). */
static void stage_end(struct engine *engine, struct staged *staged)
{
    const struct saga_state *state = &staged->record.event.state;
    struct live *live = staged->live;

    staged->has_row = true;
    staged->row = (struct store_row){
        .id = live->id,
        .created_ms = live->created_wall_ms,
        .updated_ms = engine->wall_ms,
        .phase = state->phase,
    };
    memcpy(staged->row.tenant, live->tenant, strlen(live->tenant) + 1);
    memcpy(staged->row.definition, live->saga->definition->name, SAGA_NAME_SIZE);
    if (state->phase != SAGA_COMPENSATED || !state->turned_for_service || live->key[0] == '\0')
        return;
    staged->has_key = true;
    staged->key = (struct store_key){
        .id = live->id,
        .created_ms = live->created_wall_ms,
        .released = true,
    };
    memcpy(staged->key.key, live->key_digest, sizeof staged->key.key);
    memcpy(staged->key.request_hash, live->request_hash, sizeof staged->key.request_hash);
}

/* Why the engine turned it back or parked it, when nobody else gave a code. */
static void explain(struct staged *staged)
{
    const struct saga_state *before = &staged->live->saga->state;
    const struct saga_state *after = &staged->record.event.state;
    struct record *record = &staged->record;

    if (record->event.type == SAGA_EVENT_RESULT)
        return;
    if (before->phase == SAGA_RUNNING && after->phase == SAGA_COMPENSATING) {
        const char *why = after->turned_for_service
                              ? "no_service"
                              : saga_turn_reason_name((enum saga_turn_reason)after->turn_reason);
        text_copy(why, sizeof record->code, record->code);
    } else if (before->parked == SAGA_PARK_NONE && after->parked != SAGA_PARK_NONE) {
        text_copy(saga_park_reason_name((enum saga_park_reason)after->parked),
                  sizeof record->code, record->code);
    }
}

int judge(struct engine *engine, struct live *live, struct saga_input *input,
          struct staged **ret_staged, struct saga_refusal *ret_refusal)
{
    assert(!live->staged);

    struct staged *staged = batch_blank(&engine->batch);
    if (staged == NULL)
        return fault(FAULT_MEMORY);
    input->time_ms = engine->now_ms;
    if (!engine->stopping)
        fill_permits(engine, live, input);
    input->unsent = unsent_calls(live);
    input->resent = resent_calls(live);

    struct saga_refusal refusal;
    int r = saga_judge(live->saga, input, &staged->record.event, &refusal);
    if (r == SAGA_REFUSED && ret_refusal != NULL)
        *ret_refusal = refusal;
    if (r != 0)
        return r;

    staged->live = live;
    staged->record.wall_skew_ms = (int64_t)engine->wall_ms - (int64_t)engine->now_ms;
    reserve_places(engine, live, &staged->record.event);
    explain(staged);
    uint8_t phase = staged->record.event.state.phase;
    if (phase == SAGA_COMPLETED || phase == SAGA_COMPENSATED || phase == SAGA_TERMINATED)
        stage_end(engine, staged);
    batch_keep(engine, staged);
    if (ret_staged != NULL)
        *ret_staged = staged;
    return 0;
}

uint32_t steps_without_worker(struct engine *engine, const struct plan *plan)
{
    uint32_t steps = 0;

    for (uint8_t i = 0; i < plan->definition->step_count; i++) {
        const struct definition_step *defined = &plan->definition->steps[i];
        bool served = false;
        for (uint8_t route = 0; route < defined->route_count; route++) {
            uint8_t participant = plan->participants[defined->routes[route]];
            served = served || engine->roster.participants[participant].live_workers > 0;
        }
        if (!served)
            steps |= 1u << i;
    }
    return steps;
}
