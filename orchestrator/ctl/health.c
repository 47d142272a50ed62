/* sagactl server health, and version. */
#include "ctl/command.h"
#include "ctl/table.h"
#include "ctl/view.h"

#include <stdio.h>

/* One probe: its name, and whether it answered with 200. Returns the exit code of its status. */
static enum exit_code probe(const struct call *call, const char *path, struct server_answer *answer)
{
    return server_get(call->server, path, answer) ? EXIT_CODE_OK
                                                  : server_exit_code(answer->status);
}

enum exit_code health_run(const struct call *call)
{
    struct server_answer live, ready;
    enum exit_code live_code = probe(call, "/livez", &live);

    if (live.status == 0) {
        enum exit_code code = server_complain(call->server, &live);
        server_answer_fini(&live);
        return code;
    }
    enum exit_code ready_code = probe(call, "/readyz", &ready);
    const char *live_text = live_code == EXIT_CODE_OK ? "yes" : "no";
    const char *ready_text = ready_code == EXIT_CODE_OK ? "yes" : "no";
    if (call->format == FORMAT_TABLE || call->format == FORMAT_NAME) {
        fprintf(call->out, "live   %s\nready  %s", live_text, ready_text);
        const char *detail = view_text(ready.body, "detail");
        if (ready_code != EXIT_CODE_OK && detail[0] != '\0') {
            fputs(": ", call->out);
            table_text(detail, call->out);
        }
        fputc('\n', call->out);
    } else {
        json_t *json = json_pack("{s:b, s:b}", "live", live_code == EXIT_CODE_OK, "ready",
                                 ready_code == EXIT_CODE_OK);
        view_json(call, json);
        json_decref(json);
    }
    server_answer_fini(&live);
    server_answer_fini(&ready);
    return live_code == EXIT_CODE_OK && ready_code == EXIT_CODE_OK ? EXIT_CODE_OK
                                                                   : EXIT_CODE_FAILED;
}

/* A server that does not answer is no failure: the question was about this program. */
enum exit_code version_run(const struct call *call)
{
    struct server_answer answer;
    bool answered = server_get(call->server, "/version", &answer);
    const char *server = answered ? view_text(answer.body, "version") : "";

    if (call->format == FORMAT_TABLE || call->format == FORMAT_NAME) {
        fprintf(call->out, "sagactl %s\n", SAGAD_VERSION);
        if (server[0] != '\0') {
            fputs("server ", call->out);
            table_text(server, call->out);
            fputc('\n', call->out);
        }
    } else {
        json_t *json = json_pack("{s:s, s:o}", "sagactl", SAGAD_VERSION, "server",
                                 server[0] != '\0' ? json_string(server) : json_null());
        view_json(call, json);
        json_decref(json);
    }
    server_answer_fini(&answer);
    return EXIT_CODE_OK;
}
