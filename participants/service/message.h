/*
 * A message as the saga's input spells it: JSON in, borrowed strings out.
 *
 *   {"account_sid":"AC…","to":"+1…","from":"+1…","messaging_service_sid":"MG…",
 *    "body":"…","media_url":["…"],"status_callback":"…"}
 *
 * Only account_sid has to be there for the input to make sense; what else a message needs is a
 * refusal with a code. Unknown members belong to others and are left alone; a member that appears
 * twice makes the input malformed. At most 64 KiB, checked before it is parsed.
 */
#ifndef PARTICIPANTS_SERVICE_MESSAGE_H
#define PARTICIPANTS_SERVICE_MESSAGE_H

#include "saga/participant.h"
#include "service/refusal.h"
#include "service/segments.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define MESSAGE_INPUT_MAX 65536u
#define MESSAGE_BODY_CHARACTERS_MAX 1600u
#define MESSAGE_MEDIA_MAX 10u
#define MESSAGE_URL_MAX 2048u

enum { MESSAGE_MALFORMED = 1 };

/* Strings are borrowed from @input; an absent one is NULL. */
struct message {
    json_t *input; /* Owned. */
    const char *account_sid;
    const char *to;
    const char *from;
    const char *messaging_service_sid;
    const char *body;
    const char *status_callback;
    size_t body_size;
    const json_t *media_url; /* NULL or an array of strings. */
};

/* Read the input of a call. 0, or MESSAGE_MALFORMED and nothing to release. */
int message_init(const void *input, size_t size, struct message *ret_message);
void message_fini(struct message *message);

/*
 * Read the input of a call that belongs to the call's tenant. False: the answer is the refusal,
 * malformed or not the tenant's, and there is nothing to release.
 */
bool message_of_call(const struct participant_call *call, struct participant_answer *answer,
                     struct message *ret_message);

/* What is wrong with the text and the pictures; REFUSAL_COUNT when nothing is. */
enum refusal message_content_refusal(const struct message *message);

/* How many parts it travels in. */
struct segments message_segments(const struct message *message);

/* "+", then 2 to 15 digits of which the first is not 0. */
bool message_is_e164(const char *number);

/* "AC" or another two letters, then 32 hexadecimal digits. */
bool message_is_sid(const char *text, const char *prefix);

#endif
