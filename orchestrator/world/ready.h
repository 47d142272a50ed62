/*
 * The ready file: written when all is up, rewritten when a pid changes, removed at the end.
 *
 *   {"http":"http://…","participants_url":"…","account_sid":"AC…","auth_token":"…",
 *    "operator_key":"…","participant_secrets":{"auth":"…",…},"pids":{"sagad":N,"auth":N,…}}
 */
#ifndef ORCHESTRATOR_WORLD_READY_H
#define ORCHESTRATOR_WORLD_READY_H

#include "world/children.h"
#include "world/credentials.h"

struct ready {
    const char *http; /* "127.0.0.1:8080" */
    const char *participants_url;
    const struct credentials *credentials; /* NULL: of the real thing, which tells none. */
    const struct children *children;       /* NULL: none. */
};

/* 0; FAULT_IO with errno; FAULT_MEMORY. */
int ready_write(const char *path, const struct ready *ready);

#endif
