/*
 * What each event of the journal must be, given all that was seen before it.
 */
#include "simulation/look.h"

#include <inttypes.h>

static const uint8_t arrows[TERMINATED + 1] = {
    [RUNNING] =
        1u << RUNNING | 1u << COMPENSATING | 1u << COMPLETED | 1u << COMPENSATED | 1u << TERMINATED,
    [COMPENSATING] = 1u << COMPENSATING | 1u << COMPENSATED | 1u << TERMINATED,
};

/* ---- starting ---- */

/* A key leads to one saga, until that is old or has released it. */
static void check_key_free(struct oracle *oracle, const struct seen_event *event, uint32_t at)
{
    uint32_t before = oracle->clients[event->client].saga;
    const struct oracle_saga *old = &oracle->sagas[before];

    if (oracle_key_is_old(oracle, old))
        return;
    uint32_t number = oracle_is_over(old) && oracle->ever_jumped ? 39 : 11;
    if (old->phase != COMPENSATED || !old->turned_for_service)
        oracle_violated(oracle, number, "client %u has sagas %u and %u", event->client, before,
                        at);
    if (event->previous != old->number)
        oracle_violated(oracle, number, "saga %u is not linked to saga %u", at, before);
}

static void take_start(struct oracle *oracle, const struct seen_event *event)
{
    uint32_t at = oracle->saga_count++;
    struct oracle_saga *saga = &oracle->sagas[at];
    struct oracle_client *client = &oracle->clients[event->client];

    *saga = (struct oracle_saga){
        .number = event->number, .client = event->client, .shape = event->shape};
    uint32_t bucket = (uint32_t)((event->number * 0x9e3779b97f4a7c15u) >> 40) % (SIM_SAGAS_MAX * 2);
    while (oracle->table[bucket] != 0)
        bucket = (bucket + 1) % (SIM_SAGAS_MAX * 2);
    oracle->table[bucket] = at + 1;

    if (!event->has_row || event->has_key != client->keyed || (client->keyed && !event->key_fits))
        oracle_violated(oracle, 2, "saga %u starts without its row or its key", at);
    if (client->refused)
        oracle_violated(oracle, 3, "saga %u starts although client %u was refused", at,
                        event->client);
    if (client->saga != SIM_NONE && client->keyed) {
        check_key_free(oracle, event, at);
    }
    client->saga = at;
}

/* ---- steps ---- */

/* DONE and REJECTED come from an answer that the participant gave, or from a person. */
static void check_settled(const struct look *look, uint8_t i)
{
    const struct oracle_step *before = &look->saga->steps[i];
    const struct seen_event *event = look->event;
    uint8_t now = look_after(look, i)->do_state;
    bool about = event->step == i;
    bool person = about && event->type == VERB &&
                  (event->verb == RESOLVE_DONE || event->verb == RESOLVE_REJECTED);

    if (before->seen.do_state == DO_DONE && now != DO_DONE)
        oracle_violated(look->oracle, 20, "saga %u step %u was DONE and is %u", look->at, i, now);
    if (before->seen.do_state == DO_DONE && about && event->type == RESULT &&
        event->direction != DIRECTION_UNDO)
        oracle_violated(look->oracle, 20, "saga %u step %u is DONE, and an answer is recorded anew",
                        look->at, i);
    if (now == before->seen.do_state || (now != DO_DONE && now != DO_REJECTED))
        return;
    if (!person && (!about || event->type != RESULT || event->direction == DIRECTION_UNDO))
        oracle_violated(look->oracle, 22, "saga %u step %u became %u without an answer", look->at,
                        i, now);
    if (!before->do_called && !before->by_person && !person)
        oracle_violated(look->oracle, 22, "saga %u step %u was never called and became %u",
                        look->at, i, now);
}

