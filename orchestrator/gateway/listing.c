/*
 * GET /v1/sagas: a page of them, newest first, with an opaque cursor to the next.
 *
 * The engine is asked for some rows at a time, so that a list holds up nobody, and so often at most
 * for one page; so a page may be short or empty and still have a cursor: go on until it is null.
 */
#include "gateway/handlers.h"

#include "base/clock.h"
#include "gateway/cursor.h"
#include "gateway/exchange.h"
#include "gateway/problem.h"
#include "gateway/query.h"
#include "gateway/rows.h"
#include "gateway/saga_json.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 100u
#define ASKS_MAX 24u    /* For one page; a full one takes ROWS_MAX / INBOX_PAGE_MAX of them. */

static const char *const parameters[] = {"stuck", "q", "limit", "cursor", "all"};

struct listing {
    uint32_t limit;
    unsigned asks;
    uint64_t at; /* Where it goes on. */
    bool only_stuck;
    bool with_finished;
    struct filter filter;
    struct rows rows; /* Owned. */
};

static void listing_free(void *work)
{
    struct listing *listing = work;

    rows_fini(&listing->rows);
    free(listing);
}

/* ---- the walk ---- */

static void list_on(struct exchange *exchange);

static void reply_rows(struct exchange *exchange)
{
    const struct listing *listing = exchange->work;
    json_t *rest = json_object();

    json_object_set_new(rest, "next_cursor", cursor_json(listing->at));
    rows_reply(exchange, &listing->rows, "sagas", false, rest);
}

/* What has been found is a page too, when the server has no time for more of it now. */
static void list_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;
    struct listing *listing = exchange->work;

    if (listing->asks > 1 && (!reply->came || reply->status == ANSWER_SHED)) {
        reply_rows(exchange);
        return;
    }
    if (!reply->came || reply->status != ANSWER_OK || !reply->page) {
        problem_from_answer(exchange, reply);
        return;
    }
    for (size_t i = 0; i < reply->page->count; i++)
        rows_add(&listing->rows, saga_json_row(&reply->page->rows[i]));
    listing->at = reply->page->cursor;
    if (listing->at != 0 && listing->rows.count < listing->limit && listing->asks < ASKS_MAX)
        list_on(exchange);
    else
        reply_rows(exchange);
}

/* On the engine's thread: compares, and nothing else. */
static bool matches_filter(const struct request *request, const struct page_row *row)
{
    const struct ask *ask = (const struct ask *)request;

    return filter_matches(&ask->filter, row);
}

static void list_on(struct exchange *exchange)
{
    struct listing *listing = exchange->work;
    uint32_t left = listing->limit - (uint32_t)listing->rows.count;
    struct ask *ask = ask_new(REQUEST_LIST);

    assert(left > 0);
    listing->asks++;
    if (ask) {
        ask->request.before = listing->at;
        ask->request.limit = left < INBOX_PAGE_MAX ? left : INBOX_PAGE_MAX;
        ask->request.only_stuck = listing->only_stuck;
        ask->request.with_finished = listing->with_finished;
        ask->filter = listing->filter;
        ask->request.matches = listing->filter.count > 0 ? matches_filter : NULL;
        snprintf(ask->request.tenant, sizeof(ask->request.tenant), "%s", exchange->caller.account);
    }
    exchange_ask(exchange, ask, list_answered, exchange->service->options.answer_grace_ms);
}

/* ---- the request ---- */

static bool read_filter(struct exchange *exchange, const struct form *query,
                        struct listing *listing)
{
    const char *text = form_value(query, "q");
    char error[FILTER_ERROR_SIZE];

    if (filter_parse(text ? text : "", instant_now().wall_ms, &listing->filter, error)) {
        problem_say_member(exchange, "q", "The filter is wrong: %s.", error);
        return false;
    }
    if (filter_names_finished(&listing->filter))
        listing->with_finished = true;
    return true;
}

static bool read_query(struct exchange *exchange, const struct form *query, struct listing *listing)
{
    uint64_t limit = LIMIT_DEFAULT;

    if (!query_flag(exchange, query, "stuck", &listing->only_stuck) ||
        !query_flag(exchange, query, "all", &listing->with_finished) ||
        !query_number(exchange, query, "limit", 1, ROWS_MAX, &limit) ||
        !cursor_read(exchange, query, &listing->at) || !read_filter(exchange, query, listing))
        return false;
    listing->limit = (uint32_t)limit;
    return true;
}

void list_sagas(struct exchange *exchange)
{
    struct form query;

    if (!query_parse(exchange, parameters, sizeof(parameters) / sizeof(parameters[0]), &query))
        return;
    struct listing *listing = calloc(1, sizeof(*listing));
    if (!listing) {
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
    } else {
        exchange_keep(exchange, listing, listing_free);
        if (read_query(exchange, &query, listing))
            list_on(exchange);
    }
    form_fini(&query);
}
