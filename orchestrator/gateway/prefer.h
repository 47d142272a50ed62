/*
 * How long a caller wants to wait: `Prefer: wait=20`, in seconds.
 */
#ifndef ORCHESTRATOR_GATEWAY_PREFER_H
#define ORCHESTRATOR_GATEWAY_PREFER_H

#include <stdbool.h>
#include <stdint.h>

#define PREFER_WAIT_S_MAX 60u /* A longer wait is asked for again. */

/* Seconds, at most PREFER_WAIT_S_MAX. False when the header names no wait; others are ignored. */
bool prefer_wait(const char *header, uint32_t *ret_seconds);

#endif
