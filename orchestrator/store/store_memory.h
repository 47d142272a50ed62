/*
 * The inside of the store in memory, shared by its files and nobody else.
 */
#ifndef ORCHESTRATOR_STORE_STORE_MEMORY_H
#define ORCHESTRATOR_STORE_STORE_MEMORY_H

#include "store/store_backend.h"
#include "store/store_memory_keys.h"

struct memory_record {
    uint8_t *body;    /* Owned. */
    uint8_t *payload; /* Owned; NULL: none. */
    size_t body_size;
    size_t payload_size;
    uint8_t digest[STORE_DIGEST_SIZE];
};

struct memory_stream {
    uint64_t number;
    struct memory_record *records; /* Owned; the one with sequence n is at n - 1. */
    size_t count;
    size_t capacity;
    bool has_row;
    struct store_row row;
};

struct store_memory {
    struct store store;
    struct memory_stream **streams; /* Owned, in order of number. */
    size_t count;
    size_t capacity;
    struct memory_keys keys;
    struct backup_report backup; /* The latest. */
};

/* ---- store_memory_backup.c: at once, into a SQLite store like any other backup ---- */
int memory_backup(struct store *store, const struct backup_order *order);
void memory_backup_look(struct store *store, struct backup_report *ret_report);
void memory_backup_stop(struct store *store);

#endif
