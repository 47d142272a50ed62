/*
 * How far long work has come, on stderr: what part is done, and how long the rest will take.
 */
#ifndef TESTS_SIMULATION_PROGRESS_H
#define TESTS_SIMULATION_PROGRESS_H

#include <stdint.h>

struct progress {
    const char *name;
    uint64_t total, done; /* In a unit that takes the same time everywhere, as far as is known. */
    uint64_t begun_ms, told_ms;
};

struct progress progress_begin(const char *name, uint64_t total);

/* So much more is done; says so every ten seconds. */
void progress_add(struct progress *progress, uint64_t more);

#endif
