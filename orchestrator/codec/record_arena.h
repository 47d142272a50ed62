/*
 * A bounded arena: what a record may cost to unpack is decided before its first byte is read.
 *
 *   storage  │ used, zeroed block by block │ free                    │
 *            0                             used                      capacity
 *
 * Blocks are zeroed and aligned; nothing is given back before the whole arena is. A message that
 * asks for more than the storage holds fails to unpack, which its reader treats like any other
 * nonsense.
 */
#ifndef ORCHESTRATOR_CODEC_RECORD_ARENA_H
#define ORCHESTRATOR_CODEC_RECORD_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_ARENA_ALIGNMENT 16u

struct record_arena {
    uint8_t *storage; /* Borrowed, aligned to RECORD_ARENA_ALIGNMENT. */
    size_t capacity;
    size_t used;
    ProtobufCAllocator allocator; /* Hand this to unpack; it points back at the arena. */
};

/* The arena must not move while its allocator is in use. */
void record_arena_init(struct record_arena *arena, void *storage, size_t capacity);

/* A zeroed block, or NULL when it does not fit any more. */
void *record_arena_take(struct record_arena *arena, size_t size);

#endif
