/*
 * An arena: all the memory of one message, given back at once.
 *
 *   arena ──▶ chunk ──▶ chunk          each take: │ size │ zeroed bytes … │
 *
 * What a message can make us allocate is bounded before its bytes are read: the budget is a
 * multiple of its size. Takes remember their size, so that a string's true length can be told from
 * the length up to its first NUL. Nothing here is shared: one thread at a time per arena.
 */
#ifndef ORCHESTRATOR_CODEC_WIRE_ARENA_H
#define ORCHESTRATOR_CODEC_WIRE_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

struct wire_arena;

/* For decoding a message of this size; NULL when memory is short. */
struct wire_arena *wire_arena_open(size_t message_size);

/* For taking exactly so many bytes in so many takes, from one chunk; NULL when memory is short. */
struct wire_arena *wire_arena_open_exact(size_t size, size_t takes);

/* Takes NULL; returns NULL. */
struct wire_arena *wire_arena_close(struct wire_arena *arena);

/* Zeroed, aligned for any message; NULL when memory is short or the budget is spent. */
void *wire_arena_take(struct wire_arena *arena, size_t size);

/* The size that was asked for when @taken was taken. */
size_t wire_arena_size(const void *taken);

/* True when a take failed because memory was short, not because of the budget. */
bool wire_arena_starved(const struct wire_arena *arena);

/* How protobuf-c takes from it; lives as long as the arena. */
ProtobufCAllocator *wire_arena_allocator(struct wire_arena *arena);

#endif
