/*
 * Moving money: one transfer, two entries, sum zero.
 *
 * Every function runs inside a transaction that somebody else commits.
 */
#ifndef PARTICIPANTS_BILLING_LEDGER_H
#define PARTICIPANTS_BILLING_LEDGER_H

#include "service/service.h"

#include <stdint.h>

enum ledger_kind { LEDGER_FUNDING, LEDGER_AVAILABLE, LEDGER_RESERVED, LEDGER_CAPTURED };

enum ledger_move {
    LEDGER_FUND,    /* funding → available */
    LEDGER_RESERVE, /* available → reserved */
    LEDGER_RELEASE, /* reserved → available */
    LEDGER_CAPTURE, /* reserved → captured */
};

/* All the money there can be: sums of it stay far from what 64 bits hold. */
#define LEDGER_TOTAL_MAX 1000000000000000000

enum { LEDGER_SHORT = 1 };

/*
 * Move @amount micro-units of an account. @saga is '' for a move that no saga asked for.
 * 0; LEDGER_SHORT when the source has less than that, which the outside has when all the money
 * there can be is in the books (nothing was written); a fault.
 */
int ledger_transfer(struct service_context *context, const char *account, const char *saga,
                    enum ledger_move move, int64_t amount);

/* Open the books of an account that has none; its price is per segment. 0 or a fault. */
int ledger_open_account(struct service_context *context, const char *account, int64_t price);

#endif
