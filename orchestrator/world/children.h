/*
 * The children of a local world: started, watched, started again, and gone when it is gone.
 *
 *   plan ──fork──▶ running ──ends──▶ waiting 0.2 s, 0.4 s … 5 s ──▶ running …
 *                     └──children_stop: SIGTERM, then SIGKILL──▶ gone
 *
 * A child dies with the process: the kernel kills it when the thread that forked it ends, so only
 * the main thread may call these. A child has its own process group, so that the terminal's signals
 * reach the server alone; it inherits no file but its log.
 */
#ifndef ORCHESTRATOR_WORLD_CHILDREN_H
#define ORCHESTRATOR_WORLD_CHILDREN_H

#include "world/folder.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CHILDREN_MAX 8u
#define CHILDREN_ARGUMENTS_MAX 12u
#define CHILDREN_NAME_SIZE 32u
#define CHILDREN_NEVER UINT64_MAX

struct child {
    char name[CHILDREN_NAME_SIZE];
    char log[FOLDER_PATH_SIZE];
    char *arguments[CHILDREN_ARGUMENTS_MAX + 1]; /* Owned; NULL after the last. */
    pid_t pid;                                   /* 0 while it is not running. */
    uint64_t started_ms;
    uint64_t restart_ms; /* When it is started again, while it is not running. */
    uint32_t backoff_ms;
};

struct children {
    struct child items[CHILDREN_MAX];
    size_t count;
    uint32_t starts; /* In all; rises when a child has a new pid. */
};

/*
 * Plan a child that runs @program with the arguments up to NULL, and writes to DIR/NAME.log.
 * All is copied. 0; FAULT_MEMORY; FAULT_LIMIT when a path is too long.
 */
int children_plan(struct children *children, const struct folder *folder, const char *name,
                  const char *program, const char *const *arguments);

/*
 * Take note of those that ended, and start those that are due; at first all of them.
 * Returns the time of the next start, or CHILDREN_NEVER. Times are monotonic.
 */
uint64_t children_tend(struct children *children, uint64_t now_ms);

/* 0 while there is none of that name, or it is not running. */
pid_t children_pid(const struct children *children, const char *name);
bool children_all_run(const struct children *children);

/* Ask all to end, wait up to @grace_ms, kill what is left, and forget the plans. */
void children_stop(struct children *children, uint32_t grace_ms);

#endif
