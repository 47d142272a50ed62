/*
 * The request: what a call looks like as HTTP.
 *
 *   POST URL/OPERATION                  a do or an undo, by its operation's name
 *   POST URL/OPERATION/fence            a fence; never the do's own address, since a service that
 *                                       knows no fences would do the work
 *   Content-Type: application/json
 *   Idempotency-Key: saga_…/step/do.0   the operation id: the same for every attempt
 *   Saga-Attempt: 2                     what may differ between attempts is said here
 *   Saga-Ms-Left: 950
 *   traceparent: 00-…
 *
 *   {"operation_id": …, "input": {…}, "outputs": {"step": {…}}, …}
 *
 * Pure: bytes in, bytes out. The body is the same for every attempt. JSON that others gave is
 * checked and then copied as it stands, so that no number loses a digit.
 */
#ifndef ORCHESTRATOR_EGRESS_EGRESS_REQUEST_H
#define ORCHESTRATOR_EGRESS_EGRESS_REQUEST_H

#include "base/bytes.h"
#include "codec/wire.h"
#include "egress/egress_endpoint.h"

/* All zero is an empty one; ended by egress_request_fini. */
struct egress_request {
    struct buffer url;     /* A text, with its NUL. */
    struct buffer headers; /* Texts "Name: value", each with its NUL. */
    struct buffer body;
};

/*
 * Write what is to be sent. @endpoint and @call are borrowed until return.
 * 0; EGRESS_NOT_JSON: the saga's input or an output is none, so nothing can be sent; FAULT_MEMORY.
 */
enum { EGRESS_NOT_JSON = 1 };
int egress_request_write(const struct egress_endpoint *endpoint, const struct wire_call *call,
                         struct egress_request *request);

void egress_request_fini(struct egress_request *request);

#endif
