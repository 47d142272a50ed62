#include "gateway/saga_json.h"

#include "core/names.h"
#include "gateway/body.h"
#include "gateway/filter.h"

static json_t *id_of_message(struct saga_id id)
{
    char sid[ID_SID_SIZE];

    id_sid(id, sid);
    return json_string(sid);
}

static json_t *condition_of(enum saga_condition_name name, uint64_t since_ms, const char *subject)
{
    json_t *condition = json_object();

    json_object_set_new(condition, "name", json_string(saga_condition_name(name)));
    json_object_set_new(condition, "since", body_time(since_ms));
    json_object_set_new(condition, "subject", body_text_or_null(subject));
    return condition;
}

static json_t *turn_of(const struct snapshot *snapshot)
{
    if (snapshot->turn_reason == SAGA_TURN_NONE)
        return json_null();
    json_t *turn = json_object();
    json_object_set_new(turn, "reason", json_string(saga_turn_reason_name(snapshot->turn_reason)));
    json_object_set_new(turn, "step", body_text_or_null(snapshot->turn_step));
    json_object_set_new(turn, "for_want_of_service", json_boolean(snapshot->turned_for_service));
    return turn;
}

static json_t *step_of(const struct snapshot_step *step, bool with_payloads)
{
    json_t *json = json_object();

    json_object_set_new(json, "name", body_text(step->name));
    json_object_set_new(json, "state", json_string(saga_do_state_name(step->state)));
    json_object_set_new(json, "undo", json_string(saga_undo_state_name(step->undo)));
    json_object_set_new(json, "attempts", json_integer(step->attempts));
    json_object_set_new(json, "undo_attempts", json_integer(step->undo_attempts));
    json_object_set_new(json, "participant", body_text(step->participant));
    json_object_set_new(json, "operation", body_text(step->operation));
    json_object_set_new(json, "undo_operation", body_text_or_null(step->undo_operation));
    json_object_set_new(json, "pivot", json_boolean(step->pivot));
    json_object_set_new(json, "in_doubt", json_boolean(step->in_doubt));
    json_object_set_new(json, "no_worker", json_boolean(step->no_worker));
    json_object_set_new(json, "queued", json_boolean(step->queued));
    json_object_set_new(json, "next", body_time(step->next_ms));
    if (with_payloads)
        json_object_set_new(json, "output", body_parsed(step->output));
    return json;
}

static json_t *steps_of(const struct snapshot *snapshot, bool with_payloads)
{
    json_t *steps = json_array();

    for (size_t i = 0; i < snapshot->step_count; i++)
        json_array_append_new(steps, step_of(&snapshot->steps[i], with_payloads));
    return steps;
}

/* When something happens next by itself. */
static uint64_t next_of(const struct snapshot *snapshot)
{
    uint64_t next_ms = 0;
    for (size_t i = 0; i < snapshot->step_count; i++) {
        uint64_t step_ms = snapshot->steps[i].next_ms;
        if (step_ms != 0 && (next_ms == 0 || step_ms < next_ms))
            next_ms = step_ms;
    }
    return next_ms;
}

static void add_identity(json_t *json, const struct snapshot *snapshot)
{
    json_object_set_new(json, "id", body_id(snapshot->id));
    json_object_set_new(json, "sid", id_of_message(snapshot->id));
    json_object_set_new(json, "previous", body_id(snapshot->previous));
    json_object_set_new(json, "definition", body_text(snapshot->definition));
    json_object_set_new(json, "version", body_text(snapshot->version));
    json_object_set_new(json, "account", body_text_or_null(snapshot->tenant));
    json_object_set_new(json, "sequence", json_integer(snapshot->sequence));
}

