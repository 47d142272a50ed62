/*
 * Following a saga: what it is, then each event as it comes.
 *
 *   show_print ──▶ each event after the last one seen ──▶ its end │ it is parked
 *                        ▲        │
 *                        └────────┘ GET …?wait&after_version, held by the server
 */
#ifndef ORCHESTRATOR_CTL_FOLLOW_H
#define ORCHESTRATOR_CTL_FOLLOW_H

#include "ctl/command.h"

/* Ends as the saga does: EXIT_CODE_OK, _COMPENSATED, _PARKED, or _FAILED once it is terminated. */
enum exit_code follow_run(const struct call *call);

/* One saga as `sagactl show` prints it. */
void show_print(const struct call *call, const json_t *saga); /* show.c */

#endif
