/* sagactl list: page by page until the limit, so that a long list costs the server little. */
#include "base/clock.h"
#include "ctl/command.h"
#include "ctl/table.h"
#include "ctl/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 1000u
#define LIMIT_MAX 1000000u
#define PAGE_SAGAS 100u

/* The path of the next page; false when the filter is too long for one. */
static bool page_path(const struct call *call, const char *cursor, uint32_t left,
                      char path[SERVER_PATH_SIZE])
{
    const char *query = call->options[OPTION_QUERY];

    snprintf(path, SERVER_PATH_SIZE, "/v1/sagas?limit=%u%s%s",
             left < PAGE_SAGAS ? left : PAGE_SAGAS,
             call->options[OPTION_STUCK] != NULL ? "&stuck=1" : "",
             call->options[OPTION_ALL] != NULL ? "&all=1" : "");
    if (query != NULL) {
        strcat(path, "&q=");
        if (!server_escape(query, path, SERVER_PATH_SIZE))
            return false;
    }
    if (cursor != NULL) {
        if (strlen(path) + sizeof "&cursor=" > SERVER_PATH_SIZE)
            return false;
        strcat(path, "&cursor=");
        return server_escape(cursor, path, SERVER_PATH_SIZE);
    }
    return true;
}

/* Append the page's sagas to @sagas; @ret_cursor, where to go on, is the caller's, or NULL. */
static enum exit_code fetch_page(const struct call *call, const char *cursor, uint32_t left,
                                 json_t *sagas, json_t **ret_cursor)
{
    char path[SERVER_PATH_SIZE];
    struct server_answer answer;
    enum exit_code code = EXIT_CODE_OK;

    if (!page_path(call, cursor, left, path))
        return command_misuse(call, "the filter is too long");
    if (server_get(call->server, path, &answer)) {
        json_array_extend(sagas, json_object_get(answer.body, "sagas"));
        *ret_cursor = json_incref(json_object_get(answer.body, "next_cursor"));
    } else {
        code = server_complain(call->server, &answer);
        /* A filter that makes no sense is how the command was used. */
        if (answer.status == 400)
            code = EXIT_CODE_USAGE;
    }
    server_answer_fini(&answer);
    return code;
}

static enum exit_code fetch_all(const struct call *call, uint32_t limit, json_t *sagas)
{
    json_t *cursor = NULL;
    enum exit_code code;

    for (;;) {
        json_t *next = NULL;
        uint32_t left = limit - (uint32_t)json_array_size(sagas);
        code = fetch_page(call, json_string_value(cursor), left, sagas, &next);
        json_decref(cursor);
        cursor = next;
        if (code != EXIT_CODE_OK || !json_is_string(cursor) || json_array_size(sagas) >= limit)
            break;
    }
    json_decref(cursor);
    return code;
}

static void print_table(const json_t *sagas, FILE *out)
{
    static const char *const titles[] = {"ID",   "DEFINITION", "PHASE", "CONDITION",
                                         "STEP", "TRIES",      "FOR"};
    uint64_t now_ms = instant_now().wall_ms;
    struct table table;
    size_t i;
    json_t *saga;

    table_init(&table, sizeof titles / sizeof titles[0]);
    for (i = 0; i < sizeof titles / sizeof titles[0]; i++)
        table_cell(&table, titles[i]);
    json_array_foreach(sagas, i, saga)
    {
        char text[VIEW_CONDITION_SIZE];
        table_cell(&table, view_text(saga, "id"));
        table_cell(&table, view_text(saga, "definition"));
        view_phase(saga, text);
        table_cell(&table, text);
        view_condition(saga, text);
        table_cell(&table, text);
        const char *step = view_text(saga, "step");
        table_cell(&table, step[0] != '\0' ? step : "-");
        snprintf(text, sizeof text, "%u", (unsigned)view_number(saga, "attempts"));
        table_cell(&table, text);
        view_since(now_ms, view_time(json_object_get(saga, "condition"), "since"), text);
        table_cell(&table, text);
    }
    table_print(&table, "", out);
    table_fini(&table);
}

static void print_sagas(const struct call *call, const json_t *sagas)
{
    size_t i;
    json_t *saga;

    switch (call->format) {
    case FORMAT_TABLE:
        if (json_array_size(sagas) > 0)
            print_table(sagas, call->out);
        else
            fputs("no sagas\n", stderr);
        break;
    case FORMAT_JSON:
        view_json(call, sagas);
        break;
    case FORMAT_JSONL:
        json_array_foreach(sagas, i, saga) view_json(call, saga);
        break;
    case FORMAT_NAME:
        json_array_foreach(sagas, i, saga) fprintf(call->out, "%s\n", view_text(saga, "id"));
        break;
    }
}

enum exit_code list_run(const struct call *call)
{
    uint32_t limit = LIMIT_DEFAULT;

    if (call->options[OPTION_LIMIT] != NULL &&
        !arguments_number(call->options[OPTION_LIMIT], LIMIT_MAX, &limit))
        return command_misuse(call, "--limit takes a number from 1 to %u", LIMIT_MAX);
    json_t *sagas = json_array();
    if (sagas == NULL)
        abort();
    enum exit_code code = fetch_all(call, limit, sagas);
    if (code == EXIT_CODE_OK)
        print_sagas(call, sagas);
    json_decref(sagas);
    return code;
}
