#include "engine/snapshot.h"

#include "engine/engine_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void snapshot_free(struct snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    for (size_t i = 0; i < snapshot->step_count; i++)
        free((void *)(uintptr_t)snapshot->steps[i].output.data);
    free((void *)(uintptr_t)snapshot->input.data);
    free(snapshot->steps);
    free(snapshot->events);
    free(snapshot);
}

void page_free(struct page *page)
{
    if (page == NULL)
        return;
    for (size_t i = 0; i < page->count; i++)
        snapshot_free(page->rows[i].snapshot);
    free(page);
}

/* ---- questions about a live saga ---- */

/*
 * By the clocks as they stood at the latest event, which are in the journal: whoever looks again is
 * told the same, also after a restart.
 */
uint64_t wall_of(const struct live *live, uint64_t engine_ms)
{
    return engine_ms == 0 ? 0 : engine_ms + (live->updated_wall_ms - live->saga->state.updated_ms);
}

/* It moves by pauses alone, so it is told by the clocks of the beginning. */
static uint64_t wall_deadline(const struct live *live)
{
    const struct saga_state *state = &live->saga->state;

    assert(state->deadline_ms >= state->created_ms);
    return live->created_wall_ms + (state->deadline_ms - state->created_ms);
}

struct saga_condition condition_of(struct engine *engine, const struct live *live)
{
    struct saga_facts facts = {
        .now_ms = engine->now_ms,
        .no_worker = steps_without_worker(engine, live->plan),
    };

    return saga_condition(live->saga, &facts);
}

bool is_stuck(struct engine *engine, const struct live *live, struct saga_condition condition)
{
    const struct saga_state *state = &live->saga->state;

    if (saga_is_terminal(live->saga))
        return false;
    if (state->parked != SAGA_PARK_NONE || state->overdue)
        return true;
    if (condition.name == SAGA_NO_WORKER || condition.name == SAGA_BLOCKED_BY_BREAKER)
        return true;
    return engine->now_ms >= state->updated_ms + NO_PROGRESS_MS;
}

static bool is_about_participant(enum saga_condition_name name)
{
    return name == SAGA_NO_WORKER || name == SAGA_BLOCKED_BY_BREAKER || name == SAGA_THROTTLED ||
           name == SAGA_WAITING;
}

static const char *participant_name(struct engine *engine, const struct live *live, uint8_t step)
{
    return engine->roster.participants[plan_participant(live, step)].name;
}

void condition_subject(struct engine *engine, const struct live *live,
                       struct saga_condition condition, char ret_subject[SAGA_NAME_SIZE])
{
    ret_subject[0] = '\0';
    if (condition.step == DEFINITION_NO_STEP)
        return;
    const char *subject = is_about_participant(condition.name)
                              ? participant_name(engine, live, condition.step)
                              : live->saga->definition->steps[condition.step].name;
    memcpy(ret_subject, subject, strlen(subject) + 1);
}

/* Where the saga is: the step that parked it, one that is under way, or one that is owed. */
uint8_t current_step(const struct live *live)
{
    const struct saga *saga = live->saga;
    uint8_t owed = DEFINITION_NO_STEP;

    if (saga_is_terminal(saga))
        return DEFINITION_NO_STEP;
    if (saga->state.parked != SAGA_PARK_NONE && saga->state.parked_step != DEFINITION_NO_STEP)
        return saga->state.parked_step;
    for (uint8_t i = 0; i < saga->definition->step_count; i++) {
        if (step_is_under_way(&saga->steps[i]))
            return i;
        bool due = saga->state.phase == SAGA_RUNNING
                       ? saga->steps[i].do_state == SAGA_DO_PENDING
                       : saga->steps[i].undo_state == SAGA_UNDO_DUE;
        if (due && owed == DEFINITION_NO_STEP)
            owed = i;
    }
    return owed;
}

/* Others whose call waits at the same participant, this saga's own left out. */
static uint32_t others_waiting(struct engine *engine, const struct live *live, uint8_t step)
{
    const struct roster_participant *participant =
        &engine->roster.participants[plan_participant(live, step)];
    size_t waiting = participant->waiting.count;

    return (uint32_t)(waiting > 0 ? waiting - 1 : 0);
}

/* ---- the snapshot ---- */

static bool copy_bytes(struct bytes from, struct bytes *ret_copy)
{
    if (from.data == NULL)
        return true;
    uint8_t *copy = malloc(from.size > 0 ? from.size : 1);
    if (copy == NULL)
        return false;
    if (from.size > 0)
        memcpy(copy, from.data, from.size);
    *ret_copy = bytes_of(copy, from.size);
    return true;
}

static uint64_t next_of(const struct live *live, const struct saga_step *step)
{
    if (step->undo_state == SAGA_UNDO_CALLING || step->undo_state == SAGA_UNDO_BACKOFF)
        return wall_of(live, step->backward.wake_ms);
    if (step->do_state == SAGA_DO_CALLING || step->do_state == SAGA_DO_BACKOFF)
        return wall_of(live, step->forward.wake_ms);
    return 0;
}

