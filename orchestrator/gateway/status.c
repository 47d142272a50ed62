/*
 * GET one saga: as it is, when it is newer than what the caller has, or when it has ended; with its
 * history; and why it is not moving.
 */
#include "gateway/handlers.h"

#include "base/clock.h"
#include "gateway/etag.h"
#include "gateway/exchange.h"
#include "gateway/prefer.h"
#include "gateway/problem.h"
#include "gateway/query.h"
#include "gateway/saga_json.h"
#include "gateway/why.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct look {
    bool with_payloads;
};

static const char *const show_parameters[] = {"wait", "after_version", "events", "payloads"};

/* An ask for the saga of the path, or NULL when there is none: then a problem has been replied. */
static struct ask *ask_for_saga(struct exchange *exchange)
{
    struct saga_id id;

    if (!id_parse(exchange->match.parameters[0], &id)) {
        problem_say(exchange, PROBLEM_NOT_FOUND, "There is no saga of this id.");
        return NULL;
    }
    struct ask *ask = ask_new(REQUEST_GET);
    if (!ask) {
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
        return NULL;
    }
    ask->request.id = id;
    ask->request.wait = WAIT_NOTHING;
    snprintf(ask->request.tenant, sizeof(ask->request.tenant), "%s", exchange->caller.account);
    return ask;
}

static const struct snapshot *answered_saga(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;

    if (reply->came && reply->status == ANSWER_OK && reply->snapshot)
        return reply->snapshot;
    if (reply->came && reply->status == ANSWER_NOT_FOUND)
        problem_say(exchange, PROBLEM_NOT_FOUND, "There is no saga of this id.");
    else
        problem_from_answer(exchange, reply);
    return NULL;
}

/* ---- one saga ---- */

static void show_answered(struct exchange *exchange)
{
    const struct snapshot *snapshot = answered_saga(exchange);
    const struct look *look = exchange->work;
    char etag[ETAG_SIZE];

    if (!snapshot)
        return;
    json_t *json = saga_json(snapshot, look->with_payloads);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (text) {
        etag_of(snapshot->sequence, bytes_of_text(text), etag);
        exchange_add_header(exchange, "ETag", "%s", etag);
    }
    if (text && etag_none_match(exchange_request_header(exchange, "If-None-Match"), etag)) {
        exchange_reply(exchange, 304, NULL, text, 0);
        return;
    }
    exchange_reply(exchange, 200, "application/json", text, text ? strlen(text) : 0);
}

/* Waiting is for the end, or for something newer when the caller says what it has. */
static bool read_wait(struct exchange *exchange, const struct form *query, struct request *request)
{
    uint64_t wait_s = 0;
    uint64_t after = etag_first_version(exchange_request_header(exchange, "If-None-Match"));

    if (!query_number(exchange, query, "wait", 0, PREFER_WAIT_S_MAX, &wait_s) ||
        !query_number(exchange, query, "after_version", 0, UINT32_MAX, &after))
        return false;
    bool newer = form_value(query, "after_version") || after > 0;
    if (wait_s > 0)
        request->wait = newer ? WAIT_NEWER : WAIT_FINISHED;
    request->wait_ms = (uint32_t)wait_s * 1000u;
    request->after_sequence = (uint32_t)after;
    return true;
}

/* Payloads are for the account whose they are, and for those who may act on sagas. */
static bool may_see_payloads(const struct caller *caller)
{
    return caller_may(caller, ACCESS_ACT) == CALLER_ALLOWED || caller->kind == CALLER_ACCOUNT;
}

static void show_queried(struct exchange *exchange, const struct form *query, struct ask *ask)
{
    struct look *look = calloc(1, sizeof(*look));

    if (!look) {
        ask_free(ask);
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
        return;
    }
    exchange_keep(exchange, look, free);
    if (!query_flag(exchange, query, "events", &ask->request.with_events) ||
        !query_flag(exchange, query, "payloads", &look->with_payloads) ||
        !read_wait(exchange, query, &ask->request)) {
        ask_free(ask);
        return;
    }
    if (look->with_payloads && !may_see_payloads(&exchange->caller)) {
        ask_free(ask);
        problem_say(exchange, PROBLEM_FORBIDDEN, "Payloads are not for a %s.",
                    operator_role_name(exchange->caller.staff->role));
        return;
    }
    exchange_ask(exchange, ask, show_answered,
                 ask->request.wait_ms + (uint64_t)exchange->service->options.answer_grace_ms);
}

void show_saga(struct exchange *exchange)
{
    struct form query;

    if (!query_parse(exchange, show_parameters,
                     sizeof(show_parameters) / sizeof(show_parameters[0]), &query))
        return;
    struct ask *ask = ask_for_saga(exchange);
    if (ask)
        show_queried(exchange, &query, ask);
    form_fini(&query);
}

/* ---- its history, and its why ---- */

static void events_answered(struct exchange *exchange)
{
    const struct snapshot *snapshot = answered_saga(exchange);
    char id[ID_TEXT_SIZE];

    if (!snapshot)
        return;
    id_text(snapshot->id, id);
    json_t *body = json_object();
    json_object_set_new(body, "id", json_string(id));
    json_object_set_new(body, "events", saga_json_events(snapshot));
    exchange_reply_json(exchange, 200, body);
}

static void why_answered(struct exchange *exchange)
{
    const struct snapshot *snapshot = answered_saga(exchange);

    if (snapshot)
        exchange_reply_json(exchange, 200, why_json(snapshot, instant_now().wall_ms));
}

static void look_at_saga(struct exchange *exchange, void (*next)(struct exchange *exchange),
                         bool with_events)
{
    struct ask *ask = query_is_empty(exchange) ? ask_for_saga(exchange) : NULL;

    if (!ask)
        return;
    ask->request.with_events = with_events;
    exchange_ask(exchange, ask, next, exchange->service->options.answer_grace_ms);
}

void show_events(struct exchange *exchange)
{
    look_at_saga(exchange, events_answered, true);
}

void show_why(struct exchange *exchange)
{
    look_at_saga(exchange, why_answered, false);
}
