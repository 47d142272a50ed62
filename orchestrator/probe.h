/*
 * The probe: asks the engine how it is, now and then, without waiting for the answer.
 *
 *   probe_ask ──▶ inbox ──▶ engine turns ──answer──▶ probe_take: which participants are connected
 */
#ifndef ORCHESTRATOR_PROBE_H
#define ORCHESTRATOR_PROBE_H

#include "engine/inbox.h"

#include <stdatomic.h>
#include <stdbool.h>

struct probe {
    struct request request;
    struct status status; /* Written by the engine's thread while asked, read while answered. */
    atomic_int state;     /* enum probe_state */
};

/* Ask, unless an answer is still to come. The probe outlives the engine. */
void probe_ask(struct probe *probe, struct inbox *inbox);

/* True once for each answer that has come with a report. */
bool probe_take(struct probe *probe);

/* By the last answer: has this participant a worker that is connected? */
bool probe_has_worker(const struct probe *probe, const char *participant);

#endif
