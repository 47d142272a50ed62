/*
 * A page of messages, newest first, and the links to the pages beside it.
 *
 *   newer  │ PB<n> ▲ │      A boundary is a number n: PA<n> leads to the page of those below it,
 *          │── n ────│      PB<n> to the page of those from it on. So pages stay where they are
 *   older  │ PA<n> ▼ │      while messages come, and across a restart.
 *
 * A page walks from its boundary, older or newer, asking the engine for some sagas at a time, so
 * that a list never holds up anybody else. A filter by number looks into each message; a page of
 * it ends after a bounded walk, with what was found: it may be short, or empty, and still lead on.
 */
#include "gateway/handlers.h"

#include "gateway/exchange.h"
#include "gateway/message.h"
#include "gateway/message_filter.h"
#include "gateway/problem.h"
#include "gateway/query.h"
#include "gateway/rows.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE_ASKED 1000000u /* Who asks for more than a page can have gets a full page. */
#define PAGES_MAX 1000000u
#define ASKS_MAX 250u /* For one page; each brings up to INBOX_PAGE_WHOLE_MAX messages. */

struct listing {
    struct message_filter filter;
    struct buffer links; /* Owned; the query of every link but for page and token. */
    uint64_t page_number;
    uint64_t page_size;
    bool newer;        /* Which way the walk goes. */
    uint64_t boundary; /* Where it began; 0: at the newest of all. */
    uint64_t at;       /* Where it goes on. */
    bool more;         /* There is something beyond. */
    unsigned asks;
    struct rows messages; /* Owned; in the order of the walk. */
};

static void listing_free(void *work)
{
    struct listing *listing = work;

    buffer_fini(&listing->links);
    rows_fini(&listing->messages);
    free(listing);
}

/* ---- the reply ---- */

/* A link to the page on a side of a number; to the first page when @side is NULL. */
static json_t *link_to(const struct exchange *exchange, uint64_t page_number, const char *side,
                       uint64_t number)
{
    const struct listing *listing = exchange->work;
    char token[32] = "";

    if (side)
        snprintf(token, sizeof(token), "&PageToken=%s%016llx", side, (unsigned long long)number);
    return json_sprintf("/2010-04-01/Accounts/%s/Messages.json?%.*sPageSize=%u&Page=%llu%s",
                        exchange->caller.account, (int)listing->links.size,
                        listing->links.data ? (const char *)listing->links.data : "",
                        (unsigned)listing->page_size, (unsigned long long)page_number, token);
}

static json_t *next_page(const struct exchange *exchange)
{
    const struct listing *listing = exchange->work;
    uint64_t number = listing->newer ? listing->boundary : listing->at;

    return listing->newer || listing->more
               ? link_to(exchange, listing->page_number + 1, "PA", number)
               : json_null();
}

static json_t *previous_page(const struct exchange *exchange)
{
    const struct listing *listing = exchange->work;
    uint64_t page_number = listing->page_number > 0 ? listing->page_number - 1 : 0;

    if (listing->newer)
        return listing->more ? link_to(exchange, page_number, "PB", listing->at) : json_null();
    return listing->boundary > 0 ? link_to(exchange, page_number, "PB", listing->boundary)
                                 : json_null();
}

/* What was found on the way up is turned round: a page is newest first. */
static void reply_page(struct exchange *exchange)
{
    const struct listing *listing = exchange->work;
    json_t *rest = json_object();
    uint64_t start = listing->page_number * listing->page_size;
    size_t count = listing->messages.count;

    json_object_set_new(rest, "page", json_integer((json_int_t)listing->page_number));
    json_object_set_new(rest, "page_size", json_integer((json_int_t)listing->page_size));
    json_object_set_new(rest, "start", json_integer((json_int_t)start));
    json_object_set_new(rest, "end",
                        json_integer((json_int_t)(count > 0 ? start + count - 1 : start)));
    json_object_set_new(
        rest, "uri",
        json_sprintf("%s%s%s", exchange->target, *exchange->query ? "?" : "", exchange->query));
    json_object_set_new(rest, "first_page_uri", link_to(exchange, 0, NULL, 0));
    json_object_set_new(rest, "next_page_uri", next_page(exchange));
    json_object_set_new(rest, "previous_page_uri", previous_page(exchange));
    rows_reply(exchange, &listing->messages, "messages", listing->newer, rest);
}

/* ---- the walk ---- */

static void walk_on(struct exchange *exchange);

/* The end of the dates that are wanted is the end of the walk. */
static bool is_beyond(const struct listing *listing, uint64_t number)
{
    return listing->newer ? number >= listing->filter.below : number < listing->filter.least;
}

/* Take the sagas of an answer, up to a full page; what is left over is on the next one. */
static void take_rows(struct listing *listing, const struct page *page)
{
    listing->more = page->cursor != 0;
    listing->at = page->cursor;
    for (size_t i = 0; i < page->count; i++) {
        const struct page_row *row = &page->rows[i];
        if (is_beyond(listing, row->id.number)) {
            listing->more = false;
            return;
        }
        if (!row->snapshot || !message_filter_matches(&listing->filter, row->snapshot))
            continue;
        rows_add(&listing->messages, message_json(row->snapshot));
        if (listing->messages.count < listing->page_size)
            continue;
        listing->more = listing->more || i + 1 < page->count;
        listing->at = listing->newer ? row->id.number + 1 : row->id.number;
        return;
    }
}

