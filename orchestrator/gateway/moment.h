/*
 * A moment, as clients of the field write it: a day, or a time of day with its offset.
 *
 *   2026-01-02   2026-01-02T03:04:05Z   2026-01-02T03:04:05.678Z   2026-01-02T05:04:05+02:00
 */
#ifndef ORCHESTRATOR_GATEWAY_MOMENT_H
#define ORCHESTRATOR_GATEWAY_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#define MOMENT_DAY_MS 86400000u

/*
 * Wall milliseconds of the second that is named; fractions of it are dropped. For a day, those of
 * its midnight in UTC. False when it is neither, or before 1970.
 */
bool moment_parse(const char *text, uint64_t *ret_wall_ms);

#endif
