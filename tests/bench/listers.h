/*
 * Listers: HTTP clients, each a process of its own, that list without a pause: page after page to
 * the end of a list, and again. The first lists all sagas, the second the live ones, the third
 * looks for what no saga has, the fourth lists messages; the fifth does as the first, and so on.
 */
#ifndef TESTS_BENCH_LISTERS_H
#define TESTS_BENCH_LISTERS_H

#include "scene.h"

#define LISTERS_MAX 64u

struct lister_board;

struct listers {
    uint32_t count;
    struct lister_board *board; /* Shared with the processes. */
    pid_t processes[LISTERS_MAX];
};

/* What they got since listers_start. */
struct listers_tally {
    uint64_t pages, turned_away, broken;
    uint64_t least_pages; /* Of the lister that got the fewest. */
    double slowest_ms;    /* Of all pages. */
};

/* Start them; they wait. False after saying on stderr what is wrong; listers_close is due. */
bool listers_open(struct listers *listers, const struct scene *scene, uint32_t count);
void listers_close(struct listers *listers);

void listers_start(struct listers *listers);

/* Ask them to pause, each after the page it is at; returns once all of them do. */
struct listers_tally listers_pause(struct listers *listers);

#endif
