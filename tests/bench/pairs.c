#include "pairs.h"

#include "base/clock.h"
#include "load.h"
#include "watch.h"

#include <stdio.h>
#include <stdlib.h>

#define IN_FLIGHT 1024u /* While the store is filled. */
#define IN_FLIGHT_MOST 20000u
#define RATE_PERCENT 25u /* Of what the server ended while it was filled. */
#define WARM_UP_MS 2000u
#define SETTLE_MS 700u /* After the listers have begun or paused. */

struct stretch {
    double p50_ms, p99_ms;
    struct listers_tally lists;
};

struct pair {
    struct stretch without, with;
};

/* ---- the store is filled ---- */

/* End @count sagas of this definition; @ret_rate is how many a second. */
static bool fill(const struct scene *scene, const char *definition, uint32_t count,
                 double *ret_rate)
{
    struct load load;
    uint64_t start_ms = instant_now().monotonic_ms;
    bool good = load_open(&load, scene,
                          (struct load_wishes){.definition = definition, .in_flight = IN_FLIGHT}) &&
                watch_until(&load, scene, load_ended, count);

    *ret_rate = count * 1000.0 / (double)(instant_now().monotonic_ms - start_ms + 1);
    good = good && load_drain(&load);
    load_close(&load);
    return good;
}

static bool hold(const struct scene *scene, uint32_t count)
{
    struct load load;
    bool good = load_open(&load, scene,
                          (struct load_wishes){.definition = SCENE_HELD, .in_flight = count}) &&
                watch_until(&load, scene, load_started, count);

    load_close(&load);
    return good;
}

/* ---- stretches ---- */

static bool measure(struct load *load, const struct scene *scene, uint32_t seconds,
                    struct stretch *ret_stretch)
{
    if (!watch(load, scene, SETTLE_MS))
        return false;
    load_measure(load);
    if (!watch(load, scene, seconds * 1000ull))
        return false;
    load_latencies(load, &ret_stretch->p50_ms, &ret_stretch->p99_ms);
    return true;
}

static bool measure_with(struct load *load, const struct scene *scene, struct listers *listers,
                         uint32_t seconds, struct stretch *ret_stretch)
{
    listers_start(listers);
    bool good = measure(load, scene, seconds, ret_stretch);
    ret_stretch->lists = listers_pause(listers);
    return good;
}

/* Which of the two comes first changes, so that what drifts does not count for one of them. */
static bool measure_pair(struct load *load, const struct scene *scene, struct listers *listers,
                         uint32_t seconds, bool lists_first, struct pair *ret_pair)
{
    if (lists_first)
        return measure_with(load, scene, listers, seconds, &ret_pair->with) &&
               measure(load, scene, seconds, &ret_pair->without);
    return measure(load, scene, seconds, &ret_pair->without) &&
           measure_with(load, scene, listers, seconds, &ret_pair->with);
}

/* ---- what was found ---- */

static double ratio(double with, double without)
{
    return without > 0 ? with / without : 0;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_size);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static void print_pair(const struct pairs_wishes *wishes, uint32_t number, const struct pair *pair)
{
    const struct stretch *without = &pair->without, *with = &pair->with;
    double pages = (double)with->lists.pages / wishes->seconds;

    if (wishes->json)
        printf("{\"pair\":%u,\"p50_ms\":[%.3f,%.3f],\"p99_ms\":[%.3f,%.3f],"
               "\"p99_ratio\":%.3f,\"pages_per_s\":%.1f,\"least_pages\":%llu,"
               "\"slowest_page_ms\":%.1f,\"turned_away\":%llu,\"broken\":%llu}\n",
               number, without->p50_ms, with->p50_ms, without->p99_ms, with->p99_ms,
               ratio(with->p99_ms, without->p99_ms), pages,
               (unsigned long long)with->lists.least_pages, with->lists.slowest_ms,
               (unsigned long long)with->lists.turned_away, (unsigned long long)with->lists.broken);
    else
        printf("%4u  %9.1f %9.1f  %9.1f %9.1f  %7.3f  %8.1f %10.0f\n", number, without->p50_ms,
               without->p99_ms, with->p50_ms, with->p99_ms, ratio(with->p99_ms, without->p99_ms),
               pages, with->lists.slowest_ms);
    fflush(stdout);
}

