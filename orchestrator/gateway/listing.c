/*
 * GET /v1/sagas: a page of them, newest first, with an opaque cursor to the next.
 *
 * The engine looks at a bounded number of rows for one page, so that a page may be empty and still
 * have a cursor: go on until it is null.
 */
#include "gateway/handlers.h"

#include "base/clock.h"
#include "gateway/cursor.h"
#include "gateway/exchange.h"
#include "gateway/problem.h"
#include "gateway/query.h"
#include "gateway/saga_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 100u

static const char *const parameters[] = {"stuck", "q", "limit", "cursor", "all"};

static void list_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;

    if (!reply->came || reply->status != ANSWER_OK || !reply->page) {
        problem_from_answer(exchange, reply);
        return;
    }
    json_t *rows = json_array(), *body = json_object();
    for (size_t i = 0; i < reply->page->count; i++)
        json_array_append_new(rows, saga_json_row(&reply->page->rows[i]));
    json_object_set_new(body, "sagas", rows);
    json_object_set_new(body, "next_cursor", cursor_json(reply->page->cursor));
    exchange_reply_json(exchange, 200, body);
}

/* On the engine's thread: compares, and nothing else. */
static bool matches_filter(const struct request *request, const struct page_row *row)
{
    const struct ask *ask = (const struct ask *)request;

    return filter_matches(&ask->filter, row);
}

static bool read_filter(struct exchange *exchange, const struct form *query, struct ask *ask)
{
    const char *text = form_value(query, "q");
    char error[FILTER_ERROR_SIZE];

    if (filter_parse(text ? text : "", instant_now().wall_ms, &ask->filter, error)) {
        problem_say_member(exchange, "q", "The filter is wrong: %s.", error);
        return false;
    }
    if (ask->filter.count > 0)
        ask->request.matches = matches_filter;
    if (filter_names_finished(&ask->filter))
        ask->request.with_finished = true;
    return true;
}

static bool read_query(struct exchange *exchange, const struct form *query, struct ask *ask)
{
    uint64_t limit = LIMIT_DEFAULT;

    if (!query_flag(exchange, query, "stuck", &ask->request.only_stuck) ||
        !query_flag(exchange, query, "all", &ask->request.with_finished) ||
        !query_number(exchange, query, "limit", 1, INBOX_PAGE_MAX, &limit) ||
        !cursor_read(exchange, query, &ask->request.before) || !read_filter(exchange, query, ask))
        return false;
    ask->request.limit = (uint32_t)limit;
    snprintf(ask->request.tenant, sizeof(ask->request.tenant), "%s", exchange->caller.account);
    return true;
}

void list_sagas(struct exchange *exchange)
{
    struct form query;

    if (!query_parse(exchange, parameters, sizeof(parameters) / sizeof(parameters[0]), &query))
        return;
    struct ask *ask = ask_new(REQUEST_LIST);
    if (!ask)
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
    else if (read_query(exchange, &query, ask))
        exchange_ask(exchange, ask, list_answered, exchange->service->options.answer_grace_ms);
    else
        ask_free(ask);
    form_fini(&query);
}
