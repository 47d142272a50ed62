/* sagactl def list and show: the versions that the server knows, also those of old sagas alone. */
#include "ctl/definition.h"

#include "ctl/age.h"
#include "ctl/rows.h"
#include "ctl/table.h"
#include "ctl/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- asking ---- */

bool definition_is_file(const char *word)
{
    return strpbrk(word, "./") != NULL;
}

enum exit_code definition_fetch(const struct call *call, const char *name, const char *version,
                                json_t **ret_json)
{
    char path[SERVER_PATH_SIZE] = "/v1/definitions/";
    bool fits = name[0] != '\0' && server_escape(name, path, sizeof path);

    if (fits && version != NULL && strlen(path) + sizeof "?version=" <= sizeof path) {
        strcat(path, "?version=");
        fits = server_escape(version, path, sizeof path);
    }
    if (!fits) {
        fputs("sagactl: this is no name of a definition\n", stderr);
        return EXIT_CODE_NOT_FOUND;
    }
    return view_object(call, path, ret_json);
}

enum exit_code definition_fetch_word(const struct call *call, const char *word, json_t **ret_json)
{
    const char *at = strchr(word, '@');

    if (at == NULL)
        return definition_fetch(call, word, NULL, ret_json);
    char *name = strndup(word, (size_t)(at - word));
    if (name == NULL)
        abort();
    enum exit_code code = definition_fetch(call, name, at + 1, ret_json);
    free(name);
    return code;
}

const struct definition *definition_read(struct catalog *catalog, const json_t *json)
{
    const struct definition *definition;
    const char *text = view_text(json, "text");

    if (catalog_add_stored(catalog, bytes_of(text, strlen(text)), &definition) == 0)
        return definition;
    fputs("sagactl: this version of sagactl cannot read the server's definition\n", stderr);
    return NULL;
}

/* ---- the list ---- */

static const struct rows rows = {
    .count = 7,
    .members = {"name", "version", "current", "live", "step_count", "deadline", "worst_case"},
    .titles = {"NAME", "VERSION", "CURRENT", "LIVE", "STEPS", "DEADLINE", "WORST CASE"},
};

static void duration_text(const json_t *json, const char *member, char ret_text[AGE_SIZE])
{
    age_exact(view_number(json, member), ret_text);
}

/* For people, durations as text beside the server's milliseconds. */
static void add_durations(json_t *definitions)
{
    size_t i;
    json_t *definition;

    json_array_foreach(definitions, i, definition) {
        char text[AGE_SIZE];
        duration_text(definition, "deadline_ms", text);
        json_object_set_new(definition, "deadline", json_string(text));
        duration_text(definition, "worst_case_ms", text);
        json_object_set_new(definition, "worst_case", json_string(text));
    }
}

/* Append a page's definitions; @ret_cursor, where to go on, is the caller's, or NULL. */
static enum exit_code fetch_page(const struct call *call, const char *cursor, json_t *definitions,
                                 json_t **ret_cursor)
{
    char path[SERVER_PATH_SIZE];
    json_t *body;

    snprintf(path, sizeof path, "/v1/definitions?all=%d%s", call->options[OPTION_ALL] != NULL,
             cursor != NULL ? "&cursor=" : "");
    if (cursor != NULL && !server_escape(cursor, path, sizeof path))
        return EXIT_CODE_FAILED;
    enum exit_code code = view_object(call, path, &body);
    if (code != EXIT_CODE_OK)
        return code;
    json_array_extend(definitions, json_object_get(body, "definitions"));
    *ret_cursor = json_incref(json_object_get(body, "next_cursor"));
    json_decref(body);
    return EXIT_CODE_OK;
}

enum exit_code definition_list_run(const struct call *call)
{
    json_t *definitions = json_array(), *cursor = NULL;
    enum exit_code code;

    if (definitions == NULL)
        abort();
    do {
        json_t *next = NULL;
        code = fetch_page(call, json_string_value(cursor), definitions, &next);
        json_decref(cursor);
        cursor = next;
    } while (code == EXIT_CODE_OK && json_is_string(cursor));
    json_decref(cursor);
    bool for_people =
        call->format == FORMAT_TABLE || call->format == FORMAT_WIDE || call->format == FORMAT_CSV;
    if (for_people)
        add_durations(definitions);
    if (code == EXIT_CODE_OK)
        rows_print(call, &rows, definitions);
    json_decref(definitions);
    return code;
}

/* ---- one of them ---- */

