#include "simulation/sweep.h"

#include "simulation/progress.h"
#include "simulation/sweep_line.h"
#include "simulation/sweep_pairs.h"
#include "simulation/sweep_plans.h"
#include "simulation/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CRASHES (2u * DIE_COUNT) /* At each effect. */

static const struct kind {
    const char *name;
    bool (*add)(uint32_t steps, struct plan_list *list);
    bool twice;
} kinds[] = {
    {"single", plans_middle, false},
    {"double", plans_middle, true},
    {"pivots", plans_pivots, false},
    {"graphs", plans_graphs, false},
};

#define KINDS (sizeof kinds / sizeof kinds[0])

struct sweep {
    struct world *world;
    struct sweep_options options;
    bool twice;
    struct plan_list list;
    struct progress progress;
    uint64_t number;  /* Of the next script, before slicing. */
    uint64_t scripts, effects; /* What a first look without crashes has counted, */
    uint64_t swept_scripts;    /* and what the sweep has. */
    uint64_t swept_effects;
    uint64_t second; /* Effects after the first crash, over all cases. */
    uint64_t cases;
};

/* What is done with each script; 0, or the invariant that was violated. */
typedef uint32_t script_visitor(struct sweep *sweep, struct script *script);

static uint32_t run(struct sweep *sweep, const struct script *script)
{
    struct world_options options = {.script = script};
    uint32_t violated = world_run(sweep->world, &options);

    sweep->cases++;
    if (violated == 0)
        return 0;
    printf("I-%02u violated: %s\n", violated, sweep->world->oracle.words);
    sweep_line_print(script);
    return violated;
}

/* ---- one script ---- */

/* How long a script takes: as many worlds as it has, each with about as many effects. */
static uint64_t weight_of(const struct sweep *sweep, uint64_t effects)
{
    return sweep->twice ? effects * effects * effects : effects * effects;
}

static uint32_t look(struct sweep *sweep, struct script *script)
{
    uint32_t violated = run(sweep, script);

    sweep->scripts++;
    sweep->effects += sweep->world->effects;
    sweep->progress.total += weight_of(sweep, sweep->world->effects);
    return violated;
}

/* A crash at every effect that follows the first one. */
static uint32_t crash_again(struct sweep *sweep, struct script script)
{
    uint64_t effects = sweep->world->effects - script.die_at[0];
    uint32_t violated = 0;

    sweep->second += effects;
    for (uint64_t at = 1; at <= effects && violated == 0; at++)
        for (uint32_t how = 0; how < DIE_COUNT && violated == 0; how++) {
            script.die_at[1] = script.die_at[0] + at;
            script.die[1] = (enum die)how;
            violated = run(sweep, &script);
        }
    return violated;
}

static uint32_t crash_everywhere(struct sweep *sweep, struct script *script)
{
    uint32_t violated = run(sweep, script);
    uint64_t effects = sweep->world->effects;

    sweep->swept_scripts++;
    sweep->swept_effects += effects;
    for (uint64_t at = 1; at <= effects && violated == 0; at++)
        for (uint32_t how = 0; how < CRASHES && violated == 0; how++) {
            script->die_at[0] = at;
            script->die[0] = (enum die)(how % DIE_COUNT);
            script->power = how >= DIE_COUNT;
            violated = run(sweep, script);
            if (violated == 0 && sweep->twice)
                violated = crash_again(sweep, *script);
        }
    progress_add(&sweep->progress, weight_of(sweep, effects));
    return violated;
}

/* ---- all scripts ---- */

static uint32_t scripts_of(uint32_t steps)
{
    uint32_t scripts = 1;

    for (uint32_t i = 0; i < steps; i++)
        scripts *= OUTCOME_COUNT;
    return scripts;
}

static bool in_slice(const struct sweep_options *options, uint64_t number)
{
    return options->slices == 0 || number % options->slices == options->slice;
}

