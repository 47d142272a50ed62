#include "engine/live_blocks.h"

#include "base/fault.h"
#include "engine/live.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 64u

void live_blocks_fini(struct live_blocks *blocks)
{
    for (size_t i = 0; i < blocks->count; i++)
        free(blocks->items[i]);
    free(blocks->items);
    *blocks = (struct live_blocks){0};
}

static int grow(struct live_blocks *blocks)
{
    size_t capacity = blocks->capacity > 0 ? 2 * blocks->capacity : CAPACITY_MIN;
    struct live_block **items = realloc(blocks->items, capacity * sizeof(struct live_block *));

    if (items == NULL)
        return fault(FAULT_MEMORY);
    blocks->items = items;
    blocks->capacity = capacity;
    return 0;
}

static int begin_block(struct live_blocks *blocks, struct live *live)
{
    if (blocks->count == blocks->capacity) {
        int r = grow(blocks);
        if (r < 0)
            return pass(r);
    }
    struct live_block *block = malloc(sizeof *block);
    if (block == NULL)
        return fault(FAULT_MEMORY);
    *block = (struct live_block){.least = live->id.number, .first = live};
    blocks->items[blocks->count++] = block;
    return 0;
}

int live_blocks_add(struct live_blocks *blocks, struct live *live)
{
    struct live_block *last = blocks->count > 0 ? blocks->items[blocks->count - 1] : NULL;

    if (last == NULL || last->added == LIVE_BLOCK_SIZE) {
        int r = begin_block(blocks, live);
        if (r < 0)
            return pass(r);
        last = blocks->items[blocks->count - 1];
    }
    last->added++;
    last->left++;
    live->block = last;
    assert(last->left <= last->added);
    return 0;
}

/* How many blocks begin below this number. */
static size_t blocks_below(const struct live_blocks *blocks, uint64_t number)
{
    size_t low = 0, high = blocks->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (blocks->items[middle]->least < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void end_block(struct live_blocks *blocks, struct live_block *block)
{
    size_t at = blocks_below(blocks, block->least);

    assert(blocks->items[at] == block);
    blocks->count--;
    memmove(&blocks->items[at], &blocks->items[at + 1],
            (blocks->count - at) * sizeof(struct live_block *));
    free(block);
}

void live_blocks_remove(struct live_blocks *blocks, struct live *live)
{
    struct live_block *block = live->block;

    assert(block->left > 0);
    live->block = NULL;
    if (--block->left == 0)
        end_block(blocks, block);
    else if (block->first == live)
        block->first = live->newer;
}

struct live *live_blocks_below(const struct live_blocks *blocks, uint64_t number)
{
    size_t below = blocks_below(blocks, number);

    if (below == 0)
        return NULL;
    struct live *live = blocks->items[below - 1]->first;
    if (live->id.number >= number)
        return live->older;
    while (live->newer != NULL && live->newer->id.number < number)
        live = live->newer;
    return live;
}
