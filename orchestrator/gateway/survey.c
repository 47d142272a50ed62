/*
 * GET /v1/status, /v1/participants and /v1/participants/{name}: the server and whom it calls, at
 * this moment, as JSON. The same figures as /metrics, for people and scripts.
 */
#include "gateway/handlers.h"

#include "core/names.h"
#include "gateway/body.h"
#include "gateway/exchange.h"
#include "gateway/problem.h"
#include "gateway/query.h"

#include <stdlib.h>
#include <string.h>

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *participant_json(const struct status_participant *participant)
{
    json_t *json = json_object(), *results = json_object();

    json_object_set_new(json, "name", json_string(participant->name));
    json_object_set_new(json, "workers", number(participant->workers));
    json_object_set_new(json, "queued", number(participant->queued));
    json_object_set_new(json, "out", number(participant->out));
    json_object_set_new(json, "calls", number(participant->calls));
    json_object_set_new(json, "unanswered", number(participant->unanswered));
    for (unsigned verdict = 0; verdict < SAGA_VERDICT_COUNT; verdict++)
        json_object_set_new(results, saga_verdict_name((enum saga_verdict)verdict),
                            number(participant->results[verdict]));
    json_object_set_new(json, "results", results);
    return json;
}

static json_t *sagas_json(const struct status *status)
{
    json_t *json = json_object();

    json_object_set_new(json, "started", number(status->sagas_started));
    json_object_set_new(json, "live", number(status->sagas_live));
    json_object_set_new(json, "parked", number(status->sagas_parked));
    json_object_set_new(json, "stuck", number(status->sagas_stuck));
    for (unsigned phase = SAGA_COMPLETED; phase < SAGA_PHASE_COUNT; phase++)
        json_object_set_new(json, saga_phase_name((enum saga_phase)phase),
                            number(status->sagas_finished[phase]));
    return json;
}

static json_t *status_json(const struct exchange *exchange, const struct status *status)
{
    json_t *json = json_object();

    json_object_set_new(json, "version", json_string(exchange->service->options.version));
    json_object_set_new(json, "uptime_ms", number(status->uptime_ms));
    json_object_set_new(json, "stopping", json_boolean(status->stopping));
    json_object_set_new(json, "store_full", json_boolean(status->store_full));
    json_object_set_new(json, "sagas", sagas_json(status));
    json_object_set_new(json, "commits", number(status->commits));
    json_object_set_new(json, "events", number(status->events));
    json_object_set_new(json, "connections", number(status->transport.pipes_open));
    json_object_set_new(json, "relistens", number(status->transport.relistens));
    return json;
}

/* ---- answers ---- */

static const struct status *answered_status(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;

    if (reply->came && reply->status == ANSWER_OK && reply->status_report)
        return reply->status_report;
    problem_from_answer(exchange, reply);
    return NULL;
}

static void status_answered(struct exchange *exchange)
{
    const struct status *status = answered_status(exchange);

    if (status)
        exchange_reply_json(exchange, 200, status_json(exchange, status));
}

static void participants_answered(struct exchange *exchange)
{
    const struct status *status = answered_status(exchange);

    if (!status)
        return;
    json_t *body = json_object(), *participants = json_array();
    for (size_t i = 0; i < status->participant_count; i++)
        json_array_append_new(participants, participant_json(&status->participants[i]));
    json_object_set_new(body, "participants", participants);
    exchange_reply_json(exchange, 200, body);
}

static void participant_answered(struct exchange *exchange)
{
    const struct status *status = answered_status(exchange);

    if (!status)
        return;
    for (size_t i = 0; i < status->participant_count; i++) {
        if (strcmp(status->participants[i].name, exchange->match.parameters[0]) == 0) {
            exchange_reply_json(exchange, 200, participant_json(&status->participants[i]));
            return;
        }
    }
    problem_say(exchange, PROBLEM_NOT_FOUND, "There is no participant of this name.");
}

static void ask_for_status(struct exchange *exchange, void (*next)(struct exchange *exchange))
{
    if (!query_is_empty(exchange))
        return;
    struct ask *ask = ask_new(REQUEST_STATUS);
    if (ask)
        exchange_ask(exchange, ask, next, exchange->service->options.answer_grace_ms);
    else
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
}

void show_status(struct exchange *exchange)
{
    ask_for_status(exchange, status_answered);
}

void list_participants(struct exchange *exchange)
{
    ask_for_status(exchange, participants_answered);
}

void show_participant(struct exchange *exchange)
{
    ask_for_status(exchange, participant_answered);
}

/* What the server was started with; no engine is asked. */
void show_config(struct exchange *exchange)
{
    const struct settings *settings = &exchange->service->options.settings;
    struct form query;

    if (!query_parse(exchange, NULL, 0, &query))
        return;
    form_fini(&query);
    json_t *body = json_object(), *list = json_array();
    for (size_t i = 0; i < settings->count; i++) {
        json_t *setting = json_object();
        json_object_set_new(setting, "name", body_text(settings->list[i].name));
        json_object_set_new(setting, "value", body_text(settings->list[i].value));
        json_object_set_new(setting, "source", body_text(settings->list[i].source));
        json_array_append_new(list, setting);
    }
    json_object_set_new(body, "settings", list);
    exchange_reply_json(exchange, 200, body);
}
