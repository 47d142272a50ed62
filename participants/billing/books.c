#include "billing/books.h"

#include "base/fault.h"
#include "billing/quota.h"
#include "billing/schema.h"

#include <string.h>

/* A finding of the audit, in words. */
struct check {
    enum billing_statement statement;
    const char *finding;
};

static const struct check checks[] = {
    {BILLING_AUDIT_UNBALANCED, "a transfer does not sum to zero"},
    {BILLING_AUDIT_WRONG_BALANCE, "a balance is not the sum of its entries"},
    {BILLING_AUDIT_NEGATIVE, "a balance is below zero"},
    {BILLING_AUDIT_WRONG_RESERVED, "reserved is not what reservations hold"},
};

/* Add up everything; @ret_finding is NULL when the books are right. */
static int audit(struct database *database, const char **ret_finding)
{
    const char *finding = NULL;

    for (size_t i = 0; finding == NULL && i < sizeof checks / sizeof checks[0]; i++) {
        int64_t wrong = 0;
        int r = query_one(database_query(database, checks[i].statement), &wrong);
        if (r < 0)
            return pass(r);
        if (wrong > 0)
            finding = checks[i].finding;
    }
    *ret_finding = finding;
    return 0;
}

static json_t *account_row(struct query *query)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:I}", "sid", query_get_text(query, 0), "balance",
                     (json_int_t)query_get_number(query, 1), "reserved",
                     (json_int_t)query_get_number(query, 2), "captured",
                     (json_int_t)query_get_number(query, 3), "quota_used",
                     (json_int_t)query_get_number(query, 4));
}

static json_t *message_row(struct query *query)
{
    return json_pack("{s:s, s:I, s:I, s:I}", "sid", query_get_text(query, 0), "captures",
                     (json_int_t)query_get_number(query, 1), "captured",
                     (json_int_t)query_get_number(query, 2), "reserved",
                     (json_int_t)query_get_number(query, 3));
}

/* One page of rows into @answer; "next" is where the following one begins, or null. */
static int add_page(struct query *query, json_t *(*row_of)(struct query *query), size_t page_size,
                    const char *name, json_t *answer)
{
    json_t *rows = json_array();
    int r;

    while ((r = query_row(query)) == QUERY_ROW)
        json_array_append_new(rows, row_of(query));
    size_t count = json_array_size(rows);
    json_t *next = count < page_size
                       ? json_null()
                       : json_incref(json_object_get(json_array_get(rows, count - 1), "sid"));
    json_object_set_new(answer, name, rows);
    json_object_set_new(answer, "next", next);
    return pass(r);
}

static int add_accounts(struct service_context *context, const char *after, json_t *answer)
{
    struct query *query = database_query(context->database, BILLING_PAGE_ACCOUNTS);

    query_text(query, 1, after);
    query_number(query, 2, quota_day(context->now_ms()));
    query_number(query, 3, BOOKS_ACCOUNTS_PAGE);
    return add_page(query, account_row, BOOKS_ACCOUNTS_PAGE, "accounts", answer);
}

static int add_messages(struct service_context *context, const char *after, json_t *answer)
{
    struct query *query = database_query(context->database, BILLING_PAGE_MESSAGES);

    query_text(query, 1, after);
    query_number(query, 2, BOOKS_MESSAGES_PAGE);
    return add_page(query, message_row, BOOKS_MESSAGES_PAGE, "messages", answer);
}

static int answer_books(struct service_context *context, json_t *answer)
{
    const char *finding = NULL;
    int64_t captures = 0, duplicates = 0;
    int r = audit(context->database, &finding);

    if (r == 0)
        r = query_one(database_query(context->database, BILLING_CAPTURES), &captures);
    if (r >= 0)
        r = query_one(database_query(context->database, BILLING_DUPLICATE_CAPTURES), &duplicates);
    if (r < 0)
        return pass(r);
    json_object_set_new(answer, "conserved", json_boolean(finding == NULL));
    if (finding != NULL)
        json_object_set_new(answer, "finding", json_string(finding));
    r = add_accounts(context, "", answer);
    json_object_set_new(answer, "captures", json_integer(captures));
    json_object_set_new(answer, "duplicate_captures", json_integer(duplicates));
    return pass(r);
}

int books_answer(struct service_context *context, const struct question *question, json_t *answer)
{
    if (strcmp(question->ask, "books") == 0)
        return answer_books(context, answer);
    if (strcmp(question->ask, "accounts") == 0)
        return add_accounts(context, question->after, answer);
    if (strcmp(question->ask, "messages") == 0)
        return add_messages(context, question->after, answer);
    return SERVICE_UNKNOWN_QUESTION;
}
