/*
 * Two clocks, never mixed: the monotonic one for every time-out, the wall for people.
 *
 * The engine's own time (what events carry) is made of both: it starts where the journal ended,
 * plus max(0, wall difference) for the downtime, and then follows the monotonic clock.
 */
#ifndef ORCHESTRATOR_BASE_CLOCK_H
#define ORCHESTRATOR_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct instant {
    uint64_t monotonic_ms;
    uint64_t wall_ms; /* Since 1970. */
};

/* This moment, from the system's clocks. */
struct instant instant_now(void);

/* "2015-07-30T20:12:31.000Z" and the form of RFC 2822, in GMT; both NUL-terminated. */
#define CLOCK_RFC3339_SIZE 25u
#define CLOCK_RFC2822_SIZE 32u
void clock_rfc3339(uint64_t wall_ms, char ret_text[CLOCK_RFC3339_SIZE]);
void clock_rfc2822(uint64_t wall_ms, char ret_text[CLOCK_RFC2822_SIZE]);

#endif
