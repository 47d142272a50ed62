/*
 * Lists of sagas, and looks at the audit: who only looks comes last, so that sagas that run go
 * first.
 *
 *   asked ──▶ waiting, in order ──one at the end of a turn, at a pace──▶ answered
 *                │
 *                └── there are LISTS_WAITING_MAX: answered ANSWER_SHED
 *
 * A turn first does all that has arrived; then it looks for one list at a bounded number of sagas,
 * or entries of the audit, and answers with what it found and where to go on. What that costs, here
 * and on the thread that prints it, all follow by a rest: while sagas run, lists have one part
 * in LISTS_ONE_IN of a core, however many ask; and the longer turns take, the less. When no saga
 * has had an event for LISTS_QUIET_MS, there is nobody to hold up, and they have more.
 *
 * Nobody starves: a list is at the head after as many turns as it has others before it, and each
 * of those rests for LISTS_REST_US at most.
 */
#ifndef ORCHESTRATOR_ENGINE_LISTS_H
#define ORCHESTRATOR_ENGINE_LISTS_H

#include "policy/pace.h"

#include <stdbool.h>
#include <stdint.h>

struct engine;
struct request;

#define LISTS_WAITING_MAX 128u
#define LISTS_LOOK_MAX 125u /* Sagas that one turn looks at for a list. */
#define LISTS_ONE_IN 10u
#define LISTS_ONE_IN_QUIET 2u
#define LISTS_QUIET_MS 100u
#define LISTS_BURST_US 100000u /* Of rests that are put off, for who looks now and then. */
#define LISTS_REST_US 6000u    /* After one of them. */

/* What an answer cost is counted by this. */
struct looked {
    uint32_t seen;  /* Sagas or entries. */
    uint32_t shown; /* Of those. */
};

struct lists {
    struct request *first; /* Linked by engine_next. */
    struct request *last;
    uint32_t count;
    uint64_t moved_ms; /* When a saga last had an event; on the engine's clock. */
    struct pace pace;
};

void lists_init(struct lists *lists);
void lists_fini(struct lists *lists); /* Those that wait are answered ANSWER_SHED. */

/* Takes LIST, AUDIT_LIST and AUDIT_CHECK. */
void take_list(struct engine *engine, struct request *request);

/* Answer one, if the pace allows. 0, or a fault. */
int serve_list(struct engine *engine);

/* Until the pace allows; UINT64_MAX when none waits. */
uint64_t lists_wait_ms(const struct engine *engine);

/* ---- for all that goes at a pace ---- */

uint64_t clock_us(const struct engine *engine); /* The engine's. */
bool is_quiet(const struct engine *engine);     /* No saga has had an event for LISTS_QUIET_MS. */

#endif
