/*
 * A list of sagas, once or again and again.
 *
 *   list_fetch ──▶ page by page ──▶ an array ──▶ column_print
 *        ▲                            │
 *        └──── every --interval ──────┴─ watch_run ──▶ a screen drawn anew │ what changed, as jsonl
 */
#ifndef ORCHESTRATOR_CTL_LIST_H
#define ORCHESTRATOR_CTL_LIST_H

#include "ctl/column.h"

/* What the command's options ask for, at most @limit; the array is the caller's. */
enum exit_code list_fetch(const struct call *call, uint32_t limit, json_t **ret_sagas);

/* Until it is interrupted. A server that cannot be reached for a while is waited for. */
enum exit_code watch_run(const struct call *call, uint32_t limit,
                         const struct column_choice *choice);

#endif
