/*
 * One connection to the server's HTTP gateway: a GET, its answer, and the next on the same one.
 */
#ifndef TESTS_BENCH_FETCH_H
#define TESTS_BENCH_FETCH_H

#include "base/bytes.h"

#include <stdbool.h>

#define FETCH_BODY_MAX (64u << 20)

struct fetch {
    char http[80];      /* "127.0.0.1:port". */
    int file;           /* -1: not connected. */
    unsigned status;    /* Of the last answer. */
    struct buffer text; /* Its head and body; a NUL ends it, which the size does not count. */
    const char *body;   /* Points into `text`. */
};

void fetch_init(struct fetch *fetch, const char *http);
void fetch_fini(struct fetch *fetch);

/*
 * Ask for @target with this Authorization; connects when it must. False when no whole answer came:
 * the connection is closed then, and the next call opens another.
 */
bool fetch_get(struct fetch *fetch, const char *target, const char *authorization);

#endif
