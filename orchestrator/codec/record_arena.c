#include "codec/record_arena.h"

#include <assert.h>
#include <string.h>

static void *take_for_unpack(void *data, size_t size)
{
    return record_arena_take(data, size);
}

/* Blocks die with the arena. */
static void give_back(void *data, void *block)
{
    (void)data;
    (void)block;
}

void record_arena_init(struct record_arena *arena, void *storage, size_t capacity)
{
    assert((uintptr_t)storage % RECORD_ARENA_ALIGNMENT == 0);
    *arena = (struct record_arena){
        .storage = storage,
        .capacity = capacity,
        .allocator = {.alloc = take_for_unpack, .free = give_back, .allocator_data = arena},
    };
}

void *record_arena_take(struct record_arena *arena, size_t size)
{
    assert(arena->used <= arena->capacity);
    size_t room = arena->capacity - arena->used;

    if (size > room)
        return NULL;
    uint8_t *block = arena->storage + arena->used;
    size_t blocks = (size + RECORD_ARENA_ALIGNMENT - 1) / RECORD_ARENA_ALIGNMENT;
    size_t padded = blocks * RECORD_ARENA_ALIGNMENT;
    arena->used += padded < room ? padded : room;
    memset(block, 0, size);
    return block;
}