static void add_state(json_t *json, const struct snapshot *snapshot)
{
    const char *subject =
        *snapshot->condition_subject ? snapshot->condition_subject : snapshot->condition_step;

    json_object_set_new(json, "phase", json_string(saga_phase_name(snapshot->phase)));
    json_object_set_new(json, "hold", json_string(hold_name(snapshot->paused, snapshot->parked)));
    json_object_set_new(json, "parked",
                        snapshot->parked == SAGA_PARK_NONE
                            ? json_null()
                            : json_string(saga_park_reason_name(snapshot->parked)));
    json_object_set_new(json, "condition",
                        condition_of(snapshot->condition, snapshot->condition_since_ms, subject));
    json_object_set_new(json, "turn", turn_of(snapshot));
    json_object_set_new(json, "code", body_text_or_null(snapshot->code));
    json_object_set_new(json, "text", body_text_or_null(snapshot->text));
    json_object_set_new(json, "stuck", json_boolean(snapshot->stuck));
    json_object_set_new(json, "overdue", json_boolean(snapshot->overdue));
    json_object_set_new(json, "decided", json_boolean(snapshot->decided));
    json_object_set_new(json, "pivot_done", json_boolean(snapshot->pivot_done));
    json_object_set_new(json, "allowed", body_verbs(snapshot->allowed_verbs));
}

static void add_times(json_t *json, const struct snapshot *snapshot)
{
    json_object_set_new(json, "created", body_time(snapshot->created_ms));
    json_object_set_new(json, "updated", body_time(snapshot->updated_ms));
    json_object_set_new(json, "deadline", body_time(snapshot->deadline_ms));
    json_object_set_new(json, "next", body_time(next_of(snapshot)));
}

json_t *saga_json(const struct snapshot *snapshot, bool with_payloads)
{
    json_t *json = json_object();

    add_identity(json, snapshot);
    add_state(json, snapshot);
    add_times(json, snapshot);
    json_object_set_new(json, "steps", steps_of(snapshot, with_payloads));
    if (with_payloads)
        json_object_set_new(json, "input", body_parsed(snapshot->input));
    if (snapshot->events)
        json_object_set_new(json, "events", saga_json_events(snapshot));
    return json;
}

json_t *saga_json_events(const struct snapshot *snapshot)
{
    json_t *events = json_array();

    for (size_t i = 0; i < snapshot->event_count; i++) {
        const struct snapshot_event *event = &snapshot->events[i];
        json_t *json = json_object();
        json_object_set_new(json, "seq", json_integer(event->sequence));
        json_object_set_new(json, "time", body_time(event->time_ms));
        json_object_set_new(json, "type", body_text(event->type));
        json_object_set_new(json, "step", body_text_or_null(event->step));
        json_object_set_new(json, "direction", body_text_or_null(event->direction));
        json_object_set_new(json, "text", body_text(event->text));
        json_array_append_new(events, json);
    }
    return events;
}

json_t *saga_json_row(const struct page_row *row)
{
    json_t *json = json_object();

    json_object_set_new(json, "id", body_id(row->id));
    json_object_set_new(json, "sid", id_of_message(row->id));
    json_object_set_new(json, "definition", body_text(row->definition));
    json_object_set_new(json, "sequence",
                        row->sequence > 0 ? json_integer(row->sequence) : json_null());
    json_object_set_new(json, "account", body_text_or_null(row->tenant));
    json_object_set_new(json, "phase", json_string(saga_phase_name(row->phase)));
    json_object_set_new(json, "hold", json_string(hold_name(row->paused, row->parked)));
    json_object_set_new(
        json, "condition",
        condition_of(row->condition, row->condition_since_ms, row->condition_subject));
    json_object_set_new(json, "step", body_text_or_null(row->step));
    json_object_set_new(json, "attempts", json_integer(row->attempts));
    json_object_set_new(json, "since", body_time(row->condition_since_ms));
    json_object_set_new(json, "next", body_time(row->next_ms));
    json_object_set_new(json, "code", body_text_or_null(row->code));
    json_object_set_new(json, "stuck", json_boolean(row->stuck));
    json_object_set_new(json, "created", body_time(row->created_ms));
    json_object_set_new(json, "updated", body_time(row->updated_ms));
    return json;
}
