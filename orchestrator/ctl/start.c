/* sagactl start and rerun: submit one saga, and perhaps wait for its end. */
#include "base/bytes.h"
#include "base/clock.h"
#include "ctl/action.h"
#include "ctl/command.h"
#include "ctl/view.h"

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define KEY_BYTES 12u
#define KEY_SIZE (4u + 2u * KEY_BYTES + 1u) /* "cli-", hexadecimal, NUL. */
#define NAP_MS 200                          /* Between questions that the server does not hold. */

/* A key of its own makes the one request safe to repeat by curl or a proxy. */
static bool make_key(char ret_key[KEY_SIZE])
{
    uint8_t bytes[KEY_BYTES];

    if (sodium_init() < 0)
        return false;
    randombytes_buf(bytes, sizeof bytes);
    memcpy(ret_key, "cli-", 4);
    hex_encode(bytes, sizeof bytes, ret_key + 4);
    return true;
}

/* Ask again until it has ended or parked, or the time is up; *saga is replaced by the newest. */
static enum exit_code await_end(const struct call *call, uint64_t until_ms, json_t **saga)
{
    for (;;) {
        uint64_t now_ms = instant_now().monotonic_ms;
        if (view_has_ended(*saga) || view_is_parked(*saga) || now_ms >= until_ms)
            return EXIT_CODE_OK;

        char suffix[32];
        uint64_t left_s = (until_ms - now_ms + 999u) / 1000u;
        unsigned wait_s = left_s < SERVER_WAIT_MAX_S ? (unsigned)left_s : SERVER_WAIT_MAX_S;
        snprintf(suffix, sizeof suffix, "?wait=%u", wait_s);
        const char *id[] = {view_text(*saga, "id")};
        struct call question = *call;
        question.words = id;
        json_t *newer;
        enum exit_code code = view_saga(&question, suffix, &newer);
        if (code != EXIT_CODE_OK)
            return code;
        json_decref(*saga);
        *saga = newer;
        if (!view_has_ended(newer) && instant_now().monotonic_ms - now_ms < NAP_MS)
            poll(NULL, 0, NAP_MS);
    }
}

static json_t *request_of(const struct call *call)
{
    const char *input = call->options[OPTION_INPUT], *account = call->options[OPTION_ACCOUNT];
    json_t *value = input != NULL ? view_input(input) : json_object();

    if (value == NULL)
        return NULL;
    json_t *request = json_pack("{s:s, s:o}", "definition", call->words[0], "input", value);
    if (request != NULL && account != NULL)
        json_object_set_new(request, "account", json_string(account));
    if (request == NULL)
        fputs("sagactl: the definition's name must be UTF-8\n", stderr);
    return request;
}

static void print_started(const struct call *call, const json_t *saga)
{
    switch (call->format) {
    case FORMAT_TABLE:
    case FORMAT_WIDE:
    case FORMAT_CSV:
    case FORMAT_NAME:
        fprintf(call->out, "%s\n", view_text(saga, "id"));
        break;
    case FORMAT_JSON:
    case FORMAT_JSONL:
        view_json(call, saga);
        break;
    }
}

/* What follows once the server has taken it; @saga is taken. */
static enum exit_code finish(const struct call *call, uint32_t wait_s, uint64_t until_ms,
                             json_t *saga)
{
    enum exit_code code = EXIT_CODE_OK;

    if (wait_s > 0) {
        code = await_end(call, until_ms, &saga);
        if (code == EXIT_CODE_OK)
            code = view_end_code(saga);
    }
    print_started(call, saga);
    if (wait_s > 0 && code != EXIT_CODE_OK) {
        char phase[VIEW_CONDITION_SIZE];
        view_phase(saga, phase);
        fprintf(stderr, "sagactl: the saga is %s\n", phase);
    }
    json_decref(saga);
    return code;
}

/* Post it, with a key, and wait as is asked. Takes @body; NULL: it was told why there is none. */
static enum exit_code submit(const struct call *call, const char *path, json_t *body)
{
    char key[KEY_SIZE];
    uint32_t wait_s = 0;
    struct server_answer answer;
    const char *wait = call->options[OPTION_WAIT];

    if (body == NULL)
        return EXIT_CODE_USAGE;
    if (wait != NULL)
        arguments_seconds(wait, &wait_s);
    if (call->options[OPTION_KEY] == NULL && !make_key(key)) {
        json_decref(body);
        return EXIT_CODE_FAILED;
    }
    uint64_t until_ms = instant_now().monotonic_ms + wait_s * UINT64_C(1000);
    struct server_request request = {
        .method = "POST",
        .path = path,
        .body = body,
        .key = call->options[OPTION_KEY] != NULL ? call->options[OPTION_KEY] : key,
        .wait_s = wait_s < SERVER_WAIT_MAX_S ? wait_s : SERVER_WAIT_MAX_S,
    };
    enum exit_code code;
    if (server_ask(call->server, &request, &answer) && json_is_object(answer.body))
        code = finish(call, wait_s, until_ms, json_incref(answer.body));
    else
        code = server_complain(call->server, &answer);
    server_answer_fini(&answer);
    json_decref(body);
    return code;
}

static enum exit_code check_wait(const struct call *call)
{
    const char *wait = call->options[OPTION_WAIT];
    uint32_t wait_s;

    if (wait != NULL && !arguments_seconds(wait, &wait_s))
        return command_misuse(call, "--wait takes a time such as 30s or 5m");
    return EXIT_CODE_OK;
}

enum exit_code start_run(const struct call *call)
{
    enum exit_code code = check_wait(call);

    return code == EXIT_CODE_OK ? submit(call, "/v1/sagas", request_of(call)) : code;
}

/* ---- again ---- */

static json_t *rerun_request(const struct call *call)
{
    const char *input = call->options[OPTION_INPUT];
    json_t *request = action_reason(call);

    if (request == NULL || input == NULL)
        return request;
    json_t *value = view_input(input);
    if (value == NULL) {
        json_decref(request);
        return NULL;
    }
    json_object_set_new(request, "input", value);
    return request;
}

enum exit_code rerun_run(const struct call *call)
{
    char path[SERVER_PATH_SIZE];
    enum exit_code code = check_wait(call);

    if (code == EXIT_CODE_OK)
        code = action_check(call, "rerun");
    if (code == EXIT_CODE_OK && !view_is_id(call->words[0]))
        code = EXIT_CODE_NOT_FOUND;
    if (code != EXIT_CODE_OK)
        return code;
    snprintf(path, sizeof path, "/v1/sagas/%s/rerun", call->words[0]);
    return submit(call, path, rerun_request(call));
}
