/*
 * Submits: a new saga, or the one that the key already has.
 *
 *   key ── in memory? ──▶ live saga ──▶ same request: replay · other request: conflict
 *    └──── in the store? ──▶ ended saga ──▶ likewise; released: start a new one, linked to it
 *    └──── never used ──▶ start
 *
 * One that runs an ended saga again is a submit like any other, with the link from the start, an
 * actor and a reason; with a key that was used otherwise it is another request.
 *
 * Two submits of one key in one batch cannot both start: the first is listed while it is staged,
 * and the second comes again after the commit (semantics, rule 1).
 */
#include "engine/engine_state.h"

#include "base/fault.h"

#include <assert.h>
#include <string.h>

/* What is asked, whoever asks: an HTTP request or one submission of a client's message. */
struct asked {
    const char *tenant;
    const char *key;
    const char *definition;
    const char *traceparent;
    struct bytes input;
    struct saga_id previous; /* Number 0: it runs none again. */
    uint8_t key_digest[RECORD_KEY_SIZE];
    uint8_t request_hash[RECORD_DIGEST_SIZE];
};

static struct asked what_is_asked(const struct arrival *arrival)
{
    struct asked asked;

    if (arrival->type == ARRIVAL_REQUEST) {
        const struct request *request = arrival->request;
        asked = (struct asked){
            .tenant = request->tenant,
            .key = request->key,
            .definition = request->definition,
            .traceparent = request->traceparent,
            .input = request->input,
            .previous = request->previous,
        };
    } else {
        const struct wire_submission *submission = arrival->submission;
        asked = (struct asked){
            .tenant = arrival->delivery->request.submit.account,
            .key = submission->key,
            .definition = submission->definition,
            .traceparent = submission->traceparent,
            .input = submission->input,
        };
    }
    record_request_hash(asked.definition, asked.input, asked.request_hash);
    if (asked.previous.number != 0)
        record_rerun_hash(asked.previous, asked.request_hash);
    if (asked.key[0] != '\0')
        record_key_digest(asked.tenant, asked.key, asked.key_digest);
    return asked;
}

/* ---- answers ---- */

static const char *code_of(enum answer_status status)
{
    switch (status) {
    case ANSWER_OK:
    case ANSWER_REPLAYED:
        return "";
    case ANSWER_CONFLICT:
        return "key_conflict";
    case ANSWER_RELEASING:
        return "key_releasing";
    case ANSWER_NO_DEFINITION:
        return "no_definition";
    case ANSWER_TOO_LARGE:
        return "too_large";
    case ANSWER_SHED:
        return "overloaded";
    case ANSWER_FULL:
        return "disk_full";
    case ANSWER_NOT_FOUND:
        return "not_found";
    case ANSWER_REFUSED:
        return "refused";
    case ANSWER_CHANGED:
        return "changed";
    case ANSWER_FAULT:
        return "fault";
    }
    return "fault";
}

static enum wire_submit_status wire_status(enum answer_status status)
{
    if (status == ANSWER_OK)
        return WIRE_STARTED;
    if (status == ANSWER_REPLAYED)
        return WIRE_REPLAYED;
    return status == ANSWER_CONFLICT ? WIRE_CONFLICT : WIRE_REFUSED;
}

static int answer_client(struct engine *engine, struct client_batch *client, size_t index,
                         const struct live *live, enum answer_status status)
{
    struct wire_submit_result result = {
        .status = wire_status(status),
        .phase = "",
        .code = code_of(status),
        .text = "",
    };

    if (live != NULL) {
        result.id = live->id;
        result.phase = saga_phase_name((enum saga_phase)live->saga->state.phase);
    }
    return client_batch_answer(engine, client, index, &result);
}

/* One definite answer; @live NULL when there is no saga to speak of. */
static int give_answer(struct engine *engine, const struct arrival *arrival, struct live *live,
                       enum answer_status status)
{
    if (arrival->type == ARRIVAL_SUBMISSION)
        return answer_client(engine, arrival->client, arrival->index, live, status);
    if (live == NULL) {
        answer_plainly(arrival->request, status);
        return 0;
    }
    if (status == ANSWER_REPLAYED)
        return wait_or_answer(engine, live, arrival->request, status);
    return answer_with(engine, live, arrival->request, &(struct answer){.status = status});
}

int submitted(struct engine *engine, struct staged *staged, enum answer_status status)
{
    if (staged->client != NULL)
        return answer_client(engine, staged->client, staged->index, staged->live, status);
    if (staged->live == NULL) {
        answer_plainly(staged->request, status);
        return 0;
    }
    return wait_or_answer(engine, staged->live, staged->request, status);
}

/* ---- a key that was used ---- */

static int answer_used(struct engine *engine, const struct arrival *arrival, struct live *live,
                       const struct asked *asked)
{
    if (memcmp(live->request_hash, asked->request_hash, sizeof live->request_hash) != 0) {
        engine->status.conflicts++;
        return give_answer(engine, arrival, live, ANSWER_CONFLICT);
    }
    engine->status.replays++;
    if (live->saga->state.turned_for_service && !saga_is_terminal(live->saga))
        return give_answer(engine, arrival, live, ANSWER_RELEASING);
    if (arrival->type == ARRIVAL_SUBMISSION && live->listed)
        live->watcher = arrival->client->client;
    return give_answer(engine, arrival, live, ANSWER_REPLAYED);
}

static int answer_ended(struct engine *engine, const struct arrival *arrival,
                        const struct store_key *key, const struct asked *asked)
{
    struct live *live = NULL;
    int r = load_saga(engine, key->id.number, NULL, NULL, &live);

    if (r == STORE_NONE)
        return fault(FAULT_CORRUPT);
    if (r < 0)
        return pass(r);
    r = answer_used(engine, arrival, live, asked);
    live_free(live);
    return r;
}

