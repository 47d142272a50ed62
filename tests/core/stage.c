/*
 * Inputs with everything filled in that a test does not care about.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/stage.h"

#include "core/samples.h"

#include <stdlib.h>

#define STAGE_SEED 7u

struct stage *stage_open_definition(const struct definition *definition)
{
    struct stage *stage = calloc(1, sizeof *stage);

    assert_non_null(stage);
    stage->now_ms = 1;
    stage->permits = UINT32_MAX;
    oracle_init(&stage->oracle, definition, STAGE_SEED);
    assert_int_equal(give(stage, (struct saga_input){.type = SAGA_INPUT_SUBMIT}), 0);
    return stage;
}

struct stage *stage_open(const char *sample)
{
    return stage_open_definition(sample_named(sample));
}

struct stage *stage_abandon(struct stage *stage)
{
    if (stage != NULL) {
        oracle_fini(&stage->oracle);
        free(stage);
    }
    return NULL;
}

struct stage *stage_close(struct stage *stage)
{
    if (stage != NULL)
        oracle_check_fold(&stage->oracle);
    return stage_abandon(stage);
}

const struct saga *stage_saga(const struct stage *stage)
{
    return stage->oracle.saga;
}

struct saga_input answer(const struct stage *stage, uint8_t step, enum saga_verdict verdict)
{
    const struct saga_step *seen = &stage->oracle.saga->steps[step];

    return (struct saga_input){
        .type = SAGA_INPUT_RESULT,
        .step = step,
        .direction = seen->fencing ? SAGA_FENCE : SAGA_DO,
        .attempt = seen->forward.attempt,
        .generation = seen->generation,
        .verdict = verdict,
    };
}

struct saga_input undo_answer(const struct stage *stage, uint8_t step, enum saga_verdict verdict)
{
    return (struct saga_input){
        .type = SAGA_INPUT_RESULT,
        .step = step,
        .direction = SAGA_UNDO,
        .attempt = stage->oracle.saga->steps[step].backward.attempt,
        .verdict = verdict,
    };
}

struct saga_input vanished(const struct stage *stage, uint8_t step)
{
    const struct saga_step *seen = &stage->oracle.saga->steps[step];
    bool undo = seen->undo_state == SAGA_UNDO_CALLING;

    return (struct saga_input){
        .type = SAGA_INPUT_VANISHED,
        .step = step,
        .direction = undo ? SAGA_UNDO : seen->fencing ? SAGA_FENCE : SAGA_DO,
        .attempt = undo ? seen->backward.attempt : seen->forward.attempt,
        .generation = seen->generation,
    };
}

struct saga_input verb(enum saga_verb named, uint8_t step)
{
    return (struct saga_input){.type = SAGA_INPUT_VERB, .verb = named, .step = step};
}

int give(struct stage *stage, struct saga_input input)
{
    input.time_ms = stage->now_ms;
    input.permits_do = stage->permits;
    input.permits_undo = stage->permits;
    input.unsent = stage->unsent;
    return oracle_give(&stage->oracle, &input, &stage->refusal);
}

int stage_tick(struct stage *stage)
{
    uint64_t timer_ms = saga_wants(stage->oracle.saga).timer_ms;

    if (timer_ms > stage->now_ms)
        stage->now_ms = timer_ms;
    return give(stage, (struct saga_input){.type = SAGA_INPUT_TIMER});
}

void expect_phase(const struct stage *stage, enum saga_phase phase)
{
    assert_int_equal(stage->oracle.saga->state.phase, phase);
}

void expect_do(const struct stage *stage, uint8_t step, enum saga_do_state state)
{
    assert_int_equal(stage->oracle.saga->steps[step].do_state, state);
}

void expect_undo(const struct stage *stage, uint8_t step, enum saga_undo_state state)
{
    assert_int_equal(stage->oracle.saga->steps[step].undo_state, state);
}

void expect_parked(const struct stage *stage, enum saga_park_reason reason, uint8_t step)
{
    assert_int_equal(stage->oracle.saga->state.parked, reason);
    assert_int_equal(stage->oracle.saga->state.parked_step, step);
}

void expect_refused(struct stage *stage, struct saga_input input, enum saga_refusal_reason reason)
{
    assert_int_equal(give(stage, input), SAGA_REFUSED);
    assert_int_equal(stage->refusal.reason, reason);
    assert_int_equal(stage->refusal.allowed, saga_allowed_verbs(stage->oracle.saga));
}
