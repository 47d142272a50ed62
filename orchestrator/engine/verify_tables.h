/*
 * What is derived from a saga's stream, compared with what the tables say.
 */
#ifndef ORCHESTRATOR_ENGINE_VERIFY_TABLES_H
#define ORCHESTRATOR_ENGINE_VERIFY_TABLES_H

#include "engine/live.h"
#include "store/store.h"

#define VERIFY_TABLES_TEXT_SIZE 160u

/* The row, and the key, that a saga's stream leaves behind when it is folded to its end. */
struct store_row derived_row(const struct live *folded);
struct store_key derived_key(const struct live *folded);

/* A key that is not replaced is kept so long after the end of its saga. */
bool derived_key_is_kept(const struct store_row *row, uint64_t wall_ms, uint64_t keep_ms);

/* Compare. 0; VERIFY_DIFFERS with a sentence; a fault. */
enum { VERIFY_DIFFERS = 1 };
int verify_row(struct store *store, const struct live *folded,
               char ret_text[VERIFY_TABLES_TEXT_SIZE]);
int verify_key(struct store *store, const struct live *folded, uint64_t wall_ms, uint64_t keep_ms,
               char ret_text[VERIFY_TABLES_TEXT_SIZE]);

#endif
