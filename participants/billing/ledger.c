#include "billing/ledger.h"

#include "base/fault.h"
#include "billing/schema.h"

#include <assert.h>

/* All accounts are funded out of one ledger, which owes what all of them hold. */
#define OUTSIDE "outside"

struct place {
    int64_t number;
    int64_t balance;
};

struct path {
    const char *name;
    enum ledger_kind from;
    enum ledger_kind to;
};

static const char *const kinds[] = {
    [LEDGER_FUNDING] = "funding",
    [LEDGER_AVAILABLE] = "available",
    [LEDGER_RESERVED] = "reserved",
    [LEDGER_CAPTURED] = "captured",
};

static const struct path paths[] = {
    [LEDGER_FUND] = {"fund", LEDGER_FUNDING, LEDGER_AVAILABLE},
    [LEDGER_RESERVE] = {"reserve", LEDGER_AVAILABLE, LEDGER_RESERVED},
    [LEDGER_RELEASE] = {"release", LEDGER_RESERVED, LEDGER_AVAILABLE},
    [LEDGER_CAPTURE] = {"capture", LEDGER_RESERVED, LEDGER_CAPTURED},
};

/* Find a ledger. A ledger that does not exist is a broken database: accounts open with all. */
static int find(struct database *database, const char *account, enum ledger_kind kind,
                struct place *ret_place)
{
    struct query *query = database_query(database, BILLING_LEDGER);

    query_text(query, 1, kind == LEDGER_FUNDING ? OUTSIDE : account);
    query_text(query, 2, kinds[kind]);
    int r = query_row(query);
    if (r == 0)
        return fault(FAULT_CORRUPT);
    if (r != QUERY_ROW)
        return pass(r);
    *ret_place = (struct place){query_get_number(query, 0), query_get_number(query, 1)};
    query_end(query);
    return 0;
}

/* One line of a transfer, and the balance that follows from it. */
static int add_entry(struct database *database, int64_t transfer, const struct place *place,
                     int64_t amount)
{
    struct query *entry = database_query(database, BILLING_ENTRY_ADD);

    query_number(entry, 1, transfer);
    query_number(entry, 2, place->number);
    query_number(entry, 3, amount);
    int r = query_run(entry);
    if (r != 0)
        return pass(r);

    struct query *move = database_query(database, BILLING_LEDGER_MOVE);
    query_number(move, 1, place->number);
    query_number(move, 2, amount);
    return query_run(move);
}

static int add_transfer(struct service_context *context, const char *saga, const char *what,
                        int64_t *ret_number)
{
    struct query *query = database_query(context->database, BILLING_TRANSFER_ADD);

    query_text(query, 1, saga);
    query_text(query, 2, what);
    query_number(query, 3, (int64_t)context->now_ms());
    int r = query_row(query);
    if (r != QUERY_ROW)
        return r == 0 ? fault(FAULT_CORRUPT) : pass(r);
    *ret_number = query_get_number(query, 0);
    return query_run(query);
}

/* What can be taken from a place; the outside goes below zero. */
static int64_t available_in(const struct place *place, enum ledger_kind kind)
{
    return kind == LEDGER_FUNDING ? LEDGER_TOTAL_MAX + place->balance : place->balance;
}

int ledger_transfer(struct service_context *context, const char *account, const char *saga,
                    enum ledger_move move, int64_t amount)
{
    const struct path *path = &paths[move];
    struct place from, to;
    int64_t transfer = 0;

    assert(amount >= 0);
    int r = find(context->database, account, path->from, &from);
    if (r == 0)
        r = find(context->database, account, path->to, &to);
    if (r != 0)
        return pass(r);
    if (available_in(&from, path->from) < amount)
        return LEDGER_SHORT;

    r = add_transfer(context, saga, path->name, &transfer);
    if (r == 0)
        r = add_entry(context->database, transfer, &from, -amount);
    if (r == 0)
        r = add_entry(context->database, transfer, &to, amount);
    return pass(r);
}

static int add_ledger(struct database *database, const char *owner, enum ledger_kind kind)
{
    struct query *find_it = database_query(database, BILLING_LEDGER);
    int64_t number;

    query_text(find_it, 1, owner);
    query_text(find_it, 2, kinds[kind]);
    int r = query_one(find_it, &number);
    if (r != 0)
        return r == QUERY_ROW ? 0 : pass(r);

    struct query *add = database_query(database, BILLING_LEDGER_ADD);
    query_text(add, 1, owner);
    query_text(add, 2, kinds[kind]);
    return query_run(add);
}

int ledger_open_account(struct service_context *context, const char *account, int64_t price)
{
    struct query *add = database_query(context->database, BILLING_ACCOUNT_ADD);

    query_text(add, 1, account);
    query_number(add, 2, price);
    int r = query_run(add);
    if (r == 0)
        r = add_ledger(context->database, OUTSIDE, LEDGER_FUNDING);
    if (r == 0)
        r = add_ledger(context->database, account, LEDGER_AVAILABLE);
    if (r == 0)
        r = add_ledger(context->database, account, LEDGER_RESERVED);
    if (r == 0)
        r = add_ledger(context->database, account, LEDGER_CAPTURED);
    return pass(r);
}
