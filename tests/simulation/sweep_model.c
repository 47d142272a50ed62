#include "simulation/sweep_model.h"

#include "simulation/schedule.h"

#include <assert.h>
#include <string.h>

enum stage { IDLE, QUEUED, CALLED, ANSWERED, DONE_OK, DONE_REFUSED };

#define CALLS_MAX (2u * SWEEP_SAGAS_MAX * SWEEP_STEPS_MAX)

/* A do or an undo of a step. */
struct model_call {
    uint8_t saga, step;
    bool undo;
};

struct model {
    const struct script *script;
    uint8_t stages[SWEEP_SAGAS_MAX][SWEEP_STEPS_MAX][2]; /* Of do and undo. */
    bool turned[SWEEP_SAGAS_MAX];
    bool cancel_waits;
    uint8_t room[SWEEP_STEPS_MAX]; /* Of each participant; a step's has its number. */
    uint8_t queue_count;
    struct model_call queue[CALLS_MAX];
};

static uint8_t *stage_of(struct model *model, struct model_call call)
{
    return &model->stages[call.saga][call.step][call.undo];
}

/* ---- what follows ---- */

static void enqueue(struct model *model, struct model_call call)
{
    assert(model->queue_count < CALLS_MAX);
    *stage_of(model, call) = QUEUED;
    model->queue[model->queue_count++] = call;
}

static void take_from_queue(struct model *model, uint32_t at)
{
    model->queue_count--;
    for (uint32_t i = at; i < model->queue_count; i++)
        model->queue[i] = model->queue[i + 1];
}

static bool is_due(const struct model *model, uint8_t saga, uint8_t step)
{
    const struct sweep_plan *plan = &model->script->plans[saga];

    if (model->turned[saga] || model->stages[saga][step][0] != IDLE)
        return false;
    for (uint32_t i = 0; i < plan->steps; i++)
        if (plan->needs[step] & 1u << i && model->stages[saga][i][0] != DONE_OK)
            return false;
    return true;
}

/* An undo waits for those of the steps that need its own, and for what they have out. */
static bool is_undo_due(const struct model *model, uint8_t saga, uint8_t step)
{
    const struct sweep_plan *plan = &model->script->plans[saga];

    if (!model->turned[saga] || model->stages[saga][step][0] != DONE_OK ||
        model->stages[saga][step][1] != IDLE)
        return false;
    for (uint32_t i = step + 1u; i < plan->steps; i++) {
        uint8_t stage = model->stages[saga][i][0];
        if (!(plan->needs[i] & 1u << step) || stage == IDLE || stage == DONE_REFUSED)
            continue;
        if (model->stages[saga][i][1] != DONE_OK)
            return false;
    }
    return true;
}

/* What has not left when the saga turns back never does. */
static void withdraw(struct model *model, uint8_t saga)
{
    for (uint32_t at = model->queue_count; at-- > 0;) {
        struct model_call call = model->queue[at];
        if (call.saga != saga || call.undo)
            continue;
        *stage_of(model, call) = IDLE;
        take_from_queue(model, at);
    }
}

static void leave(struct model *model, bool undo)
{
    for (uint32_t at = 0; at < model->queue_count;) {
        struct model_call call = model->queue[at];
        if (call.undo != undo || model->room[call.step] == 0) {
            at++;
            continue;
        }
        model->room[call.step]--;
        *stage_of(model, call) = CALLED;
        take_from_queue(model, at);
    }
}

static void follow(struct model *model)
{
    for (uint8_t saga = 0; saga < SWEEP_SAGAS_MAX; saga++)
        for (uint8_t step = 0; step < model->script->plans[saga].steps; step++) {
            if (is_due(model, saga, step))
                enqueue(model, (struct model_call){saga, step, false});
            if (is_undo_due(model, saga, step))
                enqueue(model, (struct model_call){saga, step, true});
        }
    leave(model, true);
    leave(model, false);
}

/* ---- what arrives ---- */