/* "a, b": texts, or objects by their names; in brackets what only the guarded ones are. */
static void join_names(const json_t *array, const char *separator, char ret_text[], size_t size)
{
    size_t i, length = 0;
    json_t *value;

    ret_text[0] = '\0';
    json_array_foreach(array, i, value) {
        const char *name =
            json_is_string(value) ? json_string_value(value) : view_text(value, "name");
        const char *note = json_is_true(json_object_get(value, "guarded")) ? " (guarded)" : "";
        if (length < size)
            length += (size_t)snprintf(ret_text + length, size - length, "%s%s%s",
                                       i > 0 ? separator : "", name, note);
    }
}

static void add_pair(struct table *table, const char *name, const char *value)
{
    table_cell(table, name);
    table_cell(table, value);
}

static void print_head(const json_t *definition, FILE *out)
{
    char text[4 * VIEW_CONDITION_SIZE], age[AGE_SIZE];
    struct table table;

    table_init(&table, 2);
    add_pair(&table, "name", view_text(definition, "name"));
    snprintf(text, sizeof text, "%.32s%s", view_text(definition, "version"),
             json_is_true(json_object_get(definition, "current"))
                 ? ", current"
                 : ", old: new sagas do not use it");
    add_pair(&table, "version", text);
    add_pair(&table, "hash", view_text(definition, "hash"));
    snprintf(text, sizeof text, "%llu live", (unsigned long long)view_number(definition, "live"));
    add_pair(&table, "sagas", text);
    duration_text(definition, "deadline_ms", age);
    add_pair(&table, "deadline", age);
    duration_text(definition, "worst_case_ms", age);
    snprintf(text, sizeof text, "%s until %.64s is over, when every attempt times out", age,
             view_text(definition, "worst_case_until"));
    add_pair(&table, "worst case", text);
    duration_text(definition, "patience_ms", age);
    add_pair(&table, "patience", age);
    join_names(json_object_get(definition, "participants"), ", ", text, sizeof text);
    add_pair(&table, "participants", text);
    table_print(&table, "", out);
    table_fini(&table);
}

static const char *undo_text(const json_t *step)
{
    const char *undo = view_text(step, "undo_operation");

    if (undo[0] != '\0')
        return undo;
    if (json_is_true(json_object_get(step, "pivot")))
        return "PIVOT";
    return json_is_true(json_object_get(step, "read_only")) ? "read only" : "after the pivot";
}

static void add_step(struct table *table, const json_t *step)
{
    char text[4 * VIEW_CONDITION_SIZE], age[AGE_SIZE];

    table_cell(table, view_text(step, "name"));
    join_names(json_object_get(step, "participants"), " or ", text, sizeof text);
    table_cell(table, text);
    join_names(json_object_get(step, "needs"), ", ", text, sizeof text);
    table_cell(table, text[0] != '\0' ? text : "-");
    table_cell(table, undo_text(step));
    duration_text(step, "timeout_ms", age);
    table_cell(table, age);
    snprintf(text, sizeof text, "%llu",
             (unsigned long long)view_number(json_object_get(step, "retry"), "attempts"));
    /* After the pivot attempts are not counted: it is tried until patience ends. */
    table_cell(table, json_is_true(json_object_get(step, "after_pivot")) ? "-" : text);
}

static void print_definition(const json_t *definition, FILE *out)
{
    static const char *const titles[] = {"STEP", "PARTICIPANT", "NEEDS",
                                         "UNDO", "TIMEOUT",     "ATTEMPTS"};
    struct table table;
    size_t i;
    json_t *step;

    print_head(definition, out);
    table_begin(&table, titles, sizeof titles / sizeof titles[0]);
    json_array_foreach(json_object_get(definition, "steps"), i, step)
        add_step(&table, step);
    fputc('\n', out);
    table_print(&table, "", out);
    table_fini(&table);
}

static void print_as_asked(const struct call *call, const json_t *definition)
{
    const char *format = call->options[OPTION_FORMAT];

    if (format != NULL && strcmp(format, "yaml") == 0)
        fputs(view_text(definition, "text"), call->out);
    else
        print_definition(definition, call->out);
}

enum exit_code definition_show_run(const struct call *call)
{
    char name[VIEW_CONDITION_SIZE];
    json_t *definition;
    enum exit_code code = definition_fetch_word(call, call->words[0], &definition);

    if (code != EXIT_CODE_OK)
        return code;
    snprintf(name, sizeof name, "%s@%s", view_text(definition, "name"),
             view_text(definition, "version"));
    view_print(call, definition, print_as_asked, name);
    json_decref(definition);
    return EXIT_CODE_OK;
}
