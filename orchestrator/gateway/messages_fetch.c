/*
 * One message, and pages of them.
 *
 * A page is a page of the account's sagas of send_message, newest first, each then fetched whole,
 * one after the other, so that a list never holds more than one question at the engine. Pages are
 * reached by the links of the page before: a number alone would have to count through all of them.
 */
#include "gateway/handlers.h"

#include "gateway/exchange.h"
#include "gateway/message.h"
#include "gateway/problem.h"
#include "gateway/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE_DEFAULT 50u
#define PAGE_SIZE_MAX 100u
#define PAGES_MAX 1000000u

struct listing {
    uint64_t page_number;
    uint64_t page_size;
    struct page *page; /* Owned; NULL until the engine gave it. */
    size_t at;         /* The row that is being fetched. */
    json_t *messages;  /* Owned. */
};

static void listing_free(void *work)
{
    struct listing *listing = work;

    page_free(listing->page);
    json_decref(listing->messages);
    free(listing);
}

static struct ask *ask_for_message(const struct exchange *exchange, struct saga_id id)
{
    struct ask *ask = ask_new(REQUEST_GET);
    if (!ask)
        return NULL;
    ask->request.id = id;
    ask->request.wait = WAIT_NOTHING;
    snprintf(ask->request.tenant, sizeof(ask->request.tenant), "%s", exchange->caller.account);
    return ask;
}

static bool is_message(const struct desk_reply *reply)
{
    return reply->came && reply->status == ANSWER_OK && reply->snapshot &&
           strcmp(reply->snapshot->definition, MESSAGE_DEFINITION) == 0;
}

/* ---- one ---- */

static void fetch_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;

    if (is_message(reply))
        exchange_reply_json(exchange, 200, message_json(reply->snapshot));
    else if (reply->came && reply->status == ANSWER_OK)
        problem_say(exchange, PROBLEM_NOT_FOUND, "There is no such message.");
    else
        problem_from_answer(exchange, reply);
}

void messages_fetch(struct exchange *exchange)
{
    const char *sid = exchange->match.parameters[1];
    struct saga_id id;

    if (strncmp(sid, "SM", 2) != 0 || !id_parse(sid, &id)) {
        problem_say(exchange, PROBLEM_NOT_FOUND, "There is no such message.");
        return;
    }
    exchange_ask(exchange, ask_for_message(exchange, id), fetch_answered,
                 exchange->service->options.answer_grace_ms);
}

/* ---- a page ---- */

static json_t *page_uri(const struct exchange *exchange, const struct listing *listing,
                        uint64_t number, uint64_t token)
{
    const char *account = exchange->caller.account;

    if (token == 0)
        return json_sprintf("/2010-04-01/Accounts/%s/Messages.json?PageSize=%u&Page=%u", account,
                            (unsigned)listing->page_size, (unsigned)number);
    return json_sprintf("/2010-04-01/Accounts/%s/Messages.json?PageSize=%u&Page=%u&PageToken=%llu",
                        account, (unsigned)listing->page_size, (unsigned)number,
                        (unsigned long long)token);
}

static void reply_page(struct exchange *exchange, const struct listing *listing)
{
    json_t *body = json_object();
    uint64_t start = listing->page_number * listing->page_size;
    size_t count = json_array_size(listing->messages);
    uint64_t token = listing->page->cursor;

    json_object_set(body, "messages", listing->messages);
    json_object_set_new(body, "page", json_integer((json_int_t)listing->page_number));
    json_object_set_new(body, "page_size", json_integer((json_int_t)listing->page_size));
    json_object_set_new(body, "start", json_integer((json_int_t)start));
    json_object_set_new(body, "end",
                        json_integer((json_int_t)(count > 0 ? start + count - 1 : start)));
    json_object_set_new(
        body, "uri",
        json_sprintf("%s%s%s", exchange->target, *exchange->query ? "?" : "", exchange->query));
    json_object_set_new(body, "first_page_uri", page_uri(exchange, listing, 0, 0));
    json_object_set_new(body, "next_page_uri",
                        token > 0 ? page_uri(exchange, listing, listing->page_number + 1, token)
                                  : json_null());
    json_object_set_new(body, "previous_page_uri", json_null());
    exchange_reply_json(exchange, 200, body);
}

static void row_answered(struct exchange *exchange);

static void fetch_next_row(struct exchange *exchange)
{
    const struct listing *listing = exchange->work;

    if (listing->at == listing->page->count) {
        reply_page(exchange, listing);
        return;
    }
    exchange_ask(exchange, ask_for_message(exchange, listing->page->rows[listing->at].id),
                 row_answered, exchange->service->options.answer_grace_ms);
}

/* A row that is gone by now is left out. */
static void row_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;
    struct listing *listing = exchange->work;

    if (!reply->came || (reply->status != ANSWER_OK && reply->status != ANSWER_NOT_FOUND)) {
        problem_from_answer(exchange, reply);
        return;
    }
    if (is_message(reply))
        json_array_append_new(listing->messages, message_json(reply->snapshot));
    listing->at++;
    fetch_next_row(exchange);
}

static void page_answered(struct exchange *exchange)
{
    struct desk_reply *reply = &exchange->reply_of_desk;
    struct listing *listing = exchange->work;

    if (!reply->came || reply->status != ANSWER_OK || !reply->page) {
        problem_from_answer(exchange, reply);
        return;
    }
    listing->page = reply->page;
    reply->page = NULL;
    fetch_next_row(exchange);
}

static bool is_message_row(const struct request *request, const struct page_row *row)
{
    (void)request;
    return strcmp(row->definition, MESSAGE_DEFINITION) == 0;
}

static void ask_for_page(struct exchange *exchange, uint64_t token)
{
    const struct listing *listing = exchange->work;
    struct ask *ask = ask_new(REQUEST_LIST);

    if (ask) {
        ask->request.before = token;
        ask->request.limit = (uint32_t)listing->page_size;
        ask->request.with_finished = true;
        ask->request.matches = is_message_row;
        snprintf(ask->request.tenant, sizeof(ask->request.tenant), "%s", exchange->caller.account);
    }
    exchange_ask(exchange, ask, page_answered, exchange->service->options.answer_grace_ms);
}

static bool read_listing(struct exchange *exchange, const struct form *query,
                         struct listing *listing, uint64_t *ret_token)
{
    listing->page_size = PAGE_SIZE_DEFAULT;
    if (!query_number(exchange, query, "PageSize", 1, PAGE_SIZE_MAX, &listing->page_size) ||
        !query_number(exchange, query, "Page", 0, PAGES_MAX, &listing->page_number) ||
        !query_number(exchange, query, "PageToken", 1, INT64_MAX, ret_token))
        return false;
    if (listing->page_number == 0 || *ret_token > 0)
        return true;
    problem_say(exchange, PROBLEM_INVALID,
                "A Page after the first needs a PageToken; follow next_page_uri.");
    return false;
}

void messages_list(struct exchange *exchange)
{
    static const char *const known[] = {"PageSize", "Page", "PageToken"};
    struct form query;
    uint64_t token = 0;

    if (!query_parse(exchange, known, sizeof(known) / sizeof(known[0]), &query))
        return;
    struct listing *listing = calloc(1, sizeof(*listing));
    if (!listing) {
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
    } else {
        listing->messages = json_array();
        exchange_keep(exchange, listing, listing_free);
        if (read_listing(exchange, &query, listing, &token))
            ask_for_page(exchange, token);
    }
    form_fini(&query);
}
