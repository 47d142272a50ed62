#include "simulation/sweep_pairs.h"

#include "simulation/progress.h"
#include "simulation/sweep_line.h"
#include "simulation/sweep_model.h"
#include "simulation/sweep_plans.h"
#include "simulation/world.h"

#include <inttypes.h>
#include <stdio.h>

enum form { ROW, SIDE_BY_SIDE };

static const struct pair {
    const char *name;
    struct { enum form form; uint32_t steps, pivot; } sagas[SWEEP_SAGAS_MAX];
    uint32_t refusals; /* Sagas of which any step may be refused: a mask. */
    uint32_t room;
    bool cancels;
} pairs[] = {
    {"rows of two", {{ROW, 2, 2}, {ROW, 2, 2}}, 3, 2, false},
    {"rows of two, one call at a time", {{ROW, 2, 2}, {ROW, 2, 2}}, 3, 1, false},
    {"side by side", {{SIDE_BY_SIDE, 2, 2}, {SIDE_BY_SIDE, 2, 2}}, 0, 2, false},
    {"rows of two, a cancel", {{ROW, 2, 2}, {ROW, 2, 2}}, 3, 2, true},
    {"side by side, a cancel", {{SIDE_BY_SIDE, 2, 2}, {ROW, 1, 1}}, 3, 2, true},
    {"side by side, refusals", {{SIDE_BY_SIDE, 2, 2}, {ROW, 2, 2}}, 3, 2, false},
    {"side by side, one call at a time", {{SIDE_BY_SIDE, 2, 2}, {SIDE_BY_SIDE, 2, 2}}, 3, 1, false},
    {"rows of three, a pivot", {{ROW, 3, 1}, {ROW, 3, 1}}, 0, 2, false},
    {"three and two side by side", {{SIDE_BY_SIDE, 3, 3}, {SIDE_BY_SIDE, 2, 2}}, 0, 2, false},
    {"three and three side by side", {{SIDE_BY_SIDE, 3, 3}, {SIDE_BY_SIDE, 3, 3}}, 0, 2, false},
};

#define PAIRS (sizeof pairs / sizeof pairs[0])

/* What has been counted. */
struct tally {
    struct world *world;
    struct progress progress;
    uint64_t schedules, wanted, by_formula;
    uint32_t most;
};

static uint32_t run(struct tally *tally, struct script *script)
{
    struct world_options options = {.script = script};
    uint32_t violated = world_run(tally->world, &options);

    tally->schedules++;
    progress_add(&tally->progress, 1);
    if (violated != 0) {
        printf("I-%02u violated: %s\n", violated, tally->world->oracle.words);
        sweep_line_print(script);
    }
    return violated;
}

/* Every schedule of one script. */
static uint32_t run_script(struct tally *tally, struct script *script)
{
    struct schedule *schedule = script->schedule;
    uint64_t before = tally->schedules, wanted = sweep_model_count(script);
    uint64_t formula = sweep_formula_count(script);
    uint32_t violated;

    tally->wanted += wanted;
    tally->by_formula += formula;
    do
        violated = run(tally, script);
    while (violated == 0 && !schedule->too_much && schedule_next(schedule));
    if (schedule->most > tally->most)
        tally->most = schedule->most;
    if (violated != 0)
        return violated;
    if (schedule->too_much || tally->schedules - before != wanted ||
        (formula != 0 && formula != wanted)) {
        printf("%" PRIu64 " schedules, %" PRIu64 " by the model, %" PRIu64 " by the formula%s\n",
               tally->schedules - before, wanted, formula,
               schedule->too_much ? ", too many messages" : "");
        sweep_line_print(script);
        return 1;
    }
    return 0;
}

/* The outcomes with a number; false when the number has a refusal where there is none. */
static bool give_outcomes(const struct pair *pair, uint32_t number, struct script *script)
{
    for (uint32_t saga = 0; saga < SWEEP_SAGAS_MAX; saga++)
        for (uint32_t i = 0; i < pair->sagas[saga].steps; i++, number >>= 1) {
            bool refused = number & 1u;
            if (refused && !(pair->refusals & 1u << saga))
                return false;
            script->outcomes[saga][i] = refused ? OUTCOME_REFUSED : OUTCOME_OK;
        }
    return true;
}

static struct sweep_plan plan_of(const struct pair *pair, uint32_t saga)
{
    uint32_t steps = pair->sagas[saga].steps;

    return pair->sagas[saga].form == ROW ? plan_row(steps, pair->sagas[saga].pivot)
                                         : plan_side_by_side(steps);
}

/* Every outcome of the steps of a pair; only the model is asked when there is no world. */
static uint32_t run_pair(struct tally *tally, const struct pair *pair)
{
    uint32_t steps = pair->sagas[0].steps + pair->sagas[1].steps, violated = 0;

    for (uint32_t number = 0; number < 1u << steps && violated == 0; number++) {
        struct schedule schedule = {.room = pair->room, .cancels = pair->cancels};
        struct script script = {.plans = {plan_of(pair, 0), plan_of(pair, 1)},
                                .schedule = &schedule};
        if (!give_outcomes(pair, number, &script))
            continue;
        if (tally->world == NULL)
            tally->progress.total += sweep_model_count(&script);
        else
            violated = run_script(tally, &script);
    }
    return violated;
}

static bool is_wanted(const struct sweep_options *options, size_t at)
{
    uint32_t steps = pairs[at].sagas[0].steps + pairs[at].sagas[1].steps;

    return (options->steps_most == 0 || steps <= options->steps_most) &&
           (options->slices == 0 || at % options->slices == options->slice);
}

uint32_t sweep_pairs_run(struct world *world, const struct sweep_options *options)
{
    struct tally all = {.world = NULL, .progress = progress_begin("pairs", 0)};
    uint32_t violated = 0;

    for (size_t at = 0; at < PAIRS; at++)
        if (is_wanted(options, at))
            (void)run_pair(&all, &pairs[at]);
    for (size_t at = 0; at < PAIRS && violated == 0; at++) {
        struct tally tally = {.world = world, .progress = all.progress};
        if (!is_wanted(options, at))
            continue;
        violated = run_pair(&tally, &pairs[at]);
        all.progress = tally.progress;
        all.schedules += tally.schedules;
        printf("%s: %" PRIu64 " schedules, %" PRIu64 " by the model, %" PRIu64
               " by formula; up to %u messages in flight\n",
               pairs[at].name, tally.schedules, tally.wanted, tally.by_formula, tally.most);
    }
    printf("sweep pairs: %" PRIu64 " schedules of %" PRIu64 "\n", all.schedules,
           all.progress.total);
    return violated;
}
