#include "ctl/batch.h"

#include "base/clock.h"
#include "ctl/action.h"
#include "ctl/age.h"
#include "ctl/csv.h"
#include "ctl/list.h"
#include "ctl/table.h"
#include "ctl/view.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ITEMS_MAX 1000000u
#define SHOW_EVERY_MS 250u   /* On a terminal; */
#define TELL_EVERY_MS 10000u /* elsewhere a line now and then is enough. */
#define PATIENCE_MS 60000u   /* How long a server that is away is waited for. */
#define NAP_MS 500

enum outcome { OUTCOME_DONE, OUTCOME_CHANGED, OUTCOME_REFUSED, OUTCOME_FAILED, OUTCOME_COUNT };

static const char *const outcome_names[] = {
    [OUTCOME_DONE] = "done",
    [OUTCOME_CHANGED] = "changed",
    [OUTCOME_REFUSED] = "refused",
    [OUTCOME_FAILED] = "failed",
};

struct batch {
    const struct call *call;
    const char *verb;
    json_t *request; /* Owned. */
    json_t *items;   /* Owned: the frozen list. */
    uint64_t interval_us;
    uint64_t start_ms, told_ms;
    size_t done;
    size_t counts[OUTCOME_COUNT];
    struct table failures;
};

/* ---- rate ---- */

bool batch_interval(const char *text, uint64_t *ret_interval_us)
{
    char number_text[12];
    size_t length = strcspn(text, "/");
    uint64_t unit_us = 1000000;
    uint32_t number;

    if (length >= sizeof number_text)
        return false;
    memcpy(number_text, text, length);
    number_text[length] = '\0';
    if (strcmp(text + length, "/m") == 0)
        unit_us *= 60;
    else if (text[length] != '\0' && strcmp(text + length, "/s") != 0)
        return false;
    if (!arguments_number(number_text, BATCH_RATE_MAX, &number))
        return false;
    *ret_interval_us = unit_us / number;
    return true;
}

uint64_t batch_due(uint64_t start_us, uint64_t interval_us, uint64_t index)
{
    return start_us + interval_us * index;
}

static void wait_until(uint64_t due_ms)
{
    uint64_t now_ms = instant_now().monotonic_ms;

    if (due_ms > now_ms)
        poll(NULL, 0, (int)(due_ms - now_ms));
}

/* ---- progress, on stderr ---- */

static void tell(struct batch *batch, bool last)
{
    uint64_t now_ms = instant_now().monotonic_ms, elapsed_ms = now_ms - batch->start_ms;
    size_t total = json_array_size(batch->items);
    size_t failed = batch->done - batch->counts[OUTCOME_DONE];
    bool terminal = isatty(STDERR_FILENO) == 1;
    uint64_t every_ms = terminal ? SHOW_EVERY_MS : TELL_EVERY_MS;
    char left[AGE_SIZE] = "";

    if (!last && now_ms - batch->told_ms < every_ms)
        return;
    batch->told_ms = now_ms;
    if (batch->done > 0)
        age_text(elapsed_ms * (total - batch->done) / batch->done, left);
    fprintf(stderr, "%s%s: %zu of %zu, %zu not done%s%s%s", terminal ? "\r\033[K" : "", batch->verb,
            batch->done, total, failed, last ? "" : ", ", last ? "" : left, last ? "" : " left");
    if (!terminal || last)
        fputc('\n', stderr);
}

/* ---- one item ---- */

static enum outcome outcome_of(const struct server_answer *answer)
{
    if (answer->status >= 200 && answer->status < 300)
        return OUTCOME_DONE;
    if (answer->status == 412)
        return OUTCOME_CHANGED;
    return answer->status == 409 ? OUTCOME_REFUSED : OUTCOME_FAILED;
}

/*
 * A server that is away, or sheds, is asked again. When an answer is lost the saga may have been
 * acted on; then its version has changed, and the repeated request leaves it alone.
 */
static bool ask(const struct batch *batch, const json_t *item, struct server_answer *ret_answer)
{
    uint64_t until_ms = instant_now().monotonic_ms + PATIENCE_MS;
    const char *id = view_text(item, "id");

    for (;;) {
        bool done = action_send(batch->call, id, batch->request, view_number(item, "sequence"),
                                ret_answer);
        bool away = server_exit_code(ret_answer->status) == EXIT_CODE_UNREACHABLE ||
                    ret_answer->status == 429;
        if (done || !away || instant_now().monotonic_ms >= until_ms)
            return done;
        server_answer_fini(ret_answer);
        poll(NULL, 0, NAP_MS);
    }
}

static void print_outcome(struct batch *batch, const char *id, enum outcome outcome,
                          const char *detail)
{
    FILE *out = batch->call->out;

    switch (batch->call->format) {
    case FORMAT_TABLE:
    case FORMAT_WIDE:
        if (outcome == OUTCOME_DONE)
            return;
        table_cell(&batch->failures, id);
        table_cell(&batch->failures, outcome_names[outcome]);
        table_cell(&batch->failures, detail);
        break;
    case FORMAT_CSV:
        csv_field(id, false, out);
        csv_field(outcome_names[outcome], false, out);
        csv_field(detail, true, out);
        break;
    case FORMAT_JSON:
    case FORMAT_JSONL: {
        json_t *line = json_pack("{s:s, s:s, s:s}", "id", id, "outcome", outcome_names[outcome],
                                 "detail", detail);
        view_json_line(batch->call, line);
        json_decref(line);
        break;
    }
    case FORMAT_NAME:
        if (outcome == OUTCOME_DONE)
            fprintf(out, "%s\n", id);
        break;
    }
}

