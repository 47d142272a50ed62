#include "gateway/audit_json.h"

#include "core/names.h"
#include "gateway/body.h"
#include "gateway/filter.h"

#include <string.h>

static json_t *digest_json(const uint8_t digest[RECORD_DIGEST_SIZE])
{
    char text[2 * RECORD_DIGEST_SIZE + 1];

    hex_encode(digest, RECORD_DIGEST_SIZE, text);
    return json_string(text);
}

/* A saga that has ended waits for nothing, so it has no condition. */
static json_t *view_json(const struct record_view *view, bool with_step)
{
    bool ended = view->phase != SAGA_RUNNING && view->phase != SAGA_COMPENSATING;
    enum saga_park_reason parked = (enum saga_park_reason)view->parked;
    json_t *json = json_object();

    json_object_set_new(json, "phase", json_string(saga_phase_name((enum saga_phase)view->phase)));
    json_object_set_new(json, "hold", json_string(hold_name(view->paused, parked)));
    json_object_set_new(json, "parked",
                        parked == SAGA_PARK_NONE ? json_null()
                                                 : json_string(saga_park_reason_name(parked)));
    json_object_set_new(json, "overdue", json_boolean(view->overdue));
    json_object_set_new(
        json, "condition",
        ended ? json_null()
              : json_string(saga_condition_name((enum saga_condition_name)view->condition)));
    if (!with_step)
        return json;
    json_object_set_new(json, "state",
                        json_string(saga_do_state_name((enum saga_do_state)view->do_state)));
    json_object_set_new(json, "undo",
                        json_string(saga_undo_state_name((enum saga_undo_state)view->undo_state)));
    return json;
}

static void add_saga(json_t *json, const struct record_audit *entry)
{
    bool with_step = entry->step[0] != '\0';

    json_object_set_new(json, "saga", body_id(entry->saga));
    json_object_set_new(json, "step", body_text_or_null(entry->step));
    json_object_set_new(json, "force", json_boolean(entry->force));
    json_object_set_new(json, "sequence", json_integer(entry->sequence));
    json_object_set_new(json, "before", view_json(&entry->before, with_step));
    json_object_set_new(json, "after", view_json(&entry->after, with_step));
    json_object_set_new(json, "event_digest",
                        entry->has_event ? digest_json(entry->event_digest) : json_null());
}

json_t *audit_json(const struct audit_row *row)
{
    const struct record_audit *entry = &row->entry;
    bool upon_saga = entry->saga.number != 0;
    json_t *json = json_object();

    json_object_set_new(json, "number", json_integer(row->number));
    json_object_set_new(json, "corrupt", json_boolean(row->corrupt));
    if (row->corrupt)
        return json;
    json_object_set_new(json, "time", body_time(entry->wall_ms));
    json_object_set_new(json, "actor", body_text(entry->actor));
    json_object_set_new(json, "credential", body_text_or_null(entry->credential));
    json_object_set_new(json, "role", body_text_or_null(entry->role));
    json_object_set_new(json, "verb",
                        entry->act[0] == '\0'
                            ? json_string(saga_verb_name((enum saga_verb)entry->verb))
                            : body_text(entry->act));
    json_object_set_new(json, "reason", body_text_or_null(entry->reason));
    json_object_set_new(json, "outcome",
                        json_string(record_outcome_name((enum record_outcome)entry->outcome)));
    json_object_set_new(json, "detail", body_text_or_null(entry->text));
    if (upon_saga)
        add_saga(json, entry);
    return json;
}

static json_t *cursor_json(const struct audit_check *check)
{
    char digest[2 * RECORD_DIGEST_SIZE + 1];

    if (check->complete)
        return json_null();
    hex_encode(check->link, sizeof(check->link), digest);
    return json_sprintf("v%08x%s", check->checked, digest);
}

static json_t *broken_json(const struct audit_check *check)
{
    if (check->broken == 0)
        return json_null();
    json_t *json = json_object();
    json_object_set_new(json, "number", json_integer(check->broken));
    json_object_set_new(json, "detail", body_text(check->what));
    return json;
}

json_t *audit_json_check(const struct audit_check *check)
{
    bool intact = check->broken == 0;
    json_t *json = json_object();

    json_object_set_new(json, "checked", json_integer(check->checked));
    json_object_set_new(json, "digest", intact ? digest_json(check->link) : json_null());
    json_object_set_new(json, "complete", json_boolean(check->complete));
    json_object_set_new(json, "broken", broken_json(check));
    json_object_set_new(json, "head_number",
                        check->head_at == 0 ? json_null() : json_integer(check->head_at));
    json_object_set_new(json, "next_cursor", cursor_json(check));
    return json;
}
