#include "engine/lists.h"

#include "base/fault.h"
#include "engine/engine_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What it costs, of this thread and of the one that prints it, as measured: docs/decisions. */
#define COST_LOOK_US 1u   /* To look at a saga's row. */
#define COST_ROW_US 6u    /* To show one. */
#define COST_WHOLE_US 60u /* To fold one from its stream, and show all of it. */
#define COST_ENTRY_US 2u  /* To look at an entry of the audit. */
#define COST_CHECK_US 5u  /* To check one, and its event. */
#define COST_ASK_US 20u   /* To wake, answer and wake. */

void lists_init(struct lists *lists)
{
    *lists = (struct lists){.pace = {.burst_us = LISTS_BURST_US}};
}

static struct request *take_first(struct lists *lists)
{
    struct request *request = lists->first;

    lists->first = request->engine_next;
    if (lists->first == NULL)
        lists->last = NULL;
    lists->count--;
    return request;
}

void lists_fini(struct lists *lists)
{
    while (lists->first != NULL)
        answer_plainly(take_first(lists), ANSWER_SHED);
    assert(lists->count == 0);
}

void take_list(struct engine *engine, struct request *request)
{
    struct lists *lists = &engine->lists;

    if (lists->count == LISTS_WAITING_MAX) {
        engine->status.lists_shed++;
        answer_plainly(request, ANSWER_SHED);
        return;
    }
    request->engine_next = NULL;
    if (lists->last != NULL)
        lists->last->engine_next = request;
    else
        lists->first = request;
    lists->last = request;
    lists->count++;
}

/* ---- rows ---- */

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

/* ---- one look at the sagas, for one list ---- */

struct look {
    struct engine *engine;
    const struct request *request;
    struct page *page;
    uint32_t seen;
    uint64_t last; /* The saga that was looked at last. */
};

static bool is_over(const struct look *look)
{
    return look->page->count == look->request->limit || look->seen == LISTS_LOOK_MAX;
}

/* Keep the row behind the page's last, if it is wanted. */
static void note(struct look *look)
{
    const struct request *request = look->request;
    const struct page_row *row = &look->page->rows[look->page->count];
    bool hidden = request->tenant[0] != '\0' && strcmp(request->tenant, row->tenant) != 0;

    look->last = row->id.number;
    look->seen++;
    if (!hidden && (!request->only_stuck || row->stuck) &&
        (request->matches == NULL || request->matches(request, row)))
        look->page->count++;
}

/* Between turns every saga is durable: a submit's is listed only while it is staged. */
static void look_at_live(struct look *look)
{
    struct engine *engine = look->engine;
    struct live *live = lives_below(&engine->lives, look->request->before);

    for (; live != NULL && !is_over(look); live = live->older) {
        assert(live->saga->sequence > 0);
        fill_live_row(engine, live, &look->page->rows[look->page->count]);
        note(look);
    }
    look->page->cursor = live != NULL ? look->last : 0;
}

static bool look_at_row(void *context, const struct store_row *row)
{
    struct look *look = context;
    const struct live *live = lives_find(&look->engine->lives, row->id.number);
    struct page_row *to = &look->page->rows[look->page->count];

    if (is_over(look))
        return false;
    if (live != NULL)
        fill_live_row(look->engine, live, to);
    else
        fill_ended_row(row, to);
    note(look);
    return true;
}

