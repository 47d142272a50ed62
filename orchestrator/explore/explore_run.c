#include "explore/explore_run.h"

#include "explore/explore_service.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 1u
#define MARGIN_MS 1u     /* Before or after a time-out. */
#define ARRIVALS_MAX 256u /* Two for each step and direction, and what comes late: far fewer. */
#define EVENTS_MAX (2u * SAGA_EVENTS_MAX) /* By half of them the core has parked it. */
#define AT_THE_END UINT64_MAX

/* Something that reaches a service, or its worker's death. */
struct arrival {
    uint64_t time_ms;
    uint8_t step;
    enum saga_direction direction;
    uint16_t attempt;
    uint8_t generation;
    bool refuse, busy, mute, vanished;
};

struct explore_state {
    const struct definition *definition;
    struct saga *saga; /* Owned. */
    struct explore_service services[SAGA_STEPS_MAX];
    struct arrival arrivals[ARRIVALS_MAX];
    uint32_t arrival_count;
    uint32_t resent; /* Steps whose attempt is out twice. */
    uint32_t choices;
    uint64_t now_ms;
    struct explore_run *run;
    const struct explore_watch *watch;
    uint32_t met[SAGA_STEPS_MAX];
    uint32_t do_states[SAGA_STEPS_MAX], undo_states[SAGA_STEPS_MAX];
};

struct explore_state *explore_state_new(const struct definition *definition)
{
    struct explore_state *state = calloc(1, sizeof *state);

    if (state == NULL)
        return NULL;
    state->definition = definition;
    state->saga = malloc(saga_size(definition->step_count));
    if (state->saga == NULL) {
        free(state);
        return NULL;
    }
    return state;
}

void explore_state_free(struct explore_state *state)
{
    if (state == NULL)
        return;
    free(state->saga);
    free(state);
}

/* ---- calls leave ---- */

static void arrive(struct explore_state *state, struct arrival arrival)
{
    assert(state->arrival_count < ARRIVALS_MAX);
    state->arrivals[state->arrival_count++] = arrival;
}

static enum explore_fault choose(struct explore_state *state, uint8_t step,
                                 enum saga_direction direction)
{
    struct explore_service *service = &state->services[step];
    enum explore_fault fault = EXPLORE_NONE;

    if (service->silent[direction])
        return EXPLORE_SILENT;
    if (state->choices == EXPLORE_CHOICES_MAX)
        return EXPLORE_NONE;
    if (state->choices == state->run->count)
        state->run->faults[state->run->count++] = EXPLORE_NONE;
    fault = (enum explore_fault)state->run->faults[state->choices++];
    state->met[step] |= 1u << fault;
    service->silent[direction] = fault == EXPLORE_SILENT;
    return fault;
}

/* What the choice makes of a call that leaves now. */
static void send_call(struct explore_state *state, struct arrival call, enum explore_fault fault,
                      uint64_t timeout_ms)
{
    uint64_t now_ms = state->now_ms;

    call.time_ms = now_ms + (state->run->slow ? timeout_ms - MARGIN_MS : ANSWER_MS);
    switch (fault) {
    case EXPLORE_NONE:
        break;
    case EXPLORE_REFUSED:
        call.refuse = true;
        break;
    case EXPLORE_REQUEST_LOST:
    case EXPLORE_SILENT:
        return;
    case EXPLORE_REPLY_LOST:
        call.mute = true;
        break;
    case EXPLORE_LATE:
        call.time_ms = now_ms + timeout_ms + MARGIN_MS;
        break;
    case EXPLORE_LATEST:
        call.time_ms = AT_THE_END;
        break;
    case EXPLORE_TWICE:
    case EXPLORE_RESTART:
        if (fault == EXPLORE_RESTART)
            state->resent |= 1u << call.step;
        arrive(state, call);
        call.time_ms++;
        break;
    case EXPLORE_BUSY:
        call.busy = true;
        break;
    case EXPLORE_VANISHED:
        call.vanished = true;
        break;
    case EXPLORE_FAULT_COUNT:
        assert(false);
    }
    arrive(state, call);
}

