/*
 * Blocks: where in the list of live sagas a number belongs, without walking the list.
 *
 *   blocks, by number   │ least 64 │ least 4160 │ least 8256 │     a saga is added to the last one,
 *                            │           │            │           until that has had BLOCK_SIZE
 *   oldest ⇄ … ⇄ newest    first       first        first
 *
 * Sagas end in any order, so a block may shrink; it goes with its last saga. Always: `first` is the
 * oldest saga of the block that lives, and those of one block are neighbours in the list.
 */
#ifndef ORCHESTRATOR_ENGINE_LIVE_BLOCKS_H
#define ORCHESTRATOR_ENGINE_LIVE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#define LIVE_BLOCK_SIZE 256u /* So many sagas are walked at most, to find one of them. */

struct live;

struct live_block {
    uint64_t least; /* The number of the first that was added. */
    uint32_t added;
    uint32_t left;
    struct live *first; /* Borrowed. */
};

struct live_blocks {
    struct live_block **items; /* Owns the array, and each. */
    size_t count;
    size_t capacity;
};

void live_blocks_fini(struct live_blocks *blocks);

/* The newest of all is about to be listed: give it a block. 0 or FAULT_MEMORY. */
int live_blocks_add(struct live_blocks *blocks, struct live *live);

/* It is about to leave the list, and still has its neighbours. */
void live_blocks_remove(struct live_blocks *blocks, struct live *live);

/* The newest saga whose number is below @number; NULL when there is none. */
struct live *live_blocks_below(const struct live_blocks *blocks, uint64_t number);

#endif
