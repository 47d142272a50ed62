/*
 * The story of a run, for people: what was called, what became of it, and what followed.
 *
 *   +0ms     calls reserve (1): is done when everything else is over
 *   +1s      its time is up
 *   +1.1s    calls release (1): is done
 */
#ifndef ORCHESTRATOR_CTL_SIMULATE_H
#define ORCHESTRATOR_CTL_SIMULATE_H

#include "explore/explore.h"

#include <stdio.h>

/* Repeat the run, and print it line by line. False when memory is short. */
bool simulate_tell(const struct definition *definition, const struct explore_run *run, FILE *out);

/* "done, rejected", of a mask of states. */
void simulate_do_states(uint32_t mask, char *ret_text, size_t size);
void simulate_undo_states(uint32_t mask, char *ret_text, size_t size);

#endif
