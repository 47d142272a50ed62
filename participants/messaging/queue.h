/*
 * The point of no return: a message enters the outbound queue, once per SID.
 *
 * From comes from the input or, when a pool was asked for, from whichever earlier step answered
 * {"from":…}; so `queue` needs that step. DONE carries {"queued":true,"position":N}: how many
 * messages of its lane were then waiting, itself included.
 */
#ifndef PARTICIPANTS_MESSAGING_QUEUE_H
#define PARTICIPANTS_MESSAGING_QUEUE_H

#include "service/service.h"

#define QUEUE_PAYLOAD_MAX 60000u /* So that one message fits a line of the inquiry socket. */

void queue_message(void *context, const struct participant_call *call,
                   struct participant_answer *answer);

/* The demo account's sender whose queue is always full. */
int queue_seed(struct service_context *context, const char *account);

#endif
