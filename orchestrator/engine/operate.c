/*
 * Requests other than submits: verbs of operators, looks at one saga, lists, the server's status.
 */
#include "engine/engine_state.h"

#include "base/fault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A saga whose submit is staged is listed for its key's sake, and for nobody else to see. */
static bool is_durable(const struct live *live)
{
    return live->saga->sequence > 0;
}

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

static void fill_live_row(struct engine *engine, const struct live *live, struct page_row *row)
{
    const struct saga_state *state = &live->saga->state;
    struct saga_condition condition = condition_of(engine, live);
    uint8_t step = current_step(live);

    *row = (struct page_row){
        .id = live->id,
        .phase = (enum saga_phase)state->phase,
        .paused = state->paused,
        .parked = (enum saga_park_reason)state->parked,
        .stuck = is_stuck(engine, live, condition),
        .condition = condition.name,
        .condition_since_ms = wall_of(live, condition.since_ms),
        .created_ms = live->created_wall_ms,
        .updated_ms = live->updated_wall_ms,
        .sequence = live->saga->sequence,
    };
    text_copy(live->tenant, sizeof row->tenant, row->tenant);
    text_copy(live->saga->definition->name, sizeof row->definition, row->definition);
    text_copy(live->code != NULL ? live->code : "", sizeof row->code, row->code);
    condition_subject(engine, live, condition, row->condition_subject);
    if (step == DEFINITION_NO_STEP)
        return;
    const struct saga_step *at = &live->saga->steps[step];
    bool undoing = at->undo_state != SAGA_UNDO_NONE;
    text_copy(live->saga->definition->steps[step].name, sizeof row->step, row->step);
    row->attempts = undoing ? at->backward.attempt : at->forward.attempt;
    row->next_ms = wall_of(live, undoing ? at->backward.wake_ms : at->forward.wake_ms);
}

static void fill_ended_row(const struct store_row *from, struct page_row *row)
{
    *row = (struct page_row){
        .id = from->id,
        .phase = (enum saga_phase)from->phase,
        .condition = SAGA_PROGRESSING,
        .condition_since_ms = from->updated_ms,
        .created_ms = from->created_ms,
        .updated_ms = from->updated_ms,
    };
    memcpy(row->tenant, from->tenant, sizeof row->tenant);
    memcpy(row->definition, from->definition, sizeof row->definition);
    memcpy(row->code, from->code, sizeof row->code);
}

static bool is_wanted(const struct request *request, const struct page_row *row)
{
    if (request->tenant[0] != '\0' && strcmp(request->tenant, row->tenant) != 0)
        return false;
    if (request->only_stuck && !row->stuck)
        return false;
    return request->matches == NULL || request->matches(request, row);
}

/* The newest live saga whose number is below @before. */
static struct live *newest_below(struct engine *engine, uint64_t before)
{
    struct live *live = engine->lives.newest;

    if (before == 0)
        return live;
    while (live != NULL && live->id.number >= before)
        live = live->older;
    return live;
}

/* Looks at no more than STORE_SCAN_MAX sagas, so that a list never holds up a turn. */
static void list_live(struct engine *engine, const struct request *request, struct page *page)
{
    struct live *live = newest_below(engine, request->before);

    for (uint32_t seen = 0; live != NULL && seen < STORE_SCAN_MAX; seen++, live = live->older) {
        if (page->count == request->limit)
            break;
        page->cursor = live->id.number;
        if (!is_durable(live))
            continue;
        fill_live_row(engine, live, &page->rows[page->count]);
        if (is_wanted(request, &page->rows[page->count]))
            page->count++;
    }
    if (live == NULL)
        page->cursor = 0;
}

struct listing {
    struct engine *engine;
    const struct request *request;
    struct page *page;
    uint64_t last;
};

