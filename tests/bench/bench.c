/*
 * saga-bench: how many five-step sagas a second, and how long does each take?
 */
#include "base/clock.h"
#include "gauge.h"
#include "load.h"
#include "pairs.h"
#include "scene.h"
#include "watch.h"

#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define IN_FLIGHT_MAX 1000000u
#define SECONDS_MAX 3600u
#define RATE_MAX 100000u
#define SAGAS_MAX 1000000u
#define WARM_UP_MS 1000u

enum { EXIT_USAGE = 2 };

struct wishes {
    uint32_t in_flight;
    uint32_t seconds;
    const char *folder;
    bool json;
    struct pairs_wishes pairs; /* listers 0: measure the sagas alone. */
};

struct figures {
    double seconds;
    double sagas;
    double p50_ms, p99_ms;
    double commits_per_saga;
    double rss_mb;
};

static const char help[] =
    "usage: saga-bench [--in-flight N] [--seconds S] [--dir DIR] [--json]\n"
    "       saga-bench --listers N [--pairs P] [--rate R] [--finished F] [--held H]\n"
    "                  [--seconds S] [--dir DIR] [--json]\n"
    "\n"
    "Measure five-step sagas. Starts the server that lies beside this program and five\n"
    "participants that do nothing, each a process of its own; keeps N sagas in flight for S\n"
    "seconds; every commit is synced, as in production.\n"
    "\n"
    "  --in-flight N  sagas in flight at once (default 1024)\n"
    "  --seconds S    how long to measure, after a second of warm-up (default 5)\n"
    "  --dir DIR      keep the server's files in DIR (default: a temporary folder, removed)\n"
    "  --json         print one line of JSON\n"
    "\n"
    "With --listers, what do lists cost the sagas that run? Beside sagas that have ended\n"
    "and sagas that are held, others arrive steadily; in every second stretch of S seconds N\n"
    "clients list over HTTP without a pause, each page after page to the end and again: all\n"
    "sagas, the live ones, those that match a filter that nothing does, messages. Prints a line\n"
    "for each pair.\n"
    "\n"
    "  --listers N    clients that list\n"
    "  --pairs P      pairs of stretches, without and with lists (default 5)\n"
    "  --rate R       sagas a second (default: 25 % of what the server ended while it was filled)\n"
    "  --finished F   sagas that have ended (default 20000), half of them messages\n"
    "  --held H       sagas that wait for a worker that does not come (default 2000)\n"
    "\n"
    "Latency is from the submit to the news of the saga's end, seen by the client; with a rate,\n"
    "from when the submit was due.\n"
    "Exit code: 0 measured, 1 failed, 2 wrong usage.\n";

/* ---- options ---- */

static bool read_number(const char *text, uint32_t most, uint32_t *ret_number)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || number == 0 || number > most) {
        fprintf(stderr, "saga-bench: \"%s\" is no number from 1 to %u\n", text, most);
        return false;
    }
    *ret_number = (uint32_t)number;
    return true;
}

static bool read_option(int option, struct wishes *wishes)
{
    switch (option) {
    case 'n':
        return read_number(optarg, IN_FLIGHT_MAX, &wishes->in_flight);
    case 's':
        return read_number(optarg, SECONDS_MAX, &wishes->seconds);
    case 'l':
        return read_number(optarg, LISTERS_MAX, &wishes->pairs.listers);
    case 'p':
        return read_number(optarg, PAIRS_MAX, &wishes->pairs.pairs);
    case 'r':
        return read_number(optarg, RATE_MAX, &wishes->pairs.rate);
    case 'f':
        return read_number(optarg, SAGAS_MAX, &wishes->pairs.finished);
    case 'e':
        return read_number(optarg, SAGAS_MAX, &wishes->pairs.held);
    case 'd':
        wishes->folder = optarg;
        return true;
    case 'j':
        wishes->json = true;
        return true;
    default:
        return false;
    }
}

