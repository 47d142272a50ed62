/*
 * The canonical text of a definition: the same for every file that means the same.
 */
#ifndef ORCHESTRATOR_CATALOG_CANONICAL_H
#define ORCHESTRATOR_CATALOG_CANONICAL_H

#include "base/bytes.h"
#include "core/definition.h"

/* Append it. 0 or FAULT_MEMORY. */
int canonical_print(const struct definition *definition, struct buffer *text);

/* The version: BLAKE2b-256 of a canonical text. */
void canonical_hash(struct bytes text, uint8_t ret_hash[DEFINITION_HASH_SIZE]);

#endif