/* A key that is not allowed this will not be allowed the next one either. */
static enum exit_code act(struct batch *batch, const json_t *item)
{
    struct server_answer answer;
    const char *id = view_text(item, "id");

    ask(batch, item, &answer);
    enum exit_code code = server_exit_code(answer.status);
    if (code == EXIT_CODE_AUTHENTICATION || code == EXIT_CODE_UNREACHABLE) {
        server_complain(batch->call->server, &answer);
        server_answer_fini(&answer);
        return code;
    }
    enum outcome outcome = outcome_of(&answer);
    const char *detail = view_text(answer.body, "detail");
    if (outcome == OUTCOME_DONE)
        detail = "";
    else if (detail[0] == '\0')
        detail = view_text(answer.body, "title");
    batch->counts[outcome]++;
    batch->done++;
    print_outcome(batch, id, outcome, detail);
    server_answer_fini(&answer);
    return EXIT_CODE_OK;
}

/* ---- the whole ---- */

static enum exit_code end(struct batch *batch, enum exit_code code)
{
    size_t total = json_array_size(batch->items);

    tell(batch, true);
    if (batch->failures.cells > 3)
        table_print(&batch->failures, "", batch->call->out);
    if (code != EXIT_CODE_OK) {
        fprintf(stderr, "sagactl: stopped after %zu of %zu; the rest was not touched\n",
                batch->done, total);
        return code;
    }
    return batch->counts[OUTCOME_DONE] == total ? EXIT_CODE_OK : EXIT_CODE_PARTLY;
}

static enum exit_code run_all(struct batch *batch)
{
    static const char *const titles[] = {"ID", "OUTCOME", "WHY"};
    enum exit_code code = EXIT_CODE_OK;
    size_t i;
    json_t *item;

    table_begin(&batch->failures, titles, 3);
    batch->start_ms = batch->told_ms = instant_now().monotonic_ms;
    json_array_foreach(batch->items, i, item)
    {
        wait_until(batch_due(batch->start_ms * 1000, batch->interval_us, i) / 1000);
        code = act(batch, item);
        if (code != EXIT_CODE_OK)
            break;
        tell(batch, false);
    }
    code = end(batch, code);
    table_fini(&batch->failures);
    return code;
}

static enum exit_code preview(const struct batch *batch)
{
    size_t i;
    json_t *item;

    json_array_foreach(batch->items, i, item)
        fprintf(batch->call->out, "%s\n", view_text(item, "id"));
    fputs("a dry run: nothing was done\n", stderr);
    return EXIT_CODE_OK;
}

static bool is_verb(const char *word)
{
    static const char *const verbs[] = {"cancel",  "retry", "pause", "resume",
                                        "resolve", "skip",  "waive", "terminate"};
    size_t i = 0;

    while (i < sizeof verbs / sizeof verbs[0] && strcmp(verbs[i], word) != 0)
        i++;
    return i < sizeof verbs / sizeof verbs[0];
}

static enum exit_code check(const struct call *call, struct batch *batch)
{
    const char *rate = call->options[OPTION_RATE], *query = call->options[OPTION_QUERY];

    batch->verb = call->words[0];
    batch->interval_us = 1000000 / BATCH_RATE_DEFAULT;
    if (!is_verb(batch->verb))
        return command_misuse(call, "'%s' is none of cancel, retry, pause, resume, resolve, skip, "
                              "waive and terminate", batch->verb);
    if ((query == NULL || query[0] == '\0') && call->options[OPTION_STUCK] == NULL)
        return command_misuse(call, "a batch needs -q FILTER or --stuck; everything is no filter");
    if (rate != NULL && !batch_interval(rate, &batch->interval_us))
        return command_misuse(call, "--rate takes a number such as 50/s or 10/m, at most %u/s",
                              BATCH_RATE_MAX);
    return action_check(call, batch->verb);
}

enum exit_code batch_run(const struct call *call)
{
    struct batch batch = {.call = call};
    enum exit_code code = check(call, &batch);

    if (code == EXIT_CODE_OK)
        code = list_fetch(call, ITEMS_MAX, &batch.items);
    if (code != EXIT_CODE_OK)
        return code;
    batch.request = action_request(call, batch.verb, call->word_count > 1 ? call->words[1] : NULL);
    fprintf(stderr, "%s: %zu sagas match\n", batch.verb, json_array_size(batch.items));
    if (batch.request == NULL)
        code = EXIT_CODE_USAGE;
    else if (call->options[OPTION_DRY_RUN] != NULL)
        code = preview(&batch);
    else
        code = run_all(&batch);
    json_decref(batch.request);
    json_decref(batch.items);
    return code;
}
