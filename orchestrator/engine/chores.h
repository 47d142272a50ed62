/*
 * Chores in the engine: what is long, and is done beside the sagas (engine/chore.h).
 *
 * A backup is made by the store, on a thread of its own; a verification goes on by slices at the
 * end of turns. While sagas move it has one part in VERIFY_ONE_IN of the engine's thread; when they
 * do not, all that is left.
 */
#ifndef ORCHESTRATOR_ENGINE_CHORES_H
#define ORCHESTRATOR_ENGINE_CHORES_H

#include "engine/verify.h"
#include "policy/pace.h"

struct engine;
struct request;

#define VERIFY_ONE_IN 4u
#define VERIFY_RECORD_US 10u /* What one costs, when it is not in memory. */

struct chores {
    bool backing_up;       /* A backup has begun, and nobody has told the log how it ended. */
    struct verify *verify; /* Owned; NULL: none goes on. */
    struct verify_report verified; /* How the latest stands. */
    struct pace pace;              /* Of its slices. */
};

/* Begin, look at, or stop one. 0 or FAULT_MEMORY. */
int take_chore(struct engine *engine, struct request *request);

/* One slice of what goes on by turns, if its pace allows. */
void chores_turn(struct engine *engine);

/* Until the next slice; UINT64_MAX when nothing goes on. */
uint64_t chores_wait_ms(const struct engine *engine);

/* Now and then: tell the log what has ended. */
void chores_watch(struct engine *engine);

void chores_fini(struct chores *chores);

#endif
