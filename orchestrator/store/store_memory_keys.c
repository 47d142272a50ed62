#include "store/store_memory_keys.h"

#include "base/fault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 64u

/* The slot that holds the key, or the free one where it belongs. */
static struct memory_key *slot_of(const struct memory_keys *keys, const uint8_t key[STORE_KEY_SIZE])
{
    assert(keys->count < keys->capacity);
    uint64_t home;

    memcpy(&home, key, sizeof home);
    for (size_t i = (size_t)home & (keys->capacity - 1);; i = (i + 1) & (keys->capacity - 1)) {
        struct memory_key *slot = &keys->slots[i];
        if (!slot->used || memcmp(slot->key.key, key, STORE_KEY_SIZE) == 0)
            return slot;
    }
}

static int grow(struct memory_keys *keys)
{
    struct memory_keys larger = {0};

    larger.capacity = keys->capacity == 0 ? CAPACITY_MIN : keys->capacity * 2;
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL)
        return fault(FAULT_MEMORY);
    for (size_t i = 0; i < keys->capacity; i++) {
        if (keys->slots[i].used)
            *slot_of(&larger, keys->slots[i].key.key) = keys->slots[i];
    }
    larger.count = keys->count;
    larger.oldest_day = keys->oldest_day;
    memory_keys_fini(keys);
    *keys = larger;
    return 0;
}

void memory_keys_fini(struct memory_keys *keys)
{
    free(keys->slots);
    *keys = (struct memory_keys){0};
}

int memory_keys_put(struct memory_keys *keys, const struct store_key *key, uint64_t day)
{
    if ((keys->count + 1) * 2 > keys->capacity) {
        int r = grow(keys);
        if (r != 0)
            return pass(r);
    }
    struct memory_key *slot = slot_of(keys, key->key);
    if (keys->count == 0 || day < keys->oldest_day)
        keys->oldest_day = day;
    keys->count += slot->used ? 0 : 1;
    *slot = (struct memory_key){.key = *key, .day = day, .used = true};
    return 0;
}

const struct memory_key *memory_keys_get(const struct memory_keys *keys,
                                         const uint8_t key[STORE_KEY_SIZE])
{
    if (keys->capacity == 0)
        return NULL;
    const struct memory_key *slot = slot_of(keys, key);
    return slot->used ? slot : NULL;
}
