/*
 * How long to wait before the next attempt.
 *
 *   wait = U(0.5, 1.5) × min(max, base × factor^n), or what the participant asks for when longer
 *
 * Clamp first, then jitter: the other way round puts every client on exactly the cap. The jitter is
 * a hash, not a draw, so that the same saga waits the same time however often it is computed.
 */
#ifndef ORCHESTRATOR_CORE_RETRY_H
#define ORCHESTRATOR_CORE_RETRY_H

#include "core/definition.h"
#include "core/input.h"

#include <stdint.h>

/* Pivot in doubt, after the pivot, undo: waits may grow to a minute, for as long as patience. */
#define RETRY_PATIENT_MAX_MS 60000u

struct retry_wait {
    uint64_t seed; /* The saga's. */
    uint8_t step;
    enum saga_direction direction;
    uint16_t attempt;  /* The attempt that the wait follows. */
    uint32_t n;        /* Waits that went before it. */
    uint32_t after_ms; /* What the participant asks for. */
    bool patient;
};

/* min(max, base × factor^n), right for every n. */
uint32_t retry_ceiling_ms(const struct definition_retry *retry, uint32_t max_ms, uint32_t n);

uint64_t retry_delay_ms(const struct definition_retry *retry, const struct retry_wait *wait);

#endif
