/*
 * saga-sim: a world that tries to break the promise, one seed at a time.
 *
 *   saga-sim [--seed N | --seeds A..B] [--trace] [--json] …
 *
 * 0: nothing was violated; 1: something was.
 */
#include "base/log.h"
#include "simulation/bug_exec.h"
#include "simulation/pool.h"
#include "simulation/replay.h"
#include "simulation/world.h"

#include <inttypes.h>
#include <malloc.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_STEPS 5u

struct campaign {
    struct world_options options;
    uint64_t first, last;
    bool json, show_reach, no_shrink, bench;
    struct sweep_options sweep; /* No name: none. */
    const char *sweep_case;     /* One world of a sweep, again. */
    const char *script;         /* A file: one world that was kept. */
    const char *script_out;     /* Where the script of the first failure is kept. */
    uint64_t sagas, events, crashes, checks, simulated_ms, turns, violations;
    uint64_t counts[MISHAP_COUNT];
    uint64_t hash;
    struct reach reach;
};

static uint64_t clock_us(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_nsec / 1000u;
}

static void add_up(struct campaign *campaign, const struct world *world)
{
    campaign->sagas += world->oracle.saga_count;
    campaign->events += world->oracle.events;
    campaign->checks += world->oracle.checks;
    campaign->crashes += world->crashes;
    campaign->turns += world->turns;
    campaign->simulated_ms += world->now_ms;
    campaign->hash = chance_mix(campaign->hash ^ world->trail.hash);
    for (uint32_t i = 0; i < MISHAP_COUNT; i++)
        campaign->counts[i] += world->swarm.counts[i];
}

static void print_without(uint64_t without)
{
    bool first = true;

    for (uint32_t i = 0; i < MISHAP_COUNT; i++) {
        if (!(without & 1ull << i))
            continue;
        printf("%s%s", first ? " --without " : ",", mishap_name((enum mishap)i));
        first = false;
    }
}

static void print_violation(const struct world *world, const struct world_options *options)
{
    printf("I-%02u violated at %" PRIu64 " ms, seed %" PRIu64 ": %s\n", world->oracle.violated,
           world->now_ms, options->seed, world->oracle.words);
    printf("repeat: saga-sim --seed %" PRIu64, options->seed);
    if (options->sagas != 0)
        printf(" --sagas %u", options->sagas);
    if (options->steps != 0)
        printf(" --steps %u", options->steps);
    print_without(options->without);
    printf("%s\n", options->false_check ? " --false-check" : "");
}

static void print_json(const struct campaign *campaign, uint64_t took_us)
{
    printf("{\"sagas\":%" PRIu64 ",\"events\":%" PRIu64 ",\"crashes\":%" PRIu64 ",\"faults\":{",
           campaign->sagas, campaign->events, campaign->crashes);
    for (uint32_t i = 0; i < MISHAP_COUNT; i++)
        printf("%s\"%s\":%" PRIu64, i == 0 ? "" : ",", mishap_name((enum mishap)i),
               campaign->counts[i]);
    printf("},\"checks\":%" PRIu64 ",\"simulated_s\":%" PRIu64 ".%03u,\"wall_s\":%" PRIu64
           ".%03u,\"violations\":%" PRIu64 ",\"trace_hash\":\"%016" PRIx64 "\"}\n",
           campaign->checks, campaign->simulated_ms / 1000,
           (unsigned)(campaign->simulated_ms % 1000), took_us / 1000000,
           (unsigned)(took_us / 1000 % 1000), campaign->violations, campaign->hash);
}

static void print_words(const struct campaign *campaign, uint64_t took_us)
{
    printf("%" PRIu64 " sagas, %" PRIu64 " events, %" PRIu64 " turns, %" PRIu64 " crashes, %" PRIu64
           " s simulated in %" PRIu64 ".%03u s: %" PRIu64 " sagas/s; %" PRIu64
           " violations; trace %016" PRIx64 "\n",
           campaign->sagas, campaign->events, campaign->turns, campaign->crashes,
           campaign->simulated_ms / 1000, took_us / 1000000, (unsigned)(took_us / 1000 % 1000),
           campaign->sagas * 1000000 / (took_us + 1), campaign->violations, campaign->hash);
}

