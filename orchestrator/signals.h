/*
 * Signals as a file that can be polled, read by the main thread alone.
 */
#ifndef ORCHESTRATOR_SIGNALS_H
#define ORCHESTRATOR_SIGNALS_H

#include <stdbool.h>

/*
 * Block SIGTERM, SIGINT and SIGCHLD for this thread and those it will start, ignore SIGPIPE, and
 * open a file that receives them. 0 or FAULT_SYSTEM.
 */
int signals_open(int *ret_file);

/* Read what has arrived; true when somebody wants the process to end. */
bool signals_take(int file);

#endif
