/*
 * The Idempotency-Key: 1 to 255 characters of visible ASCII, bare or as a quoted string.
 */
#ifndef ORCHESTRATOR_GATEWAY_KEY_H
#define ORCHESTRATOR_GATEWAY_KEY_H

#include "core/limits.h"

#include <stdbool.h>

/* "abc" and abc are one key; inside quotes \" and \\ stand for " and \. False: malformed. */
bool key_parse(const char *header, char ret_key[SAGA_KEY_SIZE]);

struct exchange;

/* The request's key, "" when it has none. False: it is malformed; a problem has been replied. */
bool key_read(struct exchange *exchange, char ret_key[SAGA_KEY_SIZE]);

#endif
