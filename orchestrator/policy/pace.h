/*
 * A pace: each piece of work is followed by a rest, but after a long rest some pieces may be done
 * at once.
 *
 *   ──────────┬───── burst ─────┬──────────▶ time
 *            now        ▲         due: the rests of what was done so far are over then
 *                       └ a piece may be done while due is no further off than the burst
 *
 * GCRA, whose state is one word (resilience, rate limiting). A rest is worked out from counts, not
 * measured, so that the same work earns the same rest on every machine and in every test. Pure:
 * time in, decision out. A clock that steps back forgives nothing.
 */
#ifndef ORCHESTRATOR_POLICY_PACE_H
#define ORCHESTRATOR_POLICY_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
    uint64_t burst_us;
    uint64_t due_us;
};

/* How long until the next piece may be done; 0: now. */
uint64_t pace_wait_us(const struct pace *pace, uint64_t now_us);

/* A piece was done that needs so much rest. */
void pace_pay(struct pace *pace, uint64_t now_us, uint64_t rest_us);

#endif
