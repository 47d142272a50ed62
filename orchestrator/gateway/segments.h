/*
 * How many segments a message body takes on the air.
 *
 * In the GSM 03.38 alphabet one segment holds 160 septets, and each of several 153; an extension
 * character takes two and is never split. Otherwise UCS-2: 70 UTF-16 units, or 67, and no surrogate
 * pair is split.
 */
#ifndef ORCHESTRATOR_GATEWAY_SEGMENTS_H
#define ORCHESTRATOR_GATEWAY_SEGMENTS_H

#include "base/bytes.h"

#include <stdint.h>

/* @body is valid UTF-8. An empty body is one segment. */
uint32_t segments_of(struct bytes body);

#endif
