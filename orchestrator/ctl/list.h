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

/* What --limit says; false with a sentence on stderr. */
bool list_limit(const struct call *call, uint32_t *ret_limit);

/*
 * At most @limit of a list that the server gives in pages, of @page_rows each. The array is the
 * caller's.
 */
struct list_source {
    const char *path;
    const char *query;  /* What else is asked: "" or "&name=value…", escaped. */
    const char *member; /* The array in each answer. */
    uint32_t page_rows;
};
enum exit_code list_pages(const struct call *call, const struct list_source *source,
                          uint32_t limit, json_t **ret_rows);

/* What the command's options ask for, at most @limit; the array is the caller's. */
enum exit_code list_fetch(const struct call *call, uint32_t limit, json_t **ret_sagas);

/* Until it is interrupted. A server that cannot be reached for a while is waited for. */
enum exit_code watch_run(const struct call *call, uint32_t limit,
                         const struct column_choice *choice);

#endif