static void print_head(const struct pairs_wishes *wishes, uint32_t rate)
{
    if (wishes->json)
        return;
    printf("%u sagas/s of five steps, and %u clients that list without a pause\n\n", rate,
           wishes->listers);
    printf("              without lists          with lists\n");
    printf("pair    p50 ms    p99 ms     p50 ms    p99 ms    ratio   pages/s    slowest ms\n");
}

static void print_sum(const struct pairs_wishes *wishes, uint32_t rate, const struct pair *pairs)
{
    double p50[PAIRS_MAX], p99[PAIRS_MAX];

    for (uint32_t i = 0; i < wishes->pairs; i++) {
        p50[i] = ratio(pairs[i].with.p50_ms, pairs[i].without.p50_ms);
        p99[i] = ratio(pairs[i].with.p99_ms, pairs[i].without.p99_ms);
    }
    double middle = median(p50, wishes->pairs), high = median(p99, wishes->pairs);
    if (wishes->json)
        printf("{\"listers\":%u,\"pairs\":%u,\"rate\":%u,\"p50_ratio\":%.3f,"
               "\"p99_ratio\":%.3f}\n",
               wishes->listers, wishes->pairs, rate, middle, high);
    else
        printf("\nmedian of the ratios: p99 %.3f, p50 %.3f\n", high, middle);
}

/* ---- all of it ---- */

static bool measure_pairs(const struct pairs_wishes *wishes, const struct scene *scene,
                          struct listers *listers, uint32_t rate)
{
    struct load_wishes steady = {
        .definition = SCENE_SAGA, .in_flight = IN_FLIGHT_MOST, .rate = rate};
    struct load load;
    struct pair pairs[PAIRS_MAX] = {{.without = {.p50_ms = 0}}};
    bool good = load_open(&load, scene, steady) && watch(&load, scene, WARM_UP_MS);

    print_head(wishes, rate);
    for (uint32_t i = 0; good && i < wishes->pairs; i++) {
        good = measure_pair(&load, scene, listers, wishes->seconds, i % 2 == 1, &pairs[i]);
        if (good)
            print_pair(wishes, i + 1, &pairs[i]);
    }
    good = good && load_drain(&load);
    load_close(&load);
    if (good)
        print_sum(wishes, rate, pairs);
    return good;
}

static bool measure_scene(const struct pairs_wishes *wishes, const struct scene *scene,
                          struct listers *listers)
{
    double messages, sagas;

    fprintf(stderr, "saga-bench: filling the store with %u sagas\n",
            wishes->finished + wishes->held);
    if (!listers_open(listers, scene, wishes->listers) ||
        !fill(scene, SCENE_MESSAGE, wishes->finished / 2, &messages) ||
        !fill(scene, SCENE_SAGA, wishes->finished / 2, &sagas) || !hold(scene, wishes->held))
        return false;
    uint32_t rate = wishes->rate;
    if (rate == 0)
        rate = (uint32_t)(messages < sagas ? messages : sagas) * RATE_PERCENT / 100 + 1;
    return measure_pairs(wishes, scene, listers, rate);
}

bool pairs_measure(const struct pairs_wishes *wishes)
{
    struct scene scene;
    struct listers listers = {.count = 0};
    bool good = scene_open(&scene, wishes->folder, IN_FLIGHT_MOST + wishes->held) &&
                measure_scene(wishes, &scene, &listers);

    listers_close(&listers);
    scene_close(&scene);
    return good;
}
