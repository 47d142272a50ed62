/*
 * What the server says of itself: its metrics over HTTP, and its memory from /proc.
 */
#ifndef TESTS_BENCH_GAUGE_H
#define TESTS_BENCH_GAUGE_H

#include "scene.h"

struct gauge {
    double commits;
    double finished; /* Sagas, in whatever phase. */
};

/* False after saying on stderr what is wrong. */
bool gauge_read(const struct scene *scene, struct gauge *ret_gauge);

/* Resident memory of the server in MB; 0 when it is unknown. */
double gauge_rss_mb(const struct scene *scene);

#endif
