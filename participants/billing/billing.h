/*
 * Billing: what a message costs, and whether the account may and can pay for it.
 *
 *   reserve_quota / release_quota       one message of the day's quota
 *   reserve_balance / release_balance   the price of its segments
 *   confirm                             the money is earned; there is no way back
 */
#ifndef PARTICIPANTS_BILLING_BILLING_H
#define PARTICIPANTS_BILLING_BILLING_H

#include "service/service.h"

extern const struct service billing_service;

#endif