static void check_undone(const struct look *look, uint8_t i)
{
    const struct seen_event *event = look->event;
    uint8_t was = look->saga->steps[i].seen.undo_state, now = look_after(look, i)->undo_state;
    bool about = event->step == i;

    if (was == UNDO_DONE && now != UNDO_DONE)
        oracle_violated(look->oracle, 30, "saga %u step %u was undone and is %u", look->at, i, now);
    if (now == was)
        return;
    if (now == UNDO_DONE && (!about || event->type != RESULT || event->direction != DIRECTION_UNDO))
        oracle_violated(look->oracle, 30, "saga %u step %u is undone without an answer", look->at,
                        i);
    if (now == UNDO_WAIVED && (!about || event->type != VERB || event->verb != WAIVE))
        oracle_violated(look->oracle, 30, "the undo of saga %u step %u was dropped", look->at, i);
    if (now == UNDO_NONE && look->saga->steps[i].seen.backward_attempt > 0)
        oracle_violated(look->oracle, 30, "the undo of saga %u step %u was forgotten", look->at, i);
}

static void check_do_call(const struct look *look, uint8_t i)
{
    const struct seen_step *step = look_after(look, i);
    const struct oracle_step *before = &look->saga->steps[i];

    for (uint8_t other = 0; other < look->shape->step_count; other++) {
        uint8_t state = look_after(look, other)->do_state;
        if (look->shape->steps[i].needs & 1u << other && state != DO_DONE && state != DO_SKIPPED)
            oracle_violated(look->oracle, 16, "saga %u step %u is called, but %u is %u", look->at,
                            i, other, state);
    }
    if (look->saga->phase != RUNNING || look->event->phase != RUNNING)
        oracle_violated(look->oracle, 26, "saga %u step %u is called in phase %u", look->at, i,
                        look->event->phase);
    if (before->undo_called)
        oracle_violated(look->oracle, 29, "saga %u step %u is called after its undo", look->at, i);
    if (before->seen.do_state == DO_BACKOFF && look->event->type != VERB &&
        before->seen.forward_wake_ms > look->event->time_ms)
        oracle_violated(look->oracle, 18, "saga %u step %u is called before its time", look->at, i);
    if (step->forward_wake_ms < look->event->time_ms + look->shape->steps[i].timeout_ms)
        oracle_violated(look->oracle, 18, "an attempt of saga %u step %u is cut short", look->at,
                        i);
    if (step->forward_attempt != before->seen.forward_attempt + 1 &&
        step->generation == before->seen.generation &&
        !(step->forward_attempt == before->seen.forward_attempt))
        oracle_violated(look->oracle, 17, "saga %u step %u goes from attempt %u to %u", look->at, i,
                        before->seen.forward_attempt, step->forward_attempt);
}

static void check_undo_call(const struct look *look, uint8_t i)
{
    const struct oracle_step *before = &look->saga->steps[i];
    uint8_t pivot = look->shape->pivot;

    if (!before->do_called)
        oracle_violated(look->oracle, 23, "saga %u step %u is undone, but was never called",
                        look->at, i);
    if (look->event->phase != COMPENSATING)
        oracle_violated(look->oracle, 31, "saga %u step %u is undone in phase %u", look->at, i,
                        look->event->phase);
    if (pivot != SIM_NO_STEP && look_after(look, pivot)->do_state == DO_DONE)
        oracle_violated(look->oracle, 31, "saga %u step %u is undone after the pivot", look->at, i);
    if (look_after(look, i)->do_state == DO_CALLING)
        oracle_violated(look->oracle, 33, "saga %u step %u is undone while it is out", look->at, i);
    if (before->seen.undo_state == UNDO_BACKOFF && look->event->type != VERB &&
        before->seen.backward_wake_ms > look->event->time_ms)
        oracle_violated(look->oracle, 18, "an undo of saga %u step %u is called before its time",
                        look->at, i);
    for (uint8_t other = 0; other < look->shape->step_count; other++) {
        const struct seen_step *step = look_after(look, other);
        if (!(look->shape->steps[i].dependents & 1u << other))
            continue;
        if (step->do_state == DO_CALLING ||
            (step->undo_state != UNDO_NONE && step->undo_state < UNDO_DONE))
            oracle_violated(look->oracle, 25, "saga %u step %u is undone before %u", look->at, i,
                            other);
    }
}

