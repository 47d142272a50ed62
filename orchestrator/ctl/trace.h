/*
 * A saga's timeline for a terminal, from the JSON that the server gives.
 *
 *   saga_01h…  send_message, compensated after 41ms
 *
 *     do    +3ms   validate         auth       done
 *           +7ms   reserve_quota    billing    done
 *           +12ms  queue            messaging  rejected
 *           -      confirm          billing    not_run
 *     undo  +15ms  release_quota    billing    done
 *
 *   +0ms   submitted, calls validate
 *   ⋮      nothing for 4m10s
 *   …      one line per event
 *
 * Steps stand in the order in which they were settled, what was not called last; below them the
 * undos, in the order in which they happened; then the events.
 */
#ifndef ORCHESTRATOR_CTL_TRACE_H
#define ORCHESTRATOR_CTL_TRACE_H

#include <jansson.h>
#include <stdio.h>

void trace_print(const json_t *saga, FILE *out);

#endif
