/*
 * POST /v1/sagas: start a saga, and wait for its end if that is preferred.
 *
 * An account starts sagas for itself. An operator starts them for an account: the one that is
 * named, else the one that the input names, else the only one there is.
 */
#include "gateway/handlers.h"

#include "gateway/exchange.h"
#include "gateway/key.h"
#include "gateway/members.h"
#include "gateway/message.h"
#include "gateway/prefer.h"
#include "gateway/problem.h"
#include "gateway/query.h"
#include "gateway/saga_json.h"
#include "gateway/trace_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNT_MEMBER "account_sid"

struct submission {
    char tenant[SAGA_TENANT_SIZE];
    char key[SAGA_KEY_SIZE];
    const char *definition; /* Borrowed from the body. */
    json_t *input;          /* Borrowed from the body. */
    uint32_t wait_s;
};

static const struct member members[] = {
    {"definition", MEMBER_TEXT, SAGA_NAME_SIZE - 1, true},
    {"input", MEMBER_OBJECT, 0, false},
    {"account", MEMBER_TEXT, SAGA_TENANT_SIZE - 1, false},
};

/* ---- the reply ---- */

/* In /v1 a saga that turned back is no error: it was started, and this is how it went. */
static void reply_started(struct exchange *exchange, const struct snapshot *snapshot, bool replayed)
{
    bool finished = snapshot->phase != SAGA_RUNNING && snapshot->phase != SAGA_COMPENSATING;
    uint32_t wait_s;
    char id[ID_TEXT_SIZE];

    id_text(snapshot->id, id);
    exchange_add_header(exchange, "Location", "/v1/sagas/%s", id);
    if (replayed)
        exchange_add_header(exchange, "Idempotent-Replayed", "true");
    bool waited = prefer_wait(exchange_request_header(exchange, "Prefer"), &wait_s);
    if (waited)
        exchange_add_header(exchange, "Preference-Applied", "wait=%u", wait_s);
    exchange_reply_json(exchange, waited && finished ? 200 : 202, saga_json(snapshot, false));
}

static void submit_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;

    if (!reply->came) {
        exchange_drop(exchange);
        return;
    }
    switch (reply->status) {
    case ANSWER_OK:
    case ANSWER_REPLAYED:
        if (reply->snapshot)
            reply_started(exchange, reply->snapshot, reply->status == ANSWER_REPLAYED);
        else
            exchange_drop(exchange);
        break;
    case ANSWER_FAULT:
        /* The commit failed, so that nobody knows; silence promises nothing. */
        exchange_drop(exchange);
        break;
    case ANSWER_CONFLICT:
    case ANSWER_RELEASING:
    case ANSWER_NO_DEFINITION:
    case ANSWER_TOO_LARGE:
    case ANSWER_SHED:
    case ANSWER_FULL:
    case ANSWER_NOT_FOUND:
    case ANSWER_REFUSED:
    case ANSWER_CHANGED:
        problem_from_answer(exchange, reply);
        break;
    }
}

/* ---- whose saga is it? ---- */

static const char *input_account(const struct submission *submission)
{
    return json_string_value(json_object_get(submission->input, ACCOUNT_MEMBER));
}

static void say_wrong_input(struct exchange *exchange, const char *detail)
{
    struct problem problem = {.code = PROBLEM_INVALID};

    problem_add_inner_error(&problem, "input", ACCOUNT_MEMBER, "%s", detail);
    problem_reply(exchange, &problem);
}

static bool choose_tenant(struct exchange *exchange, const char *named,
                          struct submission *submission)
{
    const struct accounts *accounts = exchange->service->options.accounts;
    const char *tenant = named, *inner = input_account(submission);

    if (exchange->caller.kind == CALLER_ACCOUNT)
        tenant = exchange->caller.account;
    if (!tenant)
        tenant = inner ? inner : accounts_only_account(accounts);
    if (tenant && accounts_knows_account(accounts, tenant)) {
        snprintf(submission->tenant, sizeof(submission->tenant), "%s", tenant);
        return true;
    }
    if (!tenant)
        problem_say_member(exchange, "account",
                           "Several accounts are known: name that of the saga.");
    else if (tenant == inner)
        say_wrong_input(exchange, "The account that is named is not known.");
    else
        problem_say_member(exchange, "account", "The account that is named is not known.");
    return false;
}

