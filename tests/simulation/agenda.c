#include "simulation/agenda.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

static bool earlier(const struct happening *a, const struct happening *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(struct happening *a, struct happening *b)
{
    struct happening kept = *a;

    *a = *b;
    *b = kept;
}

void agenda_add(struct agenda *agenda, uint64_t at_ms, enum what what, uint32_t a, uint64_t b)
{
    if (agenda->count == agenda->capacity) {
        agenda->capacity = agenda->capacity == 0 ? 1024 : 2 * agenda->capacity;
        agenda->heap = realloc(agenda->heap, agenda->capacity * sizeof *agenda->heap);
        assert(agenda->heap != NULL);
    }
    size_t at = agenda->count++;
    agenda->heap[at] = (struct happening){
        .at_ms = at_ms, .order = agenda->order++, .what = (uint32_t)what, .a = a, .b = b};
    while (at > 0 && earlier(&agenda->heap[at], &agenda->heap[(at - 1) / 2])) {
        swap(&agenda->heap[at], &agenda->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

uint64_t agenda_next_ms(const struct agenda *agenda)
{
    return agenda->count == 0 ? UINT64_MAX : agenda->heap[0].at_ms;
}

struct happening agenda_take(struct agenda *agenda)
{
    assert(agenda->count > 0);
    struct happening first = agenda->heap[0];

    agenda->heap[0] = agenda->heap[--agenda->count];
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < agenda->count && earlier(&agenda->heap[child], &agenda->heap[least]))
                least = child;
        if (least == at)
            return first;
        swap(&agenda->heap[at], &agenda->heap[least]);
        at = least;
    }
}

void agenda_clear(struct agenda *agenda)
{
    agenda->count = 0;
    agenda->order = 0;
}

void agenda_fini(struct agenda *agenda)
{
    free(agenda->heap);
    *agenda = (struct agenda){0};
}