/* ---- a new saga ---- */

static void fill_submission(struct record_submission *submission, struct saga_id id,
                            const struct definition *definition, const struct asked *asked,
                            struct saga_id previous)
{
    *submission = (struct record_submission){.id = id, .previous = previous};
    text_copy(asked->tenant, sizeof submission->tenant, submission->tenant);
    text_copy(asked->key, sizeof submission->key, submission->key);
    text_copy(asked->traceparent, sizeof submission->traceparent, submission->traceparent);
    memcpy(submission->definition, definition->name, sizeof submission->definition);
    memcpy(submission->definition_hash, definition->hash, sizeof submission->definition_hash);
    memcpy(submission->request_hash, asked->request_hash, sizeof submission->request_hash);
}

static void stage_start(struct engine *engine, struct staged *staged,
                        const struct arrival *arrival, const struct asked *asked)
{
    struct live *live = staged->live;

    staged->fresh = true;
    staged->request = arrival->request;
    staged->client = arrival->client;
    staged->index = arrival->index;
    staged->payload = asked->input;
    if (!staged->has_row) {
        staged->has_row = true;
        staged->row = (struct store_row){
            .id = live->id, .phase = SAGA_RUNNING, .live = true, .updated_ms = engine->wall_ms};
        memcpy(staged->row.tenant, live->tenant, strlen(live->tenant) + 1);
        memcpy(staged->row.definition, live->saga->definition->name, SAGA_NAME_SIZE);
    }
    staged->row.created_ms = engine->wall_ms;
    if (live->key[0] == '\0')
        return;
    staged->has_key = true;
    staged->key = (struct store_key){.id = live->id, .created_ms = engine->wall_ms};
    memcpy(staged->key.key, asked->key_digest, sizeof staged->key.key);
    memcpy(staged->key.request_hash, asked->request_hash, sizeof staged->key.request_hash);
}

/* Somebody wanted it, and said why: in its history, and in the audit. */
static int stage_rerun(struct engine *engine, struct staged *staged)
{
    const struct request *request = staged->request;
    char id[ID_TEXT_SIZE], text[SAGA_TEXT_SIZE];

    id_text(request->previous, id);
    snprintf(text, sizeof text, "runs %s again", id);
    text_copy(request->actor, sizeof staged->record.actor, staged->record.actor);
    text_copy(request->reason, sizeof staged->record.reason, staged->record.reason);
    return audit_start(engine, request, "rerun", staged, text);
}

static struct saga_id next_id(struct engine *engine)
{
    struct saga_id id;

    engine->last_number = id_next_number(engine->last_number, engine->wall_ms, 0);
    id.number = engine->last_number;
    engine->options.random(engine->options.random_context, &id.nonce, sizeof id.nonce);
    return id;
}

static int start(struct engine *engine, const struct arrival *arrival, const struct asked *asked,
                 const struct definition *definition, struct saga_id previous)
{
    struct record_submission submission;
    struct saga_id id = next_id(engine);
    struct plan *plan = plan_of(engine, definition);
    struct live *live = plan != NULL ? live_new(plan, id) : NULL;

    if (live == NULL)
        return fault(FAULT_MEMORY);
    fill_submission(&submission, id, definition, asked, previous);
    int r = live_set_submission(live, &submission);
    if (r == 0)
        r = lives_add(&engine->lives, live);
    if (r < 0) {
        live_free(live);
        return pass(r);
    }
    if (arrival->type == ARRIVAL_SUBMISSION)
        live->watcher = arrival->client->client;

    struct saga_input input = {.type = SAGA_INPUT_SUBMIT};
    struct staged *staged = NULL;
    r = judge(engine, live, &input, &staged, NULL);
    if (r < 0)
        return pass(r);
    assert(r == 0); /* Nothing can be said against an unused id. */
    staged->record.submission = submission;
    stage_start(engine, staged, arrival, asked);
    return asked->previous.number != 0 ? pass(stage_rerun(engine, staged)) : 0;
}

/* ANSWER_OK: it may be tried. Whatever else: a refusal without a trace (I-03). */
static enum answer_status admission(struct engine *engine, const struct asked *asked,
                                    const struct definition *definition)
{
    if (engine->stopping || engine->lives.count >= engine->options.sagas_max)
        return ANSWER_SHED;
    if (store_is_full(engine->options.store))
        return ANSWER_FULL;
    if (definition == NULL)
        return ANSWER_NO_DEFINITION;
    return asked->input.size > SAGA_INPUT_MAX ? ANSWER_TOO_LARGE : ANSWER_OK;
}

int take_submission(struct engine *engine, const struct arrival *arrival)
{
    struct asked asked = what_is_asked(arrival);
    struct saga_id previous = asked.previous;

    if (asked.key[0] != '\0') {
        struct store_key key;
        struct live *live = lives_find_key(&engine->lives, asked.key_digest);
        if (live != NULL && live->staged)
            return LATER;
        if (live != NULL)
            return answer_used(engine, arrival, live, &asked);
        int r = store_find_key(engine->options.store, asked.key_digest, &key);
        if (r == 0 && !key.released)
            return answer_ended(engine, arrival, &key, &asked);
        if (r < 0)
            return pass(r);
        if (r == 0 && previous.number == 0)
            previous = key.id;
    }
    const struct definition *definition =
        catalog_current(engine->options.catalog, asked.definition);
    enum answer_status status = admission(engine, &asked, definition);
    if (status != ANSWER_OK)
        return give_answer(engine, arrival, NULL, status);
    return start(engine, arrival, &asked, definition, previous);
}
