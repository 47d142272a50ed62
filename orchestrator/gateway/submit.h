/*
 * Starting a saga: what is common to a new one and to one that runs an old one again.
 */
#ifndef ORCHESTRATOR_GATEWAY_SUBMIT_H
#define ORCHESTRATOR_GATEWAY_SUBMIT_H

#include "gateway/desk.h"

#include <jansson.h>

/* Idempotency-Key, Prefer and the trace of a request. False: a problem was replied. */
bool submit_read_headers(struct exchange *exchange, struct request *request);

/*
 * Ask for it, and reply with the saga. Takes the ask, and @input, which is canonical JSON and which
 * malloc gave.
 */
void submit_text(struct exchange *exchange, struct ask *ask, const char *tenant,
                 const char *definition, char *input);

/*
 * The same with an input that has been read; it may be completed. False: it is not right, a problem
 * was replied, and the ask is the caller's still.
 */
bool submit_json(struct exchange *exchange, struct ask *ask, const char *tenant,
                 const char *definition, json_t *input);

#endif