static void turn(struct model *model, uint8_t saga)
{
    model->turned[saga] = true;
    withdraw(model, saga);
}

static void arrive(struct model *model, struct model_call call)
{
    uint8_t *stage = stage_of(model, call);
    bool refused =
        !call.undo && model->script->outcomes[call.saga][call.step] == OUTCOME_REFUSED;

    if (*stage == CALLED) {
        *stage = ANSWERED;
        return;
    }
    assert(*stage == ANSWERED);
    *stage = refused ? DONE_REFUSED : DONE_OK;
    model->room[call.step]++;
    if (refused)
        turn(model, call.saga);
    follow(model);
}

/* A saga that has all its steps is at its end. */
static void cancel(struct model *model)
{
    const struct sweep_plan *plan = &model->script->plans[0];
    bool ended = true;

    assert(plan->pivot == plan->steps);
    model->cancel_waits = false;
    for (uint32_t i = 0; i < plan->steps; i++)
        ended = ended && model->stages[0][i][0] == DONE_OK;
    if (!ended)
        turn(model, 0);
    follow(model);
}

static uint64_t count_from(const struct model *model)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < CALLS_MAX; i++) {
        struct model_call call = {(uint8_t)(i / 2 / SWEEP_STEPS_MAX),
                                  (uint8_t)(i / 2 % SWEEP_STEPS_MAX), i % 2 == 1};
        uint8_t stage = model->stages[call.saga][call.step][call.undo];
        if (stage != CALLED && stage != ANSWERED)
            continue;
        struct model next = *model;
        arrive(&next, call);
        count += count_from(&next);
    }
    if (model->cancel_waits) {
        struct model next = *model;
        cancel(&next);
        count += count_from(&next);
    }
    return count > 0 ? count : 1; /* Nothing is on its way: one order is at its end. */
}

uint64_t sweep_model_count(const struct script *script)
{
    struct model model = {.script = script, .cancel_waits = script->schedule->cancels};

    memset(model.room, (int)script->schedule->room, sizeof model.room);
    follow(&model);
    return count_from(&model);
}

/* ---- by formula ---- */

static bool is_side_by_side(const struct script *script, uint32_t saga)
{
    const struct sweep_plan *plan = &script->plans[saga];

    for (uint32_t i = 0; i < plan->steps; i++)
        if (plan->needs[i] != 0 || script->outcomes[saga][i] != OUTCOME_OK)
            return false;
    return true;
}

static bool is_row(const struct sweep_plan *plan)
{
    for (uint32_t i = 1; i < plan->steps; i++)
        if (plan->needs[i] != 1u << (i - 1))
            return false;
    return true;
}

/* The messages of a row: a call and a result for each step, and for each undo after a refusal. */
static uint32_t row_length(const struct script *script, uint32_t saga)
{
    for (uint32_t i = 0; i < script->plans[saga].steps; i++)
        if (script->outcomes[saga][i] == OUTCOME_REFUSED)
            return 2 * (i + 1) + 2 * i;
    return 2u * script->plans[saga].steps;
}

static uint64_t choose(uint64_t all, uint64_t some)
{
    uint64_t count = 1;

    for (uint64_t i = 1; i <= some; i++)
        count = count * (all - some + i) / i;
    return count;
}

uint64_t sweep_formula_count(const struct script *script)
{
    uint64_t count = 1;
    uint32_t messages = 0;

    if (script->schedule->room < SWEEP_SAGAS_MAX || script->schedule->cancels)
        return 0;
    for (uint32_t saga = 0; saga < SWEEP_SAGAS_MAX; saga++) {
        bool side = is_side_by_side(script, saga);
        uint32_t chains = side ? script->plans[saga].steps : 1;
        uint32_t each = side ? 2 : row_length(script, saga);
        if (!side && !is_row(&script->plans[saga]))
            return 0;
        for (uint32_t i = 0; i < chains; i++) {
            messages += each;
            count *= choose(messages, each);
        }
    }
    return count;
}
