/*
 * POST /v1/sagas/{id}/actions: what an operator does to one saga, with who and why.
 */
#include "gateway/handlers.h"

#include "core/names.h"
#include "gateway/actor.h"
#include "gateway/etag.h"
#include "gateway/exchange.h"
#include "gateway/members.h"
#include "gateway/problem.h"
#include "gateway/query.h"
#include "gateway/saga_json.h"
#include "gateway/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct member members[] = {
    {"verb", MEMBER_TEXT, SAGA_NAME_SIZE - 1, true},
    {"reason", MEMBER_TEXT, SAGA_TEXT_SIZE - 1, true},
    {"step", MEMBER_TEXT, SAGA_NAME_SIZE - 1, false},
    {"as", MEMBER_TEXT, SAGA_NAME_SIZE - 1, false},
    {"force", MEMBER_BOOLEAN, 0, false},
    {"actor", MEMBER_TEXT, SAGA_NAME_SIZE - 1, false},
    {"output", MEMBER_ANY, 0, false},
};

struct action {
    enum saga_verb verb;
};

static bool say_wrong(struct exchange *exchange, const char *member, const char *detail)
{
    problem_say_member(exchange, member, "%s", detail);
    return false;
}

/* ---- the answer ---- */

static json_t *action_json(const struct exchange *exchange, const struct snapshot *snapshot)
{
    const struct action *action = exchange->work;
    json_t *json = json_object();

    json_object_set_new(json, "requested", json_string(verb_word(action->verb)));
    json_object_set_new(json, "attempted", json_string(saga_verb_name(action->verb)));
    json_object_set_new(json, "outcome", json_string(saga_phase_name(snapshot->phase)));
    return json;
}

static void action_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;
    struct problem unknown = {.code = PROBLEM_UNKNOWN_OUTCOME};

    if (!reply->came || reply->status == ANSWER_FAULT) {
        id_parse(exchange->match.parameters[0], &unknown.saga);
        problem_reply(exchange, &unknown);
    } else if (reply->status == ANSWER_OK && reply->snapshot) {
        json_t *body = saga_json(reply->snapshot, false);
        json_object_set_new(body, "action", action_json(exchange, reply->snapshot));
        exchange_reply_json(exchange, 200, body);
    } else {
        problem_from_answer(exchange, reply);
    }
}

/* ---- the request ---- */

static bool read_verb(struct exchange *exchange, const json_t *body, struct request *request)
{
    const char *word = members_text(body, "verb"), *as = members_text(body, "as");
    const char *step = members_text(body, "step");

    if (!verb_parse(word, as, &request->verb)) {
        if (strcmp(word, "resolve") == 0)
            return say_wrong(exchange, "as", "To resolve, say \"as\": \"done\" or \"rejected\".");
        return say_wrong(exchange, as ? "as" : "verb",
                         "The verb is one of cancel, retry, pause, resume, resolve, skip, waive, "
                         "terminate; and \"as\" is for resolve alone.");
    }
    if (verb_names_step(request->verb) && !step)
        return say_wrong(exchange, "step", "This verb acts on one step: name it.");
    if (step && !verb_names_step(request->verb) && request->verb != SAGA_RETRY)
        return say_wrong(exchange, "step", "This verb acts on the whole saga.");
    snprintf(request->step, sizeof(request->step), "%s", step ? step : "");
    request->force = json_is_true(json_object_get(body, "force"));
    if (request->force && request->verb != SAGA_RESOLVE_REJECTED)
        return say_wrong(exchange, "force", "Only resolving as rejected can be forced.");
    return true;
}

static bool read_output(struct exchange *exchange, const json_t *body, struct ask *ask)
{
    const json_t *output = json_object_get(body, "output");
    if (!output)
        return true;
    if (ask->request.verb != SAGA_RESOLVE_DONE)
        return say_wrong(exchange, "output", "Only resolving as done takes an output.");
    ask->payload = json_dumps(output, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
    if (!ask->payload || strlen(ask->payload) > SAGA_OUTPUT_MAX)
        return say_wrong(exchange, "output", "The output is larger than 16384 bytes.");
    ask->request.output = bytes_of_text(ask->payload);
    return true;
}

/* The version that the caller has decided upon, if it says so. */
static bool read_precondition(struct exchange *exchange, struct request *request)
{
    const char *header = exchange_request_header(exchange, "If-Match");

    if (etag_match_version(header, &request->only_sequence))
        return true;
    problem_say(exchange, PROBLEM_INVALID, "If-Match takes one ETag of the saga, or *.");
    return false;
}

static void act(struct exchange *exchange, const json_t *body, struct saga_id id)
{
    struct ask *ask = ask_new(REQUEST_VERB);
    struct action *action = calloc(1, sizeof(*action));

    if (!ask || !action) {
        ask_free(ask);
        free(action);
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
        return;
    }
    exchange_keep(exchange, action, free);
    ask->request.id = id;
    ask->request.wait = WAIT_NOTHING;
    if (!read_verb(exchange, body, &ask->request) || !actor_read(exchange, body, &ask->request) ||
        !read_output(exchange, body, ask) || !read_precondition(exchange, &ask->request)) {
        ask_free(ask);
        return;
    }
    action->verb = ask->request.verb;
    exchange_ask(exchange, ask, action_answered, exchange->service->options.answer_grace_ms);
}

void act_on_saga(struct exchange *exchange)
{
    struct saga_id id;
    struct problem problem;
    json_t *body;

    if (!query_is_empty(exchange))
        return;
    if (!exchange_has_type(exchange, "application/json")) {
        problem_say(exchange, PROBLEM_MEDIA_TYPE, "An action is posted as application/json.");
        return;
    }
    if (!id_parse(exchange->match.parameters[0], &id)) {
        problem_say(exchange, PROBLEM_NOT_FOUND, "There is no saga of this id.");
        return;
    }
    if (!members_parse(bytes_of(exchange->body.data, exchange->body.size), members,
                       sizeof(members) / sizeof(members[0]), &body, &problem)) {
        problem_reply(exchange, &problem);
        return;
    }
    act(exchange, body, id);
    json_decref(body);
}
