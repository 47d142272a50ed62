/*
 * GET /v1/audit: who did what, newest first. GET /v1/audit/verify: is it as it was written?
 *
 * Both look at a bounded part and give a cursor to the next, so that a page may be empty and still
 * have one. The cursor of a check carries the link that the check has come to: the server keeps
 * nothing between the parts.
 */
#include "gateway/handlers.h"

#include "gateway/audit_json.h"
#include "gateway/cursor.h"
#include "gateway/exchange.h"
#include "gateway/moment.h"
#include "gateway/problem.h"
#include "gateway/query.h"

#include <stdio.h>
#include <string.h>

#define LIMIT_DEFAULT AUDIT_SHOW_MAX
#define NUMBER_DIGITS 8u
#define DIGEST_DIGITS (2u * RECORD_DIGEST_SIZE)

static const char *const list_parameters[] = {"actor", "verb",  "saga",  "since",
                                              "until", "limit", "cursor"};
static const char *const check_parameters[] = {"cursor", "head"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the list ---- */

static void list_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;

    if (!reply->came || reply->status != ANSWER_OK || !reply->audit) {
        problem_from_answer(exchange, reply);
        return;
    }
    json_t *entries = json_array(), *body = json_object();
    for (size_t i = 0; i < reply->audit->count; i++)
        json_array_append_new(entries, audit_json(&reply->audit->rows[i]));
    json_object_set_new(body, "entries", entries);
    json_object_set_new(body, "next_cursor", cursor_json(reply->audit->cursor));
    exchange_reply_json(exchange, 200, body);
}

static bool read_name(struct exchange *exchange, const struct form *query, const char *name,
                      char ret_name[SAGA_NAME_SIZE])
{
    const char *value = form_value(query, name);

    if (value && (value[0] == '\0' || strlen(value) >= SAGA_NAME_SIZE)) {
        problem_say_member(exchange, name, "The parameter \"%s\" is a name of 1 to %u bytes.", name,
                           SAGA_NAME_SIZE - 1u);
        return false;
    }
    snprintf(ret_name, SAGA_NAME_SIZE, "%s", value ? value : "");
    return true;
}

static bool read_moment(struct exchange *exchange, const struct form *query, const char *name,
                        uint64_t *ret_wall_ms)
{
    const char *value = form_value(query, name);

    if (!value || moment_parse(value, ret_wall_ms))
        return true;
    problem_say_member(exchange, name,
                       "The parameter \"%s\" is a day or a moment of RFC 3339, such as "
                       "2026-01-02T03:04:05Z.",
                       name);
    return false;
}

static bool read_saga(struct exchange *exchange, const struct form *query, struct saga_id *ret_id)
{
    const char *value = form_value(query, "saga");

    if (!value || id_parse(value, ret_id))
        return true;
    problem_say_member(exchange, "saga", "The parameter \"saga\" is the id of a saga.");
    return false;
}

static bool read_list(struct exchange *exchange, const struct form *query, struct request *request)
{
    uint64_t limit = LIMIT_DEFAULT;

    if (!read_name(exchange, query, "actor", request->audit.actor) ||
        !read_name(exchange, query, "verb", request->audit.verb) ||
        !read_saga(exchange, query, &request->audit.saga) ||
        !read_moment(exchange, query, "since", &request->audit.since_ms) ||
        !read_moment(exchange, query, "until", &request->audit.until_ms) ||
        !query_number(exchange, query, "limit", 1, AUDIT_PAGE_MAX, &limit) ||
        !cursor_read(exchange, query, &request->before))
        return false;
    request->limit = (uint32_t)limit;
    return true;
}

/* ---- the check ---- */

/* Eight hexadecimal digits, whatever follows them. False for anything else, or 0. */
static bool number_in(const char *text, uint32_t *ret_number)
{
    char digits[NUMBER_DIGITS + 1];
    uint8_t bytes[NUMBER_DIGITS / 2];

    text_copy(text, sizeof(digits), digits);
    if (!hex_decode(digits, sizeof(bytes), bytes))
        return false;
    *ret_number = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
                  bytes[3];
    return *ret_number != 0;
}

static bool check_cursor_parse(const char *text, struct audit_query *query)
{
    return text[0] == 'v' && strlen(text) == 1 + NUMBER_DIGITS + DIGEST_DIGITS &&
           number_in(text + 1, &query->checked) &&
           hex_decode(text + 1 + NUMBER_DIGITS, sizeof(query->link), query->link);
}

static void check_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;

    if (!reply->came || reply->status != ANSWER_OK)
        problem_from_answer(exchange, reply);
    else
        exchange_reply_json(exchange, 200, audit_json_check(&reply->audit_check));
}

static bool read_check(struct exchange *exchange, const struct form *query,
                       struct request *request)
{
    const char *cursor = form_value(query, "cursor"), *head = form_value(query, "head");
    struct audit_query *audit = &request->audit;

    if (cursor && !check_cursor_parse(cursor, audit)) {
        problem_say_member(exchange, "cursor", "The cursor is not one that a check has given.");
        return false;
    }
    if (head && !hex_decode(head, sizeof(audit->head), audit->head)) {
        problem_say_member(exchange, "head", "The parameter \"head\" is a digest: %u hexadecimal "
                                             "digits.",
                           DIGEST_DIGITS);
        return false;
    }
    audit->has_head = head != NULL;
    return true;
}

/* ---- asking ---- */

static void ask_for(struct exchange *exchange, enum request_type type, const struct form *query,
                    bool (*read)(struct exchange *, const struct form *, struct request *),
                    void (*next)(struct exchange *exchange))
{
    struct ask *ask = ask_new(type);

    if (!ask)
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the request.");
    else if (read(exchange, query, &ask->request))
        exchange_ask(exchange, ask, next, exchange->service->options.answer_grace_ms);
    else
        ask_free(ask);
}

void list_audit(struct exchange *exchange)
{
    struct form query;

    if (!query_parse(exchange, list_parameters, COUNT(list_parameters), &query))
        return;
    ask_for(exchange, REQUEST_AUDIT_LIST, &query, read_list, list_answered);
    form_fini(&query);
}

void verify_audit(struct exchange *exchange)
{
    struct form query;

    if (!query_parse(exchange, check_parameters, COUNT(check_parameters), &query))
        return;
    ask_for(exchange, REQUEST_AUDIT_CHECK, &query, read_check, check_answered);
    form_fini(&query);
}
