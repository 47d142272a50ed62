/*
 * Events and states as text.
 */
#include "scenarios/transcript.h"

#include "core/names.h"

#include <inttypes.h>

static void print_steps(FILE *out, const char *word, const struct saga *saga, uint32_t steps)
{
    if (steps == 0)
        return;
    fprintf(out, "  %s", word);
    for (uint32_t i = 0; i < saga->definition->step_count; i++)
        if (steps & 1u << i)
            fprintf(out, " %s", saga->definition->steps[i].name);
    fprintf(out, "\n");
}

static const char *step_name(const struct saga *saga, uint8_t step)
{
    return step < saga->definition->step_count ? saga->definition->steps[step].name : "-";
}

/* ---- what happened ---- */

static void print_fact(FILE *out, const struct saga *saga, const struct saga_event *event)
{
    enum saga_event_type type = (enum saga_event_type)event->type;

    fprintf(out, " %s", saga_event_type_name(type));
    if (type == SAGA_EVENT_RESULT || type == SAGA_EVENT_VANISHED)
        fprintf(out, " %s", step_name(saga, event->step));
    if (type == SAGA_EVENT_RESULT)
        fprintf(out, " %s try=%u%s%s",
                event->verdict < SAGA_VERDICT_COUNT
                    ? saga_verdict_name((enum saga_verdict)event->verdict)
                    : "(unknown)",
                event->attempt, event->direction == SAGA_DO ? "" : " ",
                event->direction == SAGA_DO
                    ? ""
                    : saga_direction_name((enum saga_direction)event->direction));
    if (type == SAGA_EVENT_VERB)
        fprintf(out, " %s %s", saga_verb_name((enum saga_verb)event->verb),
                step_name(saga, event->step));
}

static void print_state(FILE *out, const struct saga *saga, const struct saga_event *event)
{
    const struct saga_state *state = &event->state;

    fprintf(out, ": %s", saga_phase_name((enum saga_phase)state->phase));
    if (state->turn_reason != SAGA_TURN_NONE)
        fprintf(out, " (%s at %s%s)",
                saga_turn_reason_name((enum saga_turn_reason)state->turn_reason),
                step_name(saga, state->turn_step),
                state->turned_for_service ? ", for want of a service" : "");
    if (state->parked != SAGA_PARK_NONE)
        fprintf(out, ", parked (%s at %s)",
                saga_park_reason_name((enum saga_park_reason)state->parked),
                step_name(saga, state->parked_step));
    if (state->paused)
        fprintf(out, ", paused");
    if (state->overdue)
        fprintf(out, ", overdue");
    fprintf(out, "\n");
}

/* ---- what a step is up to ---- */

static void print_step(FILE *out, const struct saga *saga, uint32_t i)
{
    const struct saga_step *step = &saga->steps[i];

    fprintf(out, "  %s: %s", saga->definition->steps[i].name,
            saga_do_state_name((enum saga_do_state)step->do_state));
    if (step->working)
        fprintf(out, ", working");
    if (step->fencing)
        fprintf(out, ", fencing");
    if (step->do_state != SAGA_DO_CALLING && saga_in_doubt(saga, (uint8_t)i))
        fprintf(out, ", in doubt");
    if (step->has_output)
        fprintf(out, ", has output");
    if (step->generation > 0)
        fprintf(out, ", generation %u", step->generation);
    if (step->do_state == SAGA_DO_BACKOFF)
        fprintf(out, ", again at %" PRIu64, step->forward.wake_ms);
    if (step->undo_state != SAGA_UNDO_NONE)
        fprintf(out, ", undo %s", saga_undo_state_name((enum saga_undo_state)step->undo_state));
    if (step->undo_state == SAGA_UNDO_BACKOFF)
        fprintf(out, ", again at %" PRIu64, step->backward.wake_ms);
    fprintf(out, "\n");
}

static void print_call(FILE *out, const struct saga *saga, uint32_t i)
{
    const struct saga_step *step = &saga->steps[i];
    const struct definition_step *defined = &saga->definition->steps[i];
    const char *participant = saga->definition->participants[defined->routes[step->route]].name;
    bool undo = step->undo_state == SAGA_UNDO_CALLING;
    const struct saga_call *call = undo ? &step->backward : &step->forward;

    fprintf(out, "  %s %s.%s try=%u until=%" PRIu64 "\n",
            undo            ? "undo "
            : step->fencing ? "fence"
                            : "call ",
            participant, undo ? defined->undo : defined->operation, call->attempt, call->wake_ms);
}

static void print_wants(FILE *out, const struct saga *saga)
{
    struct saga_wants wants = saga_wants(saga);

    print_steps(out, "wants permits for", saga, wants.permits_do);
    print_steps(out, "wants permits to undo", saga, wants.permits_undo);
    if (wants.timer_ms != 0)
        fprintf(out, "  timer %" PRIu64 "\n", wants.timer_ms);
    if (wants.finished)
        fprintf(out, "  finished\n");
}

void transcript_event(FILE *out, const char *name, const struct saga *saga,
                      const struct saga_event *event)
{
    fprintf(out, "t=%" PRIu64 " %s #%u", event->time_ms, name, event->sequence);
    print_fact(out, saga, event);
    print_state(out, saga, event);
    for (uint32_t i = 0; i < saga->definition->step_count; i++)
        if (event->changed & 1u << i)
            print_step(out, saga, i);
    for (uint32_t i = 0; i < saga->definition->step_count; i++)
        if (event->called & 1u << i)
            print_call(out, saga, i);
    print_wants(out, saga);
}

void transcript_refusal(FILE *out, const struct saga_refusal *refusal)
{
    fprintf(out, "  refused: %s; allowed:", saga_refusal_text(refusal->reason));
    for (uint32_t i = 0; i < SAGA_VERB_COUNT; i++)
        if (refusal->allowed & 1u << i)
            fprintf(out, " %s", saga_verb_name((enum saga_verb)i));
    fprintf(out, "\n");
}

void transcript_condition(FILE *out, const struct saga *saga, const struct saga_facts *facts)
{
    struct saga_condition condition = saga_condition(saga, facts);

    fprintf(out, "  condition %s: %s since %" PRIu64 "\n", saga_condition_name(condition.name),
            step_name(saga, condition.step), condition.since_ms);
}

void transcript_steps(FILE *out, const struct saga *saga)
{
    for (uint32_t i = 0; i < saga->definition->step_count; i++)
        print_step(out, saga, i);
}
