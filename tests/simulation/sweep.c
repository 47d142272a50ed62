#include "simulation/sweep.h"

#include "simulation/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What has been counted, to be compared with the closed form. */
struct sweep {
    struct world *world;
    uint64_t scripts;
    uint64_t effects; /* Over all scripts, without a crash. */
    uint64_t second;  /* Effects after the first crash, over all cases; for `double`. */
    uint64_t cases;
    bool shown;
};

static uint32_t run(struct sweep *sweep, const struct script *script)
{
    struct world_options options = {.script = script, .shown = sweep->shown};
    uint32_t violated = world_run(sweep->world, &options);

    sweep->cases++;
    if (violated == 0)
        return 0;
    printf("I-%02u violated: %s\nrepeat: saga-sim --script '%u ", violated,
           sweep->world->oracle.words, script->steps);
    for (uint32_t i = 0; i < script->steps; i++)
        printf("%u", script->outcomes[i]);
    printf(" %" PRIu64 " %u %" PRIu64 " %u %u'\n", script->die_at[0], script->die[0],
           script->die_at[1], script->die[1], script->power);
    return violated;
}

/* A crash at every effect that follows the first one. */
static uint32_t crash_again(struct sweep *sweep, struct script script)
{
    uint64_t effects = sweep->world->effects - script.die_at[0];

    sweep->second += effects;
    for (uint64_t at = 1; at <= effects; at++)
        for (uint32_t how = 0; how < DIE_COUNT; how++) {
            script.die_at[1] = script.die_at[0] + at;
            script.die[1] = (enum die)how;
            uint32_t violated = run(sweep, &script);
            if (violated != 0)
                return violated;
        }
    return 0;
}

static uint32_t run_script(struct sweep *sweep, struct script script, bool twice)
{
    uint32_t violated = run(sweep, &script);
    uint64_t effects = sweep->world->effects;

    sweep->scripts++;
    sweep->effects += effects;
    for (uint64_t at = 1; at <= effects && violated == 0; at++)
        for (uint32_t how = 0; how < DIE_COUNT * 2 && violated == 0; how++) {
            script.die_at[0] = at;
            script.die[0] = (enum die)(how % DIE_COUNT);
            script.power = how >= DIE_COUNT;
            violated = run(sweep, &script);
            if (violated == 0 && twice)
                violated = crash_again(sweep, script);
        }
    return violated;
}

static uint32_t run_length(struct sweep *sweep, uint32_t steps, bool twice)
{
    uint32_t scripts = 1;

    for (uint32_t i = 0; i < steps; i++)
        scripts *= OUTCOME_COUNT;
    for (uint32_t number = 0; number < scripts; number++) {
        struct script script = {.steps = steps};
        uint32_t rest = number;
        for (uint32_t i = 0; i < steps; i++, rest /= OUTCOME_COUNT)
            script.outcomes[i] = (uint8_t)(rest % OUTCOME_COUNT);
        uint32_t violated = run_script(sweep, script, twice);
        if (violated != 0)
            return violated;
    }
    return 0;
}

uint32_t sweep_run(struct world *world, bool twice)
{
    struct sweep sweep = {.world = world};
    uint64_t scripts = 6 + 36 + 216 + 1296;
    uint32_t violated = 0;

    for (uint32_t steps = 1; steps <= SWEEP_STEPS_MAX && violated == 0; steps++)
        violated = run_length(&sweep, steps, twice);
    uint64_t cases = scripts + 2 * DIE_COUNT * sweep.effects + DIE_COUNT * sweep.second;
    printf("sweep: %" PRIu64 " scripts, %" PRIu64 " effects, %" PRIu64 " cases of %" PRIu64 "\n",
           sweep.scripts, sweep.effects, sweep.cases, cases);
    if (violated == 0 && (sweep.scripts != scripts || sweep.cases != cases)) {
        printf("the sweep is not complete\n");
        return 1;
    }
    return violated;
}

uint32_t sweep_repeat(struct world *world, const char *line)
{
    struct sweep sweep = {.world = world, .shown = true};
    struct script script = {0};
    char outcomes[SWEEP_STEPS_MAX + 1] = "";
    unsigned first = 0, second = 0, power = 0;

    int fields = sscanf(line, "%u %4s %" SCNu64 " %u %" SCNu64 " %u %u", &script.steps, outcomes,
                        &script.die_at[0], &first, &script.die_at[1], &second, &power);
    if (fields != 7 || script.steps == 0 || script.steps > SWEEP_STEPS_MAX ||
        strlen(outcomes) != script.steps || first >= DIE_COUNT || second >= DIE_COUNT)
        return SIM_NONE;
    for (uint32_t i = 0; i < script.steps; i++)
        script.outcomes[i] = (uint8_t)(outcomes[i] - '0');
    script.die[0] = (enum die)first;
    script.die[1] = (enum die)second;
    script.power = power != 0;
    return run(&sweep, &script);
}
