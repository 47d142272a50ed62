/*
 * A bulkhead: so many places, and some of them only for undo.
 *
 *   ├────────── places ──────────┤
 *   ├── forward may use ──┤ undo's reserve ┤
 *
 * Forward calls may take what is left beside the unused part of the reserve, so an undo finds room
 * however many forward calls wait. Pure: no time, no memory. Always: used <= places, unless
 * bulkhead_retake brought calls back after a crash; then it drains before it admits.
 */
#ifndef ORCHESTRATOR_POLICY_BULKHEAD_H
#define ORCHESTRATOR_POLICY_BULKHEAD_H

#include <stdbool.h>
#include <stdint.h>

enum bulkhead_lane { BULKHEAD_FORWARD, BULKHEAD_UNDO, BULKHEAD_LANE_COUNT };

struct bulkhead {
    uint32_t places;
    uint32_t undo_reserve;
    uint32_t used[BULKHEAD_LANE_COUNT];
};

/* A fifth of the places, and at least one, are kept for undo. @places is at least 2. */
void bulkhead_init(struct bulkhead *bulkhead, uint32_t places);

/* How many more this lane may take now. */
uint32_t bulkhead_room(const struct bulkhead *bulkhead, enum bulkhead_lane lane);

void bulkhead_take(struct bulkhead *bulkhead, enum bulkhead_lane lane);

/* Take a place even when there is none: for a call that was out before a crash. */
void bulkhead_retake(struct bulkhead *bulkhead, enum bulkhead_lane lane);

void bulkhead_give(struct bulkhead *bulkhead, enum bulkhead_lane lane);

#endif
