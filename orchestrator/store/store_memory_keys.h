/*
 * Keys in memory: a table by open addressing. A key is a digest already, so it is its own hash.
 *
 * One entry per key: a key that is put again is replaced. Forgetting builds the table anew.
 */
#ifndef ORCHESTRATOR_STORE_STORE_MEMORY_KEYS_H
#define ORCHESTRATOR_STORE_STORE_MEMORY_KEYS_H

#include "store/store.h"

struct memory_key {
    struct store_key key;
    uint64_t day; /* The period that it is kept in. */
    bool used;
};

struct memory_keys {
    struct memory_key *slots; /* Owned; capacity is a power of two, or 0. */
    size_t capacity;
    size_t count;
    uint64_t oldest_day; /* No key is kept in an older one; meaningless when count is 0. */
};

void memory_keys_fini(struct memory_keys *keys);

/* 0 or FAULT_MEMORY. */
int memory_keys_put(struct memory_keys *keys, const struct store_key *key, uint64_t day);

/* NULL when there is none. Borrowed until the next put. */
const struct memory_key *memory_keys_get(const struct memory_keys *keys,
                                         const uint8_t key[STORE_KEY_SIZE]);

#endif
