/*
 * A saga on stage: give it something, expect something of it.
 *
 *   struct stage *stage = stage_open("trip");
 *   give(stage, done(stage, FLIGHT));
 *   expect_do(stage, HOTEL, SAGA_DO_CALLING);
 *
 * Every event goes through the oracle, so each test checks the invariants as well. Everything is
 * permitted unless a test says otherwise, and time passes only by stage_wait and stage_tick.
 */
#ifndef TESTS_CORE_STAGE_H
#define TESTS_CORE_STAGE_H

#include "core/oracle.h"

struct stage {
    struct oracle oracle;
    uint64_t now_ms;
    uint32_t permits; /* For do and undo alike. */
    uint32_t unsent;
    struct saga_refusal refusal; /* Of the last verb that was refused. */
};

/* Submit a saga of that sample at time 1; close takes NULL and returns NULL. */
struct stage *stage_open(const char *sample);
struct stage *stage_open_definition(const struct definition *definition);
struct stage *stage_close(struct stage *stage);

/* Close it without folding the journal: for tests that bent the saga by hand. */
struct stage *stage_abandon(struct stage *stage);

/* ---- give ---- */

struct saga_input answer(const struct stage *stage, uint8_t step, enum saga_verdict verdict);
struct saga_input undo_answer(const struct stage *stage, uint8_t step, enum saga_verdict verdict);
struct saga_input vanished(const struct stage *stage, uint8_t step);
struct saga_input verb(enum saga_verb verb, uint8_t step);

/* Judge and apply at the stage's time; what judge said. */
int give(struct stage *stage, struct saga_input input);

/* Move the clock to the saga's timer, and give it. */
int stage_tick(struct stage *stage);

/* ---- expect ---- */

void expect_phase(const struct stage *stage, enum saga_phase phase);
void expect_do(const struct stage *stage, uint8_t step, enum saga_do_state state);
void expect_undo(const struct stage *stage, uint8_t step, enum saga_undo_state state);
void expect_parked(const struct stage *stage, enum saga_park_reason reason, uint8_t step);
void expect_refused(struct stage *stage, struct saga_input input, enum saga_refusal_reason reason);

const struct saga *stage_saga(const struct stage *stage);

#endif
