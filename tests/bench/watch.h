/*
 * To watch a load run: until some time has passed, or something has ended too early.
 */
#ifndef TESTS_BENCH_WATCH_H
#define TESTS_BENCH_WATCH_H

#include "load.h"

/* From now on SIGINT and SIGTERM end a watch, so that what was made is still taken away. */
void watch_for_signals(void);

/* False, said on stderr, when the load or the server has ended, or somebody wants the end. */
bool watch(struct load *load, const struct scene *scene, uint64_t ms);

/* The same until @count has counted so many. */
bool watch_until(struct load *load, const struct scene *scene, uint64_t (*count)(struct load *load),
                 uint64_t wanted);

#endif
