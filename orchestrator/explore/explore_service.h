/*
 * One step's service, as the rules promise it to be.
 *
 *   do ──▶ done, once │ refused, for good │ fenced, after an undo came first
 *   undo ─▶ the effect is gone; a do that comes later finds that it was undone
 *
 * A service that is not guarded knows an attempt again, and no more: an undo that finds nothing
 * leaves no mark, so a do that comes after it is done.
 */
#ifndef ORCHESTRATOR_EXPLORE_EXPLORE_SERVICE_H
#define ORCHESTRATOR_EXPLORE_EXPLORE_SERVICE_H

#include "core/input.h"

struct explore_service {
    bool guarded;
    bool effect;    /* It is there. */
    bool done;      /* The do was done once; it may be undone since. */
    bool refused;   /* Guarded: that answer is final. */
    bool tombstone; /* Guarded: an undo or a fence came first, or undid it. */
    bool silent[SAGA_DIRECTION_COUNT];
};

/* A call arrives; @refuse: the service would rather not. The answer. */
enum saga_verdict explore_service_take(struct explore_service *service,
                                       enum saga_direction direction, bool refuse);

#endif
