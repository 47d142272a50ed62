/*
 * Folding a saga's stream: record by record, each checked against the one before it.
 *
 *   chain ─▶ decode ─▶ payload's digest ─▶ apply                 the same for recovery, history and
 *                                                                verification
 */
#ifndef ORCHESTRATOR_ENGINE_FOLD_H
#define ORCHESTRATOR_ENGINE_FOLD_H

#include "engine/live.h"
#include "store/store.h"

struct catalog;

struct fold {
    const struct catalog *catalog; /* Borrowed: the versions that sagas are pinned to. */
    struct plan *(*plan_for)(void *context, const struct definition *definition);
    void *context;
    struct live *live;    /* Owned by whoever folds; NULL before the first record. */
    struct record record; /* The latest. */
    uint32_t sequence;
    bool erased;       /* Some payload is gone. */
    const char *wrong; /* After FAULT_CORRUPT: what it is; a constant. */
};

/*
 * Fold the next record. 0; FAULT_CORRUPT; FAULT_VERSION; FAULT_LIMIT or FAULT_MEMORY.
 */
int fold_record(struct fold *fold, const struct store_record *stored);

/* There is no more: is it whole? 0 or FAULT_CORRUPT. */
int fold_end(struct fold *fold);

#endif
