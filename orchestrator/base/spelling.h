/*
 * Spelling: which of the known words was meant.
 */
#ifndef ORCHESTRATOR_BASE_SPELLING_H
#define ORCHESTRATOR_BASE_SPELLING_H

#include <stddef.h>

#define SPELLING_WORD_MAX 63u /* Longer words have no suggestion. */

/*
 * The nearest of @words to @word, by insertions, deletions, replacements and swaps of neighbours;
 * NULL when none is near: at most one change in three letters.
 */
const char *spelling_nearest(const char *word, const char *const *words, size_t count);

#endif
