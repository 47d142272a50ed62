/*
 * The watch: what the main thread does while the server runs.
 *
 *   tend the children ─▶ say when all is up ─▶ wait for a signal, an end, or a restart that is due
 *
 * SIGTERM and SIGINT: the ready file goes first, then the server finishes what is out while the
 * children still answer, then the children are asked to end, then everything is closed.
 */
#ifndef ORCHESTRATOR_WATCH_H
#define ORCHESTRATOR_WATCH_H

#include "probe.h"
#include "server.h"
#include "world/children.h"
#include "world/credentials.h"

struct watch {
    struct server *server;
    int signals;                           /* Of signals_open. */
    const char *ready_file;                /* NULL: nobody wants to know. */
    const struct credentials *credentials; /* For the ready file; NULL: it names none. */
    struct children children;              /* None for the real thing. */

    /* the watch's own */
    struct probe probe;
    bool told;              /* The ready file says what is. */
    uint32_t told_starts;   /* Of the children, when it was written. */
    uint64_t tell_again_ms; /* Not before, after it could not be written. */
};

/* Until somebody wants the end; then the server is closed. Returns an exit code. */
int watch_run(struct watch *watch);

/* Close a server that shall not run after all; returns SAGAD_FAILED. */
int watch_abandon(struct watch *watch);

#endif
