#include "watch.h"

#include "base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

#define LOOK_MS 20

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

void watch_for_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* A moment later: whether all is well. */
static bool look(struct load *load, const struct scene *scene)
{
    struct timespec rest = {.tv_nsec = LOOK_MS * 1000000};

    nanosleep(&rest, NULL);
    if (interrupted || !load_is_well(load))
        return false;
    if (scene_is_alive(scene))
        return true;
    fprintf(stderr, "saga-bench: the server has ended\n");
    return false;
}

bool watch(struct load *load, const struct scene *scene, uint64_t ms)
{
    uint64_t until_ms = instant_now().monotonic_ms + ms;

    while (instant_now().monotonic_ms < until_ms)
        if (!look(load, scene))
            return false;
    return true;
}

bool watch_until(struct load *load, const struct scene *scene, uint64_t (*count)(struct load *load),
                 uint64_t wanted)
{
    while (count(load) < wanted)
        if (!look(load, scene))
            return false;
    return true;
}
