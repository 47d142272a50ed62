/*
 * What the encoder and the decoder of records agree on, and nobody else needs to know.
 *
 * Decoding is strict: the only bytes that are accepted are those that encoding would have made.
 * So the decoder packs what it has read once more and compares.
 */
#ifndef ORCHESTRATOR_CODEC_RECORD_MESSAGE_H
#define ORCHESTRATOR_CODEC_RECORD_MESSAGE_H

#include "codec/record.h"

#include <stddef.h>
#include <stdint.h>

/* JournalStep.flags */
enum {
    RECORD_STEP_TOUCHED = 1,
    RECORD_STEP_DOUBT_EARLIER = 2,
    RECORD_STEP_WORKING = 4,
    RECORD_STEP_FENCING = 8,
    RECORD_STEP_HAS_OUTPUT = 16,
    RECORD_STEP_RESENT = 32,
    RECORD_STEP_FLAGS = 63,
};

/* JournalState.flags */
enum {
    RECORD_STATE_PAUSED = 1,
    RECORD_STATE_OVERDUE = 2,
    RECORD_STATE_TURNED_FOR_SERVICE = 4,
    RECORD_STATE_FLAGS = 7,
};

/* Write the record's bytes; their number, which is never above RECORD_BODY_MAX. */
size_t record_pack(const struct record *record, uint8_t ret_body[RECORD_BODY_MAX]);

#endif