static bool fill_step(struct engine *engine, const struct live *live, uint8_t index,
                      uint32_t no_worker, struct snapshot_step *step)
{
    const struct definition_step *defined = &live->saga->definition->steps[index];
    const struct saga_step *state = &live->saga->steps[index];

    *step = (struct snapshot_step){
        .state = (enum saga_do_state)state->do_state,
        .undo = (enum saga_undo_state)state->undo_state,
        .attempts = state->forward.attempt,
        .undo_attempts = state->backward.attempt,
        .next_ms = next_of(live, state),
        .pivot = defined->pivot,
        .in_doubt = saga_in_doubt(live->saga, index),
        .no_worker = no_worker & 1u << index,
        .queued = live->calls[index].place == CALL_QUEUED,
    };
    memcpy(step->name, defined->name, sizeof step->name);
    memcpy(step->operation, defined->operation, sizeof step->operation);
    memcpy(step->undo_operation, defined->undo, sizeof step->undo_operation);
    text_copy(participant_name(engine, live, index), sizeof step->participant, step->participant);
    return copy_bytes(live->outputs[index], &step->output);
}

static void fill_condition(struct engine *engine, const struct live *live, struct snapshot *to)
{
    struct saga_condition condition = condition_of(engine, live);

    to->condition = condition.name;
    to->condition_since_ms = wall_of(live, condition.since_ms);
    to->stuck = is_stuck(engine, live, condition);
    condition_subject(engine, live, condition, to->condition_subject);
    if (condition.step == DEFINITION_NO_STEP)
        return;
    memcpy(to->condition_step, live->saga->definition->steps[condition.step].name,
           sizeof to->condition_step);
    to->others_waiting = others_waiting(engine, live, condition.step);
}

static bool is_pivot_done(const struct saga *saga)
{
    uint8_t pivot = saga->definition->pivot;

    return pivot != DEFINITION_NO_STEP && saga->steps[pivot].do_state == SAGA_DO_DONE;
}

static void fill_state(const struct live *live, struct snapshot *to)
{
    const struct saga *saga = live->saga;
    const struct saga_state *state = &saga->state;

    to->phase = (enum saga_phase)state->phase;
    to->paused = state->paused;
    to->parked = (enum saga_park_reason)state->parked;
    to->turn_reason = (enum saga_turn_reason)state->turn_reason;
    if (state->turn_step != DEFINITION_NO_STEP && state->turn_reason != SAGA_TURN_NONE)
        memcpy(to->turn_step, saga->definition->steps[state->turn_step].name,
               sizeof to->turn_step);
    to->overdue = state->overdue;
    to->turned_for_service = state->turned_for_service;
    to->pivot_done = is_pivot_done(saga);
    to->decided = saga_wants(saga).decided;
    to->created_ms = live->created_wall_ms;
    to->updated_ms = live->updated_wall_ms;
    to->deadline_ms = wall_deadline(live);
    to->sequence = saga->sequence;
    to->allowed_verbs = saga_allowed_verbs(saga);
}

static void fill_words(const struct live *live, struct snapshot *to)
{
    text_copy(live->tenant, sizeof to->tenant, to->tenant);
    text_copy(live->key, sizeof to->key, to->key);
    memcpy(to->definition, live->saga->definition->name, sizeof to->definition);
    hex_encode(live->saga->definition->hash, (sizeof to->version - 1) / 2, to->version);
    if (live->code == NULL || to->phase == SAGA_COMPLETED)
        return;
    text_copy(live->code, sizeof to->code, to->code);
    text_copy(live->text, sizeof to->text, to->text);
}

static bool fill_steps(struct engine *engine, const struct live *live, struct snapshot *to)
{
    uint32_t count = live->saga->definition->step_count;
    uint32_t no_worker = steps_without_worker(engine, live->plan);

    to->steps = calloc(count, sizeof *to->steps);
    if (to->steps == NULL)
        return false;
    to->step_count = count;
    for (uint8_t i = 0; i < count; i++)
        if (!fill_step(engine, live, i, no_worker, &to->steps[i]))
            return false;
    return true;
}

/* ---- the history, read from the store ---- */

static void add_event(void *context, const struct live *live, enum saga_phase before,
                      const struct record *record)
{
    struct snapshot *to = context;

    if (record->event.sequence <= to->sequence)
        narrate(live->saga, before, record, &to->events[to->event_count++]);
}

static bool fill_events(struct engine *engine, const struct live *live, struct snapshot *to)
{
    struct live *folded = NULL;

    to->events = calloc(live->saga->sequence, sizeof *to->events);
    if (to->events == NULL)
        return false;
    bool read = load_saga(engine, live->id.number, add_event, to, &folded) == 0;
    live_free(folded);
    return read;
}

struct snapshot *snapshot_of(struct engine *engine, const struct live *live, bool with_events)
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);

    if (snapshot == NULL)
        return NULL;
    snapshot->id = live->id;
    snapshot->previous = live->previous;
    fill_state(live, snapshot);
    fill_words(live, snapshot);
    fill_condition(engine, live, snapshot);
    bool whole = fill_steps(engine, live, snapshot) &&
                 copy_bytes(live->input, &snapshot->input) &&
                 (!with_events || fill_events(engine, live, snapshot));
    if (!whole) {
        snapshot_free(snapshot);
        return NULL;
    }
    return snapshot;
}
