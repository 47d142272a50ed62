/*
 * Records for tests: one that is fully known, and as many random ones as a test wants.
 */
#ifndef TESTS_CODEC_RECORD_SAMPLE_H
#define TESTS_CODEC_RECORD_SAMPLE_H

#include "codec/record_audit.h"

#include <stdint.h>

#define SAMPLE_STEPS 5u
#define SAMPLE_NUMBER 0x0123456789abcdefu

/* The submit of a saga of five steps which calls its first; the same every time. */
struct record sample_submit(void);

/* The input that goes with it. */
struct bytes sample_input(void);

/* The first step's answer, which calls the second; the same every time. */
struct record sample_result(void);

/* A record that may be anything which fits; the same for the same seed. */
struct record sample_random(uint64_t seed);

/* ---- the audit ---- */

/* The entries of the fixture: the same in every release. */
#define SAMPLE_AUDITS 5u
struct record_audit sample_audit(size_t index);

struct record_audit sample_random_audit(uint64_t seed);

#endif
