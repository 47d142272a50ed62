/*
 * The form of a new message, checked for shape, and the saga's input that it becomes.
 *
 *   To From|MessagingServiceSid Body|MediaUrl… StatusCallback ValidityPeriod
 *     ──▶ {"account_sid":…,"body":…,"from":…,"to":…} in canonical JSON: sorted, without spaces
 *
 * Only shape is judged here: whether numbers are valid, owned and reachable is for the services to
 * say. A parameter whose neglect would send something else than was meant (at another time, from a
 * template) is refused; others that are not listed are ignored, as client libraries send many.
 */
#ifndef ORCHESTRATOR_GATEWAY_MESSAGE_FORM_H
#define ORCHESTRATOR_GATEWAY_MESSAGE_FORM_H

#include "gateway/form.h"

#include <stdbool.h>

#define MESSAGE_NUMBER_SIZE 65u /* The longest sender, a channel's address, is far shorter. */

/* Something is wrong with it: say that. */
enum { MESSAGE_FORM_WRONG = 1 };

struct message_form_error {
    unsigned number; /* A code of the Messages face, or 0 for a malformed request. */
    char text[256];
};

/*
 * A number as it was meant: a '+' that a client forgot to encode arrives as a space. False when it
 * is too long for any number.
 */
bool message_number_parse(const char *text, char ret_number[MESSAGE_NUMBER_SIZE]);

/* 0 with canonical JSON, which malloc gave; MESSAGE_FORM_WRONG; FAULT_MEMORY. */
int message_form_input(const struct form *form, const char *account, char **ret_input,
                       struct message_form_error *ret_error);

#endif
