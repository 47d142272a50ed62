#include "policy/bulkhead.h"

#include <assert.h>

#define UNDO_SHARE 5u

void bulkhead_init(struct bulkhead *bulkhead, uint32_t places)
{
    assert(places >= 2);

    *bulkhead = (struct bulkhead){.places = places, .undo_reserve = places / UNDO_SHARE};
    if (bulkhead->undo_reserve == 0)
        bulkhead->undo_reserve = 1;
    assert(bulkhead->undo_reserve < places);
}

uint32_t bulkhead_room(const struct bulkhead *bulkhead, enum bulkhead_lane lane)
{
    uint32_t undo = bulkhead->used[BULKHEAD_UNDO];
    uint32_t taken = bulkhead->used[BULKHEAD_FORWARD] + undo;

    if (lane == BULKHEAD_FORWARD && undo < bulkhead->undo_reserve)
        taken += bulkhead->undo_reserve - undo;
    return taken >= bulkhead->places ? 0 : bulkhead->places - taken;
}

void bulkhead_take(struct bulkhead *bulkhead, enum bulkhead_lane lane)
{
    assert(bulkhead_room(bulkhead, lane) > 0);

    bulkhead->used[lane]++;
    assert(bulkhead->used[BULKHEAD_FORWARD] + bulkhead->used[BULKHEAD_UNDO] <= bulkhead->places);
}

void bulkhead_retake(struct bulkhead *bulkhead, enum bulkhead_lane lane)
{
    assert(bulkhead->used[lane] < UINT32_MAX);

    bulkhead->used[lane]++;
}

void bulkhead_give(struct bulkhead *bulkhead, enum bulkhead_lane lane)
{
    assert(bulkhead->used[lane] > 0);

    bulkhead->used[lane]--;
}