/* Nobody starts a saga of one account in the name of another. */
static bool check_tenant(struct exchange *exchange, const char *named,
                         const struct submission *submission)
{
    const char *inner = input_account(submission);

    if ((!named || strcmp(named, submission->tenant) == 0) &&
        (!inner || strcmp(inner, submission->tenant) == 0))
        return true;
    if (exchange->caller.kind == CALLER_ACCOUNT)
        problem_say(exchange, PROBLEM_FORBIDDEN, "The request names another account than %s.",
                    submission->tenant);
    else
        say_wrong_input(exchange, "The input names another account than \"account\".");
    return false;
}

/* The services of a message charge the account that its input names; so the input names it. */
static void name_tenant_in_input(struct submission *submission)
{
    if (strcmp(submission->definition, MESSAGE_DEFINITION) == 0 && !input_account(submission))
        json_object_set_new(submission->input, ACCOUNT_MEMBER, json_string(submission->tenant));
}

/* ---- the request ---- */

static bool read_key(struct exchange *exchange, struct submission *submission)
{
    if (!key_read(exchange, submission->key))
        return false;
    if (submission->key[0] || exchange->caller.kind == CALLER_OPERATOR)
        return true;
    problem_say(exchange, PROBLEM_KEY_REQUIRED,
                "An account starts a saga with an Idempotency-Key, so that it can be repeated.");
    return false;
}

static struct ask *ask_for(const struct exchange *exchange, const struct submission *submission,
                           char *input)
{
    struct ask *ask = ask_new(REQUEST_SUBMIT);
    if (!ask) {
        free(input);
        return NULL;
    }
    struct request *request = &ask->request;
    ask->payload = input;
    request->input = bytes_of_text(input);
    request->wait = submission->wait_s > 0 ? WAIT_FINISHED : WAIT_NOTHING;
    request->wait_ms = submission->wait_s * 1000u;
    snprintf(request->tenant, sizeof(request->tenant), "%s", submission->tenant);
    snprintf(request->key, sizeof(request->key), "%s", submission->key);
    snprintf(request->definition, sizeof(request->definition), "%s", submission->definition);
    trace_header_read(exchange, request->traceparent);
    return ask;
}

static void start(struct exchange *exchange, const struct submission *submission)
{
    char *input = json_dumps(submission->input, JSON_SORT_KEYS | JSON_COMPACT);

    if (!input) {
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
        return;
    }
    if (strlen(input) > SAGA_INPUT_MAX) {
        free(input);
        problem_say(exchange, PROBLEM_TOO_LARGE, "The input is larger than %u bytes.",
                    SAGA_INPUT_MAX);
        return;
    }
    exchange_ask(exchange, ask_for(exchange, submission, input), submit_answered,
                 submission->wait_s * 1000u + exchange->service->options.answer_grace_ms);
}

static void submit_body(struct exchange *exchange, json_t *body)
{
    struct submission submission = {.definition = members_text(body, "definition")};
    const char *named = members_text(body, "account");

    if (!json_object_get(body, "input"))
        json_object_set_new(body, "input", json_object());
    submission.input = json_object_get(body, "input");
    prefer_wait(exchange_request_header(exchange, "Prefer"), &submission.wait_s);
    if (!read_key(exchange, &submission) || !choose_tenant(exchange, named, &submission) ||
        !check_tenant(exchange, named, &submission))
        return;
    name_tenant_in_input(&submission);
    start(exchange, &submission);
}

void submit_saga(struct exchange *exchange)
{
    struct problem problem;
    json_t *body;

    if (atomic_load(&exchange->service->stopping)) {
        problem_say(exchange, PROBLEM_STOPPING, "The server is stopping; nothing was started.");
        return;
    }
    if (!query_is_empty(exchange))
        return;
    if (!exchange_has_type(exchange, "application/json")) {
        problem_say(exchange, PROBLEM_MEDIA_TYPE, "A saga is posted as application/json.");
        return;
    }
    if (!members_parse(bytes_of(exchange->body.data, exchange->body.size), members,
                       sizeof(members) / sizeof(members[0]), &body, &problem)) {
        problem_reply(exchange, &problem);
        return;
    }
    submit_body(exchange, body);
    json_decref(body);
}
