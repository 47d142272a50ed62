/*
 * The line that repeats one world of a sweep, see sweep_repeat.
 */
#ifndef TESTS_SIMULATION_SWEEP_LINE_H
#define TESTS_SIMULATION_SWEEP_LINE_H

#include "simulation/schedule.h"
#include "simulation/sweep.h"

/* Print "repeat: …". */
void sweep_line_print(const struct script *script);

/* False when the line makes no sense. @ret_script borrows @schedule, if it has one. */
bool sweep_line_read(const char *line, struct script *ret_script, struct schedule *schedule);

#endif
