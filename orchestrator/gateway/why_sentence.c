#include "gateway/why_sentence.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void say(char text[WHY_SENTENCE_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(char text[WHY_SENTENCE_SIZE], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, WHY_SENTENCE_SIZE, format, arguments);
    va_end(arguments);
}

void why_span(uint64_t ms, char ret_text[WHY_SPAN_SIZE])
{
    uint64_t seconds = ms / 1000u;

    if (seconds < 120)
        snprintf(ret_text, WHY_SPAN_SIZE, "%" PRIu64 "s", seconds);
    else if (seconds < 7200)
        snprintf(ret_text, WHY_SPAN_SIZE, "%" PRIu64 "m", seconds / 60u);
    else if (seconds < 172800)
        snprintf(ret_text, WHY_SPAN_SIZE, "%" PRIu64 "h", seconds / 3600u);
    else
        snprintf(ret_text, WHY_SPAN_SIZE, "%" PRIu64 "d", seconds / 86400u);
}

const struct snapshot_step *why_step(const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->step_count; i++)
        if (strcmp(snapshot->steps[i].name, snapshot->condition_step) == 0)
            return &snapshot->steps[i];
    return NULL;
}

bool why_is_undoing(const struct snapshot_step *step)
{
    switch (step->undo) {
    case SAGA_UNDO_WAITING:
    case SAGA_UNDO_CALLING:
    case SAGA_UNDO_BACKOFF:
        return true;
    case SAGA_UNDO_NONE:
    case SAGA_UNDO_DUE:
    case SAGA_UNDO_DONE:
    case SAGA_UNDO_WAIVED:
    case SAGA_UNDO_COUNT:
        break;
    }
    return false;
}

/* ---- ended ---- */

static unsigned count_undone(const struct snapshot *snapshot)
{
    unsigned count = 0;
    for (size_t i = 0; i < snapshot->step_count; i++)
        count += snapshot->steps[i].undo == SAGA_UNDO_DONE;
    return count;
}

static void say_turn(const struct snapshot *snapshot, char text[WHY_SENTENCE_SIZE])
{
    switch (snapshot->turn_reason) {
    case SAGA_TURN_REJECTED:
        say(text, "step \"%s\" was refused%s%s", snapshot->turn_step,
            *snapshot->code ? " with code " : "", snapshot->code);
        return;
    case SAGA_TURN_EXHAUSTED:
        say(text, "step \"%s\" failed in every attempt", snapshot->turn_step);
        return;
    case SAGA_TURN_DEADLINE:
        say(text, "its deadline passed");
        return;
    case SAGA_TURN_CANCELLED:
        say(text, snapshot->turned_for_service ? "a service was missing" : "it was cancelled");
        return;
    case SAGA_TURN_NONE:
    case SAGA_TURN_COUNT:
        break;
    }
    say(text, "it turned back");
}

static void say_ended(const struct snapshot *snapshot, char text[WHY_SENTENCE_SIZE])
{
    char turn[WHY_SENTENCE_SIZE];
    unsigned undone = count_undone(snapshot);

    switch (snapshot->phase) {
    case SAGA_COMPLETED:
        say(text, "It is completed: every step is done.");
        return;
    case SAGA_COMPENSATED:
        say_turn(snapshot, turn);
        if (undone == 0)
            say(text, "It is compensated: %.300s, and nothing had to be undone.", turn);
        else
            say(text, "It is compensated: %.300s, and %u step%s undone.", turn, undone,
                undone == 1 ? " was" : "s were");
        return;
    case SAGA_TERMINATED:
        say(text, "It was terminated by an operator, and its effects were left.");
        return;
    case SAGA_RUNNING:
    case SAGA_COMPENSATING:
    case SAGA_PHASE_COUNT:
        break;
    }
}

/* ---- parked ---- */