/* An attempt ends without an answer only when its time is over, or its worker is. */
static void check_expiry(const struct look *look, uint8_t i)
{
    const struct seen_step *before = &look->saga->steps[i].seen, *now = look_after(look, i);
    bool ended = before->do_state == DO_CALLING && now->do_state == DO_BACKOFF;

    if (ended && look->event->type == TIMER && before->forward_wake_ms > look->event->time_ms)
        oracle_violated(look->oracle, 38, "the attempt of saga %u step %u ended early", look->at,
                        i);
    if (before->do_state == DO_CALLING && look->event->type == TIMER &&
        (now->do_state == DO_BACKOFF || now->do_state == DO_UNKNOWN) &&
        look->saga->steps[i].arrived == before->forward_attempt)
        oracle_violated(look->oracle, 38, "the timer of saga %u step %u beats an answer", look->at,
                        i);
    if (ended && look->event->type != TIMER && look->event->type != RESULT &&
        look->event->type != VANISHED)
        oracle_violated(look->oracle, 22, "the attempt of saga %u step %u ended by event %u",
                        look->at, i, look->event->type);
    if (!look->shape->steps[i].after_pivot && i != look->shape->pivot &&
        now->do_state == DO_CALLING && now->forward_counted >= look->shape->steps[i].attempts &&
        before->do_state != DO_CALLING && look->event->phase == RUNNING &&
        !look->saga->steps[i].by_person)
        oracle_violated(look->oracle, 18, "saga %u step %u is tried %u times", look->at, i,
                        now->forward_counted + 1);
}

/* ---- the saga ---- */

static void check_completed(const struct look *look)
{
    for (uint8_t i = 0; i < look->shape->step_count; i++) {
        const struct oracle_step *step = &look->saga->steps[i];
        uint8_t state = look_after(look, i)->do_state;
        int32_t wanted = look->shape->steps[i].read_only ? 0 : 1;
        if (state != DO_DONE && state != DO_SKIPPED)
            oracle_violated(look->oracle, 35, "saga %u is completed, step %u is %u", look->at, i,
                            state);
        if (step->by_person || (look->event->type == VERB && look->event->step == i))
            continue;
        bool fits = look->shape->steps[i].guarded ? step->effect == wanted : step->effect >= wanted;
        if (!fits)
            oracle_violated(look->oracle, 48, "saga %u is completed, step %u has %d effects",
                            look->at, i, step->effect);
    }
}

static void check_compensated(const struct look *look)
{
    for (uint8_t i = 0; i < look->shape->step_count; i++) {
        const struct oracle_step *step = &look->saga->steps[i];
        const struct seen_step *now = look_after(look, i);
        if (now->undo_state != UNDO_NONE && now->undo_state != UNDO_DONE &&
            now->undo_state != UNDO_WAIVED)
            oracle_violated(look->oracle, 24, "saga %u ends, the undo of step %u is %u", look->at,
                            i, now->undo_state);
        bool person = step->by_person || (look->event->type == VERB && look->event->step == i);
        if (person || look->shape->steps[i].read_only)
            continue;
        if (now->touched && now->undo_state == UNDO_NONE)
            oracle_violated(look->oracle, 24, "saga %u ends, step %u is not undone", look->at, i);
        if (look->shape->steps[i].guarded && step->effect != 0)
            oracle_violated(look->oracle, 35, "saga %u is compensated, step %u has %d effects",
                            look->at, i, step->effect);
    }
}

static bool is_held_after(const struct look *look)
{
    return look->event->paused || look->event->parked != 0;
}

