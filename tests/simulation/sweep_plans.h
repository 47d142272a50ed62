/*
 * The plans that a sweep goes through, and how many there must be.
 *
 * A graph is listed once, whatever its steps are called: the numbering that comes first stands for
 * all that differ in names only. That none is missing is seen from two counts of the literature,
 * the graphs up to names (OEIS A003087: 1, 2, 6, 31) and with names (A003024: 1, 3, 25, 543), to
 * which each listed one must contribute steps! ÷ its symmetries.
 */
#ifndef TESTS_SIMULATION_SWEEP_PLANS_H
#define TESTS_SIMULATION_SWEEP_PLANS_H

#include "simulation/sweep.h"

#include <stddef.h>

#define SWEEP_PLANS_MAX 64u

struct plan_list {
    size_t count;
    struct sweep_plan plans[SWEEP_PLANS_MAX];
};

/* Steps one after the other; at most SWEEP_STEPS_MAX. */
struct sweep_plan plan_row(uint32_t steps, uint32_t pivot);

/* Steps that need nothing of each other, without a pivot. */
struct sweep_plan plan_side_by_side(uint32_t steps);

/* Each adds its plans of so many steps; false when they are not as many as there must be. */
bool plans_middle(uint32_t steps, struct plan_list *list); /* A row, the pivot in the middle, */
bool plans_pivots(uint32_t steps, struct plan_list *list); /* at every place, and nowhere; */
bool plans_graphs(uint32_t steps, struct plan_list *list); /* what is no row, likewise. */

#endif
