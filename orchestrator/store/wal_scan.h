/*
 * A look at SQLite's write-ahead log before SQLite opens it.
 *
 *   │ header │ frame frame COMMIT │ frame COMMIT │ frame ✗ frame COMMIT │ frame …
 *              good, durable                        │                   └ written after the sync:
 *                                                   └ bad: then this is corruption
 *
 * SQLite stops reading at the first bad frame and says nothing: every commit from there on is
 * gone. A bad frame in the last commit is what a power cut leaves, and that commit was never
 * acknowledged. But a commit is synced before the next begins, so a frame that follows a commit
 * after the bad frame proves that the bad one was once good.
 */
#ifndef ORCHESTRATOR_STORE_WAL_SCAN_H
#define ORCHESTRATOR_STORE_WAL_SCAN_H

#include <stdint.h>

/*
 * Scan the log that is open as @fd.
 *
 * Returns 0 when SQLite will read everything that was ever acknowledged; WAL_CORRUPT with the
 * offset of the bad frame (0: the header); FAULT_IO or FAULT_MEMORY.
 */
enum { WAL_CORRUPT = 1 };
int wal_scan(int fd, uint64_t *ret_offset);

#endif
