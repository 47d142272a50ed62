/*
 * Edits of a tape: each gives a smaller or a plainer world. Whether that still shows what the tape
 * is about, only playing it can tell.
 */
#ifndef TESTS_SIMULATION_TAPE_EDIT_H
#define TESTS_SIMULATION_TAPE_EDIT_H

#include "simulation/tape.h"

/* Leave out some of a tape's clients or marks, by their place in its list. */
void tape_drop_clients(struct tape *tape, size_t first, size_t count);
void tape_drop_marks(struct tape *tape, size_t first, size_t count);
void tape_drop_subject(struct tape *tape, uint32_t subject);

/* What was not asked for when it was played last; what no client has. */
void tape_drop_unused(struct tape *tape);

/* Count clients and definitions from 0. */
void tape_renumber(struct tape *tape);

/* Leave out a step of a definition; false when it has none of that number, or only that one. */
bool tape_drop_step(struct tape *tape, uint32_t definition, uint32_t step);

#endif
