/*
 * The sentences of *why*: how a saga stands, in one; and what is known about it, in a few more.
 */
#ifndef ORCHESTRATOR_GATEWAY_WHY_SENTENCE_H
#define ORCHESTRATOR_GATEWAY_WHY_SENTENCE_H

#include "engine/snapshot.h"

#include <stdint.h>

#define WHY_SENTENCE_SIZE 512u
#define WHY_SPAN_SIZE 24u

/* Cause: one sentence, with its full stop. */
void why_headline(const struct snapshot *snapshot, char ret_text[WHY_SENTENCE_SIZE]);

/* "4m", "18h", "12s": how long, roughly. */
void why_span(uint64_t ms, char ret_text[WHY_SPAN_SIZE]);

/* The step that the condition is about, or NULL. Borrowed from the snapshot. */
const struct snapshot_step *why_step(const struct snapshot *snapshot);

/* The step's present calls are undos. */
bool why_is_undoing(const struct snapshot_step *step);

#endif
