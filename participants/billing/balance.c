#include "billing/balance.h"

#include "base/fault.h"
#include "billing/ledger.h"
#include "billing/schema.h"
#include "service/message.h"
#include "service/reply.h"

#include <stdio.h>
#include <string.h>

struct reservation {
    int64_t amount;
    int64_t segments;
    char state[16];
    char account[64];
};

static int read_price(struct database *database, const char *account, int64_t *ret_price)
{
    struct query *query = database_query(database, BILLING_ACCOUNT);

    query_text(query, 1, account);
    return query_one(query, ret_price);
}

static int read_reservation(struct database *database, const struct participant_call *call,
                            struct reservation *ret_reservation)
{
    struct query *query = database_query(database, BILLING_RESERVATION);
    struct reservation reservation;

    query_text(query, 1, call->sid);
    query_text(query, 2, call->step);
    int r = query_row(query);
    if (r != QUERY_ROW)
        return pass(r);
    reservation.amount = query_get_number(query, 0);
    reservation.segments = query_get_number(query, 1);
    snprintf(reservation.state, sizeof reservation.state, "%s", query_get_text(query, 2));
    snprintf(reservation.account, sizeof reservation.account, "%s", query_get_text(query, 3));
    query_end(query);
    *ret_reservation = reservation;
    return QUERY_ROW;
}

static int add_reservation(struct database *database, const struct participant_call *call,
                           int64_t amount, int64_t segments)
{
    struct query *query = database_query(database, BILLING_RESERVATION_ADD);

    query_text(query, 1, call->sid);
    query_text(query, 2, call->step);
    query_text(query, 3, call->tenant);
    query_number(query, 4, amount);
    query_number(query, 5, segments);
    return query_run(query);
}

static int answer_amount(struct participant_answer *answer, int64_t amount, int64_t segments)
{
    return reply_done(answer, json_pack("{s:I, s:I, s:s}", "amount", (json_int_t)amount, "segments",
                                        (json_int_t)segments, "currency", "USD"));
}

static int reserve(struct service_context *context, const struct participant_call *call,
                   int64_t segments, struct participant_answer *answer)
{
    struct reservation reservation;
    int64_t price = 0;
    int r = read_price(context->database, call->tenant, &price);

    if (r == 0)
        refuse(answer, REFUSAL_ACCOUNT_UNKNOWN);
    if (r != QUERY_ROW)
        return pass(r);
    r = read_reservation(context->database, call, &reservation);
    if (r < 0)
        return pass(r);
    if (r == QUERY_ROW) /* Asked again after the guard forgot: what was held then is the answer. */
        return answer_amount(answer, reservation.amount, reservation.segments);

    int64_t amount = price * segments;
    r = ledger_transfer(context, call->tenant, call->sid, LEDGER_RESERVE, amount);
    if (r == LEDGER_SHORT) {
        refuse(answer, REFUSAL_BALANCE);
        return 0;
    }
    if (r == 0)
        r = add_reservation(context->database, call, amount, segments);
    return r != 0 ? pass(r) : answer_amount(answer, amount, segments);
}

void balance_reserve(void *context, const struct participant_call *call,
                     struct participant_answer *answer)
{
    struct message message;

    if (!message_of_call(call, answer, &message))
        return;
    int64_t segments = message_segments(&message).parts;
    reply_fault(context, reserve(context, call, segments, answer), answer);
    message_fini(&message);
}

static int set_released(struct database *database, const struct participant_call *call)
{
    struct query *query = database_query(database, BILLING_RESERVATION_SET);

    query_text(query, 1, call->sid);
    query_text(query, 2, call->step);
    query_text(query, 3, "released");
    return query_run(query);
}

/* An amount that was reserved is there to be released; anything else is a broken database. */
static int move_back(struct service_context *context, const struct participant_call *call,
                     const struct reservation *reservation)
{
    int r = ledger_transfer(context, reservation->account, call->sid, LEDGER_RELEASE,
                            reservation->amount);

    if (r == LEDGER_SHORT)
        return fault(FAULT_CORRUPT);
    return r != 0 ? pass(r) : set_released(context->database, call);
}

static int release(struct service_context *context, const struct participant_call *call,
                   struct participant_answer *answer)
{
    struct reservation reservation;
    int r = read_reservation(context->database, call, &reservation);

    if (r < 0)
        return pass(r);
    if (r == QUERY_ROW && strcmp(reservation.state, "captured") == 0) {
        refuse(answer, REFUSAL_CAPTURED);
        return 0;
    }
    if (r == 0 || strcmp(reservation.state, "released") == 0)
        return reply_done(answer, json_pack("{s:i}", "released", 0));
    r = move_back(context, call, &reservation);
    if (r != 0)
        return pass(r);
    return reply_done(answer, json_pack("{s:I}", "released", (json_int_t)reservation.amount));
}

void balance_release(void *context, const struct participant_call *call,
                     struct participant_answer *answer)
{
    reply_fault(context, release(context, call, answer), answer);
}

/* What the saga holds and what it has paid: sums and counts. */
struct holdings {
    int64_t held;
    int64_t captured;
    int64_t held_count;
    int64_t captured_count;
};

static int read_holdings(struct database *database, const struct participant_call *call,
                         struct holdings *ret_holdings)
{
    struct query *query = database_query(database, BILLING_RESERVATIONS_OF);

    query_text(query, 1, call->sid);
    query_text(query, 2, call->tenant);
    int r = query_row(query);
    if (r != QUERY_ROW)
        return r == 0 ? fault(FAULT_CORRUPT) : pass(r);
    *ret_holdings = (struct holdings){
        .held = query_get_number(query, 0),
        .captured = query_get_number(query, 1),
        .held_count = query_get_number(query, 2),
        .captured_count = query_get_number(query, 3),
    };
    query_end(query);
    return 0;
}

static int capture(struct service_context *context, const struct participant_call *call,
                   int64_t amount)
{
    int r = ledger_transfer(context, call->tenant, call->sid, LEDGER_CAPTURE, amount);

    if (r == LEDGER_SHORT)
        return fault(FAULT_CORRUPT);
    if (r != 0)
        return pass(r);

    struct query *query = database_query(context->database, BILLING_RESERVATIONS_CAPTURE);
    query_text(query, 1, call->sid);
    query_text(query, 2, call->tenant);
    return query_run(query);
}

static int confirm(struct service_context *context, const struct participant_call *call,
                   struct participant_answer *answer)
{
    struct holdings holdings = {0};
    int r = read_holdings(context->database, call, &holdings);

    if (r != 0)
        return pass(r);
    if (holdings.held_count == 0 && holdings.captured_count == 0) {
        refuse(answer, REFUSAL_NO_RESERVATION);
        return 0;
    }
    /* Paid already, and asked again after the guard forgot: nothing moves twice. */
    if (holdings.held_count == 0)
        return reply_done(answer, json_pack("{s:I}", "captured", (json_int_t)holdings.captured));
    r = capture(context, call, holdings.held);
    if (r != 0)
        return pass(r);
    return reply_done(
        answer, json_pack("{s:I}", "captured", (json_int_t)(holdings.held + holdings.captured)));
}

void balance_confirm(void *context, const struct participant_call *call,
                     struct participant_answer *answer)
{
    reply_fault(context, confirm(context, call, answer), answer);
}
