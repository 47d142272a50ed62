/*
 * The tables of auth and its statements, by number.
 *
 *   account ─┬─ sender (a number that it owns) ─── pool_sender ─── pool (a messaging service)
 *            ├─ opt_out (a recipient that wants nothing from a sender, or from the account)
 *            └─ number_rule (a number that the account's carrier refuses, and the code)
 */
#ifndef PARTICIPANTS_AUTH_SCHEMA_H
#define PARTICIPANTS_AUTH_SCHEMA_H

#include "service/database.h"

enum auth_statement {
    AUTH_ACCOUNT,
    AUTH_ACCOUNT_SET,
    AUTH_ACCOUNT_SEED,
    AUTH_SENDER,
    AUTH_SENDER_ADD,
    AUTH_POOL,
    AUTH_POOL_ADD,
    AUTH_POOL_SENDERS,
    AUTH_POOL_SENDER_AT,
    AUTH_POOL_SENDER_ADD,
    AUTH_OPT_OUT,
    AUTH_OPT_OUT_ADD,
    AUTH_RULE,
    AUTH_RULE_ADD,
    AUTH_STATS,
    AUTH_STATEMENT_COUNT,
};

extern const struct database_schema auth_schema;

#endif