/* What has been found is a page too, when the server has no time for more of it now. */
static void page_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;
    struct listing *listing = exchange->work;

    if (listing->asks > 1 && (!reply->came || reply->status == ANSWER_SHED)) {
        reply_page(exchange);
        return;
    }
    if (!reply->came || reply->status != ANSWER_OK || !reply->page) {
        problem_from_answer(exchange, reply);
        return;
    }
    take_rows(listing, reply->page);
    if (listing->more && listing->asks < ASKS_MAX && listing->messages.count < listing->page_size)
        walk_on(exchange);
    else
        reply_page(exchange);
}

static bool is_message_row(const struct request *request, const struct page_row *row)
{
    (void)request;
    return strcmp(row->definition, MESSAGE_DEFINITION) == 0;
}

static void walk_on(struct exchange *exchange)
{
    struct listing *listing = exchange->work;
    size_t left = listing->page_size - listing->messages.count;
    bool few = left < INBOX_PAGE_WHOLE_MAX && !message_filter_looks_inside(&listing->filter);
    struct ask *ask = ask_new(REQUEST_LIST);

    assert(left > 0);
    listing->asks++;
    if (ask) {
        ask->request.before = listing->at;
        ask->request.newer = listing->newer;
        ask->request.limit = few ? (uint32_t)left : INBOX_PAGE_WHOLE_MAX;
        ask->request.with_finished = true;
        ask->request.whole = true;
        ask->request.matches = is_message_row;
        snprintf(ask->request.tenant, sizeof(ask->request.tenant), "%s", exchange->caller.account);
    }
    exchange_ask(exchange, ask, page_answered, exchange->service->options.answer_grace_ms);
}

/* ---- the request ---- */

static bool token_parse(const char *text, struct listing *listing)
{
    uint8_t bytes[8];

    if (text[0] != 'P' || (text[1] != 'A' && text[1] != 'B') ||
        !hex_decode(text + 2, sizeof(bytes), bytes))
        return false;
    listing->newer = text[1] == 'B';
    for (size_t i = 0; i < sizeof(bytes); i++)
        listing->boundary = listing->boundary << 8 | bytes[i];
    return listing->boundary > 0 && listing->boundary <= INT64_MAX;
}

static bool read_place(struct exchange *exchange, const struct form *query, struct listing *listing)
{
    const char *token = form_value(query, "PageToken");
    uint64_t page_size = MESSAGE_PAGE_SIZE_DEFAULT;

    if (!query_number(exchange, query, "PageSize", 1, PAGE_SIZE_ASKED, &page_size) ||
        !query_number(exchange, query, "Page", 0, PAGES_MAX, &listing->page_number))
        return false;
    listing->page_size = page_size < ROWS_MAX ? page_size : ROWS_MAX;
    if (token && !token_parse(token, listing)) {
        problem_say(exchange, PROBLEM_INVALID, "The PageToken is not one that a list has given.");
        return false;
    }
    if (token || listing->page_number == 0)
        return true;
    problem_say(exchange, PROBLEM_INVALID,
                "A Page after the first needs a PageToken; follow next_page_uri.");
    return false;
}

static bool read_filter(struct exchange *exchange, const struct form *query,
                        struct listing *listing)
{
    const char *wrong;

    if (message_filter_print(query, &listing->links) < 0) {
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
        return false;
    }
    if (message_filter_read(query, &listing->filter, &wrong))
        return true;
    if (strncmp(wrong, "Date", 4) == 0)
        problem_say(exchange, PROBLEM_INVALID,
                    "'%s' is not a day such as 2026-01-02, or a time such as 2026-01-02T03:04:05Z.",
                    wrong);
    else
        problem_say(exchange, PROBLEM_INVALID, "'%s' is longer than any number.", wrong);
    return false;
}

/* Dates that are wanted move the start, unless the boundary is in their midst already. */
static void begin_walk(struct exchange *exchange)
{
    struct listing *listing = exchange->work;
    const struct message_filter *filter = &listing->filter;

    listing->at = listing->boundary;
    if (listing->newer && listing->at < filter->least)
        listing->at = filter->least;
    if (!listing->newer && (listing->at == 0 || listing->at > filter->below))
        listing->at = filter->below;
    walk_on(exchange);
}

void messages_list(struct exchange *exchange)
{
    static const char *const known[] = {MESSAGE_FILTER_NAMES, "PageSize", "Page", "PageToken"};
    struct form query;

    if (!query_parse(exchange, known, sizeof(known) / sizeof(known[0]), &query))
        return;
    struct listing *listing = calloc(1, sizeof(*listing));
    if (!listing) {
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
    } else {
        exchange_keep(exchange, listing, listing_free);
        if (read_place(exchange, &query, listing) && read_filter(exchange, &query, listing))
            begin_walk(exchange);
    }
    form_fini(&query);
}
