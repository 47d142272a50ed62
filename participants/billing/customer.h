/*
 * An account as billing knows it: its money, its price, its daily quota.
 */
#ifndef PARTICIPANTS_BILLING_CUSTOMER_H
#define PARTICIPANTS_BILLING_CUSTOMER_H

#include "service/service.h"

#define CUSTOMER_PRICE_MICROS 7900           /* One segment of a new account. */
#define CUSTOMER_DEMO_MICROS 1000000000000LL /* A million of the currency. */

/* The demo account: money and no limits. The same again changes nothing. */
int customer_seed(struct service_context *context, const char *account);

/* Answers "account": opens it when new, funds it, sets what is given. */
int customer_answer(struct service_context *context, const struct question *question,
                    json_t *answer);

/* The command `account`. */
enum service_exit customer_command(const struct service *service,
                                   const struct arguments *arguments);

#endif
