/*
 * A new message, and when its answer is given.
 *
 *   submit ──decided──────────────────────────────▶ by its state: 201, 4xx, 503
 *      └──400 ms──▶ cancel ──turned back──────────▶ 503, and nothing stays charged
 *                      ├──refused─────────────────▶ 201 accepted: the pivot is in doubt or done
 *                      └──no verdict by 480 ms────▶ 201 accepted: the saga is durable
 *
 * While the submit itself has no answer nobody knows whether a saga exists, and an answer without a
 * sid would promise that none does. So none is given: the request waits on, and if the engine stays
 * silent the connection is closed without a word. Repeating with the same key is always right.
 */
#include "gateway/handlers.h"

#include "gateway/exchange.h"
#include "gateway/key.h"
#include "gateway/message.h"
#include "gateway/message_form.h"
#include "gateway/problem.h"
#include "gateway/trace_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct creation {
    struct snapshot *snapshot; /* Owned; what the submit was answered with. */
    bool replayed;
};

static void creation_free(void *work)
{
    struct creation *creation = work;

    snapshot_free(creation->snapshot);
    free(creation);
}

/* ---- answers ---- */

static void reply_failure(struct exchange *exchange, const struct snapshot *snapshot)
{
    struct message_code failure = message_failure(snapshot);
    char sid[ID_SID_SIZE];

    id_sid(snapshot->id, sid);
    message_error_reply(exchange, failure.status, failure.number, failure.text, sid,
                        failure.retry_after_ms);
}

/* Durable, and this is its state: the answer that a repetition would get too. */
static void reply_by_state(struct exchange *exchange, const struct snapshot *snapshot)
{
    const struct creation *creation = exchange->work;

    if (creation->replayed)
        exchange_add_header(exchange, "Idempotent-Replayed", "true");
    switch (message_status(snapshot)) {
    case MESSAGE_FAILED:
        reply_failure(exchange, snapshot);
        break;
    case MESSAGE_ACCEPTED:
    case MESSAGE_QUEUED:
    case MESSAGE_CANCELED:
        exchange_reply_json(exchange, 201, message_json(snapshot));
        break;
    }
}

/* ---- after 400 ms: turn it back if that is still possible ---- */

static void cancel_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;
    const struct creation *creation = exchange->work;

    reply_by_state(exchange, reply->came && reply->snapshot ? reply->snapshot : creation->snapshot);
}

static uint64_t answer_budget_ms(const struct exchange *exchange)
{
    uint64_t elapsed = exchange_elapsed_ms(exchange);
    uint64_t limit = exchange->service->options.messages_answer_ms;
    return elapsed < limit ? limit - elapsed : 0;
}

static void cancel_for_want_of_service(struct exchange *exchange)
{
    const struct creation *creation = exchange->work;
    uint64_t budget_ms = answer_budget_ms(exchange);
    struct ask *ask = budget_ms > 0 ? ask_new(REQUEST_VERB) : NULL;

    if (!ask) {
        reply_by_state(exchange, creation->snapshot);
        return;
    }
    struct request *request = &ask->request;
    request->wait = WAIT_NOTHING;
    request->id = creation->snapshot->id;
    request->verb = SAGA_CANCEL;
    request->for_want_of_service = true;
    snprintf(request->tenant, sizeof(request->tenant), "%s", exchange->caller.account);
    snprintf(request->actor, sizeof(request->actor), "gateway");
    snprintf(request->reason, sizeof(request->reason), "no decision within %u ms",
             exchange->service->options.messages_wait_ms);
    exchange_ask(exchange, ask, cancel_answered, budget_ms);
}

/* ---- the submit ---- */

static void submit_durable(struct exchange *exchange)
{
    struct desk_reply *reply = &exchange->reply_of_desk;
    struct creation *creation = calloc(1, sizeof(*creation));

    if (!creation || !reply->snapshot) {
        free(creation);
        exchange_drop(exchange);
        return;
    }
    creation->replayed = reply->status == ANSWER_REPLAYED;
    creation->snapshot = reply->snapshot;
    reply->snapshot = NULL;
    exchange_keep(exchange, creation, creation_free);
    if (reply->timed_out && message_status(creation->snapshot) == MESSAGE_ACCEPTED)
        cancel_for_want_of_service(exchange);
    else
        reply_by_state(exchange, creation->snapshot);
}

static void submit_answered(struct exchange *exchange)
{
    struct desk_reply *reply = &exchange->reply_of_desk;

    if (!reply->came) {
        exchange_drop(exchange);
        return;
    }
    switch (reply->status) {
    case ANSWER_OK:
    case ANSWER_REPLAYED:
        submit_durable(exchange);
        break;
    case ANSWER_FAULT:
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

static void ask_submit(struct exchange *exchange, const char *key, char *input)
{
    const struct gateway_options *options = &exchange->service->options;
    struct ask *ask = ask_new(REQUEST_SUBMIT);

    if (ask) {
        struct request *request = &ask->request;
        ask->payload = input;
        request->input = bytes_of_text(input);
        request->wait = WAIT_DECIDED;
        request->wait_ms = options->messages_wait_ms;
        snprintf(request->tenant, sizeof(request->tenant), "%s", exchange->caller.account);
        snprintf(request->key, sizeof(request->key), "%s", key);
        snprintf(request->definition, sizeof(request->definition), "%s", MESSAGE_DEFINITION);
        trace_header_read(exchange, request->traceparent);
    } else {
        free(input);
    }
    exchange_ask(exchange, ask, submit_answered,
                 options->messages_wait_ms + (uint64_t)options->answer_grace_ms);
}

static void create_from_form(struct exchange *exchange, const struct form *form, const char *key)
{
    struct message_form_error error;
    char *input;
    int r = message_form_input(form, exchange->caller.account, &input, &error);

    if (r == 0)
        ask_submit(exchange, key, input);
    else if (r < 0)
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
    else if (error.number == 0)
        problem_say(exchange, PROBLEM_INVALID, "%s", error.text);
    else
        message_error_reply(exchange, message_code_find(error.number)->status, error.number,
                            error.text, NULL, 0);
}

void messages_create(struct exchange *exchange)
{
    struct form form;
    struct form_error error;
    char key[SAGA_KEY_SIZE];

    if (atomic_load(&exchange->service->stopping)) {
        problem_say(exchange, PROBLEM_STOPPING, "The server is stopping; nothing was started.");
        return;
    }
    if (!exchange_has_type(exchange, "application/x-www-form-urlencoded")) {
        problem_say(exchange, PROBLEM_MEDIA_TYPE,
                    "A message is posted as application/x-www-form-urlencoded, in UTF-8.");
        return;
    }
    if (!key_read(exchange, key))
        return;
    int r = form_parse(bytes_of(exchange->body.data, exchange->body.size), &form, &error);
    if (r < 0) {
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
    } else if (r == FORM_MALFORMED) {
        problem_say(exchange, PROBLEM_MALFORMED, "The form data is malformed at byte %zu: %s.",
                    error.offset, error.text);
    } else {
        create_from_form(exchange, &form, key);
        form_fini(&form);
    }
}
