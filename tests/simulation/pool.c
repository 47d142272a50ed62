#include "simulation/pool.h"

#include <assert.h>
#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST 32u
#define CLASSES 26u /* Each twice the one before; SQLite never asks for more than 2^31 bytes. */

/* Before every piece. */
union head {
    uint32_t class;   /* While it is used. */
    union head *next; /* While it is kept. */
    max_align_t aligned;
};

static union head *kept[CLASSES];

static uint32_t class_of(int size)
{
    uint32_t class = 0;

    for (uint32_t most = SMALLEST; most < (uint32_t)size; most *= 2)
        class++;
    assert(class < CLASSES);
    return class;
}

static union head *head_of(void *piece)
{
    return (union head *)piece - 1;
}

static int size_of(void *piece)
{
    return (int)(SMALLEST << head_of(piece)->class);
}

static int round_up(int size)
{
    return (int)(SMALLEST << class_of(size));
}

static void *take(int size)
{
    uint32_t class = class_of(size);
    union head *head = kept[class];

    if (head != NULL)
        kept[class] = head->next;
    else
        head = malloc(sizeof *head + ((size_t)SMALLEST << class));
    if (head == NULL)
        return NULL;
    head->class = class;
    return head + 1;
}

static void give(void *piece)
{
    union head *head = head_of(piece);
    uint32_t class = head->class;

    assert(class < CLASSES);
    head->next = kept[class];
    kept[class] = head;
}

static void *resize(void *piece, int size)
{
    int before = size_of(piece);

    if (size <= before)
        return piece;
    void *larger = take(size);
    if (larger == NULL)
        return NULL;
    memcpy(larger, piece, (size_t)before);
    give(piece);
    return larger;
}

static int begin(void *nothing)
{
    (void)nothing;
    return SQLITE_OK;
}

static void end(void *nothing)
{
    (void)nothing;
}

void pool_serve_sqlite(void)
{
    static const sqlite3_mem_methods methods = {
        .xMalloc = take, .xFree = give, .xRealloc = resize, .xSize = size_of,
        .xRoundup = round_up, .xInit = begin, .xShutdown = end,
    };
    int code = sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);

    assert(code == SQLITE_OK);
}
