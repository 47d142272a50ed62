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
#include "gateway/submit.h"
#include "gateway/trace_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNT_MEMBER "account_sid"

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

static const char *input_account(const json_t *input)
{
    return json_string_value(json_object_get(input, ACCOUNT_MEMBER));
}

static void say_wrong_input(struct exchange *exchange, const char *detail)
{
    struct problem problem = {.code = PROBLEM_INVALID};

    problem_add_inner_error(&problem, "input", ACCOUNT_MEMBER, "%s", detail);
    problem_reply(exchange, &problem);
}

/* Borrowed; NULL: a problem was replied. */
static const char *choose_tenant(struct exchange *exchange, const char *named, const char *inner)
{
    const struct accounts *accounts = exchange->service->options.accounts;
    const char *tenant = named;

    if (exchange->caller.kind == CALLER_ACCOUNT)
        tenant = exchange->caller.account;
    if (!tenant)
        tenant = inner ? inner : accounts_only_account(accounts);
    if (tenant && accounts_knows_account(accounts, tenant))
        return tenant;
    if (!tenant)
        problem_say_member(exchange, "account",
                           "Several accounts are known: name that of the saga.");
    else if (tenant == inner)
        say_wrong_input(exchange, "The account that is named is not known.");
    else
        problem_say_member(exchange, "account", "The account that is named is not known.");
    return NULL;
}

/* Nobody starts a saga of one account in the name of another. */
static bool names_another(struct exchange *exchange, const char *named, const char *inner,
                          const char *tenant)
{
    if ((!named || strcmp(named, tenant) == 0) && (!inner || strcmp(inner, tenant) == 0))
        return false;
    if (exchange->caller.kind == CALLER_ACCOUNT)
        problem_say(exchange, PROBLEM_FORBIDDEN, "The request names another account than %s.",
                    tenant);
    else
        say_wrong_input(exchange, "The input names another account than that of the saga.");
    return true;
}

/* The services of a message charge the account that its input names; so the input names it. */
static void name_tenant(json_t *input, const char *tenant, const char *definition)
{
    if (!input_account(input) && strcmp(definition, MESSAGE_DEFINITION) == 0)
        json_object_set_new(input, ACCOUNT_MEMBER, json_string(tenant));
}

/* ---- the request ---- */

bool submit_read_headers(struct exchange *exchange, struct request *request)
{
    uint32_t wait_s = 0;

    if (!key_read(exchange, request->key))
        return false;
    prefer_wait(exchange_request_header(exchange, "Prefer"), &wait_s);
    request->wait = wait_s > 0 ? WAIT_FINISHED : WAIT_NOTHING;
    request->wait_ms = wait_s * 1000u;
    trace_header_read(exchange, request->traceparent);
    return true;
}

/* Canonical, so that the same request is the same text; NULL: a problem was replied. */
static char *text_of(struct exchange *exchange, const json_t *input)
{
    char *text = json_dumps(input, JSON_SORT_KEYS | JSON_COMPACT);

    if (!text) {
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
        return NULL;
    }
    if (strlen(text) <= SAGA_INPUT_MAX)
        return text;
    free(text);
    problem_say(exchange, PROBLEM_TOO_LARGE, "The input is larger than %u bytes.",
                SAGA_INPUT_MAX);
    return NULL;
}

void submit_text(struct exchange *exchange, struct ask *ask, const char *tenant,
                 const char *definition, char *input)
{
    struct request *request = &ask->request;

    ask->payload = input;
    request->input = bytes_of_text(input);
    snprintf(request->tenant, sizeof(request->tenant), "%s", tenant);
    snprintf(request->definition, sizeof(request->definition), "%s", definition);
    exchange_ask(exchange, ask, submit_answered,
                 request->wait_ms + (uint64_t)exchange->service->options.answer_grace_ms);
}

bool submit_json(struct exchange *exchange, struct ask *ask, const char *tenant,
                 const char *definition, json_t *input)
{
    if (names_another(exchange, NULL, input_account(input), tenant))
        return false;
    name_tenant(input, tenant, definition);
    char *text = text_of(exchange, input);
    if (text)
        submit_text(exchange, ask, tenant, definition, text);
    return text != NULL;
}

static bool has_key(struct exchange *exchange, const struct request *request)
{
    if (request->key[0] || exchange->caller.kind == CALLER_OPERATOR)
        return true;
    problem_say(exchange, PROBLEM_KEY_REQUIRED,
                "An account starts a saga with an Idempotency-Key, so that it can be repeated.");
    return false;
}

static bool submit_body(struct exchange *exchange, struct ask *ask, json_t *body)
{
    const char *named = members_text(body, "account");

    if (!json_object_get(body, "input"))
        json_object_set_new(body, "input", json_object());
    json_t *input = json_object_get(body, "input");
    if (!submit_read_headers(exchange, &ask->request) || !has_key(exchange, &ask->request))
        return false;
    const char *tenant = choose_tenant(exchange, named, input_account(input));
    if (!tenant || names_another(exchange, named, NULL, tenant))
        return false;
    return submit_json(exchange, ask, tenant, members_text(body, "definition"), input);
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
    struct ask *ask = ask_new(REQUEST_SUBMIT);
    if (!ask)
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
    else if (!submit_body(exchange, ask, body))
        ask_free(ask);
    json_decref(body);
}
