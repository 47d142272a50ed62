/*
 * A pool: SQLite's memory in the simulator. What is given back is kept by its size, and given out
 * again, newest first; nothing is merged or split.
 *
 *   kept[0] ─▶ 32 bytes ─▶ 32 bytes      kept[5] ─▶ 1 KiB ─▶ 1 KiB      …
 *
 * For each transaction the guards' databases take and give back the same few sizes, most of them
 * pieces of a rollback journal.
 */
#ifndef TESTS_SIMULATION_POOL_H
#define TESTS_SIMULATION_POOL_H

/* Before anything else is asked of SQLite. */
void pool_serve_sqlite(void);

#endif
