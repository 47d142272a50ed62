#include "engine/timers.h"

#include "base/fault.h"

#include <assert.h>
#include <stdlib.h>

#define TIMERS_CAPACITY_MIN 64u

static void place_at(struct timers *timers, size_t index, struct timer *timer)
{
    timers->heap[index] = timer;
    timer->place = (uint32_t)index + 1;
}

static void sift_up(struct timers *timers, size_t index)
{
    struct timer *timer = timers->heap[index];

    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (timers->heap[parent]->at_ms <= timer->at_ms)
            break;
        place_at(timers, index, timers->heap[parent]);
        index = parent;
    }
    place_at(timers, index, timer);
}

static void sift_down(struct timers *timers, size_t index)
{
    struct timer *timer = timers->heap[index];

    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= timers->count)
            break;
        if (child + 1 < timers->count &&
            timers->heap[child + 1]->at_ms < timers->heap[child]->at_ms)
            child++;
        if (timer->at_ms <= timers->heap[child]->at_ms)
            break;
        place_at(timers, index, timers->heap[child]);
        index = child;
    }
    place_at(timers, index, timer);
}

void timers_fini(struct timers *timers)
{
    free(timers->heap);
    *timers = (struct timers){0};
}

static int make_room(struct timers *timers)
{
    if (timers->count < timers->capacity)
        return 0;

    size_t capacity = timers->capacity > 0 ? 2 * timers->capacity : TIMERS_CAPACITY_MIN;
    struct timer **heap = realloc(timers->heap, capacity * sizeof *heap);
    if (heap == NULL)
        return fault(FAULT_MEMORY);
    timers->heap = heap;
    timers->capacity = capacity;
    return 0;
}

int timers_set(struct timers *timers, struct timer *timer, uint64_t at_ms)
{
    if (at_ms == 0) {
        timers_unset(timers, timer);
        return 0;
    }
    if (timer->place == 0) {
        int r = make_room(timers);
        if (r < 0)
            return pass(r);
        timer->at_ms = at_ms;
        place_at(timers, timers->count++, timer);
        sift_up(timers, timers->count - 1);
        return 0;
    }

    size_t index = timer->place - 1;
    assert(timers->heap[index] == timer);
    timer->at_ms = at_ms;
    sift_up(timers, index);
    sift_down(timers, timer->place - 1);
    return 0;
}

void timers_unset(struct timers *timers, struct timer *timer)
{
    if (timer->place == 0)
        return;

    size_t index = timer->place - 1;
    assert(timers->heap[index] == timer);
    timer->place = 0;
    struct timer *last = timers->heap[--timers->count];
    if (last == timer)
        return;
    place_at(timers, index, last);
    sift_up(timers, index);
    sift_down(timers, last->place - 1);
}

struct timer *timers_due(const struct timers *timers, uint64_t now_ms)
{
    if (timers->count == 0 || timers->heap[0]->at_ms > now_ms)
        return NULL;
    return timers->heap[0];
}

uint64_t timers_next_ms(const struct timers *timers)
{
    return timers->count == 0 ? UINT64_MAX : timers->heap[0]->at_ms;
}
