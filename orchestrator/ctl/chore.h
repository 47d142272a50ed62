/*
 * A chore of the server, followed from its begin to its end: its progress on stderr, and Ctrl-C
 * asks the server to stop it.
 */
#ifndef ORCHESTRATOR_CTL_CHORE_H
#define ORCHESTRATOR_CTL_CHORE_H

#include "ctl/command.h"

#define CHORE_PROGRESS_SIZE 160u

struct chore_kind {
    const char *path; /* POST begins one here; GET looks. */
    bool named;       /* It is looked at under its name, behind the path. */
    void (*progress)(const json_t *report, char ret_text[CHORE_PROGRESS_SIZE]);
};

/*
 * Begin it with @request and wait for its end; the report is the caller's. Anything but
 * EXIT_CODE_OK was told, and there is no report.
 */
enum exit_code chore_follow(const struct call *call, const struct chore_kind *kind,
                            const json_t *request, json_t **ret_report);

#endif
