/*
 * Reports: what the engine answers with when it is asked for more than one saga.
 *
 *   LIST ──▶ page        DEFINITIONS ──▶ definitions        STATUS ──▶ status
 *
 * Detached from the engine, like a snapshot: read on any thread. Times are wall time.
 */
#ifndef ORCHESTRATOR_ENGINE_REPORT_H
#define ORCHESTRATOR_ENGINE_REPORT_H

#include "core/definition.h"
#include "engine/snapshot.h"
#include "transport/transport.h"

struct page_row {
    struct saga_id id;
    char tenant[SAGA_TENANT_SIZE];
    char definition[SAGA_NAME_SIZE];
    enum saga_phase phase;
    bool paused;
    enum saga_park_reason parked;
    bool stuck;
    enum saga_condition_name condition;
    uint64_t condition_since_ms;
    char condition_subject[SAGA_NAME_SIZE];
    char step[SAGA_NAME_SIZE]; /* Where it is; "" when it has ended. */
    uint32_t attempts;
    uint64_t next_ms;
    char code[SAGA_CODE_SIZE];
    uint64_t created_ms;
    uint64_t updated_ms;
    uint32_t sequence;         /* 0 once it has ended: its row does not know. */
    struct snapshot *snapshot; /* Owned; the whole saga, when it was asked for. */
};

/* Whoever receives it ends it with page_free. */
struct page {
    uint64_t cursor; /* Give as `before` to go on; 0: there is no more. */
    size_t count;
    struct page_row rows[];
};

void page_free(struct page *page); /* Takes NULL. */

/* A version of a definition. What it points to is the catalog's, and never changes. */
struct definitions_row {
    const struct definition *definition;
    struct bytes text; /* In canonical form. */
    uint64_t live;     /* Sagas of it that have not ended. */
    bool current;      /* New sagas of its name use it. */
};

/* Whoever receives it frees it. */
struct definitions {
    uint64_t cursor; /* Give as `before` to go on; 0: there is no more. */
    size_t count;
    struct definitions_row rows[];
};

struct status_participant {
    char name[SAGA_NAME_SIZE];
    uint32_t workers;
    uint32_t queued;
    uint32_t out;
    uint64_t calls, results[SAGA_VERDICT_COUNT], unanswered;
};

struct status {
    uint64_t sagas_started, sagas_finished[SAGA_PHASE_COUNT], sagas_live, sagas_parked, sagas_stuck;
    uint64_t commits, events, replays, conflicts, stale_results, refused_polls, turns;
    uint64_t lists_served, lists_looked, lists_shed, lists_waiting;
    uint64_t uptime_ms;
    uint64_t last_turn_monotonic_ms;
    bool store_full, stopping, recovered;
    struct transport_counters transport;
    size_t participant_count;
    struct status_participant participants[64];
};

#endif
