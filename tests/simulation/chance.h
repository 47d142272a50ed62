/*
 * Chance: a stream of numbers that follows from its seed alone.
 *
 * Each subject of the simulation draws from a stream of its own, so that to leave one mishap out
 * does not shuffle all others; that is what makes a failing run shrink.
 */
#ifndef TESTS_SIMULATION_CHANCE_H
#define TESTS_SIMULATION_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tape;

struct chance {
    uint64_t state;
    struct tape *tape; /* Where it is noted, or said instead; borrowed. NULL: nowhere. */
    uint32_t subject;  /* What the tape knows it by. */
};

struct chance chance_of(uint64_t seed, uint64_t subject);
uint64_t chance_next(struct chance *chance);
uint32_t chance_below(struct chance *chance, uint32_t bound); /* bound > 0 */
uint32_t chance_between(struct chance *chance, uint32_t least, uint32_t most);
bool chance_per_mille(struct chance *chance, uint32_t per_mille);
void chance_fill(struct chance *chance, void *data, size_t size);

/* The finalizer that the streams are made of: every bit of the result sees every bit. */
uint64_t chance_mix(uint64_t x);

#endif
