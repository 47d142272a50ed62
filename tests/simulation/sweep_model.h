/*
 * How many orders there are in which the messages of two sagas can arrive, counted twice without
 * the product: by formula where one holds, and by a model of what follows from what.
 *
 *   call ──▶ result ──▶ the calls of steps that needed it, or, after a refusal, the undos
 *
 * A participant has so many calls at once; another waits until a result has come, undo first. The
 * model knows nothing of time, journals or attempts; it counts, and that is all.
 */
#ifndef TESTS_SIMULATION_SWEEP_MODEL_H
#define TESTS_SIMULATION_SWEEP_MODEL_H

#include "simulation/sweep.h"

/* The model's count; outcomes are ok or refused, and nothing is refused after a pivot. */
uint64_t sweep_model_count(const struct script *script);

/*
 * The formula's: (Σ n)! ÷ Π n! for chains of n messages that do not touch each other; 0 when the
 * script is not made of such chains.
 */
uint64_t sweep_formula_count(const struct script *script);

#endif