/* 0: go on; else the exit code plus one. */
static int read_options(int argc, char **argv, struct wishes *wishes)
{
    static const struct option options[] = {{"in-flight", required_argument, NULL, 'n'},
                                            {"seconds", required_argument, NULL, 's'},
                                            {"listers", required_argument, NULL, 'l'},
                                            {"pairs", required_argument, NULL, 'p'},
                                            {"rate", required_argument, NULL, 'r'},
                                            {"finished", required_argument, NULL, 'f'},
                                            {"held", required_argument, NULL, 'e'},
                                            {"dir", required_argument, NULL, 'd'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    bool good = true;
    int option;

    while (good && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return EXIT_SUCCESS + 1;
        }
        good = read_option(option, wishes);
    }
    if (good && optind == argc)
        return 0;
    fprintf(stderr, "saga-bench: see saga-bench --help\n");
    return EXIT_USAGE + 1;
}

/* ---- measuring ---- */

static bool measure(struct load *load, const struct scene *scene, uint32_t seconds,
                    struct figures *ret_figures)
{
    struct gauge before, after;

    if (!watch(load, scene, WARM_UP_MS) || !gauge_read(scene, &before))
        return false;
    load_measure(load);
    uint64_t start_ms = instant_now().monotonic_ms;
    if (!watch(load, scene, seconds * 1000ull))
        return false;
    uint64_t ended = load_ended(load);
    ret_figures->seconds = (double)(instant_now().monotonic_ms - start_ms) / 1000;
    if (!gauge_read(scene, &after))
        return false;
    ret_figures->rss_mb = gauge_rss_mb(scene);
    if (!load_drain(load))
        return false;

    double finished = after.finished - before.finished;
    ret_figures->sagas = (double)ended;
    ret_figures->p50_ms = flights_latency_ms(&load->flights, 0.50);
    ret_figures->p99_ms = flights_latency_ms(&load->flights, 0.99);
    ret_figures->commits_per_saga = finished > 0 ? (after.commits - before.commits) / finished : 0;
    return true;
}

static bool bench(const struct wishes *wishes, struct figures *ret_figures)
{
    struct scene scene;
    struct load load;
    bool good = scene_open(&scene, wishes->folder, wishes->in_flight);

    if (good) {
        struct load_wishes sagas = {.definition = SCENE_SAGA, .in_flight = wishes->in_flight};
        good =
            load_open(&load, &scene, sagas) && measure(&load, &scene, wishes->seconds, ret_figures);
        load_close(&load);
    }
    scene_close(&scene);
    if (good && ret_figures->sagas == 0) {
        fprintf(stderr, "saga-bench: no saga ended\n");
        return false;
    }
    return good;
}

static void report(const struct wishes *wishes, const struct figures *figures)
{
    double per_second = figures->sagas / figures->seconds;

    if (wishes->json) {
        printf("{\"in_flight\":%u,\"seconds\":%.3f,\"sagas\":%.0f,\"sagas_per_s\":%.1f,"
               "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"commits_per_saga\":%.3f,\"rss_mb\":%.1f}\n",
               wishes->in_flight, figures->seconds, figures->sagas, per_second, figures->p50_ms,
               figures->p99_ms, figures->commits_per_saga, figures->rss_mb);
        return;
    }
    printf("%.0f sagas/s of five steps, %u in flight, over %.1f s\n", per_second, wishes->in_flight,
           figures->seconds);
    printf("  submit to finished   p50 %.1f ms   p99 %.1f ms\n", figures->p50_ms, figures->p99_ms);
    printf("  commits per saga     %.3f\n", figures->commits_per_saga);
    printf("  server's memory      %.1f MB\n", figures->rss_mb);
}

int main(int argc, char **argv)
{
    struct wishes wishes = {
        .in_flight = 1024, .seconds = 5, .pairs = {.pairs = 5, .finished = 20000, .held = 2000}};
    struct figures figures = {.sagas = 0};
    int ended = read_options(argc, argv, &wishes);

    if (ended != 0)
        return ended - 1;
    watch_for_signals();
    if (sodium_init() < 0)
        return EXIT_FAILURE;
    if (wishes.pairs.listers > 0) {
        wishes.pairs.seconds = wishes.seconds;
        wishes.pairs.folder = wishes.folder;
        wishes.pairs.json = wishes.json;
        return pairs_measure(&wishes.pairs) ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (!bench(&wishes, &figures))
        return EXIT_FAILURE;
    report(&wishes, &figures);
    return EXIT_SUCCESS;
}
