/*
 * One verb for many sagas: those that a filter finds now, one after the other, at a rate.
 *
 *   filter ──▶ a frozen list of (id, version), counted ──▶ one by one ──▶ an outcome each
 *                                                        │
 *                 done │ changed │ refused │ failed ◀────┘
 *
 * A saga that has changed since it was listed is left alone: whoever changed it had a reason. No
 * item is sent twice unless it is known that the server did not get it.
 */
#ifndef ORCHESTRATOR_CTL_BATCH_H
#define ORCHESTRATOR_CTL_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#define BATCH_RATE_DEFAULT 50u
#define BATCH_RATE_MAX 10000u

/* "50/s", "10/m", or "50" for so many a second, as the time between two in microseconds. */
bool batch_interval(const char *text, uint64_t *ret_interval_us);

/* When item @index of a batch that began at @start_us is due. */
uint64_t batch_due(uint64_t start_us, uint64_t interval_us, uint64_t index);

#endif
