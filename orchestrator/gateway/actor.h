/*
 * The actor: who does it, by whose key, and why; for the saga's history and the audit.
 */
#ifndef ORCHESTRATOR_GATEWAY_ACTOR_H
#define ORCHESTRATOR_GATEWAY_ACTOR_H

#include "engine/inbox.h"

#include <jansson.h>
#include <stdbool.h>

struct exchange;

/* The operator alone, where there is no body that says more. */
void actor_sign(const struct exchange *exchange, struct request *request);

/* The members "actor" and "reason" of a body, and the caller. False: a problem was replied. */
bool actor_read(struct exchange *exchange, const json_t *body, struct request *request);

#endif
