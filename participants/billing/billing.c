#include "billing/billing.h"

#include "billing/balance.h"
#include "billing/books.h"
#include "billing/customer.h"
#include "billing/quota.h"
#include "billing/schema.h"

static const struct service_operation operations[] = {
    {"reserve_quota", quota_reserve, "release_quota", quota_release},
    {"reserve_balance", balance_reserve, "release_balance", balance_release},
    {"confirm", balance_confirm, NULL, NULL},
};

static const struct service_command commands[] = {
    {
        .name = "books",
        .synopsis = "--dir DIR [-o json|table] [--by-message]",
        .summary = "add up the ledger and show every account",
        .letters = "dom",
        .run = books_command,
    },
    {
        .name = "account",
        .synopsis = "--dir DIR AC… [--fund MICROS] [--price MICROS] [--daily-quota N|none]",
        .summary = "open an account, give it money, set its price or quota",
        .letters = "dapq",
        .run = customer_command,
    },
};

static int answer(struct service_context *context, const struct question *question,
                  json_t *ret_answer)
{
    int r = books_answer(context, question, ret_answer);

    return r == SERVICE_UNKNOWN_QUESTION ? customer_answer(context, question, ret_answer) : r;
}

const struct service billing_service = {
    .name = "billing",
    .summary = "quota, balance and the ledger",
    .schema = &billing_schema,
    .operations = operations,
    .operation_count = sizeof operations / sizeof operations[0],
    .commands = commands,
    .command_count = sizeof commands / sizeof commands[0],
    .seed = customer_seed,
    .answer = answer,
};
