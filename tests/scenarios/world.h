/*
 * The world that a scenario plays in: a virtual clock, a few sagas, and who may be called.
 *
 *   script line ──▶ world_play ──▶ input ──▶ oracle_give (judge, apply, invariants)
 *                       │
 *                       ▼
 *                  transcript, line by line
 *
 * The lines, with saga M and step S:
 *
 *   submit M DEFINITION            result M S VERDICT [CODE] [do|undo|fence] [output]
 *   vanish M S [do|undo|fence]     verb M VERB [S] [force] [service] [output]
 *   tick M                         permitted M
 *   permits PARTICIPANT on|off     condition M        show M
 *
 * Options: at=TIME for each; try= and gen= for result and vanish; after= for result; unsent=S,S for
 * the calls that no worker has taken; route=S:N; no-worker=, breaker=, throttled=S for condition.
 * A tick without at= moves the clock to where the saga wants its timer.
 */
#ifndef TESTS_SCENARIOS_WORLD_H
#define TESTS_SCENARIOS_WORLD_H

#include "core/oracle.h"
#include "scenarios/script.h"

#include <stdio.h>

#define WORLD_SAGAS_MAX 4
#define WORLD_NAME_SIZE 16

struct world_saga {
    char name[WORLD_NAME_SIZE];
    struct oracle oracle;
};

struct world {
    uint64_t now_ms;
    struct world_saga sagas[WORLD_SAGAS_MAX];
    int saga_count;
    char refused[SAGA_STEPS_MAX][SAGA_NAME_SIZE]; /* Participants that give no permit. */
    int refused_count;
    FILE *transcript; /* Borrowed. */
};

void world_init(struct world *world, FILE *transcript);
void world_fini(struct world *world);

/* Play one line, and write what came of it. Fails the test when the line makes no sense. */
void world_play(struct world *world, const struct script_line *line);

/* Every journal folds to what is in memory. */
void world_check(const struct world *world);

#endif
