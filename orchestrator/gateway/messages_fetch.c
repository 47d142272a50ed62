/*
 * GET one message, by its SID; and the media of one.
 */
#include "gateway/handlers.h"

#include "gateway/exchange.h"
#include "gateway/message.h"
#include "gateway/problem.h"
#include "gateway/query.h"

#include <stdio.h>
#include <string.h>

static struct ask *ask_for_message(const struct exchange *exchange, struct saga_id id)
{
    struct ask *ask = ask_new(REQUEST_GET);
    if (!ask)
        return NULL;
    ask->request.id = id;
    ask->request.wait = WAIT_NOTHING;
    snprintf(ask->request.tenant, sizeof(ask->request.tenant), "%s", exchange->caller.account);
    return ask;
}

static bool is_message(const struct desk_reply *reply)
{
    return reply->came && reply->status == ANSWER_OK && reply->snapshot &&
           strcmp(reply->snapshot->definition, MESSAGE_DEFINITION) == 0;
}

/* The message that was asked for, or NULL: then an error has been replied. */
static const struct snapshot *answered_message(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;

    if (is_message(reply))
        return reply->snapshot;
    if (reply->came && reply->status == ANSWER_OK)
        problem_say(exchange, PROBLEM_NOT_FOUND, "There is no such message.");
    else
        problem_from_answer(exchange, reply);
    return NULL;
}

static void look_at_message(struct exchange *exchange, void (*next)(struct exchange *exchange))
{
    const char *sid = exchange->match.parameters[1];
    struct saga_id id;

    if (strncmp(sid, "SM", 2) != 0 || !id_parse(sid, &id)) {
        problem_say(exchange, PROBLEM_NOT_FOUND, "There is no such message.");
        return;
    }
    exchange_ask(exchange, ask_for_message(exchange, id), next,
                 exchange->service->options.answer_grace_ms);
}

static void fetch_answered(struct exchange *exchange)
{
    const struct snapshot *snapshot = answered_message(exchange);

    if (snapshot)
        exchange_reply_json(exchange, 200, message_json(snapshot));
}

void messages_fetch(struct exchange *exchange)
{
    look_at_message(exchange, fetch_answered);
}

/* ---- its media ---- */

/* What a message's URLs lead to is not fetched here, so no message has media of its own. */
static void media_answered(struct exchange *exchange)
{
    if (!answered_message(exchange))
        return;
    json_t *body = json_object();
    json_object_set_new(body, "media_list", json_array());
    json_object_set_new(body, "page", json_integer(0));
    json_object_set_new(body, "page_size", json_integer(MESSAGE_PAGE_SIZE_DEFAULT));
    json_object_set_new(body, "start", json_integer(0));
    json_object_set_new(body, "end", json_integer(0));
    json_object_set_new(body, "uri", json_string(exchange->target));
    json_object_set_new(body, "first_page_uri", json_string(exchange->target));
    json_object_set_new(body, "next_page_uri", json_null());
    json_object_set_new(body, "previous_page_uri", json_null());
    exchange_reply_json(exchange, 200, body);
}

void messages_media(struct exchange *exchange)
{
    static const char *const known[] = {"PageSize",    "Page",         "PageToken",
                                        "DateCreated", "DateCreated<", "DateCreated>"};
    struct form query;

    if (!query_parse(exchange, known, sizeof(known) / sizeof(known[0]), &query))
        return;
    form_fini(&query);
    look_at_message(exchange, media_answered);
}
