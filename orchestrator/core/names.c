/*
 * Words for users, in tables that follow the enumerations.
 */
#include "core/names.h"

#include <assert.h>
#include <stddef.h>

static const char *const phase_names[SAGA_PHASE_COUNT] = {
    [SAGA_RUNNING] = "running",
    [SAGA_COMPENSATING] = "compensating",
    [SAGA_COMPLETED] = "completed",
    [SAGA_COMPENSATED] = "compensated",
    [SAGA_TERMINATED] = "terminated",
};

static const char *const do_state_names[SAGA_DO_COUNT] = {
    [SAGA_DO_PENDING] = "pending",
    [SAGA_DO_WAITING] = "waiting",
    [SAGA_DO_CALLING] = "calling",
    [SAGA_DO_BACKOFF] = "backoff",
    [SAGA_DO_DONE] = "done",
    [SAGA_DO_REJECTED] = "rejected",
    [SAGA_DO_SKIPPED] = "skipped",
    [SAGA_DO_NOT_RUN] = "not_run",
    [SAGA_DO_UNKNOWN] = "unknown",
};

static const char *const undo_state_names[SAGA_UNDO_COUNT] = {
    [SAGA_UNDO_NONE] = "none",
    [SAGA_UNDO_DUE] = "due",
    [SAGA_UNDO_WAITING] = "waiting",
    [SAGA_UNDO_CALLING] = "calling",
    [SAGA_UNDO_BACKOFF] = "backoff",
    [SAGA_UNDO_DONE] = "done",
    [SAGA_UNDO_WAIVED] = "waived",
};

static const char *const park_reason_names[SAGA_PARK_COUNT] = {
    [SAGA_PARK_NONE] = "none",
    [SAGA_PARK_REJECTED_AFTER_PIVOT] = "rejected_after_pivot",
    [SAGA_PARK_UNDO_REJECTED] = "undo_rejected",
    [SAGA_PARK_EXHAUSTED] = "exhausted",
    [SAGA_PARK_PATIENCE] = "patience",
    [SAGA_PARK_FENCED] = "fenced",
    [SAGA_PARK_EVENTS] = "events",
};

static const char *const turn_reason_names[SAGA_TURN_COUNT] = {
    [SAGA_TURN_NONE] = "none",
    [SAGA_TURN_REJECTED] = "rejected",
    [SAGA_TURN_EXHAUSTED] = "exhausted",
    [SAGA_TURN_DEADLINE] = "deadline",
    [SAGA_TURN_CANCELLED] = "cancelled",
};

static const char *const event_type_names[SAGA_EVENT_COUNT] = {
    [SAGA_EVENT_SUBMITTED] = "submitted",
    [SAGA_EVENT_RESULT] = "result",
    [SAGA_EVENT_TIMER] = "timer",
    [SAGA_EVENT_VANISHED] = "vanished",
    [SAGA_EVENT_PERMITTED] = "permitted",
    [SAGA_EVENT_VERB] = "verb",
};

static const char *const direction_names[SAGA_DIRECTION_COUNT] = {
    [SAGA_DO] = "do",
    [SAGA_UNDO] = "undo",
    [SAGA_FENCE] = "fence",
};

static const char *const verdict_names[SAGA_VERDICT_COUNT] = {
    [SAGA_VERDICT_DONE] = "done",
    [SAGA_VERDICT_REJECTED] = "rejected",
    [SAGA_VERDICT_FENCED] = "fenced",
    [SAGA_VERDICT_BUSY] = "busy",
    [SAGA_VERDICT_RETRY] = "retry",
    [SAGA_VERDICT_WORKING] = "working",
};

