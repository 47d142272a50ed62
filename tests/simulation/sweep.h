/*
 * The sweeps: not by chance but all of them.
 *
 *   single   rows of one to four steps, the pivot in the middle
 *   double   the same, with a second crash at every effect after the first one
 *   pivots   rows with the pivot at every place, and without one
 *   graphs   every graph of up to four steps of which two stand side by side
 *   pairs    two sagas, and every order in which their messages can arrive (sweep_pairs.c)
 *
 * But for pairs: every outcome of each step, and a crash before, inside and after every effect of
 * the server. An effect is a commit or a message that leaves.
 *
 *   1 + 6 × effects worlds for each script, 6^steps scripts for each plan
 */
#ifndef TESTS_SIMULATION_SWEEP_H
#define TESTS_SIMULATION_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#define SWEEP_STEPS_MAX 4u
#define SWEEP_SAGAS_MAX 2u

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

/* What a saga is made of; its steps are in an order in which none needs a later one. */
struct sweep_plan {
    uint8_t steps; /* 0: there is no such saga. */
    uint8_t pivot; /* Its place; as many as there are steps: none. */
    uint8_t needs[SWEEP_STEPS_MAX];
};

struct schedule;

/* One world of a sweep. */
struct script {
    struct sweep_plan plans[SWEEP_SAGAS_MAX];            /* One saga of each. */
    uint8_t outcomes[SWEEP_SAGAS_MAX][SWEEP_STEPS_MAX];  /* Of each step's first attempt. */
    uint64_t die_at[2]; /* At these effects, counted from 1; 0: never. */
    enum die die[2];
    bool power;
    struct schedule *schedule; /* Borrowed. The order of messages; NULL: they take their time. */
};

struct sweep_options {
    const char *name;
    uint32_t steps_most;    /* Leave out plans with more; 0: none. */
    uint32_t slice, slices; /* Only scripts whose number leaves this rest; slices 0: all. */
};

struct world;

bool sweep_is_known(const char *name);

/* Run all; 0, or the number of the invariant that was violated, which has been printed. */
uint32_t sweep_run(struct world *world, const struct sweep_options *options);

/*
 * Run the one world that a line speaks of, NEEDS being a digit for each step, the mask of what it
 * needs: "NEEDS PIVOT OUTCOMES AT HOW AT HOW POWER". For what sweep_pairs.h has, see there.
 */
uint32_t sweep_repeat(struct world *world, const char *line);

#endif
