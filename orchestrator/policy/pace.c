#include "policy/pace.h"

#include <assert.h>

uint64_t pace_wait_us(const struct pace *pace, uint64_t now_us)
{
    uint64_t allowed_us = now_us + pace->burst_us;

    return pace->due_us > allowed_us ? pace->due_us - allowed_us : 0;
}

void pace_pay(struct pace *pace, uint64_t now_us, uint64_t rest_us)
{
    uint64_t from_us = pace->due_us > now_us ? pace->due_us : now_us;

    assert(rest_us <= UINT64_MAX - from_us);
    pace->due_us = from_us + rest_us;
    assert(pace->due_us >= now_us);
}
