/*
 * The books: what the ledgers say, for those who want to be sure.
 *
 * `conserved` is worked out from the entries each time: every transfer sums to zero, every balance
 * is the sum of its entries, nothing but the outside is below zero, and what is reserved is what
 * live reservations hold. It reads all entries, a second or two per two million.
 */
#ifndef PARTICIPANTS_BILLING_BOOKS_H
#define PARTICIPANTS_BILLING_BOOKS_H

#include "service/service.h"

#define BOOKS_ACCOUNTS_PAGE 200 /* Rows per answer: each is well below 200 bytes of 64 KiB. */
#define BOOKS_MESSAGES_PAGE 400

/* Answers "books", "accounts" and "messages". */
int books_answer(struct service_context *context, const struct question *question, json_t *answer);

/* The command `books`. */
enum service_exit books_command(const struct service *service, const struct arguments *arguments);

#endif