static const char *const verb_names[SAGA_VERB_COUNT] = {
    [SAGA_CANCEL] = "cancel",
    [SAGA_RETRY] = "retry",
    [SAGA_PAUSE] = "pause",
    [SAGA_RESUME] = "resume",
    [SAGA_RESOLVE_DONE] = "resolve_done",
    [SAGA_RESOLVE_REJECTED] = "resolve_rejected",
    [SAGA_SKIP] = "skip",
    [SAGA_WAIVE] = "waive",
    [SAGA_TERMINATE] = "terminate",
};

static const char *const condition_names[SAGA_CONDITION_COUNT] = {
    [SAGA_PROGRESSING] = "progressing",
    [SAGA_RETRYING] = "retrying",
    [SAGA_SLEEPING] = "sleeping",
    [SAGA_WAITING] = "waiting",
    [SAGA_NO_WORKER] = "no-worker",
    [SAGA_BLOCKED_BY_BREAKER] = "blocked-by-breaker",
    [SAGA_THROTTLED] = "throttled",
    [SAGA_OVERDUE] = "overdue",
    [SAGA_PAUSED] = "paused",
    [SAGA_PARKED] = "parked",
};

static const char *const refusal_texts[SAGA_REFUSED_COUNT] = {
    [SAGA_REFUSED_TERMINAL] = "the saga has ended, and an ended saga is never reopened",
    [SAGA_REFUSED_PIVOT_DONE] = "too late: the pivot is done, so there is no way back",
    [SAGA_REFUSED_PIVOT_IN_DOUBT] =
        "too late: the pivot may have been done, and until that is known there is no way back",
    [SAGA_REFUSED_COMPENSATING] = "the saga has turned back already",
    [SAGA_REFUSED_NOT_HELD] = "the saga is not paused",
    [SAGA_REFUSED_ALREADY_PAUSED] = "the saga is paused already",
    [SAGA_REFUSED_STEP_STATE] = "the step is not in a state that this changes",
    [SAGA_REFUSED_STEP_PIVOT] = "the pivot cannot be skipped",
    [SAGA_REFUSED_OUTPUT_NEEDED] = "another step needs the output of this step",
    [SAGA_REFUSED_NO_SUCH_STEP] = "the saga has no such step",
};

/* An index is ours, never from outside: what is decoded has been checked. */
static const char *name_at(const char *const *names, uint32_t index, uint32_t count)
{
    assert(index < count);
    assert(names[index] != NULL);

    return names[index];
}

const char *saga_phase_name(enum saga_phase phase)
{
    return name_at(phase_names, phase, SAGA_PHASE_COUNT);
}

const char *saga_do_state_name(enum saga_do_state state)
{
    return name_at(do_state_names, state, SAGA_DO_COUNT);
}

const char *saga_undo_state_name(enum saga_undo_state state)
{
    return name_at(undo_state_names, state, SAGA_UNDO_COUNT);
}

const char *saga_park_reason_name(enum saga_park_reason reason)
{
    return name_at(park_reason_names, reason, SAGA_PARK_COUNT);
}

const char *saga_turn_reason_name(enum saga_turn_reason reason)
{
    return name_at(turn_reason_names, reason, SAGA_TURN_COUNT);
}

const char *saga_event_type_name(enum saga_event_type type)
{
    return name_at(event_type_names, type, SAGA_EVENT_COUNT);
}

const char *saga_direction_name(enum saga_direction direction)
{
    return name_at(direction_names, direction, SAGA_DIRECTION_COUNT);
}

const char *saga_verdict_name(enum saga_verdict verdict)
{
    return name_at(verdict_names, verdict, SAGA_VERDICT_COUNT);
}

const char *saga_verb_name(enum saga_verb verb)
{
    return name_at(verb_names, verb, SAGA_VERB_COUNT);
}

const char *saga_condition_name(enum saga_condition_name name)
{
    return name_at(condition_names, name, SAGA_CONDITION_COUNT);
}

const char *saga_refusal_text(enum saga_refusal_reason reason)
{
    return name_at(refusal_texts, reason, SAGA_REFUSED_COUNT);
}
