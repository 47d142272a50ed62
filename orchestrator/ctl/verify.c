/* sagactl server verify: the server walks through its store, beside its work. */
#include "ctl/chore.h"
#include "ctl/command.h"
#include "ctl/table.h"
#include "ctl/view.h"

#include <stdio.h>
#include <string.h>

static unsigned long long number(const json_t *report, const char *name)
{
    return (unsigned long long)view_number(report, name);
}

static void progress(const json_t *report, char ret_text[CHORE_PROGRESS_SIZE])
{
    snprintf(ret_text, CHORE_PROGRESS_SIZE, "verifying: %llu records, %llu sagas",
             number(report, "records"), number(report, "sagas"));
}

static void print_table(const struct call *call, const json_t *report)
{
    const json_t *wrong = json_object_get(report, "wrong");

    if (strcmp(view_text(report, "state"), "done") == 0)
        fprintf(call->out,
                "all is as it was written: %llu records, %llu payloads (%llu erased), %llu sagas, "
                "%llu rows, %llu keys\n",
                number(report, "records"), number(report, "payloads"), number(report, "erased"),
                number(report, "sagas"), number(report, "rows"), number(report, "keys"));
    if (!json_is_object(wrong))
        return;
    fprintf(call->out, "stream %llu", number(wrong, "stream"));
    if (view_number(wrong, "sequence") > 0)
        fprintf(call->out, ", record %llu", number(wrong, "sequence"));
    fputs(", ", call->out);
    table_text(view_text(wrong, "where"), call->out);
    fputs(": ", call->out);
    table_text(view_text(wrong, "detail"), call->out);
    fputc('\n', call->out);
}

enum exit_code verify_run(const struct call *call)
{
    static const struct chore_kind kind = {"/v1/server/verify", false, progress};
    json_t *report;
    enum exit_code code = chore_follow(call, &kind, NULL, &report);

    if (code != EXIT_CODE_OK)
        return code;
    const char *state = view_text(report, "state");
    view_print(call, report, print_table, state);
    if (strcmp(state, "failed") == 0)
        fputs("sagactl: the store is not as it was written\n", stderr);
    else if (strcmp(state, "stopped") == 0)
        fputs("sagactl: it was stopped before its end\n", stderr);
    code = strcmp(state, "done") == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
    json_decref(report);
    return code;
}
