/*
 * The form of a new message, checked for shape, and the saga's input that it becomes.
 *
 *   To From|MessagingServiceSid Body|MediaUrl… StatusCallback ValidityPeriod
 *     ──▶ {"account_sid":…,"body":…,"from":…,"to":…} in canonical JSON: sorted, without spaces
 *
 * Only shape is judged here: whether numbers are valid, owned and reachable is for the services to
 * say. Parameters that are not listed are ignored, since client libraries send some of their own.
 */
#ifndef ORCHESTRATOR_GATEWAY_MESSAGE_FORM_H
#define ORCHESTRATOR_GATEWAY_MESSAGE_FORM_H

#include "gateway/form.h"

#include <jansson.h>

/* Something is wrong with it: say that. */
enum { MESSAGE_FORM_WRONG = 1 };

struct message_form_error {
    unsigned number; /* A code of the Messages face, or 0 for a malformed request. */
    char text[256];
};

/* 0 with canonical JSON, which malloc gave; MESSAGE_FORM_WRONG; FAULT_MEMORY. */
int message_form_input(const struct form *form, const char *account, char **ret_input,
                       struct message_form_error *ret_error);

#endif
