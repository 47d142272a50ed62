/*
 * A disk for tests that fails when it is told to, and forgets what was not synced.
 *
 *   SQLite ──▶ fault_vfs ──▶ the real files
 *                 │ write, truncate: remembered as not yet durable
 *                 │ sync: what is remembered becomes durable
 *                 └ power cut: the files get their durable bytes back, and of the rest a random
 *                   part, torn at sectors
 *
 * It is registered as SQLite's default, so the store is the very one that serves in production.
 */
#ifndef TESTS_STORE_FAULT_VFS_H
#define TESTS_STORE_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

void fault_vfs_install(void);
void fault_vfs_uninstall(void);

/* Forget all plans, counts and files. */
void fault_vfs_reset(void);

/* Writes, truncates and syncs since the reset. */
unsigned fault_vfs_operations(void);

/*
 * Fail the operation with this number (1: the next) with a result code of SQLite. When @dies,
 * every operation after it fails too, as if the process had stopped there.
 */
void fault_vfs_fail(unsigned number, int code, bool dies);

/* The same, counting syncs only. */
void fault_vfs_fail_sync(unsigned number, int code, bool dies);

/*
 * The files as a power cut leaves them: with seed 0 nothing that was not synced, otherwise some of
 * it. No file may be open any more.
 */
void fault_vfs_power_cut(uint64_t seed);

#endif
