/*
 * Chores in the engine: what is long, and is done beside the sagas (engine/chore.h).
 *
 * A backup is made by the store, on a thread of its own; a verification goes on by one slice in
 * each turn.
 */
#ifndef ORCHESTRATOR_ENGINE_CHORES_H
#define ORCHESTRATOR_ENGINE_CHORES_H

#include "engine/verify.h"

struct engine;
struct request;

struct chores {
    bool backing_up;       /* A backup has begun, and nobody has told the log how it ended. */
    struct verify *verify; /* Owned; NULL: none goes on. */
    struct verify_report verified; /* How the latest stands. */
};

/* Begin, look at, or stop one. 0 or FAULT_MEMORY. */
int take_chore(struct engine *engine, struct request *request);

/* One slice of what goes on by turns. */
void chores_turn(struct engine *engine);

/* Now and then: tell the log what has ended. */
void chores_watch(struct engine *engine);

void chores_fini(struct chores *chores);

#endif
