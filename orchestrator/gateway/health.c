/*
 * Is the server alive, is it ready, what is it; and the check of a definition's text.
 */
#include "gateway/handlers.h"

#include "gateway/body.h"
#include "gateway/exchange.h"
#include "gateway/problem.h"
#include "gateway/query.h"

#include <stdlib.h>

#define LIVE_WITHIN_MS 2000u /* An engine that has not turned for so long is not alive. */

static void reply_health(struct exchange *exchange, unsigned status, const char *word,
                         const char *reason)
{
    json_t *body = json_object();

    json_object_set_new(body, "status", json_string(word));
    if (reason)
        json_object_set_new(body, "detail", json_string(reason));
    exchange_reply_json(exchange, status, body);
}

static void live_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;

    if (reply->came && reply->status == ANSWER_OK)
        reply_health(exchange, 200, "live", NULL);
    else
        reply_health(exchange, 503, "dead", "the engine does not turn");
}

void show_livez(struct exchange *exchange)
{
    exchange_ask(exchange, ask_new(REQUEST_STATUS), live_answered, LIVE_WITHIN_MS);
}

/* Why it is not ready; NULL when it is. */
static const char *unready_reason(const struct desk_reply *reply)
{
    if (!reply->came || reply->status != ANSWER_OK || !reply->status_report)
        return "the engine does not turn";
    if (reply->status_report->stopping)
        return "the server is stopping";
    if (!reply->status_report->recovered)
        return "the server is recovering";
    return reply->status_report->store_full ? "the store is full" : NULL;
}

static void ready_answered(struct exchange *exchange)
{
    const char *reason = unready_reason(&exchange->reply_of_desk);

    reply_health(exchange, reason ? 503 : 200, reason ? "unready" : "ready", reason);
}

void show_readyz(struct exchange *exchange)
{
    if (atomic_load(&exchange->service->stopping))
        reply_health(exchange, 503, "unready", "the server is stopping");
    else
        exchange_ask(exchange, ask_new(REQUEST_STATUS), ready_answered, LIVE_WITHIN_MS);
}

void show_version(struct exchange *exchange)
{
    json_t *body = json_object();

    json_object_set_new(body, "name", json_string("sagad"));
    json_object_set_new(body, "version", json_string(exchange->service->options.version));
    exchange_reply_json(exchange, 200, body);
}

void lint_definition(struct exchange *exchange)
{
    const struct gateway_options *options = &exchange->service->options;

    if (!query_is_empty(exchange))
        return;
    if (!options->lint) {
        problem_say(exchange, PROBLEM_NOT_FOUND, "This server does not check definitions.");
        return;
    }
    char *report = options->lint(
        options->lint_context,
        bytes_of(exchange->body.data ? exchange->body.data : (uint8_t *)"", exchange->body.size));
    json_t *body = json_object();
    json_object_set_new(body, "valid", json_boolean(!report));
    json_object_set_new(body, "report", body_text(report ? report : ""));
    free(report);
    exchange_reply_json(exchange, 200, body);
}
