/*
 * What came of a line, for a reader without C.
 *
 *   t=30 m1 #5 result queue rejected, running -> compensating (rejected at queue)
 *     queue: rejected
 *     reserve_balance: done, undo calling
 *     undo  billing.release_balance try=1 until=1030
 *     timer 1030
 */
#ifndef TESTS_SCENARIOS_TRANSCRIPT_H
#define TESTS_SCENARIOS_TRANSCRIPT_H

#include "core/saga.h"

#include <stdio.h>

/* @saga is as it is after @event. */
void transcript_event(FILE *out, const char *name, const struct saga *saga,
                      const struct saga_event *event);
void transcript_refusal(FILE *out, const struct saga_refusal *refusal);
void transcript_condition(FILE *out, const struct saga *saga, const struct saga_facts *facts);

/* Every step as it is. */
void transcript_steps(FILE *out, const struct saga *saga);

#endif