/* One thread, so this is what one core does, whoever else is busy on the machine. */
static void print_bench(const struct campaign *campaign, uint64_t cpu_us)
{
    printf("%" PRIu64 " sagas of %u steps in %" PRIu64 ".%03u s of CPU: %" PRIu64
           " a second; default swarm, oracle after each event\n",
           campaign->sagas, campaign->options.steps, cpu_us / 1000000,
           (unsigned)(cpu_us / 1000 % 1000), campaign->sagas * 1000000 / (cpu_us + 1));
}

static void run_seeds(struct campaign *campaign)
{
    struct world *world = world_new(&campaign->reach);

    for (uint64_t seed = campaign->first; seed <= campaign->last; seed++) {
        campaign->options.seed = seed;
        if (world_run(world, &campaign->options) != 0) {
            campaign->violations++;
            print_violation(world, &campaign->options);
        }
        add_up(campaign, world);
        if (world->oracle.violated != 0 && campaign->violations == 1 && !campaign->no_shrink)
            replay_keep(world, &campaign->options, campaign->script_out);
    }
    world_free(world);
}

static void run_sweep(struct campaign *campaign)
{
    struct world *world = world_new(&campaign->reach);
    campaign->sweep.steps_most = campaign->options.steps;
    uint32_t violated = campaign->sweep_case != NULL
                            ? sweep_repeat(world, campaign->sweep_case)
                            : sweep_run(world, &campaign->sweep);

    campaign->violations += violated != 0;
    world_free(world);
}

static int run_script(struct campaign *campaign)
{
    struct world *world = world_new(&campaign->reach);
    uint32_t violated = replay_script(world, &campaign->options, campaign->script);

    if (violated != SIM_NONE) {
        campaign->violations += violated != 0;
        add_up(campaign, world);
    }
    world_free(world);
    return violated == SIM_NONE ? 2 : 0;
}

/* ---- the command line ---- */

static const char usage[] =
    "usage: saga-sim [--seed N | --seeds A..B] [--trace] [--json] [--reach] [--bench]\n"
    "                [--sagas N] [--steps N] [--without MISHAP,…] [--false-check]\n"
    "                [--no-shrink] [--script-out FILE] [--script FILE]\n"
    "                [--sweep single|double|pivots|graphs|pairs [--slice K/N]]\n"
    "                [--case LINE]\n"
    "                [--bug NAME | --list-bugs]\n";

static bool take_without(const char *list, uint64_t *ret_mask)
{
    char name[32];

    while (*list != '\0') {
        size_t size = strcspn(list, ",");
        snprintf(name, sizeof name, "%.*s", (int)(size < 31 ? size : 31), list);
        enum mishap mishap = mishap_named(name);
        if (mishap == MISHAP_COUNT)
            return false;
        *ret_mask |= 1ull << mishap;
        list += size + (list[size] == ',');
    }
    return true;
}

static bool take_range(const char *text, struct campaign *campaign)
{
    char *end;

    campaign->first = strtoull(text, &end, 10);
    if (end == text || strncmp(end, "..", 2) != 0)
        return false;
    campaign->last = strtoull(end + 2, &end, 10);
    return *end == '\0' && campaign->last >= campaign->first;
}

/* "K/N": the Kth of N. */
static bool take_slice(const char *text, struct sweep_options *sweep)
{
    char *end;
    unsigned long slice = strtoul(text, &end, 10);

    if (end == text || *end != '/' || slice == 0)
        return false;
    unsigned long slices = strtoul(end + 1, &end, 10);
    sweep->slice = (uint32_t)slice - 1;
    sweep->slices = (uint32_t)slices;
    return *end == '\0' && slices <= UINT32_MAX && slice <= slices;
}

