/*
 * The daily quota: how many messages an account may send per UTC day, if it has such a limit.
 *
 * reserve_quota takes one from the day on which it is asked and remembers which; release_quota
 * gives it back to that day, also after midnight.
 */
#ifndef PARTICIPANTS_BILLING_QUOTA_H
#define PARTICIPANTS_BILLING_QUOTA_H

#include "service/service.h"

void quota_reserve(void *context, const struct participant_call *call,
                   struct participant_answer *answer);
void quota_release(void *context, const struct participant_call *call,
                   struct participant_answer *answer);

/* Days since 1970, UTC. */
int64_t quota_day(uint64_t now_ms);

#endif
