/*
 * Exponential back-off with hashed jitter, in integers.
 */
#include "core/retry.h"

#include <assert.h>

uint32_t retry_ceiling_ms(const struct definition_retry *retry, uint32_t max_ms, uint32_t n)
{
    uint64_t wait = retry->base_ms;

    /* A factor below two does not grow, so only growing waits are multiplied: 32 rounds at most. */
    if (retry->factor >= 2 && wait > 0)
        for (uint32_t i = 0; i < n && wait < max_ms; i++)
            wait *= retry->factor;
    return wait < max_ms ? (uint32_t)wait : max_ms;
}

/* The finalizer of splitmix64 (Steele, Lea, Flood 2014): every bit of the result sees every bit. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* 32 bits of chance, from who waits and after which attempt. */
static uint64_t chance_of(const struct retry_wait *wait)
{
    uint64_t place = (uint64_t)wait->step << 32 | (uint64_t)wait->direction << 16 | wait->attempt;

    return mix(mix(wait->seed) ^ place) >> 32;
}

uint64_t retry_delay_ms(const struct definition_retry *retry, const struct retry_wait *wait)
{
    uint32_t max_ms = retry->max_ms;
    uint64_t after_ms = wait->after_ms < SAGA_AFTER_MS_MAX ? wait->after_ms : SAGA_AFTER_MS_MAX;
    uint64_t ceiling, delay;

    if (wait->patient && max_ms < RETRY_PATIENT_MAX_MS)
        max_ms = RETRY_PATIENT_MAX_MS;
    ceiling = retry_ceiling_ms(retry, max_ms, wait->n);
    delay = ceiling / 2 + (ceiling * chance_of(wait) >> 32);

    assert(delay >= ceiling / 2);
    assert(delay <= ceiling + ceiling / 2);
    return delay > after_ms ? delay : after_ms;
}
