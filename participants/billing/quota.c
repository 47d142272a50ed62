#include "billing/quota.h"

#include "base/fault.h"
#include "billing/schema.h"
#include "service/message.h"
#include "service/reply.h"

#include <stdio.h>

#define DAY_MS 86400000u

/* What one saga's step took. */
struct hold {
    int64_t day;
    bool released;
    char account[64];
};

int64_t quota_day(uint64_t now_ms)
{
    return (int64_t)(now_ms / DAY_MS);
}

/* The limit of an account: QUERY_ROW, and -1 when it has none; 0 when there is no such account. */
static int read_limit(struct database *database, const char *account, int64_t *ret_limit)
{
    struct query *query = database_query(database, BILLING_ACCOUNT);

    query_text(query, 1, account);
    int r = query_row(query);
    if (r != QUERY_ROW)
        return pass(r);
    *ret_limit = query_is_null(query, 1) ? -1 : query_get_number(query, 1);
    query_end(query);
    return QUERY_ROW;
}

static int read_used(struct database *database, const char *account, int64_t day, int64_t *ret_used)
{
    struct query *query = database_query(database, BILLING_QUOTA);

    *ret_used = 0;
    query_text(query, 1, account);
    query_number(query, 2, day);
    int r = query_one(query, ret_used);
    return r < 0 ? pass(r) : 0;
}

static int add_used(struct database *database, const char *account, int64_t day, int64_t more)
{
    struct query *query = database_query(database, BILLING_QUOTA_ADD);

    query_text(query, 1, account);
    query_number(query, 2, day);
    query_number(query, 3, more);
    return query_run(query);
}

static int read_hold(struct database *database, const struct participant_call *call,
                     struct hold *ret_hold)
{
    struct query *query = database_query(database, BILLING_QUOTA_HOLD);

    query_text(query, 1, call->sid);
    query_text(query, 2, call->step);
    int r = query_row(query);
    if (r != QUERY_ROW)
        return pass(r);
    *ret_hold = (struct hold){.day = query_get_number(query, 0),
                              .released = query_get_number(query, 1) != 0};
    snprintf(ret_hold->account, sizeof ret_hold->account, "%s", query_get_text(query, 2));
    query_end(query);
    return QUERY_ROW;
}

static int take_one(struct database *database, const struct participant_call *call, int64_t day)
{
    struct query *query = database_query(database, BILLING_QUOTA_HOLD_ADD);

    query_text(query, 1, call->sid);
    query_text(query, 2, call->step);
    query_text(query, 3, call->tenant);
    query_number(query, 4, day);
    int r = query_run(query);
    return r != 0 ? pass(r) : add_used(database, call->tenant, day, 1);
}

static int answer_used(struct participant_answer *answer, int64_t day, int64_t used, int64_t limit)
{
    json_t *output = json_pack("{s:I, s:I}", "day", (json_int_t)day, "used", (json_int_t)used);

    if (limit >= 0)
        json_object_set_new(output, "limit", json_integer(limit));
    return reply_done(answer, output);
}

static int reserve(struct service_context *context, const struct participant_call *call,
                   struct participant_answer *answer)
{
    struct database *database = context->database;
    int64_t limit = 0, used = 0, day = quota_day(context->now_ms());
    struct hold hold;

    int r = read_limit(database, call->tenant, &limit);
    if (r == 0)
        refuse(answer, REFUSAL_ACCOUNT_UNKNOWN);
    if (r != QUERY_ROW)
        return pass(r);
    r = read_hold(database, call, &hold);
    if (r < 0)
        return pass(r);
    if (r == QUERY_ROW)
        return answer_used(answer, hold.day, 0, limit); /* Asked again after the guard forgot. */
    r = read_used(database, call->tenant, day, &used);
    if (r != 0)
        return pass(r);
    if (limit >= 0 && used >= limit) {
        refuse(answer, REFUSAL_QUOTA);
        return 0;
    }
    r = take_one(database, call, day);
    return r != 0 ? pass(r) : answer_used(answer, day, used + 1, limit);
}

static int release(struct service_context *context, const struct participant_call *call,
                   struct participant_answer *answer)
{
    struct hold hold;
    int r = read_hold(context->database, call, &hold);

    if (r < 0)
        return pass(r);
    if (r == 0 || hold.released)
        return reply_done(answer, json_pack("{s:i}", "released", 0));

    struct query *query = database_query(context->database, BILLING_QUOTA_HOLD_RELEASE);
    query_text(query, 1, call->sid);
    query_text(query, 2, call->step);
    r = query_run(query);
    if (r == 0)
        r = add_used(context->database, hold.account, hold.day, -1);
    return r != 0 ? pass(r) : reply_done(answer, json_pack("{s:i}", "released", 1));
}

void quota_reserve(void *context, const struct participant_call *call,
                   struct participant_answer *answer)
{
    struct message message;

    if (!message_of_call(call, answer, &message))
        return;
    reply_fault(context, reserve(context, call, answer), answer);
    message_fini(&message);
}

void quota_release(void *context, const struct participant_call *call,
                   struct participant_answer *answer)
{
    reply_fault(context, release(context, call, answer), answer);
}