static void say_parked(const struct snapshot *snapshot, char text[WHY_SENTENCE_SIZE])
{
    const char *step = snapshot->condition_step;
    const struct snapshot_step *at = why_step(snapshot);
    const char *participant = at ? at->participant : "";

    switch (snapshot->parked) {
    case SAGA_PARK_REJECTED_AFTER_PIVOT:
        say(text, "It is parked: step \"%s\" was refused by \"%s\" after the point of no return.",
            step, participant);
        return;
    case SAGA_PARK_UNDO_REJECTED:
        say(text, "It is parked: \"%s\" refused to undo step \"%s\".", participant, step);
        return;
    case SAGA_PARK_EXHAUSTED:
        say(text, "It is parked: step \"%s\" failed in every attempt.", step);
        return;
    case SAGA_PARK_PATIENCE:
        say(text,
            "It is parked: step \"%s\" got no settled answer from \"%s\" for as long as its "
            "patience.",
            step, participant);
        return;
    case SAGA_PARK_FENCED:
        say(text, "It is parked: step \"%s\" was fenced at \"%s\", which only a defect can cause.",
            step, participant);
        return;
    case SAGA_PARK_EVENTS:
        say(text, "It is parked: too much has happened to it without an end.");
        return;
    case SAGA_PARK_NONE:
    case SAGA_PARK_COUNT:
        break;
    }
    say(text, "It is parked.");
}

/* ---- under way ---- */

static void say_progressing(const struct snapshot *snapshot, const struct snapshot_step *step,
                            char text[WHY_SENTENCE_SIZE])
{
    if (!step)
        say(text, "It is moving: the next step is about to be called.");
    else
        say(text, "It is moving: step \"%s\" is being %s by \"%s\".", snapshot->condition_step,
            why_is_undoing(step) ? "undone" : "done", step->participant);
}

static const char *what_moves(const struct snapshot_step *step)
{
    return step && why_is_undoing(step) ? "The undo of step" : "Step";
}

static void say_held_up(const struct snapshot *snapshot, char text[WHY_SENTENCE_SIZE])
{
    const struct snapshot_step *step = why_step(snapshot);
    const char *what = what_moves(step), *name = snapshot->condition_step;
    const char *participant = step ? step->participant : snapshot->condition_subject;

    switch (snapshot->condition) {
    case SAGA_PROGRESSING:
        say_progressing(snapshot, step, text);
        return;
    case SAGA_RETRYING:
        say(text, "%s \"%s\" failed at \"%s\" and is tried again.", what, name, participant);
        return;
    case SAGA_SLEEPING:
        say(text, "%s \"%s\" sleeps until its next attempt at \"%s\".", what, name, participant);
        return;
    case SAGA_WAITING:
        say(text, "%s \"%s\" waits for a place in the queue of participant \"%s\".", what, name,
            participant);
        return;
    case SAGA_NO_WORKER:
        say(text, "%s \"%s\" waits because no worker of participant \"%s\" asks for work.", what,
            name, participant);
        return;
    case SAGA_BLOCKED_BY_BREAKER:
        say(text, "%s \"%s\" waits because the breaker of participant \"%s\" is open.", what, name,
            participant);
        return;
    case SAGA_THROTTLED:
        say(text, "%s \"%s\" waits because the retries of participant \"%s\" are used up for now.",
            what, name, participant);
        return;
    case SAGA_OVERDUE:
        say(text, "It is overdue: the deadline passed while nobody knows whether \"%s\" was done.",
            name);
        return;
    case SAGA_PAUSED:
        say(text, "It was paused by an operator.");
        return;
    case SAGA_PARKED:
        say_parked(snapshot, text);
        return;
    case SAGA_CONDITION_COUNT:
        break;
    }
}

void why_headline(const struct snapshot *snapshot, char ret_text[WHY_SENTENCE_SIZE])
{
    ret_text[0] = '\0';
    if (snapshot->phase == SAGA_RUNNING || snapshot->phase == SAGA_COMPENSATING)
        say_held_up(snapshot, ret_text);
    else
        say_ended(snapshot, ret_text);
}