/* While held the deadline stands still; release gives back the time that was left. */
static void check_deadline(const struct look *look)
{
    const struct oracle_saga *saga = look->saga;
    uint64_t wanted_ms = saga->deadline_ms;

    if (saga->sequence == 0 || look->event->phase >= COMPLETED)
        return;
    if (is_held_after(look) && look->event->deadline_ms == saga->deadline_ms)
        return;
    /* One event may release a saga and hold it again. */
    if (oracle_is_held(saga))
        wanted_ms += look->event->time_ms - saga->held_ms;
    if (look->event->deadline_ms != wanted_ms)
        oracle_violated(look->oracle, 18, "the deadline of saga %u is %" PRIu64 ", not %" PRIu64,
                        look->at, look->event->deadline_ms, wanted_ms);
}

/* Nobody is waited for longer than that from now on, or, while held, from then on. */
static void check_patience(const struct look *look, uint8_t i)
{
    const struct oracle_saga *saga = look->saga;
    const struct seen_step *step = look_after(look, i);
    bool stays_held = oracle_is_held(saga) && is_held_after(look) &&
                      look->event->deadline_ms == saga->deadline_ms;
    uint64_t from_ms = stays_held ? saga->held_ms : look->event->time_ms;
    uint64_t most_ms = from_ms + look->shape->patience_ms;

    if (step->forward_patience_ms > most_ms || step->backward_patience_ms > most_ms)
        oracle_violated(look->oracle, 18, "saga %u step %u is given more than its patience",
                        look->at, i);
}

/* Off by as much as the wall has jumped: then it is the wall's time. */
static void check_clock(const struct look *look)
{
    const struct oracle *oracle = look->oracle;
    uint64_t off_ms = look->event->time_ms - oracle->clock_ms;

    if (!oracle->clock_known || off_ms == 0)
        return;
    oracle_violated(look->oracle, off_ms == oracle->jumped_ms ? 39 : 18,
                    "the clock says %" PRIu64 ", not %" PRIu64, look->event->time_ms,
                    oracle->clock_ms);
}

static void check_saga(const struct look *look)
{
    const struct seen_event *event = look->event;

    if (event->sequence != look->saga->sequence + 1)
        oracle_violated(look->oracle, 6, "saga %u has event %u after %u", look->at, event->sequence,
                        look->saga->sequence);
    if (oracle_is_over(look->saga))
        oracle_violated(look->oracle, 34, "saga %u has an event after its end", look->at);
    else if (!(arrows[look->saga->phase] & 1u << event->phase))
        oracle_violated(look->oracle, 34, "saga %u goes from phase %u to %u", look->at,
                        look->saga->phase, event->phase);
    if (event->type == RESULT && event->changed == 0 && event->phase == look->saga->phase &&
        event->parked == look->saga->parked)
        oracle_violated(look->oracle, 43, "saga %u has an event that says nothing", look->at);
    check_clock(look);
    if (event->type == RESULT) {
        const struct oracle_step *step = &look->saga->steps[event->step];
        uint8_t said = step->answered[event->direction];
        /* A do and its fence are one operation: an answer may come when the other is out. */
        if (event->direction != DIRECTION_UNDO)
            said = step->answered[DIRECTION_DO] | step->answered[DIRECTION_FENCE];
        if (!(said & 1u << event->verdict))
            oracle_violated(look->oracle, 42, "saga %u step %u: nobody answered %u to %u", look->at,
                            event->step, event->verdict, event->direction);
    }
    check_deadline(look);
    turn_check(look);
    verb_check(look);
    if (event->phase == COMPLETED)
        check_completed(look);
    if (event->phase == COMPENSATED)
        check_compensated(look);
}

static void check_steps(const struct look *look)
{
    for (uint8_t i = 0; i < look->shape->step_count; i++) {
        if (look_is_called(look, i, false))
            check_do_call(look, i);
        if (look_is_called(look, i, true))
            check_undo_call(look, i);
        if (!look_is_changed(look, i))
            continue;
        check_settled(look, i);
        check_undone(look, i);
        check_expiry(look, i);
        check_patience(look, i);
        doubt_check(look, i);
    }
}

/* ---- remembering ---- */