static void make_call(struct explore_state *state, uint8_t i)
{
    const struct saga_step *step = &state->saga->steps[i];
    bool undo = step->undo_state == SAGA_UNDO_CALLING;
    struct arrival call = {.step = i, .generation = step->generation};

    call.direction = undo ? SAGA_UNDO : step->fencing ? SAGA_FENCE : SAGA_DO;
    call.attempt = undo ? step->backward.attempt : step->forward.attempt;
    state->resent &= ~(1u << i);
    enum explore_fault fault = choose(state, i, call.direction);
    if (state->watch != NULL)
        state->watch->call(state->watch->context, state->saga, i, call.direction, fault,
                           state->now_ms);
    send_call(state, call, fault, state->definition->steps[i].timeout_ms);
}

/* ---- the saga goes on ---- */

static void note_states(struct explore_state *state)
{
    for (uint32_t i = 0; i < state->definition->step_count; i++) {
        state->do_states[i] |= 1u << state->saga->steps[i].do_state;
        state->undo_states[i] |= 1u << state->saga->steps[i].undo_state;
    }
}

/* Every permit is given: no service is ever full, other than by choice. */
static void give(struct explore_state *state, struct saga_input input)
{
    struct saga_event event;
    struct saga_refusal refusal;

    input.time_ms = state->now_ms;
    input.permits_do = input.permits_undo = UINT32_MAX;
    input.resent = state->resent;
    if (saga_judge(state->saga, &input, &event, &refusal) != 0)
        return;
    saga_apply(state->saga, &event);
    note_states(state);
    if (state->watch != NULL)
        state->watch->event(state->watch->context, state->saga, &event);
    for (uint8_t i = 0; i < state->definition->step_count; i++) {
        if (event.called & 1u << i)
            make_call(state, i);
    }
}

static struct arrival take_arrival(struct explore_state *state, uint32_t index)
{
    struct arrival arrival = state->arrivals[index];

    state->arrival_count--;
    memmove(&state->arrivals[index], &state->arrivals[index + 1],
            (state->arrival_count - index) * sizeof arrival);
    return arrival;
}

/* A call reaches its service, and what it answers the saga. */
static void deliver(struct explore_state *state, struct arrival arrival)
{
    struct saga_input input = {.type = SAGA_INPUT_RESULT,
                               .step = arrival.step,
                               .direction = arrival.direction,
                               .attempt = arrival.attempt,
                               .generation = arrival.generation,
                               .verdict = SAGA_VERDICT_BUSY};

    if (arrival.vanished) {
        input.type = SAGA_INPUT_VANISHED;
    } else if (!arrival.busy) {
        input.verdict = explore_service_take(&state->services[arrival.step], arrival.direction,
                                             arrival.refuse);
    }
    if (!arrival.mute)
        give(state, input);
}

/* The first that arrives before the end; arrival_count when there is none. */
static uint32_t earliest(const struct explore_state *state)
{
    uint32_t first = state->arrival_count;

    for (uint32_t i = 0; i < state->arrival_count; i++) {
        if (state->arrivals[i].time_ms == AT_THE_END)
            continue;
        if (first == state->arrival_count ||
            state->arrivals[i].time_ms < state->arrivals[first].time_ms)
            first = i;
    }
    return first;
}

/* False when nothing will ever happen again. An answer that is there beats the clock. */
static bool advance(struct explore_state *state)
{
    struct saga_wants wants = saga_wants(state->saga);
    uint32_t next = earliest(state);
    bool arrives = next < state->arrival_count &&
                   (wants.timer_ms == 0 || state->arrivals[next].time_ms <= wants.timer_ms);

    if (arrives) {
        struct arrival arrival = take_arrival(state, next);
        if (arrival.time_ms > state->now_ms)
            state->now_ms = arrival.time_ms;
        deliver(state, arrival);
        return true;
    }
    if (wants.timer_ms == 0)
        return false;
    if (wants.timer_ms > state->now_ms)
        state->now_ms = wants.timer_ms;
    give(state, (struct saga_input){.type = SAGA_INPUT_TIMER});
    return true;
}

/* ---- the verdict ---- */

/*
 * A refusal has its answer, and silence is for people to deal with; everything else passes by
 * itself, and one of that kind should not need a person.
 */
