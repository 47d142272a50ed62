/* sagactl audit list: who did what to which saga, why, and what it changed. */
#include "ctl/list.h"
#include "ctl/view.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_ENTRIES 500u
#define TEXT_SIZE COLUMN_TEXT_SIZE

/* ---- columns ---- */

static void number_text(const json_t *entry, char ret_text[TEXT_SIZE])
{
    snprintf(ret_text, TEXT_SIZE, "%llu", (unsigned long long)view_number(entry, "number"));
}

static void sequence_text(const json_t *entry, char ret_text[TEXT_SIZE])
{
    uint64_t sequence = view_number(entry, "sequence");

    ret_text[0] = '\0';
    if (sequence > 0)
        snprintf(ret_text, TEXT_SIZE, "%llu", (unsigned long long)sequence);
}

static void force_text(const json_t *entry, char ret_text[TEXT_SIZE])
{
    snprintf(ret_text, TEXT_SIZE, "%s",
             json_is_true(json_object_get(entry, "force")) ? "force" : "");
}

static void outcome_text(const json_t *entry, char ret_text[TEXT_SIZE])
{
    bool corrupt = json_is_true(json_object_get(entry, "corrupt"));

    snprintf(ret_text, TEXT_SIZE, "%s", corrupt ? "CORRUPT" : view_text(entry, "outcome"));
}

/* "phase running → compensating"; nothing when it is the same before and after. */
static bool add_change(const json_t *entry, const char *member, struct buffer *text)
{
    const char *before = view_text(json_object_get(entry, "before"), member);
    const char *after = view_text(json_object_get(entry, "after"), member);

    if (strcmp(before, after) == 0)
        return false;
    if (buffer_print(text, "%s%s %s → %s", text->size > 0 ? ", " : "", member,
                     before[0] != '\0' ? before : "none", after[0] != '\0' ? after : "none") < 0)
        abort();
    return true;
}

/* What it changed; of what was not accepted, why. The condition when nothing else tells. */
static void change_text(const json_t *entry, char ret_text[TEXT_SIZE])
{
    static const char *const members[] = {"phase", "hold", "state", "undo"};
    struct buffer text = {0};
    bool changed = false;

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        changed |= add_change(entry, members[i], &text);
    if (!changed)
        add_change(entry, "condition", &text);
    const char *detail = view_text(entry, "detail");
    snprintf(ret_text, TEXT_SIZE, "%s", text.size > 0 ? (const char *)text.data : detail);
    buffer_fini(&text);
}

static const struct column columns[] = {
    {"number", false, NULL, number_text, number_text},
    {"time", false, "time", NULL, NULL},
    {"actor", false, "actor", NULL, NULL},
    {"verb", false, "verb", NULL, NULL},
    {"saga", false, "saga", NULL, NULL},
    {"step", false, "step", NULL, NULL},
    {"outcome", false, NULL, outcome_text, outcome_text},
    {"change", false, NULL, change_text, change_text},
    {"reason", false, "reason", NULL, NULL},
    {"force", true, NULL, force_text, force_text},
    {"sequence", true, NULL, sequence_text, sequence_text},
    {"credential", true, "credential", NULL, NULL},
    {"role", true, "role", NULL, NULL},
    {"detail", true, "detail", NULL, NULL},
};

static void print_entries(const struct call *call, const json_t *entries)
{
    struct column_choice choice;
    size_t i;
    json_t *entry;

    column_pick(columns, sizeof columns / sizeof columns[0], call->format, &choice);
    switch (call->format) {
    case FORMAT_TABLE:
    case FORMAT_WIDE:
        if (json_array_size(entries) > 0)
            column_print(&choice, entries, call->format, call->out);
        else
            fputs("no entries\n", stderr);
        break;
    case FORMAT_CSV:
        column_print(&choice, entries, call->format, call->out);
        break;
    case FORMAT_JSON:
        view_json(call, entries);
        break;
    case FORMAT_JSONL:
        json_array_foreach(entries, i, entry) view_json(call, entry);
        break;
    case FORMAT_NAME:
        json_array_foreach(entries, i, entry)
            fprintf(call->out, "%llu\n", (unsigned long long)view_number(entry, "number"));
        break;
    }
}

/* ---- the question ---- */

static bool add_parameter(const char *name, const char *value, char query[SERVER_PATH_SIZE])
{
    size_t length = strlen(query);

    if (value == NULL)
        return true;
    int added = snprintf(query + length, SERVER_PATH_SIZE - length, "&%s=", name);
    return length + (size_t)added < SERVER_PATH_SIZE &&
           server_escape(value, query, SERVER_PATH_SIZE);
}

/* "2h" or "7d" is so long ago; anything else is for the server to read. */
static const char *moment_of(const char *text, char ret_moment[CLOCK_RFC3339_SIZE])
{
    static const char units[] = "smhd";
    static const uint64_t unit_ms[] = {1000u, 60000u, 3600000u, 86400000u};
    uint64_t now_ms = instant_now().wall_ms;
    char *end = NULL;

    if (text == NULL || text[0] < '0' || text[0] > '9' || strlen(text) > 6)
        return text;
    uint64_t count = strtoull(text, &end, 10);
    const char *unit = end[0] != '\0' && end[1] == '\0' ? strchr(units, end[0]) : NULL;
    if (unit == NULL)
        return text;
    uint64_t ago_ms = count * unit_ms[unit - units];
    clock_rfc3339(ago_ms < now_ms ? now_ms - ago_ms : 0, ret_moment);
    return ret_moment;
}

enum exit_code audit_list_run(const struct call *call)
{
    char query[SERVER_PATH_SIZE] = "";
    struct list_source source = {"/v1/audit", query, "entries", PAGE_ENTRIES};
    char since[CLOCK_RFC3339_SIZE], until[CLOCK_RFC3339_SIZE];
    const char *id = call->word_count > 0 ? call->words[0] : NULL;
    struct saga_id saga;
    uint32_t limit;
    json_t *entries;

    if (!list_limit(call, &limit))
        return EXIT_CODE_USAGE;
    if (id != NULL && !id_parse(id, &saga)) {
        fprintf(stderr, "sagactl: '%s' is neither a saga's id nor a SID\n", id);
        return EXIT_CODE_NOT_FOUND;
    }
    if (!add_parameter("saga", id, query) ||
        !add_parameter("actor", call->options[OPTION_ACTOR], query) ||
        !add_parameter("verb", call->options[OPTION_VERB], query) ||
        !add_parameter("since", moment_of(call->options[OPTION_SINCE], since), query) ||
        !add_parameter("until", moment_of(call->options[OPTION_UNTIL], until), query))
        return command_misuse(call, "the filter is too long");
    enum exit_code code = list_pages(call, &source, limit, &entries);
    if (code != EXIT_CODE_OK)
        return code;
    print_entries(call, entries);
    json_decref(entries);
    return EXIT_CODE_OK;
}
