#include "simulation/sweep_plans.h"

#include <assert.h>

struct sweep_plan plan_row(uint32_t steps, uint32_t pivot)
{
    assert(steps <= SWEEP_STEPS_MAX && pivot <= steps);
    struct sweep_plan plan = {.steps = (uint8_t)steps, .pivot = (uint8_t)pivot};

    for (uint32_t i = 1; i < steps; i++)
        plan.needs[i] = (uint8_t)(1u << (i - 1));
    return plan;
}

struct sweep_plan plan_side_by_side(uint32_t steps)
{
    assert(steps <= SWEEP_STEPS_MAX);
    return (struct sweep_plan){.steps = (uint8_t)steps, .pivot = (uint8_t)steps};
}

static void add(struct plan_list *list, struct sweep_plan plan)
{
    assert(list->count < SWEEP_PLANS_MAX);
    list->plans[list->count++] = plan;
}

bool plans_middle(uint32_t steps, struct plan_list *list)
{
    add(list, plan_row(steps, steps / 2));
    return true;
}

bool plans_pivots(uint32_t steps, struct plan_list *list)
{
    for (uint32_t pivot = 0; pivot <= steps; pivot++)
        add(list, plan_row(steps, pivot));
    return true;
}

/* ---- graphs ---- */

/* A graph is a number: a bit for each pair of steps, whether the later one needs the earlier. */
static uint32_t pair_of(uint32_t early, uint32_t late)
{
    return late * (late - 1) / 2 + early;
}

static bool has_edge(uint32_t graph, uint32_t early, uint32_t late)
{
    return graph >> pair_of(early, late) & 1u;
}

/* The graph with its steps renamed; UINT32_MAX when a step would need a later one. */
static uint32_t renamed(uint32_t graph, uint32_t steps, const uint8_t names[SWEEP_STEPS_MAX])
{
    uint32_t result = 0;

    for (uint32_t late = 1; late < steps; late++)
        for (uint32_t early = 0; early < late; early++) {
            if (!has_edge(graph, early, late))
                continue;
            if (names[early] > names[late])
                return UINT32_MAX;
            result |= 1u << pair_of(names[early], names[late]);
        }
    return result;
}

/* The next order of names, as in a dictionary; false after the last. */
static bool next_names(uint8_t names[SWEEP_STEPS_MAX], uint32_t steps)
{
    uint32_t at = steps - 1, with = steps - 1;

    while (at > 0 && names[at - 1] > names[at])
        at--;
    if (at == 0)
        return false;
    while (names[with] < names[at - 1])
        with--;
    uint8_t kept = names[at - 1];
    names[at - 1] = names[with];
    names[with] = kept;
    for (uint32_t i = at, j = steps - 1; i < j; i++, j--) {
        kept = names[i];
        names[i] = names[j];
        names[j] = kept;
    }
    return true;
}

/* How many renamings leave it as it is; 0 when one makes a smaller number of it. */
static uint32_t symmetries(uint32_t graph, uint32_t steps)
{
    uint8_t names[SWEEP_STEPS_MAX] = {0, 1, 2, 3};
    uint32_t count = 0;

    do {
        uint32_t other = renamed(graph, steps, names);
        if (other < graph)
            return 0;
        count += other == graph;
    } while (next_names(names, steps));
    return count;
}

/* For each step, those that come before or after it for certain, and itself. */
static void find_ordered(const struct sweep_plan *plan, uint8_t ret_ordered[SWEEP_STEPS_MAX])
{
    uint8_t before[SWEEP_STEPS_MAX] = {0};

    for (uint32_t i = 0; i < plan->steps; i++) {
        ret_ordered[i] = (uint8_t)(1u << i);
        before[i] = plan->needs[i];
        for (uint32_t j = 0; j < i; j++)
            if (plan->needs[i] & 1u << j)
                before[i] |= before[j];
    }
    for (uint32_t i = 0; i < plan->steps; i++)
        for (uint32_t j = 0; j < i; j++)
            if (before[i] & 1u << j) {
                ret_ordered[i] |= (uint8_t)(1u << j);
                ret_ordered[j] |= (uint8_t)(1u << i);
            }
}

/* Add a graph with each pivot that it can have, if it has two branches; how many pivots. */
static uint32_t add_graph(uint32_t graph, uint32_t steps, struct plan_list *list)
{
    struct sweep_plan plan = plan_side_by_side(steps);
    uint8_t ordered[SWEEP_STEPS_MAX] = {0};
    uint32_t pivots = 0, all = (1u << steps) - 1;

    for (uint32_t late = 1; late < steps; late++)
        for (uint32_t early = 0; early < late; early++)
            if (has_edge(graph, early, late))
                plan.needs[late] |= (uint8_t)(1u << early);
    find_ordered(&plan, ordered);
    for (uint32_t i = 0; i < steps; i++)
        pivots += ordered[i] == all;
    if (pivots == steps)
        return pivots; /* A row. */
    add(list, plan);
    for (uint32_t i = 0; i < steps; i++) {
        plan.pivot = (uint8_t)i;
        if (ordered[i] == all)
            add(list, plan);
    }
    return pivots;
}

/*
 * Graphs with names and a pivot: choose what is before it and what is after, a graph with one end
 * for the former and one with one beginning for the latter (OEIS A003025 ÷ steps: 1, 1, 5, 79),
 * and any needs between the two.
 */
static uint32_t named_with_pivot(uint32_t steps)
{
    static const uint32_t factorials[] = {1, 1, 2, 6, 24};
    static const uint32_t one_end[] = {1, 1, 5, 79};
    uint32_t count = 0;

    for (uint32_t before = 0; before < steps; before++) {
        uint32_t after = steps - 1 - before;
        uint32_t choices = factorials[steps] / factorials[before] / factorials[after];
        count += choices * one_end[before] * one_end[after] << (before * after);
    }
    return count;
}

bool plans_graphs(uint32_t steps, struct plan_list *list)
{
    static const uint32_t unnamed[] = {0, 1, 2, 6, 31}; /* A003087 */
    static const uint32_t named[] = {0, 1, 3, 25, 543}; /* A003024 */
    static const uint32_t namings[] = {1, 1, 2, 6, 24};
    uint32_t graphs = 0, graphs_named = 0, pivots_named = 0;

    assert(steps >= 1 && steps <= SWEEP_STEPS_MAX);
    for (uint32_t graph = 0; graph < 1u << steps * (steps - 1) / 2; graph++) {
        uint32_t same = symmetries(graph, steps);
        if (same == 0)
            continue;
        graphs++;
        graphs_named += namings[steps] / same;
        pivots_named += namings[steps] / same * add_graph(graph, steps, list);
    }
    return graphs == unnamed[steps] && graphs_named == named[steps] &&
           pivots_named == named_with_pivot(steps);
}
