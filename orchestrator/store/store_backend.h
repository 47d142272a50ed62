/*
 * What a store's backend provides: the table behind store.h, and the ways to open one.
 *
 * The facade in store.c asserts the contract before and after each call; a backend only does the
 * work. Every backend passes tests/contract/store.
 */
#ifndef ORCHESTRATOR_STORE_STORE_BACKEND_H
#define ORCHESTRATOR_STORE_STORE_BACKEND_H

#include "store/store.h"

struct store_ops {
    int (*append)(struct store *store, const struct store_record *records, size_t count);
    int (*load)(struct store *store, uint64_t stream, uint32_t from, store_record_visitor *visit,
                void *context);
    int (*load_back)(struct store *store, uint64_t stream, uint32_t before,
                     store_record_visitor *visit, void *context);
    int (*live)(struct store *store, uint64_t after, store_row_visitor *visit, void *context);
    int (*find)(struct store *store, uint64_t number, struct store_row *ret_row);
    int (*find_key)(struct store *store, const uint8_t key[STORE_KEY_SIZE],
                    struct store_key *ret_key);
    int (*page)(struct store *store, uint64_t before, const char *tenant,
                store_row_visitor *visit, void *context, uint64_t *ret_cursor);
    int (*page_newer)(struct store *store, uint64_t from, const char *tenant,
                      store_row_visitor *visit, void *context, uint64_t *ret_cursor);
    int (*tidy)(struct store *store, uint64_t now_ms, uint64_t keep_ms);
    int (*next)(struct store *store, uint64_t after, uint64_t *ret_stream);
    int (*last_number)(struct store *store, uint64_t *ret_number);
    bool (*is_full)(const struct store *store);
    int (*backup)(struct store *store, const struct backup_order *order);
    void (*backup_look)(struct store *store, struct backup_report *ret_report);
    void (*backup_stop)(struct store *store);
    void (*close)(struct store *store);
};

/* The head of every backend's struct. */
struct store {
    const struct store_ops *ops;
};

/* Everything in memory, nothing survives the process: for tests. NULL when memory is short. */
struct store *store_memory_open(void);

/*
 * A SQLite database in @path, created when absent, with the start-up barrier: what is read was
 * made durable first, and the WAL was checked frame by frame.
 *
 * Returns 0; FAULT_LOCKED when another process has it; FAULT_CORRUPT, with file and offset in
 * @ret_message; FAULT_VERSION when a newer release wrote it; FAULT_IO.
 */
#define STORE_MESSAGE_SIZE 512u
int store_sqlite_open(const char *path, struct store **ret_store,
                      char ret_message[STORE_MESSAGE_SIZE]);

/*
 * The same only to read it: a store that no server has, or a backup. Nothing in it or beside it
 * changes; nothing may be appended. A schema of an older release is FAULT_VERSION too.
 */
int store_sqlite_inspect(const char *path, struct store **ret_store,
                         char ret_message[STORE_MESSAGE_SIZE]);

#endif
