/*
 * Cursors: where a list goes on, as clients hand it back. They are not to look inside.
 */
#ifndef ORCHESTRATOR_GATEWAY_CURSOR_H
#define ORCHESTRATOR_GATEWAY_CURSOR_H

#include "gateway/form.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct exchange;

/* Null for 0: there is no more. */
json_t *cursor_json(uint64_t before);

/* The parameter "cursor"; @ret_before stays when it is absent. False: a problem was replied. */
bool cursor_read(struct exchange *exchange, const struct form *query, uint64_t *ret_before);

#endif
