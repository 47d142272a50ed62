/*
 * Intake: what becomes of the bytes of a request, the same in every backend.
 *
 *   bytes ──▶ transport_intake ──▶ DELIVER    a delivery for the sink
 *                              ├─▶ ANSWER     a pong, or a refusal for want of memory
 *                              └─▶ MALFORMED  a refusal
 */
#ifndef ORCHESTRATOR_TRANSPORT_TRANSPORT_INTAKE_H
#define ORCHESTRATOR_TRANSPORT_TRANSPORT_INTAKE_H

#include "transport/transport.h"

enum transport_intake_result {
    TRANSPORT_INTAKE_DELIVER,
    TRANSPORT_INTAKE_ANSWER,
    TRANSPORT_INTAKE_MALFORMED,
};

/*
 * Read a request. DELIVER: @ret_delivery is the caller's, without pipe and exchange. Otherwise
 * @answer holds the reply to send; it is empty when there was no memory even for that.
 */
enum transport_intake_result transport_intake(struct bytes body, struct buffer *answer,
                                              struct transport_delivery **ret_delivery);

/* Put a refusal into @answer; empty when memory is short. */
void transport_intake_refuse(const char *code, const char *text, uint32_t after_ms,
                             struct buffer *answer);

/* The refusal of a request for which no place is left. */
void transport_intake_overloaded(struct buffer *answer);

/* A delivery that says that a pipe has gone; NULL when memory is short. */
struct transport_delivery *transport_intake_gone(uint64_t pipe);

#endif
