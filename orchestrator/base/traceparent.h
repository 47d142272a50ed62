/*
 * The trace context of a request, as W3C's Trace Context defines its header `traceparent`:
 *
 *   00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
 *   version, trace (not all zero), parent (not all zero), flags; lower case
 *
 * One that is malformed is to be ignored, never refused. Of a later version, the parts that are
 * known count.
 */
#ifndef ORCHESTRATOR_BASE_TRACEPARENT_H
#define ORCHESTRATOR_BASE_TRACEPARENT_H

#include <stdbool.h>

#define TRACEPARENT_SIZE 56u /* With its NUL. */

/* False: it is to be ignored. True: @ret_text is what to hand on, as version 00. */
bool traceparent_parse(const char *text, char ret_text[TRACEPARENT_SIZE]);

#endif
