#include "codec/wire_arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * Small submessages cost more memory than bytes: an output with a one-letter name is seven bytes on
 * the wire and some 160 here. The counts of wire.h bound how many of them a good message has, hence
 * the second, gentler slope for large ones.
 */
#define BUDGET_PER_BYTE_SMALL 48u
#define BUDGET_PER_BYTE 2u
#define BUDGET_STRUCTS (2u * 1024u * 1024u)
#define BUDGET_BASE 65536u
#define FIRST_PER_BYTE 4u
#define FIRST_BASE 1024u
#define ALIGNMENT 8u

struct chunk {
    struct chunk *next;
    size_t size;
    size_t used;
    uint64_t bytes[];
};

struct wire_arena {
    ProtobufCAllocator allocator;
    struct chunk *chunks; /* Owned; the first is the one to take from. */
    size_t budget;        /* Bytes that may still be taken. */
    bool starved;
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Every take is preceded by its size. */
static size_t footprint(size_t size)
{
    return sizeof(uint64_t) + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static struct chunk *chunk_open(size_t size)
{
    struct chunk *chunk = calloc(1, sizeof *chunk + size);

    if (chunk != NULL)
        chunk->size = size;
    return chunk;
}

static void *allocate(void *data, size_t size)
{
    return wire_arena_take(data, size);
}

/* Everything goes with the arena. */
static void release(void *data, void *pointer)
{
    (void)data;
    (void)pointer;
}

static struct wire_arena *open_with(size_t first, size_t budget)
{
    assert(first <= budget);
    struct wire_arena *arena = calloc(1, sizeof *arena);

    if (arena == NULL)
        return NULL;
    arena->chunks = chunk_open(first);
    arena->budget = budget;
    arena->allocator = (ProtobufCAllocator){allocate, release, arena};
    if (arena->chunks == NULL)
        return wire_arena_close(arena);
    return arena;
}

struct wire_arena *wire_arena_open(size_t message_size)
{
    assert(message_size <= UINT32_MAX);
    size_t budget = BUDGET_BASE + smaller(message_size * BUDGET_PER_BYTE_SMALL,
                                          message_size * BUDGET_PER_BYTE + BUDGET_STRUCTS);
    size_t first = smaller(budget, FIRST_BASE + message_size * FIRST_PER_BYTE);

    return open_with(first / ALIGNMENT * ALIGNMENT, budget);
}

struct wire_arena *wire_arena_open_exact(size_t size, size_t takes)
{
    size_t most = size + takes * (sizeof(uint64_t) + ALIGNMENT);

    return open_with(most, most);
}

struct wire_arena *wire_arena_close(struct wire_arena *arena)
{
    if (arena == NULL)
        return NULL;
    while (arena->chunks != NULL) {
        struct chunk *next = arena->chunks->next;
        free(arena->chunks);
        arena->chunks = next;
    }
    free(arena);
    return NULL;
}

/* Put a new chunk in front, twice as large as the last or as large as the take needs. */
static bool grow(struct wire_arena *arena, size_t needed)
{
    size_t size = arena->chunks->size * 2;
    struct chunk *chunk = chunk_open(size > needed ? size : needed);

    if (chunk == NULL) {
        arena->starved = true;
        return false;
    }
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return true;
}

void *wire_arena_take(struct wire_arena *arena, size_t size)
{
    if (size > arena->budget || footprint(size) > arena->budget)
        return NULL;
    size_t needed = footprint(size);

    if (needed > arena->chunks->size - arena->chunks->used && !grow(arena, needed))
        return NULL;
    struct chunk *chunk = arena->chunks;
    uint64_t *place = chunk->bytes + chunk->used / ALIGNMENT;
    assert(chunk->used % ALIGNMENT == 0);
    assert(needed <= chunk->size - chunk->used);
    chunk->used += needed;
    arena->budget -= needed;
    *place = size;
    return place + 1;
}

size_t wire_arena_size(const void *taken)
{
    return ((const uint64_t *)taken)[-1];
}

bool wire_arena_starved(const struct wire_arena *arena)
{
    return arena->starved;
}

ProtobufCAllocator *wire_arena_allocator(struct wire_arena *arena)
{
    return &arena->allocator;
}
