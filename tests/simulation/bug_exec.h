/*
 * Planted bugs: each is a simulator of its own, in bugs/ beside this one.
 *
 *   bin/saga-sim --bug NAME --seeds 1..9  ──becomes──▶  bin/bugs/saga-sim-NAME --seeds 1..9
 */
#ifndef TESTS_SIMULATION_BUG_EXEC_H
#define TESTS_SIMULATION_BUG_EXEC_H

/*
 * Become the simulator with that bug, taking all other arguments along; build it when it is not
 * there yet.
 *
 * Returns only when that is not possible: 2, with a sentence on stderr that says why.
 */
int bug_exec(const char *name, int count, char **arguments);

/* Print each bug: its name, the invariants that should catch it, what it breaks. 0, or 2. */
int bug_list(void);

#endif
