/*
 * The trail: everything that happens, in one number. The same seed leaves the same trail under
 * every compiler: it takes whole numbers only, never a pointer, an address or the time of day.
 */
#ifndef TESTS_SIMULATION_TRAIL_H
#define TESTS_SIMULATION_TRAIL_H

#include <stdbool.h>
#include <stdint.h>

struct trail {
    uint64_t hash;
    uint64_t count;
    bool shown; /* Also as lines on stdout. */
};

void trail_note(struct trail *trail, uint64_t now_ms, const char *word, uint64_t a, uint64_t b,
                uint64_t c);

#endif