/* Sagas of others count too: the bound is on what is looked at, so the store is not told whose. */
static int look_at_all(struct look *look)
{
    const struct request *request = look->request;
    struct store *store = look->engine->options.store;
    uint64_t cursor = 0;
    int r;

    if (request->newer)
        r = store_page_newer(store, request->before, NULL, look_at_row, look, &cursor);
    else
        r = store_page(store, request->before, NULL, look_at_row, look, &cursor);
    look->page->cursor = cursor;
    if (cursor != 0 && is_over(look))
        look->page->cursor = request->newer ? look->last + 1 : look->last;
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

static int fill_page(struct look *look)
{
    int r = 0;

    if (look->request->with_finished)
        r = look_at_all(look);
    else
        look_at_live(look);
    if (r == 0 && look->request->whole)
        r = fill_whole(look->engine, look->page);
    return pass(r);
}

/* ---- whose turn it is ---- */

uint64_t clock_us(const struct engine *engine)
{
    return engine->now_ms * 1000u;
}

bool is_quiet(const struct engine *engine)
{
    return engine->now_ms >= engine->lists.moved_ms + LISTS_QUIET_MS;
}

/* Of looking at one saga or entry, and of showing it. */
struct cost {
    uint32_t look_us;
    uint32_t show_us;
};

static struct cost cost_of(const struct request *request)
{
    if (request->type == REQUEST_AUDIT_LIST)
        return (struct cost){COST_ENTRY_US, COST_ROW_US};
    if (request->type == REQUEST_AUDIT_CHECK)
        return (struct cost){COST_CHECK_US, 0};
    return (struct cost){COST_LOOK_US, request->whole ? COST_WHOLE_US : COST_ROW_US};
}

static void pay(struct engine *engine, struct cost cost, struct looked looked)
{
    uint32_t all_us = COST_ASK_US + looked.seen * cost.look_us + looked.shown * cost.show_us;
    uint32_t rest_us = all_us * (is_quiet(engine) ? LISTS_ONE_IN_QUIET : LISTS_ONE_IN);

    assert(rest_us <= LISTS_REST_US);
    pace_pay(&engine->lists.pace, clock_us(engine), rest_us);
    engine->status.lists_served++;
    engine->status.lists_looked += looked.seen;
}

static int list_sagas(struct engine *engine, struct request *request, struct looked *ret_looked)
{
    assert(request->limit > 0);
    assert(request->limit <= (request->whole ? INBOX_PAGE_WHOLE_MAX : INBOX_PAGE_MAX));
    assert(!request->newer || request->with_finished);

    /* One row more than the limit: the row that is being looked at. */
    struct page *page = calloc(1, sizeof *page + (request->limit + 1) * sizeof(struct page_row));
    if (page == NULL)
        return fault(FAULT_MEMORY);
    struct look look = {.engine = engine, .request = request, .page = page};
    int r = fill_page(&look);
    if (r < 0) {
        page_free(page);
        return pass(r);
    }
    *ret_looked = (struct looked){.seen = look.seen, .shown = (uint32_t)page->count};
    request->answer(request, &(struct answer){.status = ANSWER_OK, .page = page});
    return 0;
}

/* 0, or a fault, and then it was not answered. */
static int answer_list(struct engine *engine, struct request *request, struct looked *ret_looked)
{
    if (request->type == REQUEST_AUDIT_LIST)
        return pass(audit_list(engine, request, ret_looked));
    if (request->type == REQUEST_AUDIT_CHECK)
        return pass(audit_check(engine, request, ret_looked));
    return pass(list_sagas(engine, request, ret_looked));
}

int serve_list(struct engine *engine)
{
    struct lists *lists = &engine->lists;
    struct looked looked;

    if (lists->first == NULL || pace_wait_us(&lists->pace, clock_us(engine)) > 0)
        return 0;
    struct request *request = take_first(lists);
    const struct cost cost = cost_of(request); /* Once answered, it is the asker's again. */
    int r = answer_list(engine, request, &looked);
    if (r < 0) {
        answer_plainly(request, ANSWER_FAULT);
        return pass(r);
    }
    pay(engine, cost, looked);
    return 0;
}

uint64_t lists_wait_ms(const struct engine *engine)
{
    if (engine->lists.first == NULL)
        return UINT64_MAX;
    return (pace_wait_us(&engine->lists.pace, clock_us(engine)) + 999u) / 1000u;
}
