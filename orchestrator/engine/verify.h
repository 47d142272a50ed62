/*
 * Verification: a walk through the whole store that checks all that can be checked.
 *
 *   each stream: chain, records, payloads ─▶ fold ─▶ its row and its key are what the fold says
 *   each row: there is a stream that it is of
 *
 * It is done in slices, beside whatever else the store is asked, by the store's one thread; what is
 * appended meanwhile to a stream that was walked, or in a new one, is not looked at. It reads only.
 */
#ifndef ORCHESTRATOR_ENGINE_VERIFY_H
#define ORCHESTRATOR_ENGINE_VERIFY_H

#include "engine/chore.h"
#include "engine/live.h"
#include "store/store.h"

struct verify;

struct verify_options {
    struct store *store; /* Borrowed. */
    uint64_t keys_keep_ms;
    /* The saga as it is in memory, or NULL: it is compared with the fold. May be NULL. */
    const struct live *(*in_memory)(void *context, uint64_t number);
    void *context;
};

#define VERIFY_SLICE 50u /* Records of a turn: half a millisecond in each of a message's. */

/* 0 or FAULT_MEMORY; FAULT_IO and the like when the store cannot be asked. */
int verify_open(const struct verify_options *options, uint64_t wall_ms, struct verify **ret_verify);

/*
 * Look at so many records or rows more. 0; VERIFY_END once the report's state is no longer running;
 * a fault when the store cannot be read.
 */
enum { VERIFY_END = 1 };
int verify_step(struct verify *verify, uint32_t slice, uint64_t wall_ms);

/* Borrowed until verify_close. */
const struct verify_report *verify_report(const struct verify *verify);

/* Takes NULL; returns NULL. */
struct verify *verify_close(struct verify *verify);

#endif