static bool take_text(struct campaign *campaign, const char *option, const char *value)
{
    if (strcmp(option, "--case") == 0)
        campaign->sweep_case = value;
    else if (strcmp(option, "--script") == 0)
        campaign->script = value;
    else if (strcmp(option, "--script-out") == 0)
        campaign->script_out = value;
    else
        return false;
    return true;
}

static bool take_value(struct campaign *campaign, const char *option, const char *value)
{
    if (strcmp(option, "--seeds") == 0)
        return take_range(value, campaign);
    if (strcmp(option, "--without") == 0)
        return take_without(value, &campaign->options.without);
    if (strcmp(option, "--sweep") == 0) {
        campaign->sweep.name = value;
        return sweep_is_known(value);
    }
    if (strcmp(option, "--slice") == 0)
        return take_slice(value, &campaign->sweep);
    if (take_text(campaign, option, value))
        return true;
    char *end;
    uint64_t number = strtoull(value, &end, 10);
    if (end == value || *end != '\0')
        return false;
    if (strcmp(option, "--seed") == 0)
        campaign->first = campaign->last = number;
    else if (strcmp(option, "--sagas") == 0)
        campaign->options.sagas = (uint32_t)number;
    else if (strcmp(option, "--steps") == 0 && number <= SIM_STEPS_MAX)
        campaign->options.steps = (uint32_t)number;
    else
        return false;
    return true;
}

static bool take_flag(struct campaign *campaign, const char *option)
{
    if (strcmp(option, "--trace") == 0)
        campaign->options.shown = true;
    else if (strcmp(option, "--json") == 0)
        campaign->json = true;
    else if (strcmp(option, "--bench") == 0)
        campaign->bench = true;
    else if (strcmp(option, "--no-shrink") == 0)
        campaign->no_shrink = true;
    else if (strcmp(option, "--reach") == 0)
        campaign->show_reach = true;
    else if (strcmp(option, "--false-check") == 0)
        campaign->options.false_check = true;
    else
        return false;
    return true;
}

int main(int count, char **words)
{
    static struct campaign campaign = {.first = 1, .last = 100};

    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--list-bugs") == 0)
            return bug_list();
        if (strcmp(words[i], "--bug") == 0 && i + 1 < count)
            return bug_exec(words[i + 1], count, words);
    }
    for (int i = 1; i < count; i++) {
        if (take_flag(&campaign, words[i]))
            continue;
        if (i + 1 == count || !take_value(&campaign, words[i], words[i + 1])) {
            fputs(usage, stderr);
            return 2;
        }
        i++;
    }
    log_set_level(LOG_ERROR);
    /* One thread, and memory that is given back is wanted again at once. */
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    pool_serve_sqlite();
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    if (campaign.bench && campaign.options.steps == 0)
        campaign.options.steps = BENCH_STEPS;
    uint64_t begun_us = clock_us(CLOCK_MONOTONIC);
    uint64_t begun_cpu_us = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    if (campaign.script != NULL && run_script(&campaign) != 0)
        return 2;
    if (campaign.sweep.name != NULL || campaign.sweep_case != NULL)
        run_sweep(&campaign);
    else if (campaign.script == NULL)
        run_seeds(&campaign);
    uint64_t took_us = clock_us(CLOCK_MONOTONIC) - begun_us;
    uint64_t cpu_us = clock_us(CLOCK_PROCESS_CPUTIME_ID) - begun_cpu_us;
    uint32_t missing = campaign.show_reach ? reach_missing(&campaign.reach) : 0;
    if (campaign.show_reach)
        reach_print(&campaign.reach);
    if (missing > 0)
        printf("%u pairs of mishap and state never occurred\n", missing);
    if (campaign.json)
        print_json(&campaign, took_us);
    else
        print_words(&campaign, took_us);
    if (campaign.bench)
        print_bench(&campaign, cpu_us);
    return campaign.violations > 0 || missing > 0;
}
