/*
 * How handlers end: with JSON, or with a fault of the database.
 */
#ifndef PARTICIPANTS_SERVICE_REPLY_H
#define PARTICIPANTS_SERVICE_REPLY_H

#include "saga/participant.h"
#include "service/service.h"

#include <jansson.h>

/* DONE with this output, which is taken; NULL is memory that was short. 0 or a fault. */
int reply_done(struct participant_answer *answer, json_t *takes_output);

/* Turn a fault of a handler into RETRY: the guard rolls the work back, the server asks again. */
void reply_fault(struct service_context *context, int result, struct participant_answer *answer);

#endif
