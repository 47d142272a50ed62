/*
 * The sweep: every sequential saga of one to four steps, with every outcome of each step, and a
 * crash before, inside and after every effect of the server.
 *
 *   1 + 6 × effects worlds for each of 6 + 36 + 216 + 1296 scripts
 *
 * An effect is a commit or a message that leaves. `double` adds a second crash, at every effect of
 * the recovery and of what follows it.
 */
#ifndef TESTS_SIMULATION_SWEEP_H
#define TESTS_SIMULATION_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#define SWEEP_STEPS_MAX 4u

enum outcome {
    OUTCOME_OK,
    OUTCOME_REFUSED,
    OUTCOME_REPLY_LOST, /* It did it. */
    OUTCOME_LATE,       /* Done in time, answered when the attempt is over. */
    OUTCOME_SILENCE,    /* The call is lost. */
    OUTCOME_TWICE,      /* Done and answered twice. */
    OUTCOME_COUNT,
};

enum die { DIE_BEFORE, DIE_INSIDE, DIE_AFTER, DIE_COUNT };

/* One world of the sweep. */
struct script {
    uint32_t steps;
    uint8_t outcomes[SWEEP_STEPS_MAX]; /* Of each step's first attempt; the others are ok. */
    uint64_t die_at[2];                /* At these effects, counted from 1; 0: never. */
    enum die die[2];
    bool power;
};

struct world;

/* Run all; 0, or the number of the invariant that was violated, which has been printed. */
uint32_t sweep_run(struct world *world, bool twice);

/* Run the one world that a line speaks of: "STEPS OUTCOMES AT HOW AT HOW POWER". */
uint32_t sweep_repeat(struct world *world, const char *line);

#endif
