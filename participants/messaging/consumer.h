/*
 * A consumer for a local world: takes messages at a rate, says done, and delivers to nobody.
 *
 *   take up to what the rate allows ─▶ done ─▶ wait for the next allowance ─▶ take …
 *
 * When messaging goes away, it keeps what it has to say done and tries again until it is back.
 */
#ifndef PARTICIPANTS_MESSAGING_CONSUMER_H
#define PARTICIPANTS_MESSAGING_CONSUMER_H

#include "service/service.h"

/* How much may be taken now: fills at a rate, up to a fifth of a second's worth or one. */
struct allowance {
    double per_ms;
    double most;
    double now;
    uint64_t at_ms;
};

void allowance_init(struct allowance *allowance, uint32_t per_second, uint64_t now_ms);

/* Whole messages that may be taken at this time. */
uint32_t allowance_at(struct allowance *allowance, uint64_t now_ms);
void allowance_use(struct allowance *allowance, uint32_t count);

/* The command `consume`. */
enum service_exit consumer_command(const struct service *service,
                                   const struct arguments *arguments);

#endif
