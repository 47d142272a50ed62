/*
 * Events in words: one sentence for people, one line for the log.
 */
#include "engine/engine_state.h"

#include "base/log.h"

#include <stdarg.h>
#include <string.h>

/* Appends to a fixed text; what does not fit is cut. */
static void say(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(char *text, size_t size, const char *format, ...)
{
    size_t length = strlen(text);
    va_list arguments;

    if (length + 1 >= size)
        return;
    va_start(arguments, format);
    vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
}

static const char *step_name(const struct saga *saga, uint8_t step)
{
    return step == DEFINITION_NO_STEP ? "" : saga->definition->steps[step].name;
}

/* What a step's call is called by the people who wrote it: the operation, do or undo. */
static const char *operation_name(const struct saga *saga, uint8_t step, bool undo)
{
    const struct definition_step *defined = &saga->definition->steps[step];

    return undo ? defined->undo : defined->operation;
}

static void say_words(const struct record *record, char *text, size_t size)
{
    if (record->code[0] != '\0')
        say(text, size, " %s", record->code);
    if (record->text[0] != '\0')
        say(text, size, " (%s)", record->text);
}

static void say_result(const struct saga *saga, const struct record *record, char *text,
                       size_t size)
{
    const struct saga_event *event = &record->event;
    bool undo = event->direction == SAGA_UNDO;

    say(text, size, "%s%s answered %s", event->direction == SAGA_FENCE ? "fence of " : "",
        operation_name(saga, event->step, undo),
        saga_verdict_name((enum saga_verdict)event->verdict));
    say_words(record, text, size);
}

static void say_person(const struct record *record, char *text, size_t size)
{
    if (record->actor[0] != '\0')
        say(text, size, " by %s", record->actor);
    if (record->reason[0] != '\0')
        say(text, size, ": %s", record->reason);
}

static void say_verb(const struct saga *saga, const struct record *record, char *text, size_t size)
{
    const struct saga_event *event = &record->event;

    say(text, size, "%s", saga_verb_name((enum saga_verb)event->verb));
    if (event->step != DEFINITION_NO_STEP)
        say(text, size, " %s", step_name(saga, event->step));
    say_person(record, text, size);
}

static void say_cause(const struct saga *saga, const struct record *record, char *text,
                      size_t size)
{
    const struct saga_event *event = &record->event;

    switch ((enum saga_event_type)event->type) {
    case SAGA_EVENT_SUBMITTED:
        say(text, size, "submitted");
        say_person(record, text, size);
        break;
    case SAGA_EVENT_RESULT:
        say_result(saga, record, text, size);
        break;
    case SAGA_EVENT_TIMER:
        say(text, size, "time came");
        say_words(record, text, size);
        break;
    case SAGA_EVENT_VANISHED:
        say(text, size, "the worker that had %s vanished: outcome unknown",
            operation_name(saga, event->step, event->direction == SAGA_UNDO));
        break;
    case SAGA_EVENT_PERMITTED:
        say(text, size, "its turn came");
        break;
    case SAGA_EVENT_VERB:
        say_verb(saga, record, text, size);
        break;
    case SAGA_EVENT_COUNT:
        break;
    }
}

static void say_step(const struct saga *saga, const struct saga_event *event, uint8_t i,
                     char *text, size_t size)
{
    const struct saga_step *step = &event->steps[i];
    bool undo = step->undo_state != SAGA_UNDO_NONE && step->undo_state != SAGA_UNDO_DUE;
    const struct saga_call *call = undo ? &step->backward : &step->forward;

    if (event->called & 1u << i) {
        say(text, size, "; calls %s", operation_name(saga, i, undo));
        if (call->attempt > 1)
            say(text, size, " (attempt %u)", call->attempt);
    } else if (step->undo_state == SAGA_UNDO_BACKOFF || step->do_state == SAGA_DO_BACKOFF) {
        uint64_t wait_ms = call->wake_ms > event->time_ms ? call->wake_ms - event->time_ms : 0;
        say(text, size, "; %s again in %llu ms", operation_name(saga, i, undo),
            (unsigned long long)wait_ms);
    } else if (step->undo_state == SAGA_UNDO_WAITING || step->do_state == SAGA_DO_WAITING) {
        say(text, size, "; %s waits for its participant", operation_name(saga, i, undo));
    }
}

static void say_consequences(const struct saga *saga, enum saga_phase before,
                             const struct saga_event *event, char *text, size_t size)
{
    enum saga_phase phase = (enum saga_phase)event->state.phase;

    if (before == SAGA_RUNNING && event->state.turn_reason != SAGA_TURN_NONE &&
        phase != SAGA_RUNNING)
        say(text, size, "; turns back (%s)",
            saga_turn_reason_name((enum saga_turn_reason)event->state.turn_reason));
    for (uint8_t i = 0; i < saga->definition->step_count; i++)
        if (event->changed & 1u << i)
            say_step(saga, event, i, text, size);
    if (event->state.parked != SAGA_PARK_NONE)
        say(text, size, "; parked (%s)",
            saga_park_reason_name((enum saga_park_reason)event->state.parked));
    if (before != phase && phase != SAGA_COMPENSATING)
        say(text, size, "; %s", saga_phase_name(phase));
}

void narrate(const struct saga *after, enum saga_phase before, const struct record *record,
             struct snapshot_event *ret_event)
{
    const struct saga_event *event = &record->event;
    const char *type = event->type == SAGA_EVENT_VERB
                           ? saga_verb_name((enum saga_verb)event->verb)
                           : saga_event_type_name((enum saga_event_type)event->type);
    bool has_direction = event->type == SAGA_EVENT_RESULT || event->type == SAGA_EVENT_VANISHED;

    memset(ret_event, 0, sizeof *ret_event);
    ret_event->sequence = event->sequence;
    ret_event->time_ms = (uint64_t)((int64_t)event->time_ms + record->wall_skew_ms);
    text_copy(type, sizeof ret_event->type, ret_event->type);
    text_copy(step_name(after, event->step), sizeof ret_event->step, ret_event->step);
    if (has_direction)
        text_copy(saga_direction_name((enum saga_direction)event->direction),
                  sizeof ret_event->direction, ret_event->direction);
    say_cause(after, record, ret_event->text, sizeof ret_event->text);
    say_consequences(after, before, event, ret_event->text, sizeof ret_event->text);
}

/* One line per event, for those who read along; the live saga is still as it was before. */
void log_event(const struct live *live, const struct record *record)
{
    const struct saga_event *event = &record->event;
    char id[ID_TEXT_SIZE], words[SAGA_TEXT_SIZE * 2] = "";
    enum saga_phase before = (enum saga_phase)live->saga->state.phase;

    if (log_level() > LOG_DEBUG)
        return;
    id_text(live->id, id);
    say_consequences(live->saga, before, event, words, sizeof words);
    log_line(LOG_DEBUG, "t=%llu saga=%s seq=%u event=%s step=%s %s->%s%s",
             (unsigned long long)event->time_ms, id, event->sequence,
             saga_event_type_name((enum saga_event_type)event->type),
             step_name(live->saga, event->step), saga_phase_name(before),
             saga_phase_name((enum saga_phase)event->state.phase), words);
}