static bool list_row(void *context, const struct store_row *row)
{
    struct listing *listing = context;
    struct page *page = listing->page;
    const struct live *live = lives_find(&listing->engine->lives, row->id.number);

    if (page->count == listing->request->limit)
        return false;
    if (live != NULL && !live->staged)
        fill_live_row(listing->engine, live, &page->rows[page->count]);
    else
        fill_ended_row(row, &page->rows[page->count]);
    listing->last = row->id.number;
    if (is_wanted(listing->request, &page->rows[page->count]))
        page->count++;
    return true;
}

static int list_all(struct engine *engine, const struct request *request, struct page *page)
{
    struct listing listing = {.engine = engine, .request = request, .page = page};
    const char *tenant = request->tenant[0] != '\0' ? request->tenant : NULL;
    struct store *store = engine->options.store;
    uint64_t cursor = 0;
    int r = 0;

    if (request->newer)
        r = store_page_newer(store, request->before, tenant, list_row, &listing, &cursor);
    else
        r = store_page(store, request->before, tenant, list_row, &listing, &cursor);
    page->cursor = cursor;
    if (cursor != 0 && page->count == request->limit)
        page->cursor = request->newer ? listing.last + 1 : listing.last;
    return pass(r);
}

/* The whole sagas of a page's rows; one that has ended is folded from the store. */
static int fill_whole(struct engine *engine, struct page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        uint64_t number = page->rows[i].id.number;
        struct live *live = lives_find(&engine->lives, number), *ended = NULL;
        int r = live == NULL ? load_saga(engine, number, NULL, NULL, &ended) : 0;

        if (r != 0)
            return r < 0 ? pass(r) : fault(FAULT_CORRUPT);
        page->rows[i].snapshot = snapshot_of(engine, live != NULL ? live : ended, false);
        live_free(ended);
        if (page->rows[i].snapshot == NULL)
            return fault(FAULT_MEMORY);
    }
    return 0;
}

static int take_list(struct engine *engine, struct request *request)
{
    assert(request->limit > 0);
    assert(request->limit <= (request->whole ? INBOX_PAGE_WHOLE_MAX : INBOX_PAGE_MAX));
    assert(!request->newer || request->with_finished);

    /* One row more than the limit: the row that is being looked at. */
    struct page *page =
        calloc(1, sizeof *page + (request->limit + 1) * sizeof(struct page_row));
    if (page == NULL)
        return fault(FAULT_MEMORY);
    int r = 0;
    if (request->with_finished)
        r = list_all(engine, request, page);
    else
        list_live(engine, request, page);
    if (r == 0 && request->whole)
        r = fill_whole(engine, page);
    if (r < 0) {
        page_free(page);
        return pass(r);
    }
    struct answer answer = {.status = ANSWER_OK, .page = page};
    request->answer(request, &answer);
    return 0;
}

/* ---- status ---- */

static void count_live(struct engine *engine, struct status *status)
{
    uint32_t seen = 0;

    status->sagas_live = engine->lives.count;
    status->sagas_parked = status->sagas_stuck = 0;
    for (const struct live *live = engine->lives.oldest; live != NULL && seen < STORE_SCAN_MAX;
         live = live->newer, seen++) {
        if (!is_durable(live))
            continue;
        status->sagas_parked += live->saga->state.parked != SAGA_PARK_NONE;
        status->sagas_stuck += is_stuck(engine, live, condition_of(engine, live));
    }
}

static void take_status(struct engine *engine, struct request *request)
{
    struct status *status = &engine->status;

    count_live(engine, status);
    status->uptime_ms = engine->now_ms - engine->started_ms;
    status->store_full = store_is_full(engine->options.store);
    status->stopping = engine->stopping;
    status->recovered = !engine->recovering;
    status->transport = transport_counters(engine->options.transport);
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
        return take_list(engine, request);
    case REQUEST_STATUS:
        take_status(engine, request);
        return 0;
    case REQUEST_DEFINITIONS:
        return take_definitions(engine, request);
    case REQUEST_AUDIT_LIST:
        return take_audit_list(engine, request);
    case REQUEST_AUDIT_CHECK:
        return take_audit_check(engine, request);
    case REQUEST_CHORE:
        return take_chore(engine, request);
    }
    return 0;
}
