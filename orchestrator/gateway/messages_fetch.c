/*
 * GET one message, by its SID.
 */
#include "gateway/handlers.h"

#include "gateway/exchange.h"
#include "gateway/message.h"
#include "gateway/problem.h"

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

static void fetch_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;

    if (is_message(reply))
        exchange_reply_json(exchange, 200, message_json(reply->snapshot));
    else if (reply->came && reply->status == ANSWER_OK)
        problem_say(exchange, PROBLEM_NOT_FOUND, "There is no such message.");
    else
        problem_from_answer(exchange, reply);
}

void messages_fetch(struct exchange *exchange)
{
    const char *sid = exchange->match.parameters[1];
    struct saga_id id;

    if (strncmp(sid, "SM", 2) != 0 || !id_parse(sid, &id)) {
        problem_say(exchange, PROBLEM_NOT_FOUND, "There is no such message.");
        return;
    }
    exchange_ask(exchange, ask_for_message(exchange, id), fetch_answered,
                 exchange->service->options.answer_grace_ms);
}
