#include "simulation/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define TELL_EVERY_MS 10000u

static uint64_t now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000u + (uint64_t)time.tv_nsec / 1000000u;
}

struct progress progress_begin(const char *name, uint64_t total)
{
    uint64_t begun_ms = now_ms();

    return (struct progress){
        .name = name, .total = total, .begun_ms = begun_ms, .told_ms = begun_ms};
}

void progress_add(struct progress *progress, uint64_t more)
{
    uint64_t at_ms = now_ms();

    progress->done += more;
    if (at_ms < progress->told_ms + TELL_EVERY_MS || progress->done == 0)
        return;
    progress->told_ms = at_ms;
    double passed_s = (double)(at_ms - progress->begun_ms) / 1000;
    double part = (double)progress->done / (double)progress->total;
    fprintf(stderr, "%s: %" PRIu64 "/%" PRIu64 " (%.1f %%), %.0f s passed, about %.0f s to go\n",
            progress->name, progress->done, progress->total, 100 * part, passed_s,
            passed_s / part - passed_s);
}
