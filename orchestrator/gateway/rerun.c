/*
 * POST /v1/sagas/{id}/rerun: start a saga that runs an ended one again.
 *
 *   look at the old one ──▶ has it ended? ──▶ submit: its account, its definition as it is now,
 *                                             its input or a new one, and the link to it
 *
 * What has ended stays as it is for ever, so that nothing can come between the look and the submit.
 */
#include "gateway/handlers.h"

#include "gateway/actor.h"
#include "gateway/exchange.h"
#include "gateway/members.h"
#include "gateway/problem.h"
#include "gateway/query.h"
#include "gateway/submit.h"

#include <stdlib.h>
#include <string.h>

static const struct member members[] = {
    {"reason", MEMBER_TEXT, SAGA_TEXT_SIZE - 1, true},
    {"actor", MEMBER_TEXT, SAGA_NAME_SIZE - 1, false},
    {"input", MEMBER_OBJECT, 0, false},
};

struct rerun {
    struct ask *submit; /* Owned until it is asked: who, why, the key. */
    json_t *body;       /* Owned. */
};

static void rerun_free(void *work)
{
    struct rerun *rerun = work;

    ask_free(rerun->submit);
    json_decref(rerun->body);
    free(rerun);
}

/* ---- the old saga ---- */

static bool has_ended(const struct snapshot *snapshot)
{
    return snapshot->phase != SAGA_RUNNING && snapshot->phase != SAGA_COMPENSATING;
}

static void say_not_ended(struct exchange *exchange, const struct snapshot *snapshot)
{
    struct problem problem = {
        .code = PROBLEM_NOT_ALLOWED,
        .detail = "It has not ended; only what has ended can be run again.",
        .saga = snapshot->id,
        .names_verbs = true,
        .allowed = snapshot->allowed_verbs,
    };

    problem_reply(exchange, &problem);
}

/* The bytes as they are stored: numbers keep their spelling. */
static void start_with_old_input(struct exchange *exchange, struct rerun *rerun,
                                 const struct snapshot *snapshot)
{
    char *input = strndup((const char *)snapshot->input.data, snapshot->input.size);

    if (!input) {
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
        return;
    }
    struct ask *ask = rerun->submit;
    rerun->submit = NULL;
    submit_text(exchange, ask, snapshot->tenant, snapshot->definition, input);
}

static void start_with_new_input(struct exchange *exchange, struct rerun *rerun,
                                 const struct snapshot *snapshot, json_t *input)
{
    struct ask *ask = rerun->submit;

    rerun->submit = NULL;
    if (!submit_json(exchange, ask, snapshot->tenant, snapshot->definition, input))
        ask_free(ask);
}

static void rerun_looked(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;
    struct rerun *rerun = exchange->work;

    if (!reply->came || reply->status != ANSWER_OK || !reply->snapshot) {
        problem_from_answer(exchange, reply);
        return;
    }
    const struct snapshot *snapshot = reply->snapshot;
    json_t *input = json_object_get(rerun->body, "input");
    rerun->submit->request.previous = snapshot->id;
    if (!has_ended(snapshot))
        say_not_ended(exchange, snapshot);
    else if (input)
        start_with_new_input(exchange, rerun, snapshot, input);
    else
        start_with_old_input(exchange, rerun, snapshot);
}

/* ---- the request ---- */

/* Takes @body. */
static struct rerun *rerun_new(json_t *body)
{
    struct rerun *rerun = calloc(1, sizeof(*rerun));
    struct ask *submit = ask_new(REQUEST_SUBMIT);

    if (rerun && submit) {
        rerun->submit = submit;
        rerun->body = body;
        return rerun;
    }
    free(rerun);
    ask_free(submit);
    json_decref(body);
    return NULL;
}

static void look(struct exchange *exchange, json_t *body, struct saga_id id)
{
    struct rerun *rerun = rerun_new(body);
    struct ask *ask = rerun ? ask_new(REQUEST_GET) : NULL;

    if (rerun)
        exchange_keep(exchange, rerun, rerun_free);
    if (!ask) {
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
        return;
    }
    ask->request.id = id;
    ask->request.wait = WAIT_NOTHING;
    if (actor_read(exchange, body, &rerun->submit->request) &&
        submit_read_headers(exchange, &rerun->submit->request))
        exchange_ask(exchange, ask, rerun_looked, exchange->service->options.answer_grace_ms);
    else
        ask_free(ask);
}

void rerun_saga(struct exchange *exchange)
{
    struct saga_id id;
    struct problem problem;
    json_t *body;

    if (!query_is_empty(exchange))
        return;
    if (atomic_load(&exchange->service->stopping)) {
        problem_say(exchange, PROBLEM_STOPPING, "The server is stopping; nothing was started.");
        return;
    }
    if (!exchange_has_type(exchange, "application/json")) {
        problem_say(exchange, PROBLEM_MEDIA_TYPE, "What to run again is posted as JSON.");
        return;
    }
    if (!id_parse(exchange->match.parameters[0], &id)) {
        problem_say(exchange, PROBLEM_NOT_FOUND, "There is no saga of this id.");
        return;
    }
    if (members_parse(bytes_of(exchange->body.data, exchange->body.size), members,
                      sizeof(members) / sizeof(members[0]), &body, &problem))
        look(exchange, body, id);
    else
        problem_reply(exchange, &problem);
}
