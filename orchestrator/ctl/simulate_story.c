#include "ctl/simulate.h"

#include "core/names.h"
#include "ctl/age.h"

#include <stdarg.h>
#include <string.h>

struct story {
    FILE *out;
    uint64_t start_ms;
    enum saga_phase phase;
    bool parked;
    bool silent;      /* A call was told that is never answered; more of them are only counted. */
    uint32_t unheard;
};

static void tell_unheard(struct story *story)
{
    if (story->unheard > 0)
        fprintf(story->out, "  ⋮          %u more calls without an answer\n", story->unheard);
    story->unheard = 0;
}

static void print_time(const struct story *story, uint64_t time_ms)
{
    char offset[AGE_SIZE];

    age_offset(time_ms - story->start_ms, offset);
    fprintf(story->out, "  +%-9s ", offset);
}

static const char *operation(const struct saga *saga, uint8_t step, enum saga_direction direction)
{
    const struct definition_step *defined = &saga->definition->steps[step];

    return direction == SAGA_UNDO ? defined->undo : defined->operation;
}

static void tell_call(void *context, const struct saga *saga, uint8_t step,
                      enum saga_direction direction, enum explore_fault fault, uint64_t time_ms)
{
    struct story *story = context;

    if (fault == EXPLORE_SILENT && story->silent) {
        story->unheard++;
        return;
    }
    story->silent = fault == EXPLORE_SILENT;
    tell_unheard(story);
    print_time(story, time_ms);
    fprintf(story->out, "calls %s%s: %s\n", direction == SAGA_FENCE ? "the fence of " : "",
            operation(saga, step, direction), explore_fault_text(fault));
}

static void tell_cause(const struct story *story, const struct saga *saga,
                       const struct saga_event *event)
{
    const char *name = event->step != DEFINITION_NO_STEP
                           ? operation(saga, event->step, (enum saga_direction)event->direction)
                           : "";

    switch ((enum saga_event_type)event->type) {
    case SAGA_EVENT_SUBMITTED:
        fputs("is submitted", story->out);
        break;
    case SAGA_EVENT_RESULT:
        fprintf(story->out, "%s answers %s", name,
                saga_verdict_name((enum saga_verdict)event->verdict));
        break;
    case SAGA_EVENT_TIMER:
        fputs("its time has come", story->out);
        break;
    case SAGA_EVENT_VANISHED:
        fprintf(story->out, "the worker that had %s is gone", name);
        break;
    case SAGA_EVENT_PERMITTED:
    case SAGA_EVENT_VERB:
    case SAGA_EVENT_COUNT:
        break;
    }
}

static void tell_event(void *context, const struct saga *saga, const struct saga_event *event)
{
    struct story *story = context;
    enum saga_phase phase = (enum saga_phase)event->state.phase;
    enum saga_park_reason parked = (enum saga_park_reason)event->state.parked;

    if (event->sequence == 1)
        story->start_ms = event->time_ms;
    if (story->silent && event->type == SAGA_EVENT_TIMER && phase == story->phase &&
        parked == SAGA_PARK_NONE)
        return;
    tell_unheard(story);
    print_time(story, event->time_ms);
    tell_cause(story, saga, event);
    if (phase != story->phase && phase == SAGA_COMPENSATING)
        fprintf(story->out, "; turns back (%s)",
                saga_turn_reason_name((enum saga_turn_reason)event->state.turn_reason));
    else if (phase != story->phase)
        fprintf(story->out, "; %s", saga_phase_name(phase));
    if (parked != SAGA_PARK_NONE && !story->parked)
        fprintf(story->out, "; parked (%s)", saga_park_reason_name(parked));
    story->phase = phase;
    story->parked = parked != SAGA_PARK_NONE;
    fputc('\n', story->out);
}

bool simulate_tell(const struct definition *definition, const struct explore_run *run, FILE *out)
{
    struct story story = {.out = out, .phase = SAGA_RUNNING};
    struct explore_watch watch = {.event = tell_event, .call = tell_call, .context = &story};
    struct explore_end end;

    return explore_again(definition, run, &watch, &end) == 0;
}

/* ---- states ---- */

static void add_word(char *text, size_t size, const char *word)
{
    size_t length = strlen(text);

    snprintf(text + length, size - length, "%s%s", length > 0 ? ", " : "", word);
}

void simulate_do_states(uint32_t mask, char *ret_text, size_t size)
{
    ret_text[0] = '\0';
    for (unsigned i = 0; i < SAGA_DO_COUNT; i++) {
        if (mask >> i & 1u)
            add_word(ret_text, size, saga_do_state_name((enum saga_do_state)i));
    }
}

void simulate_undo_states(uint32_t mask, char *ret_text, size_t size)
{
    ret_text[0] = '\0';
    for (unsigned i = 1; i < SAGA_UNDO_COUNT; i++) {
        if (mask >> i & 1u)
            add_word(ret_text, size, saga_undo_state_name((enum saga_undo_state)i));
    }
}
