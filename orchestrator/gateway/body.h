/*
 * The parts of a reply's JSON that recur: texts, times, ids, verbs.
 */
#ifndef ORCHESTRATOR_GATEWAY_BODY_H
#define ORCHESTRATOR_GATEWAY_BODY_H

#include "base/bytes.h"
#include "base/id.h"

#include <jansson.h>
#include <stdint.h>

#define VERB_WORDS_MAX 8u

/* A string; bytes that are not UTF-8 become '?', since participants may have sent anything. */
json_t *body_text(const char *text);

/* The same, but null for "". */
json_t *body_text_or_null(const char *text);

/* RFC 3339 in milliseconds; null for 0. */
json_t *body_time(uint64_t wall_ms);

/* saga_…; null for number 0. */
json_t *body_id(struct saga_id id);

/* The words of a mask of 1u << enum saga_verb, each once: "resolve" stands for both its kinds. */
json_t *body_verbs(uint32_t mask);

/* Bytes that should be JSON, parsed; null when they are none. */
json_t *body_parsed(struct bytes text);

#endif