static bool should_heal(const struct explore_run *run, enum saga_park_reason parked)
{
    uint32_t passing = 0;

    if (parked == SAGA_PARK_UNDO_REJECTED || parked == SAGA_PARK_REJECTED_AFTER_PIVOT)
        return false;
    for (uint32_t i = 0; i < run->count; i++) {
        if (run->faults[i] == EXPLORE_SILENT)
            return false;
        passing += run->faults[i] != EXPLORE_NONE && run->faults[i] != EXPLORE_REFUSED;
    }
    return passing <= 1;
}

static enum explore_flaw flaw_of_step(const struct explore_state *state, uint8_t i,
                                      enum saga_phase phase)
{
    const struct definition_step *defined = &state->definition->steps[i];
    bool effect = state->services[i].effect;

    if (defined->read_only)
        return EXPLORE_SOUND;
    if (phase == SAGA_COMPLETED && !effect)
        return EXPLORE_EFFECT_MISSING;
    return phase == SAGA_COMPENSATED && effect ? EXPLORE_EFFECT_LEFT : EXPLORE_SOUND;
}

static struct explore_end judge_end(const struct explore_state *state, uint32_t events)
{
    const struct saga *saga = state->saga;
    struct explore_end end = {.step = DEFINITION_NO_STEP,
                              .phase = (enum saga_phase)saga->state.phase,
                              .parked = (enum saga_park_reason)saga->state.parked,
                              .time_ms = saga->state.updated_ms - saga->state.created_ms};
    bool ended = saga_is_terminal(saga), parked = end.parked != SAGA_PARK_NONE;

    if (!ended && !parked)
        end.flaw = events >= EVENTS_MAX ? EXPLORE_ENDLESS : EXPLORE_STUCK;
    else if (parked && should_heal(state->run, end.parked))
        end.flaw = EXPLORE_NEEDS_PERSON;
    else if (state->run->slow && end.phase != SAGA_COMPLETED)
        end.flaw = EXPLORE_TOO_SLOW;
    if (end.flaw == EXPLORE_NEEDS_PERSON)
        end.step = saga->state.parked_step;
    for (uint8_t i = 0; ended && end.flaw == EXPLORE_SOUND && i < saga->definition->step_count;
         i++) {
        end.flaw = flaw_of_step(state, i, end.phase);
        if (end.flaw != EXPLORE_SOUND)
            end.step = i;
    }
    return end;
}

/* ---- a run ---- */

static void begin(struct explore_state *state, struct explore_run *run,
                  const struct explore_watch *watch)
{
    const struct definition *definition = state->definition;
    struct saga *saga = state->saga;

    *state = (struct explore_state){.definition = definition, .saga = saga, .run = run,
                                    .watch = watch, .now_ms = 1};
    saga_init(saga, definition, 1);
    for (uint32_t i = 0; i < definition->step_count; i++) {
        uint8_t participant = definition->steps[i].routes[0];
        state->services[i].guarded = definition->participants[participant].guarded;
    }
}

/* What is still under way when all else is over; the saga can only note its answers. */
static void finish(struct explore_state *state)
{
    while (state->arrival_count > 0)
        deliver(state, take_arrival(state, 0));
}

struct explore_end explore_play(struct explore_state *state, struct explore_run *run,
                                const struct explore_watch *watch)
{
    uint32_t events = 0;

    begin(state, run, watch);
    give(state, (struct saga_input){.type = SAGA_INPUT_SUBMIT});
    while (events < EVENTS_MAX && !saga_is_terminal(state->saga) &&
           state->saga->state.parked == SAGA_PARK_NONE && advance(state))
        events++;
    struct explore_end end = judge_end(state, events);
    if (end.flaw != EXPLORE_SOUND || !saga_is_terminal(state->saga))
        return end;
    finish(state);
    struct explore_end after = judge_end(state, events);
    after.time_ms = end.time_ms;
    return after;
}

void explore_gather(const struct explore_state *state, struct explore_report *report)
{
    for (uint32_t i = 0; i < state->definition->step_count; i++) {
        report->do_states[i] |= state->do_states[i];
        report->undo_states[i] |= state->undo_states[i];
        for (uint32_t fault = 0; fault < EXPLORE_FAULT_COUNT; fault++)
            report->met[i][fault] += state->met[i] >> fault & 1u;
    }
}
