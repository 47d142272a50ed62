/*
 * The operator's verbs as people write them: "resolve" with as "done" or "rejected" is one word for
 * two verbs of the core.
 */
#ifndef ORCHESTRATOR_GATEWAY_VERB_H
#define ORCHESTRATOR_GATEWAY_VERB_H

#include "core/input.h"

#include <stdbool.h>

const char *verb_word(enum saga_verb verb);

/* @as is "done", "rejected" or NULL. False when there is no such verb, or `as` does not fit it. */
bool verb_parse(const char *word, const char *as, enum saga_verb *ret_verb);

/* It acts on one step, which must be named. */
bool verb_names_step(enum saga_verb verb);

#endif
