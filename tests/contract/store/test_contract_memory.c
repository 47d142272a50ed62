/*
 * The contract suite on the store in memory.
 */
#include "store_suite.h"

static void *place_open(void)
{
    return NULL;
}

static void place_close(void *place)
{
    (void)place;
}

static struct store *open_at(void *place)
{
    (void)place;
    return store_memory_open();
}

int main(void)
{
    const struct store_suite memory = {
        .name = "a store in memory",
        .survives = false,
        .place_open = place_open,
        .place_close = place_close,
        .open = open_at,
    };

    return store_suite_run(&memory);
}
