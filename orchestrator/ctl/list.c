/* sagactl list: page by page until the limit, so that a long list costs the server little. */
#include "ctl/column.h"
#include "ctl/list.h"
#include "ctl/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 1000u
#define LIMIT_MAX 1000000u
#define PAGE_SAGAS 100u

/* Append the page's rows to @rows; @ret_cursor, where to go on, is the caller's, or NULL. */
static enum exit_code fetch_page(const struct call *call, const struct list_source *source,
                                 const char *cursor, uint32_t left, json_t *rows,
                                 json_t **ret_cursor)
{
    char path[SERVER_PATH_SIZE];
    struct server_answer answer;
    enum exit_code code = EXIT_CODE_OK;

    int length = snprintf(path, sizeof path, "%s?limit=%u%s%s", source->path,
                          left < source->page_rows ? left : source->page_rows, source->query,
                          cursor != NULL ? "&cursor=" : "");
    if (length >= (int)sizeof path || (cursor != NULL && !server_escape(cursor, path, sizeof path)))
        return command_misuse(call, "the filter is too long");
    if (server_get(call->server, path, &answer)) {
        json_array_extend(rows, json_object_get(answer.body, source->member));
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

enum exit_code list_pages(const struct call *call, const struct list_source *source,
                          uint32_t limit, json_t **ret_rows)
{
    json_t *rows = json_array(), *cursor = NULL;
    enum exit_code code;

    if (rows == NULL)
        abort();
    for (;;) {
        json_t *next = NULL;
        uint32_t left = limit - (uint32_t)json_array_size(rows);
        code = fetch_page(call, source, json_string_value(cursor), left, rows, &next);
        json_decref(cursor);
        cursor = next;
        if (code != EXIT_CODE_OK || !json_is_string(cursor) || json_array_size(rows) >= limit)
            break;
    }
    json_decref(cursor);
    if (code == EXIT_CODE_OK)
        *ret_rows = rows;
    else
        json_decref(rows);
    return code;
}

enum exit_code list_fetch(const struct call *call, uint32_t limit, json_t **ret_sagas)
{
    const char *filter = call->options[OPTION_QUERY];
    char query[SERVER_PATH_SIZE];
    struct list_source source = {"/v1/sagas", query, "sagas", PAGE_SAGAS};

    snprintf(query, sizeof query, "%s%s%s",
             call->options[OPTION_STUCK] != NULL ? "&stuck=1" : "",
             call->options[OPTION_ALL] != NULL ? "&all=1" : "", filter != NULL ? "&q=" : "");
    if (filter != NULL && !server_escape(filter, query, sizeof query))
        return command_misuse(call, "the filter is too long");
    return list_pages(call, &source, limit, ret_sagas);
}

bool list_limit(const struct call *call, uint32_t *ret_limit)
{
    *ret_limit = LIMIT_DEFAULT;
    if (call->options[OPTION_LIMIT] == NULL ||
        arguments_number(call->options[OPTION_LIMIT], LIMIT_MAX, ret_limit))
        return true;
    command_misuse(call, "--limit takes a number from 1 to %u", LIMIT_MAX);
    return false;
}

static void print_sagas(const struct call *call, const struct column_choice *choice,
                        const json_t *sagas)
{
    size_t i;
    json_t *saga;

    switch (call->format) {
    case FORMAT_TABLE:
    case FORMAT_WIDE:
        if (json_array_size(sagas) > 0)
            column_print(choice, sagas, call->format, call->out);
        else
            fputs("no sagas\n", stderr);
        break;
    case FORMAT_CSV:
        column_print(choice, sagas, call->format, call->out);
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
    uint32_t limit;
    struct column_choice choice;
    json_t *sagas;

    if (!list_limit(call, &limit))
        return EXIT_CODE_USAGE;
    column_default(call->format, &choice);
    if (call->options[OPTION_COLUMNS] != NULL &&
        !column_choose(call->options[OPTION_COLUMNS], &choice))
        return EXIT_CODE_USAGE;
    if (call->options[OPTION_WATCH] != NULL)
        return watch_run(call, limit, &choice);
    enum exit_code code = list_fetch(call, limit, &sagas);
    if (code != EXIT_CODE_OK)
        return code;
    print_sagas(call, &choice, sagas);
    json_decref(sagas);
    return EXIT_CODE_OK;
}
