/*
 * What a message costs, set aside before the point of no return and captured after it.
 *
 *   reserve_balance ──▶ held ──confirm──▶ captured
 *                        └──release_balance──▶ released
 *
 * A reservation belongs to one step of one saga. Releasing uses what was written down then, never
 * what the call claims; confirming captures whatever the saga holds.
 */
#ifndef PARTICIPANTS_BILLING_BALANCE_H
#define PARTICIPANTS_BILLING_BALANCE_H

#include "service/service.h"

void balance_reserve(void *context, const struct participant_call *call,
                     struct participant_answer *answer);
void balance_release(void *context, const struct participant_call *call,
                     struct participant_answer *answer);
void balance_confirm(void *context, const struct participant_call *call,
                     struct participant_answer *answer);

#endif
