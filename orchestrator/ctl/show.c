/* sagactl show and why: one saga, and the sentence that says what it waits for. */
#include "base/clock.h"
#include "ctl/age.h"
#include "ctl/command.h"
#include "ctl/follow.h"
#include "ctl/table.h"
#include "ctl/view.h"

#include <stdio.h>
#include <string.h>

#define CLAUSE_SIZE 512u

static void print_pair(struct table *table, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    table_cell(table, name);
    table_cell(table, value);
}

static void print_head(const json_t *saga, FILE *out)
{
    uint64_t now_ms = instant_now().wall_ms;
    uint64_t since_ms = view_time(json_object_get(saga, "condition"), "since");
    char condition[VIEW_CONDITION_SIZE], line[3 * VIEW_CONDITION_SIZE], text[VIEW_CONDITION_SIZE];
    struct table table;

    table_init(&table, 2);
    print_pair(&table, "id", view_text(saga, "id"));
    print_pair(&table, "sid", view_text(saga, "sid"));
    print_pair(&table, "previous", view_text(saga, "previous"));
    print_pair(&table, "account", view_text(saga, "account"));
    snprintf(line, sizeof line, "%.64s %.64s", view_text(saga, "definition"),
             view_text(saga, "version"));
    print_pair(&table, "definition", line);
    view_phase(saga, text);
    print_pair(&table, "phase", text);
    view_condition(saga, condition);
    view_since(now_ms, since_ms, text);
    snprintf(line, sizeof line, "%s%s%s", condition, since_ms != 0 ? ", for " : "",
             since_ms != 0 ? text : "");
    print_pair(&table, "condition", line);
    print_pair(&table, "code", view_text(saga, "code"));
    print_pair(&table, "text", view_text(saga, "text"));
    print_pair(&table, "created", view_text(saga, "created"));
    print_pair(&table, "deadline", view_text(saga, "deadline"));
    table_print(&table, "", out);
    table_fini(&table);
}

static void print_steps(const json_t *saga, FILE *out)
{
    static const char *const titles[] = {"STEP", "PARTICIPANT", "STATE", "UNDO", "TRIES"};
    struct table table;
    size_t i;
    json_t *step;

    table_begin(&table, titles, sizeof titles / sizeof titles[0]);
    json_array_foreach(json_object_get(saga, "steps"), i, step)
    {
        char tries[24];
        const char *undo = view_text(step, "undo");
        table_cell(&table, view_text(step, "name"));
        table_cell(&table, view_text(step, "participant"));
        table_cell(&table, view_text(step, "state"));
        table_cell(&table, strcmp(undo, "none") == 0 ? "-" : undo);
        snprintf(tries, sizeof tries, "%u", (unsigned)view_number(step, "attempts"));
        table_cell(&table, tries);
    }
    fputc('\n', out);
    table_print(&table, "", out);
    table_fini(&table);
}

/* What happened stands before the first semicolon; after it, what followed. */
static void first_clause(const char *text, char ret_text[CLAUSE_SIZE])
{
    snprintf(ret_text, CLAUSE_SIZE, "%.*s", (int)strcspn(text, ";"), text);
}

static void print_attempts(const json_t *saga, FILE *out)
{
    static const char *const titles[] = {"AFTER", "STEP", "DIRECTION", "ANSWER"};
    struct table table;
    size_t i;
    json_t *event;

    table_begin(&table, titles, sizeof titles / sizeof titles[0]);
    json_array_foreach(json_object_get(saga, "events"), i, event)
    {
        char offset[VIEW_CONDITION_SIZE], clause[CLAUSE_SIZE];
        if (view_text(event, "direction")[0] == '\0')
            continue;
        view_offset(saga, event, offset);
        first_clause(view_text(event, "text"), clause);
        table_cell(&table, offset);
        table_cell(&table, view_text(event, "step"));
        table_cell(&table, view_text(event, "direction"));
        table_cell(&table, clause);
    }
    fputc('\n', out);
    table_print(&table, "", out);
    table_fini(&table);
}

void show_print(const struct call *call, const json_t *saga)
{
    print_head(saga, call->out);
    print_steps(saga, call->out);
    if (call->options[OPTION_ATTEMPTS] != NULL)
        print_attempts(saga, call->out);
}

enum exit_code show_run(const struct call *call)
{
    json_t *saga;

    if (call->options[OPTION_FOLLOW] != NULL)
        return follow_run(call);
    enum exit_code code = view_saga(call, "?events=1", &saga);

    if (code != EXIT_CODE_OK)
        return code;
    view_print(call, saga, show_print, view_text(saga, "id"));
    json_decref(saga);
    return EXIT_CODE_OK;
}

static void print_why(const struct call *call, const json_t *why)
{
    FILE *out = call->out;
    size_t i;
    json_t *line;

    table_text(view_text(why, "headline"), out);
    fputc('\n', out);
    json_array_foreach(json_object_get(why, "lines"), i, line)
    {
        if (!json_is_string(line))
            continue;
        fputs("  ", out);
        table_text(json_string_value(line), out);
        fputc('\n', out);
    }
    json_array_foreach(json_object_get(why, "try"), i, line)
    {
        if (!json_is_string(line))
            continue;
        fputs(i == 0 ? "Try: " : " · ", out);
        table_text(json_string_value(line), out);
    }
    if (i > 0)
        fputc('\n', out);
}

enum exit_code why_run(const struct call *call)
{
    json_t *why;
    enum exit_code code = view_saga(call, "/why", &why);

    if (code != EXIT_CODE_OK)
        return code;
    view_print(call, why, print_why, call->words[0]);
    json_decref(why);
    return EXIT_CODE_OK;
}
