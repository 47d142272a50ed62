/*
 * The trace that a request belongs to: its header `traceparent`.
 */
#ifndef ORCHESTRATOR_GATEWAY_TRACE_HEADER_H
#define ORCHESTRATOR_GATEWAY_TRACE_HEADER_H

#include "base/traceparent.h"

struct exchange;

/* "" when there is none, or none that counts. */
void trace_header_read(const struct exchange *exchange, char ret_text[TRACEPARENT_SIZE]);

#endif
