/*
 * The account of a local world: DIR/demo-account.json, {"account_sid":"AC…"}.
 *
 * The server of a local world writes the file before it starts the participants; each gives the
 * account what it needs to send. Without the file there is nothing to seed.
 */
#ifndef PARTICIPANTS_SERVICE_DEMO_H
#define PARTICIPANTS_SERVICE_DEMO_H

#include "service/database.h"

#define DEMO_ACCOUNT_SIZE 35u

/* The well-known numbers that the demo account owns as senders. */
#define DEMO_SENDER "+15005550006"
#define DEMO_SENDER_QUEUE_FULL "+15005550008"

enum { DEMO_NONE = 1 };

/* 0 with the account's SID; DEMO_NONE; FAULT_INPUT with a sentence when the file makes no sense. */
int demo_account(const char *dir, char ret_account[DEMO_ACCOUNT_SIZE],
                 char ret_problem[PROBLEM_SIZE]);

#endif
