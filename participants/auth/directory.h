/*
 * Who exists: accounts, the numbers that they own, pools of numbers, and those who opted out.
 */
#ifndef PARTICIPANTS_AUTH_DIRECTORY_H
#define PARTICIPANTS_AUTH_DIRECTORY_H

#include "service/service.h"

/* The demo account, its senders, its pool and the well-known test numbers. */
int directory_seed(struct service_context *context, const char *account);

/* Answers "stats", "account", "sender" and "opt-out". */
int directory_answer(struct service_context *context, const struct question *question,
                     json_t *answer);

/* The commands `account`, `sender` and `opt-out`. */
enum service_exit directory_account_command(const struct service *service,
                                            const struct arguments *arguments);
enum service_exit directory_sender_command(const struct service *service,
                                           const struct arguments *arguments);
enum service_exit directory_opt_out_command(const struct service *service,
                                            const struct arguments *arguments);

#endif