static uint32_t visit_all(struct sweep *sweep, script_visitor *visit)
{
    uint32_t violated = 0;

    sweep->number = sweep->cases = 0;
    for (size_t at = 0; at < sweep->list.count; at++) {
        struct sweep_plan plan = sweep->list.plans[at];
        for (uint32_t code = 0; code < scripts_of(plan.steps) && violated == 0; code++) {
            if (!in_slice(&sweep->options, sweep->number++))
                continue;
            struct script script = {.plans[0] = plan};
            uint32_t rest = code;
            for (uint32_t i = 0; i < plan.steps; i++, rest /= OUTCOME_COUNT)
                script.outcomes[0][i] = (uint8_t)(rest % OUTCOME_COUNT);
            violated = visit(sweep, &script);
        }
    }
    return violated;
}

static bool list_plans(struct sweep *sweep, const struct kind *kind)
{
    uint32_t most = sweep->options.steps_most != 0 ? sweep->options.steps_most : SWEEP_STEPS_MAX;

    for (uint32_t steps = 1; steps <= most && steps <= SWEEP_STEPS_MAX; steps++)
        if (!kind->add(steps, &sweep->list))
            return false;
    return true;
}

/* Of the scripts with numbers from 0, those in the slice: the closed form. */
static uint64_t scripts_wanted(const struct sweep *sweep)
{
    const struct sweep_options *options = &sweep->options;
    uint64_t all = 0;

    for (size_t at = 0; at < sweep->list.count; at++)
        all += scripts_of(sweep->list.plans[at].steps);
    if (options->slices == 0)
        return all;
    return (all + options->slices - 1 - options->slice) / options->slices;
}

static bool is_complete(const struct sweep *sweep, uint64_t cases)
{
    uint64_t scripts = scripts_wanted(sweep);

    return sweep->scripts == scripts && sweep->swept_scripts == scripts &&
           sweep->swept_effects == sweep->effects && sweep->cases == cases;
}

static uint32_t run_kind(struct world *world, const struct kind *kind,
                         const struct sweep_options *options)
{
    static struct sweep sweep;

    sweep = (struct sweep){.world = world, .options = *options, .twice = kind->twice};
    if (!list_plans(&sweep, kind)) {
        printf("the list of plans is not complete\n");
        return 1;
    }
    sweep.progress = progress_begin(kind->name, 0);
    uint32_t violated = visit_all(&sweep, look);
    fprintf(stderr, "%s: %" PRIu64 " scripts, %" PRIu64 " cases with one crash or none\n",
            kind->name, sweep.scripts, sweep.scripts + CRASHES * sweep.effects);
    if (violated == 0)
        violated = visit_all(&sweep, crash_everywhere);
    uint64_t cases = sweep.scripts + CRASHES * sweep.effects + DIE_COUNT * sweep.second;
    printf("sweep %s: %zu plans, %" PRIu64 " scripts, %" PRIu64 " effects, %" PRIu64
           " cases of %" PRIu64 "\n",
           kind->name, sweep.list.count, sweep.scripts, sweep.effects, sweep.cases, cases);
    if (violated == 0 && !is_complete(&sweep, cases)) {
        printf("the sweep is not complete\n");
        return 1;
    }
    return violated;
}

bool sweep_is_known(const char *name)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return true;
    return strcmp(name, "pairs") == 0;
}

uint32_t sweep_run(struct world *world, const struct sweep_options *options)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, options->name) == 0)
            return run_kind(world, &kinds[i], options);
    return sweep_pairs_run(world, options);
}

uint32_t sweep_repeat(struct world *world, const char *line)
{
    struct schedule schedule;
    struct script script;

    if (!sweep_line_read(line, &script, &schedule))
        return SIM_NONE;
    struct world_options options = {.script = &script, .shown = true};
    uint32_t violated = world_run(world, &options);
    if (violated != 0)
        printf("I-%02u violated: %s\n", violated, world->oracle.words);
    return violated;
}
