#include "explore/explore_service.h"

#include <assert.h>

static enum saga_verdict take_do(struct explore_service *service, bool refuse)
{
    if (service->guarded && service->tombstone)
        return SAGA_VERDICT_FENCED;
    if (service->guarded && service->refused)
        return SAGA_VERDICT_REJECTED;
    if (service->effect)
        return SAGA_VERDICT_DONE;
    if (refuse) {
        service->refused = true;
        return SAGA_VERDICT_REJECTED;
    }
    service->effect = true;
    service->done = true;
    return SAGA_VERDICT_DONE;
}

static enum saga_verdict take_undo(struct explore_service *service, bool refuse)
{
    if (refuse)
        return SAGA_VERDICT_REJECTED;
    service->effect = false;
    service->tombstone = service->guarded;
    return SAGA_VERDICT_DONE;
}

/* What was done cannot be fenced any more. */
static enum saga_verdict take_fence(struct explore_service *service)
{
    if (service->done)
        return SAGA_VERDICT_DONE;
    if (service->refused)
        return SAGA_VERDICT_REJECTED;
    service->tombstone = service->guarded;
    return SAGA_VERDICT_FENCED;
}

enum saga_verdict explore_service_take(struct explore_service *service,
                                       enum saga_direction direction, bool refuse)
{
    switch (direction) {
    case SAGA_DO:
        return take_do(service, refuse);
    case SAGA_UNDO:
        return take_undo(service, refuse);
    case SAGA_FENCE:
        return take_fence(service);
    case SAGA_DIRECTION_COUNT:
        break;
    }
    assert(false);
    return SAGA_VERDICT_BUSY;
}