/* Who asks for a fence has said nothing yet of what is: the fence will. */
static void remember_person(const struct look *look)
{
    const struct seen_event *event = look->event;

    if (event->type != VERB)
        return;
    look->saga->terminated_by_person = event->verb == TERMINATE;
    if (event->step < look->shape->step_count && event->verb >= RESOLVE_DONE &&
        !(event->verb == RESOLVE_REJECTED && look_after(look, event->step)->fencing))
        look->saga->steps[event->step].by_person = true;
}

static void remember(struct look *look)
{
    struct oracle_saga *saga = look->saga;
    const struct seen_event *event = look->event;

    for (uint8_t i = 0; i < look->shape->step_count; i++) {
        struct oracle_step *step = &saga->steps[i];
        step->do_called = step->do_called || look_is_called(look, i, false);
        step->undo_called = step->undo_called || look_is_called(look, i, true);
        if (look_is_called(look, i, false))
            step->arrived = 0;
        if (!look_is_changed(look, i))
            continue;
        doubt_remember(look, i);
        pools_remember(look, i);
        step->seen = event->steps[i];
        uint64_t wake_ms = step->seen.forward_wake_ms > step->seen.backward_wake_ms
                               ? step->seen.forward_wake_ms
                               : step->seen.backward_wake_ms;
        if (look->oracle->calm && wake_ms > look->oracle->settle_ms)
            look->oracle->settle_ms = wake_ms;
    }
    remember_person(look);
    if (!oracle_is_held(saga) || event->deadline_ms != saga->deadline_ms)
        saga->held_ms = event->time_ms;
    saga->sequence = event->sequence;
    saga->phase = event->phase;
    saga->parked = event->parked;
    saga->paused = event->paused;
    saga->deadline_ms = event->deadline_ms;
    saga->time_ms = event->time_ms;
    saga->wall_ms = look->oracle->wall_ms;
    saga->turned_for_service = event->turned_for_service;
    if (saga->dirty)
        return;
    saga->dirty = true;
    look->oracle->dirty[look->oracle->dirty_count++] = look->at;
}

void oracle_event(struct oracle *oracle, const struct seen_event *event)
{
    uint32_t at = oracle_find(oracle, event->number);

    oracle->events++;
    oracle->checks++;
    if (at == SIM_NONE) {
        if (event->type != SUBMITTED || oracle->saga_count == SIM_SAGAS_MAX) {
            oracle_violated(oracle, 6, "a saga starts with event type %u", event->type);
            return;
        }
        take_start(oracle, event);
        at = oracle->saga_count - 1;
    }
    struct oracle_saga *saga = &oracle->sagas[at];
    struct look look = {oracle, saga, &oracle->shapes[saga->shape], event, at};
    check_saga(&look);
    check_steps(&look);
    audit_remember(&look);
    remember(&look);
    if (oracle->false_check && event->phase == COMPLETED)
        oracle_violated(oracle, 99, "deliberately false: no saga is ever completed");
}

/* ---- the end ---- */

void oracle_settled(struct oracle *oracle)
{
    for (uint32_t at = 0; at < oracle->saga_count; at++) {
        const struct oracle_saga *saga = &oracle->sagas[at];
        if (!oracle_is_over(saga) && !oracle_is_held(saga))
            oracle_violated(oracle, 36, "saga %u is in phase %u and never ends", at, saga->phase);
    }
}

void oracle_end(struct oracle *oracle)
{
    for (uint32_t at = 0; at < oracle->saga_count; at++) {
        const struct oracle_saga *saga = &oracle->sagas[at];
        const struct shape *shape = &oracle->shapes[saga->shape];
        for (uint32_t i = 0; i < shape->step_count; i++) {
            const struct oracle_step *step = &saga->steps[i];
            if (!shape->steps[i].guarded || step->by_person)
                continue;
            if (saga->phase == COMPENSATED && step->effect != 0)
                oracle_violated(oracle, 35, "saga %u was undone, step %u has %d effects", at, i,
                                step->effect);
            if (saga->phase == COMPLETED && step->effect != (shape->steps[i].read_only ? 0 : 1))
                oracle_violated(oracle, 35, "saga %u was done, step %u has %d effects", at, i,
                                step->effect);
        }
    }
}
