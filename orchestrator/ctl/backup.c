/* sagactl server backup: a copy of the store, made by the server while it works. */
#include "ctl/command.h"
#include "ctl/chore.h"
#include "ctl/table.h"
#include "ctl/view.h"

#include <stdio.h>
#include <string.h>

static void progress(const json_t *report, char ret_text[CHORE_PROGRESS_SIZE])
{
    uint64_t total = view_number(report, "bytes_total"), bytes = view_number(report, "bytes");
    const char *state = view_text(report, "state");

    if (strcmp(state, "copying") == 0)
        snprintf(ret_text, CHORE_PROGRESS_SIZE, "copying: %llu of %llu MiB",
                 (unsigned long long)bytes >> 20, (unsigned long long)total >> 20);
    else if (strcmp(state, "checking") == 0)
        snprintf(ret_text, CHORE_PROGRESS_SIZE, "reading the copy once more: %llu MiB",
                 (unsigned long long)total >> 20);
    else
        snprintf(ret_text, CHORE_PROGRESS_SIZE, "backup %s", state);
}

static void print_table(const struct call *call, const json_t *report)
{
    static const char *const members[] = {"file",    "begun", "ended",       "bytes",
                                          "records", "sagas", "last_number", "sha256"};
    struct table table;

    table_init(&table, 2);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        char text[VIEW_CONDITION_SIZE];
        table_cell(&table, members[i]);
        if (json_is_integer(json_object_get(report, members[i]))) {
            snprintf(text, sizeof text, "%llu",
                     (unsigned long long)view_number(report, members[i]));
            table_cell(&table, text);
        } else {
            table_cell(&table, view_text(report, members[i]));
        }
    }
    table_print(&table, "", call->out);
    table_fini(&table);
}

static enum exit_code end(const struct call *call, const json_t *report)
{
    const char *state = view_text(report, "state");

    if (strcmp(state, "done") == 0) {
        view_print(call, report, print_table, view_text(report, "file"));
        return EXIT_CODE_OK;
    }
    fputs("sagactl: no backup was made: ", stderr);
    table_text(strcmp(state, "stopped") == 0 ? "it was stopped" : view_text(report, "detail"),
               stderr);
    fputc('\n', stderr);
    return strcmp(view_text(report, "failure"), "exists") == 0 ? EXIT_CODE_CONFLICT
                                                               : EXIT_CODE_FAILED;
}

enum exit_code backup_run(const struct call *call)
{
    static const struct chore_kind kind = {"/v1/server/backups", true, progress};
    json_t *request = json_object(), *report;

    if (call->word_count > 0)
        json_object_set_new(request, "name", json_string(call->words[0]));
    enum exit_code code = chore_follow(call, &kind, request, &report);
    json_decref(request);
    if (code != EXIT_CODE_OK)
        return code;
    code = end(call, report);
    json_decref(report);
    return code;
}
