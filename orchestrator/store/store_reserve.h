/*
 * The reserve: room that is kept so that running sagas can end when the disk is full.
 *
 *   kept ──the disk is full──▶ given up: 16 MiB for running sagas, no new submits
 *     ▲                              │
 *     └──there is room for two───────┘
 */
#ifndef ORCHESTRATOR_STORE_STORE_RESERVE_H
#define ORCHESTRATOR_STORE_STORE_RESERVE_H

#include <stdbool.h>

#define RESERVE_SIZE (16u * 1024u * 1024u) /* Some ten thousand sagas' way to their end. */
#define RESERVE_PATH_SIZE 4104u

struct reserve {
    char path[RESERVE_PATH_SIZE];
    bool kept;
};

/* The reserve of the store in @database: taken now when there is room. */
void reserve_init(struct reserve *reserve, const char *database);

/* The disk is full: let go of it. */
void reserve_give_up(struct reserve *reserve);

/*
 * Take it again, if there is room for it and as much again: otherwise it would be taken from the
 * very sagas that it was given up for. True when it is kept.
 */
bool reserve_retake(struct reserve *reserve);

#endif
