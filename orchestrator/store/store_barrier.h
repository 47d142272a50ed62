/*
 * The barrier that a store's file passes before SQLite may open it.
 *
 *   lock ──▶ sync database, log and folder ──▶ scan the log ──▶ SQLite
 *
 * After kill -9, what a reader sees may exist only in the page cache. Nothing that was read may be
 * acted upon before it is durable, so everything is synced first. The lock comes before, because a
 * log that another process is writing would look damaged.
 */
#ifndef ORCHESTRATOR_STORE_STORE_BARRIER_H
#define ORCHESTRATOR_STORE_STORE_BARRIER_H

#include "store/store_backend.h"

#define BARRIER_PATH_SIZE 4096u

struct barrier {
    int lock; /* Owned; -1: not held. The lock ends with the descriptor. */
    char path[BARRIER_PATH_SIZE];
};

/*
 * Lock, sync and scan the store in @path; the database file is made when absent, readable by its
 * owner alone.
 *
 * Returns 0; FAULT_LOCKED, FAULT_CORRUPT, FAULT_IO, with the reason in @ret_message.
 */
int barrier_open(struct barrier *barrier, const char *path,
                 char ret_message[STORE_MESSAGE_SIZE]);

/*
 * Only look: the lock is taken if there is one, nothing is made or synced, and the log is scanned.
 * @ret_has_log: there is a log with something in it. Returns as barrier_open.
 */
int barrier_inspect(struct barrier *barrier, const char *path, bool *ret_has_log,
                    char ret_message[STORE_MESSAGE_SIZE]);

/* Sync the folder that the store lies in, so that the names of its files are durable. */
int barrier_sync_folder(const struct barrier *barrier);

/* Give the lock back. Idempotent. */
void barrier_close(struct barrier *barrier);

#endif
