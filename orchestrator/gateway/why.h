/*
 * Why a saga is not moving: in sentences, with what comes next and what to try.
 *
 *   {"headline": "Step \"queue\" waits because no worker of … asks for work.",
 *    "lines": ["no-worker: messaging since 2026-01-02T03:04:05.000Z, for 4m", …],
 *    "try": ["sagactl cancel saga_… --reason \"…\"", …]}
 */
#ifndef ORCHESTRATOR_GATEWAY_WHY_H
#define ORCHESTRATOR_GATEWAY_WHY_H

#include "engine/snapshot.h"

#include <jansson.h>

/* @now_ms is wall time. NULL when memory is short. */
json_t *why_json(const struct snapshot *snapshot, uint64_t now_ms);

#endif
