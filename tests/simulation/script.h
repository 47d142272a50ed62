/*
 * A script: a tape as text, one line a fact. docs/simulation.md explains the format.
 *
 *   saga-sim script 1
 *   violates I-35
 *   calm 700
 *   workers 1 polls 1 slots 64
 *   definition d0
 *   saga: d0
 *   …
 *   end
 *   client 0 d0 at 12 keyed
 *   busy call 0.1.do.1
 *   crash at 230
 *
 * What reads as a script is taken by the simulator but for its definitions, which have checks of
 * their own; written and read again it is the same.
 */
#ifndef TESTS_SIMULATION_SCRIPT_H
#define TESTS_SIMULATION_SCRIPT_H

#include "simulation/tape.h"

#include <stdio.h>

#define SCRIPT_SIZE_MAX (1u << 20)
#define SCRIPT_MARKS_MAX 20000u
#define SCRIPT_LINE_MAX 200u

struct script_error {
    uint32_t line; /* From 1. */
    char words[160];
};

/* Returns 0, or 1 when it is not a script, and why; then nothing can be said of @ret_tape. */
int script_read(const char *text, size_t size, struct tape *ret_tape,
                struct script_error *ret_error);

void script_write(const struct tape *tape, FILE *file);

#endif
