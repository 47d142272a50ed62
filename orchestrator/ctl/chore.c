#include "ctl/chore.h"

#include "base/clock.h"
#include "ctl/table.h"
#include "ctl/view.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOOK_EVERY_MS 200
#define TELL_EVERY_MS 10000u /* Where there is no terminal. */

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* The first Ctrl-C asks the server, and waits for its answer; the second ends this program. */
static void listen_to_interrupts(void)
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static bool has_ended(const json_t *report)
{
    const char *state = view_text(report, "state");

    return strcmp(state, "done") == 0 || strcmp(state, "failed") == 0 ||
           strcmp(state, "stopped") == 0;
}

struct followed {
    const struct call *call;
    const struct chore_kind *kind;
    char path[SERVER_PATH_SIZE];
    uint64_t told_ms;
    bool stopping;
};

static void tell(struct followed *followed, const json_t *report, bool last)
{
    bool terminal = isatty(STDERR_FILENO) == 1;
    uint64_t now_ms = instant_now().monotonic_ms;
    char text[CHORE_PROGRESS_SIZE];

    if (!terminal && !last && now_ms - followed->told_ms < TELL_EVERY_MS)
        return;
    followed->told_ms = now_ms;
    followed->kind->progress(report, text);
    fputs(terminal ? "\r\033[K" : "", stderr);
    table_text(text, stderr);
    if (!terminal || last)
        fputc('\n', stderr);
}

/* Any request of the chore's; the report is the caller's, or what went wrong was told. */
static enum exit_code ask(const struct followed *followed, const char *method, const char *path,
                          const json_t *body, json_t **ret_report)
{
    struct server *server = followed->call->server;
    struct server_answer answer;
    enum exit_code code = EXIT_CODE_OK;

    if (server_ask(server, &(struct server_request){.method = method, .path = path, .body = body},
                   &answer) &&
        json_is_object(answer.body))
        *ret_report = json_incref(answer.body);
    else
        code = server_complain(server, &answer);
    server_answer_fini(&answer);
    return code;
}

static enum exit_code stop(struct followed *followed, json_t **report)
{
    char path[SERVER_PATH_SIZE + 8u];

    followed->stopping = true;
    fputs("\nsagactl: asking the server to stop it\n", stderr);
    snprintf(path, sizeof path, "%s/stop", followed->path);
    json_decref(*report);
    *report = NULL;
    return ask(followed, "POST", path, NULL, report);
}

static enum exit_code follow(struct followed *followed, json_t **report)
{
    enum exit_code code = EXIT_CODE_OK;

    while (code == EXIT_CODE_OK && !has_ended(*report)) {
        tell(followed, *report, false);
        if (interrupted && !followed->stopping) {
            code = stop(followed, report);
            continue;
        }
        poll(NULL, 0, LOOK_EVERY_MS);
        json_decref(*report);
        *report = NULL;
        code = ask(followed, "GET", followed->path, NULL, report);
    }
    if (code == EXIT_CODE_OK)
        tell(followed, *report, true);
    return code;
}

enum exit_code chore_follow(const struct call *call, const struct chore_kind *kind,
                            const json_t *request, json_t **ret_report)
{
    struct followed followed = {.call = call, .kind = kind};
    json_t *report = NULL;

    listen_to_interrupts();
    enum exit_code code = ask(&followed, "POST", kind->path, request, &report);
    if (code != EXIT_CODE_OK)
        return code;
    snprintf(followed.path, sizeof followed.path, "%s%s", kind->path, kind->named ? "/" : "");
    if (kind->named)
        server_escape(view_text(report, "name"), followed.path, sizeof followed.path);
    followed.told_ms = instant_now().monotonic_ms;
    code = follow(&followed, &report);
    if (code == EXIT_CODE_OK)
        *ret_report = report;
    else
        json_decref(report);
    return code;
}
