/*
 * sagactl participant list and show, server status and config: whom the server calls, how it is,
 * and what it was started with.
 */
#include "ctl/command.h"
#include "ctl/rows.h"
#include "ctl/view.h"

static const struct rows rows = {
    .count = 6,
    .members = {"name", "workers", "queued", "out", "calls", "unanswered"},
    .titles = {"PARTICIPANT", "WORKERS", "QUEUED", "OUT", "CALLS", "UNANSWERED"},
};

enum exit_code participant_list_run(const struct call *call)
{
    json_t *body;
    enum exit_code code = view_object(call, "/v1/participants", &body);

    if (code != EXIT_CODE_OK)
        return code;
    rows_print(call, &rows, json_object_get(body, "participants"));
    json_decref(body);
    return EXIT_CODE_OK;
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
    rows_print_object(call, participant);
    json_decref(participant);
    return EXIT_CODE_OK;
}

enum exit_code server_status_run(const struct call *call)
{
    json_t *status;
    enum exit_code code = view_object(call, "/v1/status", &status);

    if (code != EXIT_CODE_OK)
        return code;
    rows_print_object(call, status);
    json_decref(status);
    return EXIT_CODE_OK;
}

enum exit_code server_config_run(const struct call *call)
{
    static const struct rows columns = {
        .count = 3,
        .members = {"name", "value", "source"},
        .titles = {"NAME", "VALUE", "SOURCE"},
    };
    json_t *body;
    enum exit_code code = view_object(call, "/v1/server/config", &body);

    if (code != EXIT_CODE_OK)
        return code;
    rows_print(call, &columns, json_object_get(body, "settings"));
    json_decref(body);
    return EXIT_CODE_OK;
}
