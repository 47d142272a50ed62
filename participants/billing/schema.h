/*
 * The tables of billing and its statements, by number.
 *
 *   funding ──fund──▶ available ──reserve──▶ reserved ──capture──▶ captured
 *                         ▲                      │
 *                         └───────release────────┘
 *
 * A ledger is one of those four places of one owner; a transfer moves an amount between two of
 * them as two entries whose sum is zero. Entries are only ever added. Amounts are micro-units of
 * the currency (1 USD = 1 000 000), integers throughout.
 *
 * Always: a ledger's balance is the sum of its entries; only `funding` is ever below zero; an
 * owner's `reserved` is the sum of its held reservations.
 */
#ifndef PARTICIPANTS_BILLING_SCHEMA_H
#define PARTICIPANTS_BILLING_SCHEMA_H

#include "service/database.h"

enum billing_statement {
    BILLING_ACCOUNT,
    BILLING_ACCOUNT_ADD,
    BILLING_ACCOUNT_PRICE,
    BILLING_ACCOUNT_QUOTA,
    BILLING_LEDGER,
    BILLING_LEDGER_ADD,
    BILLING_LEDGER_MOVE,
    BILLING_TRANSFER_ADD,
    BILLING_ENTRY_ADD,
    BILLING_RESERVATION,
    BILLING_RESERVATION_ADD,
    BILLING_RESERVATION_SET,
    BILLING_RESERVATIONS_OF,
    BILLING_RESERVATIONS_CAPTURE,
    BILLING_QUOTA,
    BILLING_QUOTA_ADD,
    BILLING_QUOTA_HOLD,
    BILLING_QUOTA_HOLD_ADD,
    BILLING_QUOTA_HOLD_RELEASE,
    BILLING_AUDIT_UNBALANCED,
    BILLING_AUDIT_WRONG_BALANCE,
    BILLING_AUDIT_NEGATIVE,
    BILLING_AUDIT_WRONG_RESERVED,
    BILLING_CAPTURES,
    BILLING_DUPLICATE_CAPTURES,
    BILLING_PAGE_ACCOUNTS,
    BILLING_PAGE_MESSAGES,
    BILLING_STATEMENT_COUNT,
};

extern const struct database_schema billing_schema;

#endif
