/*
 * The command line of saga-conformance.
 */
#ifndef PARTICIPANTS_CONFORMANCE_OPTIONS_H
#define PARTICIPANTS_CONFORMANCE_OPTIONS_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_PROBLEM_SIZE 256u

/* Strings are borrowed from argv; NULL where nothing was said. */
struct options {
    const char *url;
    const char *operation;
    const char *undo;
    const char *participant;
    const char *step;
    const char *tenant;
    const char *run;
    const char *effects;
    struct buffer input;  /* Owned. */
    struct buffer secret; /* Owned; empty: any credential will do. */
    uint64_t seed;
    uint32_t rounds;
    uint32_t patience_ms;
    bool help;
};

enum { OPTIONS_WRONG = 1 };

/* 0, or OPTIONS_WRONG with a sentence. */
int options_read(int argc, char **argv, struct options *ret_options,
                 char ret_problem[OPTIONS_PROBLEM_SIZE]);
void options_fini(struct options *options);

extern const char options_usage[];

#endif
