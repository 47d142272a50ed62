/* sagactl list --watch: a screen for people, a stream of changes for a pipe. */
#include "ctl/list.h"
#include "ctl/view.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_DEFAULT_S 2u
#define HOME_AND_CLEAR "\033[H\033[2J"

static void draw(const struct call *call, const struct column_choice *choice, uint32_t interval_s,
                 const json_t *sagas)
{
    char clock[16] = "";
    time_t now = time(NULL);
    struct tm local;

    if (localtime_r(&now, &local) != NULL)
        strftime(clock, sizeof clock, "%H:%M:%S", &local);
    fprintf(call->out, HOME_AND_CLEAR "%s  %zu sagas, every %us; Ctrl-C ends this\n\n", clock,
            json_array_size(sagas), interval_s);
    column_print(choice, sagas, call->format, call->out);
}

/* What has left the list is told once more, as it is now. */
static void print_gone(const struct call *call, const char *id)
{
    struct call question = *call;
    json_t *saga;

    question.words = &id;
    if (view_saga(&question, "", &saga) != EXIT_CODE_OK)
        return;
    view_json_line(call, saga);
    json_decref(saga);
}

/* The list by ids. */
static json_t *index_of(const json_t *sagas)
{
    json_t *index = json_object();
    size_t i;
    json_t *saga;

    if (index == NULL)
        abort();
    json_array_foreach(sagas, i, saga) json_object_set(index, view_text(saga, "id"), saga);
    return index;
}

static void print_changes(const struct call *call, const json_t *before, const json_t *now)
{
    const char *id;
    json_t *saga;

    json_object_foreach((json_t *)now, id, saga)
    {
        const json_t *known = json_object_get(before, id);
        if (known == NULL || !json_equal(known, saga))
            view_json_line(call, saga);
    }
    json_object_foreach((json_t *)before, id, saga)
    {
        if (json_object_get(now, id) == NULL)
            print_gone(call, id);
    }
}

static void show_once(const struct call *call, const struct column_choice *choice,
                      uint32_t interval_s, const json_t *sagas, json_t **before)
{
    bool screen = call->format == FORMAT_TABLE || call->format == FORMAT_WIDE;

    if (screen && isatty(STDOUT_FILENO) == 1) {
        draw(call, choice, interval_s, sagas);
        return;
    }
    json_t *now = index_of(sagas);
    print_changes(call, *before, now);
    json_decref(*before);
    *before = now;
}

enum exit_code watch_run(const struct call *call, uint32_t limit,
                         const struct column_choice *choice)
{
    uint32_t interval_s = INTERVAL_DEFAULT_S;
    enum exit_code code = EXIT_CODE_OK;

    if (call->options[OPTION_INTERVAL] != NULL &&
        (!arguments_seconds(call->options[OPTION_INTERVAL], &interval_s) || interval_s == 0))
        return command_misuse(call, "--interval takes a time such as 1s or 5m");
    json_t *before = json_object();
    while (code == EXIT_CODE_OK || code == EXIT_CODE_UNREACHABLE) {
        json_t *sagas;
        code = list_fetch(call, limit, &sagas);
        if (code == EXIT_CODE_OK) {
            show_once(call, choice, interval_s, sagas, &before);
            json_decref(sagas);
        }
        if (fflush(call->out) != 0)
            code = EXIT_CODE_FAILED;
        else
            poll(NULL, 0, (int)interval_s * 1000);
    }
    json_decref(before);
    return code;
}
