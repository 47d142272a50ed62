#include "ctl/trace.h"

#include "ctl/age.h"
#include "ctl/command.h"
#include "ctl/table.h"
#include "ctl/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_MS 1000u         /* A longer pause between two events is told as one. */
#define STEPS_SHOWN_MAX 64u /* Twice what a saga may have. */

/* One direction of one step, and the last that was heard of it. */
struct entry {
    const json_t *step;
    const json_t *event; /* NULL: nothing was heard. */
    uint64_t sequence;   /* Of the event; the largest number when there is none. */
};

static bool is_undo(const json_t *event)
{
    return strcmp(view_text(event, "direction"), "undo") == 0;
}

/* The last event of this step in this direction. */
static struct entry entry_of(const json_t *saga, const json_t *step, bool undo)
{
    struct entry entry = {.step = step, .sequence = UINT64_MAX};
    size_t i;
    json_t *event;

    json_array_foreach(json_object_get(saga, "events"), i, event)
    {
        if (strcmp(view_text(event, "step"), view_text(step, "name")) != 0 ||
            is_undo(event) != undo)
            continue;
        entry.event = event;
        entry.sequence = view_number(event, "seq");
    }
    return entry;
}

/* In the order of what was heard last; equal entries stay as they are. */
static void sort_entries(struct entry *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct entry entry = entries[i];
        size_t at = i;
        for (; at > 0 && entries[at - 1].sequence > entry.sequence; at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

/* What this step's undo is called: its operation, when the server says it. */
static void undo_name(const json_t *step, char ret_text[VIEW_CONDITION_SIZE])
{
    const char *operation = view_text(step, "undo_operation");

    if (operation[0] != '\0')
        snprintf(ret_text, VIEW_CONDITION_SIZE, "%s", operation);
    else
        snprintf(ret_text, VIEW_CONDITION_SIZE, "undo of %s", view_text(step, "name"));
}

static void add_entry(struct table *table, const json_t *saga, const struct entry *entry,
                      const char *direction, bool undo)
{
    char offset[VIEW_CONDITION_SIZE] = "-", name[VIEW_CONDITION_SIZE];
    uint64_t attempts = view_number(entry->step, undo ? "undo_attempts" : "attempts");

    if (entry->event != NULL)
        view_offset(saga, entry->event, offset);
    snprintf(name, sizeof name, "%s", view_text(entry->step, "name"));
    if (undo)
        undo_name(entry->step, name);
    table_cell(table, direction);
    table_cell(table, offset);
    table_cell(table, name);
    table_cell(table, view_text(entry->step, "participant"));
    table_cell(table, view_text(entry->step, undo ? "undo" : "state"));
    snprintf(name, sizeof name, "%u tries", (unsigned)attempts);
    table_cell(table, attempts > 1 ? name : "");
}

/* Newest step first, so that undos of which nothing was heard yet stand in the order to come. */
static size_t collect(const json_t *saga, bool undo, struct entry entries[STEPS_SHOWN_MAX])
{
    const json_t *steps = json_object_get(saga, "steps");
    size_t total = json_array_size(steps), count = 0;

    for (size_t i = 0; i < total && count < STEPS_SHOWN_MAX; i++) {
        const json_t *step = json_array_get(steps, undo ? total - 1 - i : i);
        const char *state = view_text(step, "undo");
        if (undo && (state[0] == '\0' || strcmp(state, "none") == 0))
            continue;
        entries[count++] = entry_of(saga, step, undo);
    }
    return count;
}

static void print_steps(const json_t *saga, FILE *out)
{
    struct table table;

    table_init(&table, 6);
    for (unsigned undo = 0; undo < 2; undo++) {
        struct entry entries[STEPS_SHOWN_MAX];
        size_t count = collect(saga, undo == 1, entries);
        sort_entries(entries, count);
        for (size_t i = 0; i < count; i++) {
            const char *direction = undo == 1 ? "undo" : "do";
            add_entry(&table, saga, &entries[i], i == 0 ? direction : "", undo == 1);
        }
    }
    table_print(&table, "  ", out);
    table_fini(&table);
}

/* Idle time is folded into one line. */
static void add_gap(struct table *table, uint64_t before_ms, uint64_t time_ms)
{
    char age[AGE_SIZE], text[AGE_SIZE + 16];

    if (before_ms == 0 || time_ms < before_ms + IDLE_MS)
        return;
    age_offset(time_ms - before_ms, age);
    snprintf(text, sizeof text, "nothing for %s", age);
    table_cell(table, "⋮");
    table_cell(table, text);
}

static void print_events(const json_t *saga, FILE *out)
{
    struct table table;
    uint64_t before_ms = 0;
    size_t i;
    json_t *event;

    table_init(&table, 2);
    json_array_foreach(json_object_get(saga, "events"), i, event)
    {
        char offset[VIEW_CONDITION_SIZE];
        const char *text = view_text(event, "text");
        add_gap(&table, before_ms, view_time(event, "time"));
        before_ms = view_time(event, "time");
        view_offset(saga, event, offset);
        table_cell(&table, offset);
        table_cell(&table, text[0] != '\0' ? text : view_text(event, "type"));
    }
    table_print(&table, "  ", out);
    table_fini(&table);
}

/* How long it took, or how long it has been going on until its last event. */
static void print_head(const json_t *saga, FILE *out)
{
    const json_t *events = json_object_get(saga, "events");
    size_t count = json_array_size(events);
    char phase[VIEW_CONDITION_SIZE], offset[VIEW_CONDITION_SIZE];

    view_phase(saga, phase);
    view_offset(saga, count > 0 ? json_array_get(events, count - 1) : NULL, offset);
    table_text(view_text(saga, "id"), out);
    fputs("  ", out);
    table_text(view_text(saga, "sid"), out);
    fputc('\n', out);
    table_text(view_text(saga, "definition"), out);
    fprintf(out, ": %s after %s\n\n", phase, offset + 1);
}

void trace_print(const json_t *saga, FILE *out)
{
    print_head(saga, out);
    print_steps(saga, out);
    fputc('\n', out);
    print_events(saga, out);
}

enum exit_code trace_run(const struct call *call)
{
    json_t *saga;
    enum exit_code code = view_saga(call, "?events=1", &saga);

    if (code != EXIT_CODE_OK)
        return code;
    switch (call->format) {
    case FORMAT_TABLE:
    case FORMAT_WIDE:
    case FORMAT_CSV:
        trace_print(saga, call->out);
        break;
    case FORMAT_JSON:
        view_json(call, json_object_get(saga, "events"));
        break;
    case FORMAT_JSONL: {
        size_t i;
        json_t *event;
        json_array_foreach(json_object_get(saga, "events"), i, event) view_json(call, event);
        break;
    }
    case FORMAT_NAME:
        fprintf(call->out, "%s\n", view_text(saga, "id"));
        break;
    }
    json_decref(saga);
    return EXIT_CODE_OK;
}
