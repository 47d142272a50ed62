#include "gateway/why.h"

#include "base/clock.h"
#include "core/names.h"
#include "gateway/body.h"
#include "gateway/why_sentence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REASON "--reason \"…\""

static void add_line(json_t *lines, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_line(json_t *lines, const char *format, ...)
{
    char text[WHY_SENTENCE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    json_array_append_new(lines, body_text(text));
}

static bool has_ended(const struct snapshot *snapshot)
{
    return snapshot->phase != SAGA_RUNNING && snapshot->phase != SAGA_COMPENSATING;
}

/* ---- since when, and what went wrong last ---- */

static void add_since(json_t *lines, const struct snapshot *snapshot, uint64_t now_ms)
{
    char time[CLOCK_RFC3339_SIZE], span[WHY_SPAN_SIZE];
    uint64_t since_ms = snapshot->condition_since_ms;
    const char *subject =
        *snapshot->condition_subject ? snapshot->condition_subject : snapshot->condition_step;

    if (since_ms == 0)
        return;
    clock_rfc3339(since_ms, time);
    why_span(now_ms > since_ms ? now_ms - since_ms : 0, span);
    if (has_ended(snapshot))
        add_line(lines, "since %s, for %s", time, span);
    else
        add_line(lines, "%s%s%s since %s, for %s", saga_condition_name(snapshot->condition),
                 *subject ? ": " : "", subject, time, span);
}

static void add_error(json_t *lines, const struct snapshot *snapshot)
{
    if (*snapshot->code && *snapshot->text)
        add_line(lines, "last error: %s, \"%s\"", snapshot->code, snapshot->text);
    else if (*snapshot->code || *snapshot->text)
        add_line(lines, "last error: %s%s", snapshot->code, snapshot->text);
}

/* ---- what next ---- */

/* While it is held, nothing is called by itself. */
static void add_next_attempt(json_t *lines, const struct snapshot *snapshot,
                             const struct snapshot_step *step)
{
    char time[CLOCK_RFC3339_SIZE];
    bool undoing = why_is_undoing(step);
    uint32_t attempts = undoing ? step->undo_attempts : step->attempts;
    bool calling = undoing ? step->undo == SAGA_UNDO_CALLING : step->state == SAGA_DO_CALLING;

    if (step->next_ms == 0 || snapshot->paused || snapshot->parked != SAGA_PARK_NONE) {
        if (attempts > 0)
            add_line(lines, "%u attempt%s so far", attempts, attempts == 1 ? "" : "s");
        return;
    }
    clock_rfc3339(step->next_ms, time);
    if (calling)
        add_line(lines, "attempt %u is out and has until %s", attempts, time);
    else
        add_line(lines, "attempt %u is made at %s", attempts + 1, time);
}

/* The step where compensation would start: the last one that was called and can be undone. */
static const struct snapshot_step *first_to_undo(const struct snapshot *snapshot)
{
    for (size_t i = snapshot->step_count; i > 0; i--) {
        const struct snapshot_step *step = &snapshot->steps[i - 1];
        if (step->undo_operation[0] && (step->state == SAGA_DO_DONE || step->in_doubt))
            return step;
    }
    return NULL;
}

static void add_deadline(json_t *lines, const struct snapshot *snapshot)
{
    char time[CLOCK_RFC3339_SIZE];
    const struct snapshot_step *first = first_to_undo(snapshot);

    if (snapshot->deadline_ms == 0 || snapshot->phase != SAGA_RUNNING || snapshot->pivot_done)
        return;
    clock_rfc3339(snapshot->deadline_ms, time);
    if (snapshot->overdue)
        add_line(lines, "the deadline was %s; it asks again with the same key until it knows",
                 time);
    else if (snapshot->paused || snapshot->parked != SAGA_PARK_NONE)
        add_line(lines, "the deadline stands still while it is held");
    else if (first)
        add_line(lines, "deadline %s, then compensation starts at \"%s\"", time, first->name);
    else
        add_line(lines, "deadline %s, then it turns back; there is nothing to undo", time);
}

static void add_doubt(json_t *lines, const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->step_count; i++) {
        const struct snapshot_step *step = &snapshot->steps[i];
        if (step->in_doubt && step->pivot)
            add_line(lines, "step \"%s\", the point of no return, may or may not have been done",
                     step->name);
    }
}

static json_t *lines_of(const struct snapshot *snapshot, uint64_t now_ms)
{
    json_t *lines = json_array();
    const struct snapshot_step *step = why_step(snapshot);

    add_since(lines, snapshot, now_ms);
    add_error(lines, snapshot);
    if (has_ended(snapshot))
        return lines;
    if (step)
        add_next_attempt(lines, snapshot, step);
    add_doubt(lines, snapshot);
    if (snapshot->others_waiting > 0)
        add_line(lines, "%u other saga%s for the same participant", snapshot->others_waiting,
                 snapshot->others_waiting == 1 ? " waits" : "s wait");
    add_deadline(lines, snapshot);
    return lines;
}

/* ---- what to try ---- */

static bool allows(const struct snapshot *snapshot, enum saga_verb verb)
{
    return snapshot->allowed_verbs & 1u << verb;
}

static void try_verb(json_t *list, const struct snapshot *snapshot, enum saga_verb verb,
                     const char *word, const char *rest)
{
    char id[ID_TEXT_SIZE];

    if (!allows(snapshot, verb))
        return;
    id_text(snapshot->id, id);
    add_line(list, "sagactl %s %s%s%s " REASON, word, id, *rest ? " " : "", rest);
}

/* Somebody has looked at the participant and knows how the step ended. */
static void try_resolving(json_t *list, const struct snapshot *snapshot)
{
    const struct snapshot_step *step = why_step(snapshot);
    char rest[SAGA_NAME_SIZE + 16];

    if (!step)
        return;
    bool undo = why_is_undoing(step) || snapshot->parked == SAGA_PARK_UNDO_REJECTED;
    if (undo) {
        try_verb(list, snapshot, SAGA_WAIVE, "waive", step->name);
        return;
    }
    snprintf(rest, sizeof(rest), "%s --as done", step->name);
    try_verb(list, snapshot, SAGA_RESOLVE_DONE, "resolve", rest);
    snprintf(rest, sizeof(rest), "%s --as rejected", step->name);
    try_verb(list, snapshot, SAGA_RESOLVE_REJECTED, "resolve", rest);
    if (!step->pivot)
        try_verb(list, snapshot, SAGA_SKIP, "skip", step->name);
}

static void try_others(json_t *list, const struct snapshot *snapshot)
{
    add_line(list, "sagactl list --stuck -q condition=%s",
             snapshot->condition == SAGA_NO_WORKER ? "no-worker" : "blocked-by-breaker");
}

static void try_by_condition(json_t *list, const struct snapshot *snapshot)
{
    switch (snapshot->condition) {
    case SAGA_PROGRESSING:
    case SAGA_WAITING:
    case SAGA_THROTTLED:
        try_verb(list, snapshot, SAGA_CANCEL, "cancel", "");
        return;
    case SAGA_RETRYING:
    case SAGA_SLEEPING:
        try_verb(list, snapshot, SAGA_RETRY, "retry", "");
        try_verb(list, snapshot, SAGA_CANCEL, "cancel", "");
        return;
    case SAGA_NO_WORKER:
    case SAGA_BLOCKED_BY_BREAKER:
        try_others(list, snapshot);
        try_verb(list, snapshot, SAGA_CANCEL, "cancel", "");
        return;
    case SAGA_PAUSED:
        try_verb(list, snapshot, SAGA_RESUME, "resume", "");
        try_verb(list, snapshot, SAGA_CANCEL, "cancel", "");
        return;
    case SAGA_OVERDUE:
        try_resolving(list, snapshot);
        return;
    case SAGA_PARKED:
        try_verb(list, snapshot, SAGA_RETRY, "retry", "");
        try_resolving(list, snapshot);
        try_verb(list, snapshot, SAGA_CANCEL, "cancel", "");
        try_verb(list, snapshot, SAGA_TERMINATE, "terminate", "");
        return;
    case SAGA_CONDITION_COUNT:
        break;
    }
}

static json_t *try_of(const struct snapshot *snapshot)
{
    json_t *list = json_array();
    char id[ID_TEXT_SIZE];

    id_text(snapshot->id, id);
    if (!has_ended(snapshot))
        try_by_condition(list, snapshot);
    else if (snapshot->phase != SAGA_COMPLETED)
        add_line(list, "sagactl rerun %s " REASON, id);
    add_line(list, "sagactl trace %s", id);
    return list;
}

json_t *why_json(const struct snapshot *snapshot, uint64_t now_ms)
{
    char headline[WHY_SENTENCE_SIZE];
    json_t *json = json_object();

    why_headline(snapshot, headline);
    json_object_set_new(json, "headline", body_text(headline));
    json_object_set_new(json, "lines", lines_of(snapshot, now_ms));
    json_object_set_new(json, "try", try_of(snapshot));
    return json;
}
