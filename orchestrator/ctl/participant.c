/* sagactl participant list and show, and server status: whom the server calls, and how it is. */
#include "ctl/command.h"
#include "ctl/csv.h"
#include "ctl/table.h"
#include "ctl/view.h"

#include <stdio.h>
#include <string.h>

/* What stands in a row, in this order. */
static const char *const members[] = {"name", "workers", "queued", "out", "calls", "unanswered"};
static const char *const titles[] = {"PARTICIPANT", "WORKERS", "QUEUED", "OUT", "CALLS",
                                     "UNANSWERED"};
#define MEMBER_COUNT (sizeof members / sizeof members[0])

static void member_text(const json_t *object, const char *name, char ret_text[VIEW_CONDITION_SIZE])
{
    const json_t *value = json_object_get(object, name);

    if (json_is_integer(value))
        snprintf(ret_text, VIEW_CONDITION_SIZE, "%llu",
                 (unsigned long long)view_number(object, name));
    else if (json_is_boolean(value))
        snprintf(ret_text, VIEW_CONDITION_SIZE, "%s", json_is_true(value) ? "yes" : "no");
    else
        snprintf(ret_text, VIEW_CONDITION_SIZE, "%s", view_text(object, name));
}

static void print_table(const json_t *participants, FILE *out)
{
    struct table table;
    size_t i;
    json_t *participant;

    table_begin(&table, titles, MEMBER_COUNT);
    json_array_foreach(participants, i, participant)
    {
        for (size_t c = 0; c < MEMBER_COUNT; c++) {
            char text[VIEW_CONDITION_SIZE];
            member_text(participant, members[c], text);
            table_cell(&table, text);
        }
    }
    table_print(&table, "", out);
    table_fini(&table);
}

static void print_csv(const json_t *participants, FILE *out)
{
    size_t i;
    json_t *participant;

    for (size_t c = 0; c < MEMBER_COUNT; c++)
        csv_field(members[c], c + 1 == MEMBER_COUNT, out);
    json_array_foreach(participants, i, participant)
    {
        for (size_t c = 0; c < MEMBER_COUNT; c++) {
            char text[VIEW_CONDITION_SIZE];
            member_text(participant, members[c], text);
            csv_field(text, c + 1 == MEMBER_COUNT, out);
        }
    }
}

static void print_participants(const struct call *call, const json_t *participants)
{
    size_t i;
    json_t *participant;

    switch (call->format) {
    case FORMAT_TABLE:
    case FORMAT_WIDE:
        print_table(participants, call->out);
        break;
    case FORMAT_CSV:
        print_csv(participants, call->out);
        break;
    case FORMAT_JSON:
        view_json(call, participants);
        break;
    case FORMAT_JSONL:
        json_array_foreach(participants, i, participant) view_json(call, participant);
        break;
    case FORMAT_NAME:
        json_array_foreach(participants, i, participant)
            fprintf(call->out, "%s\n", view_text(participant, "name"));
        break;
    }
}

enum exit_code participant_list_run(const struct call *call)
{
    json_t *body;
    enum exit_code code = view_object(call, "/v1/participants", &body);

    if (code != EXIT_CODE_OK)
        return code;
    print_participants(call, json_object_get(body, "participants"));
    json_decref(body);
    return EXIT_CODE_OK;
}

/* ---- one object, member by member ---- */

static void add_members(struct table *table, const char *prefix, const json_t *object)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)object, name, value)
    {
        char text[VIEW_CONDITION_SIZE], title[VIEW_CONDITION_SIZE];
        if (json_is_object(value)) {
            add_members(table, name, value);
            continue;
        }
        snprintf(title, sizeof title, "%s%s%s", prefix, prefix[0] != '\0' ? " " : "", name);
        member_text(object, name, text);
        table_cell(table, title);
        table_cell(table, text);
    }
}

static void print_object(const struct call *call, const json_t *object)
{
    struct table table;

    switch (call->format) {
    case FORMAT_TABLE:
    case FORMAT_WIDE:
    case FORMAT_CSV:
        table_init(&table, 2);
        add_members(&table, "", object);
        table_print(&table, "", call->out);
        table_fini(&table);
        break;
    case FORMAT_JSON:
    case FORMAT_JSONL:
        view_json(call, object);
        break;
    case FORMAT_NAME:
        fprintf(call->out, "%s\n", view_text(object, "name"));
        break;
    }
}

enum exit_code participant_show_run(const struct call *call)
{
    char path[SERVER_PATH_SIZE] = "/v1/participants/";
    json_t *participant;

    if (!server_escape(call->words[0], path, sizeof path))
        return command_misuse(call, "the name is too long");
    enum exit_code code = view_object(call, path, &participant);
    if (code != EXIT_CODE_OK)
        return code;
    print_object(call, participant);
    json_decref(participant);
    return EXIT_CODE_OK;
}

enum exit_code server_status_run(const struct call *call)
{
    json_t *status;
    enum exit_code code = view_object(call, "/v1/status", &status);

    if (code != EXIT_CODE_OK)
        return code;
    print_object(call, status);
    json_decref(status);
    return EXIT_CODE_OK;
}
