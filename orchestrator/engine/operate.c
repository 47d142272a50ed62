/*
 * Requests other than submits: verbs of operators, looks at one saga, the server's status.
 */
#include "engine/engine_state.h"

#include "base/fault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The saga that a request names, if its tenant may see it; NULL: not in memory. */
static struct live *named(struct engine *engine, const struct request *request)
{
    struct live *live = lives_find(&engine->lives, request->id.number);

    if (live == NULL || live->id.nonce != request->id.nonce)
        return NULL;
    if (request->tenant[0] != '\0' && strcmp(request->tenant, live->tenant) != 0)
        return NULL;
    return live;
}

/* The same among the sagas that have ended: folded for this request, freed by the caller. */
static int named_ended(struct engine *engine, const struct request *request,
                       struct live **ret_live)
{
    struct store_row row;
    int r = store_find(engine->options.store, request->id.number, &row);

    if (r != 0)
        return pass(r);
    bool hidden = request->tenant[0] != '\0' && strcmp(request->tenant, row.tenant) != 0;
    if (row.id.nonce != request->id.nonce || hidden)
        return STORE_NONE;
    return load_saga(engine, request->id.number, NULL, NULL, ret_live);
}

/* ---- verbs ---- */

static int refuse_verb(struct engine *engine, struct live *live, struct request *request,
                       struct saga_refusal refusal)
{
    struct answer answer = {.status = ANSWER_REFUSED, .refusal = refusal};
    int r = audit_verb(engine, live, request, RECORD_REFUSED, NULL,
                       saga_refusal_text(refusal.reason));

    if (r < 0)
        return pass(r);
    return answer_with(engine, live, request, &answer);
}

static bool names_step(enum saga_verb verb)
{
    return verb == SAGA_RESOLVE_DONE || verb == SAGA_RESOLVE_REJECTED || verb == SAGA_SKIP ||
           verb == SAGA_WAIVE;
}

static int act(struct engine *engine, struct live *live, struct request *request)
{
    struct saga_input input = {
        .type = SAGA_INPUT_VERB,
        .verb = request->verb,
        .step = DEFINITION_NO_STEP,
        .force = request->force,
        .for_want_of_service = request->for_want_of_service,
        .has_output = request->output.data != NULL,
    };
    struct saga_refusal refusal = {.reason = SAGA_REFUSED_NO_SUCH_STEP};
    struct staged *staged = NULL;

    if (request->step[0] != '\0')
        input.step = definition_step_named(live->saga->definition, request->step);
    if (input.step == DEFINITION_NO_STEP && names_step(request->verb)) {
        refusal.allowed = saga_allowed_verbs(live->saga);
        return refuse_verb(engine, live, request, refusal);
    }
    int r = judge(engine, live, &input, &staged, &refusal);
    if (r == SAGA_REFUSED)
        return refuse_verb(engine, live, request, refusal);
    if (r == SAGA_NOTHING) {
        r = audit_verb(engine, live, request, RECORD_IDLE, NULL, "");
        return r < 0 ? pass(r) : wait_or_answer(engine, live, request, ANSWER_OK);
    }
    if (r == 0)
        r = audit_verb(engine, live, request, RECORD_ACCEPTED, staged, "");
    if (r < 0)
        return pass(r);
    staged->request = request;
    if (request->verb == SAGA_RESOLVE_DONE)
        staged->payload = request->output;
    text_copy(request->actor, sizeof staged->record.actor, staged->record.actor);
    text_copy(request->reason, sizeof staged->record.reason, staged->record.reason);
    return 0;
}

/* Since whoever asks has looked at it. */
static bool has_changed(const struct live *live, const struct request *request)
{
    return request->only_sequence != 0 && request->only_sequence != live->saga->sequence;
}

static int tell_changed(struct engine *engine, struct live *live, struct request *request)
{
    struct answer answer = {.status = ANSWER_CHANGED};
    char text[SAGA_TEXT_SIZE];

    snprintf(text, sizeof text, "version %u was meant, and it is %u", request->only_sequence,
             live->saga->sequence);
    int r = audit_verb(engine, live, request, RECORD_CHANGED, NULL, text);
    return r < 0 ? pass(r) : answer_with(engine, live, request, &answer);
}

static int act_on_ended(struct engine *engine, struct request *request)
{
    struct live *live = NULL;
    int r = named_ended(engine, request, &live);

    if (r == STORE_NONE) {
        answer_plainly(request, ANSWER_NOT_FOUND);
        return 0;
    }
    if (r < 0)
        return pass(r);
    struct saga_refusal refusal = {.reason = SAGA_REFUSED_TERMINAL};
    if (has_changed(live, request))
        r = tell_changed(engine, live, request);
    else
        r = refuse_verb(engine, live, request, refusal);
    live_free(live);
    return r;
}

static int take_verb(struct engine *engine, struct request *request)
{
    struct live *live = named(engine, request);

    if (live == NULL)
        return act_on_ended(engine, request);
    if (live->staged)
        return LATER;
    if (has_changed(live, request))
        return tell_changed(engine, live, request);
    return act(engine, live, request);
}

/* ---- looks ---- */

static int take_get(struct engine *engine, struct request *request)
{
    struct live *live = named(engine, request);

    if (live != NULL)
        return live->staged ? LATER : wait_or_answer(engine, live, request, ANSWER_OK);

    int r = named_ended(engine, request, &live);
    if (r == STORE_NONE) {
        answer_plainly(request, ANSWER_NOT_FOUND);
        return 0;
    }
    if (r < 0)
        return pass(r);
    r = answer_with(engine, live, request, &(struct answer){.status = ANSWER_OK});
    live_free(live);
    return r;
}

/* ---- status ---- */

static void take_status(struct engine *engine, struct request *request)
{
    struct status *status = &engine->status;

    status->sagas_live = engine->lives.count;
    status->sagas_parked = engine->lives.census.parked;
    status->sagas_stuck = census_stuck(engine);
    status->uptime_ms = engine->now_ms - engine->started_ms;
    status->store_full = store_is_full(engine->options.store);
    status->stopping = engine->stopping;
    status->recovered = !engine->recovering;
    status->transport = transport_counters(engine->options.transport);
    status->lists_waiting = engine->lists.count;
    status->participant_count = engine->roster.count;
    for (size_t i = 0; i < engine->roster.count; i++) {
        const struct roster_participant *from = &engine->roster.participants[i];
        struct status_participant *to = &status->participants[i];
        memcpy(to->name, from->name, sizeof to->name);
        to->workers = from->live_workers;
        to->queued = (uint32_t)(from->queue[0].count + from->queue[1].count);
        to->out = from->out_count;
        to->calls = from->calls;
        to->unanswered = from->unanswered;
        memcpy(to->results, from->results, sizeof to->results);
    }
    struct answer answer = {.status = ANSWER_OK, .status_report = status};
    request->answer(request, &answer);
}

int take_request(struct engine *engine, const struct arrival *arrival)
{
    struct request *request = arrival->request;

    switch (request->type) {
    case REQUEST_SUBMIT:
        return take_submission(engine, arrival);
    case REQUEST_VERB:
        return take_verb(engine, request);
    case REQUEST_GET:
        return take_get(engine, request);
    case REQUEST_LIST:
    case REQUEST_AUDIT_LIST:
    case REQUEST_AUDIT_CHECK:
        take_list(engine, request);
        return 0;
    case REQUEST_STATUS:
        take_status(engine, request);
        return 0;
    case REQUEST_DEFINITIONS:
        return take_definitions(engine, request);
    case REQUEST_CHORE:
        return take_chore(engine, request);
    }
    return 0;
}
