#include "billing/customer.h"

#include "base/fault.h"
#include "billing/ledger.h"
#include "billing/schema.h"
#include "service/message.h"

#include <string.h>

enum { CUSTOMER_NEW = 1 };

/* Open the account when there is none: CUSTOMER_NEW, 0 when it was there, a fault. */
static int ensure(struct service_context *context, const char *account)
{
    struct query *query = database_query(context->database, BILLING_ACCOUNT);
    int64_t price;

    query_text(query, 1, account);
    int r = query_one(query, &price);
    if (r != 0)
        return r == QUERY_ROW ? 0 : pass(r);
    r = ledger_open_account(context, account, CUSTOMER_PRICE_MICROS);
    return r == 0 ? CUSTOMER_NEW : pass(r);
}

int customer_seed(struct service_context *context, const char *account)
{
    int r = ensure(context, account);

    if (r != CUSTOMER_NEW)
        return pass(r);
    r = ledger_transfer(context, account, "", LEDGER_FUND, CUSTOMER_DEMO_MICROS);
    return r == LEDGER_SHORT ? fault(FAULT_LIMIT) : pass(r);
}

static int set_price(struct database *database, const struct question *question)
{
    if (question->price == QUESTION_ABSENT)
        return 0;
    struct query *query = database_query(database, BILLING_ACCOUNT_PRICE);
    query_text(query, 1, question->account);
    query_number(query, 2, question->price);
    return query_run(query);
}

static int set_quota(struct database *database, const struct question *question)
{
    if (question->daily_quota == QUESTION_ABSENT)
        return 0;
    struct query *query = database_query(database, BILLING_ACCOUNT_QUOTA);
    query_text(query, 1, question->account);
    if (question->daily_quota != QUESTION_NONE)
        query_number(query, 2, question->daily_quota);
    return query_run(query);
}

static int refuse_question(json_t *answer, const char *why)
{
    json_object_set_new(answer, "error", json_string(why));
    return SERVICE_REFUSED_QUESTION;
}

static int add_money(struct service_context *context, const struct question *question,
                     json_t *answer)
{
    if (question->fund == QUESTION_ABSENT)
        return 0;
    int r = ledger_transfer(context, question->account, "", LEDGER_FUND, question->fund);
    if (r == LEDGER_SHORT)
        return refuse_question(answer, "that is more money than the books can hold");
    return pass(r);
}

int customer_answer(struct service_context *context, const struct question *question,
                    json_t *answer)
{
    if (strcmp(question->ask, "account") != 0)
        return SERVICE_UNKNOWN_QUESTION;
    if (question->account == NULL)
        return refuse_question(answer, "which account?");
    int r = ensure(context, question->account);
    if (r < 0)
        return pass(r);
    json_object_set_new(answer, "opened", json_boolean(r == CUSTOMER_NEW));
    r = add_money(context, question, answer);
    if (r == 0)
        r = set_price(context->database, question);
    if (r == 0)
        r = set_quota(context->database, question);
    return pass(r);
}

/* Put an amount of the command line into the question; false when it is not one. */
static bool add_amount(json_t *question, const char *key, const char *text)
{
    long long amount;

    if (text == NULL)
        return true;
    if (!arguments_number(text, "", 0, QUESTION_MICROS_MAX, &amount))
        return false;
    json_object_set_new(question, key, json_integer(amount));
    return true;
}

static bool add_quota(json_t *question, const char *text)
{
    if (text == NULL || strcmp(text, "none") != 0)
        return add_amount(question, "daily_quota", text);
    json_object_set_new(question, "daily_quota", json_null());
    return true;
}

enum service_exit customer_command(const struct service *service, const struct arguments *arguments)
{
    json_t *answer = NULL;

    if (arguments->rest_count != 1 || !message_is_sid(arguments->rest[0], "AC"))
        return service_complain(service, SERVICE_USAGE, "account takes one SID, AC and 32 digits");
    json_t *question = json_pack("{s:s, s:s}", "ask", "account", "account", arguments->rest[0]);
    if (!add_amount(question, "fund", arguments->fund) ||
        !add_amount(question, "price", arguments->price) ||
        !add_quota(question, arguments->daily_quota)) {
        json_decref(question);
        return service_complain(service, SERVICE_USAGE,
                                "amounts are whole numbers of micro-units; a quota may be none");
    }
    enum service_exit code =
        service_ask(service, arguments->dir, SERVICE_ELSE_THE_FILE, question, &answer);
    if (code != SERVICE_OK)
        return code;
    service_print_json(answer);
    json_decref(answer);
    return SERVICE_OK;
}
