/*
 * What sagactl's exit status says; scripts rely on these numbers.
 */
#ifndef ORCHESTRATOR_CTL_EXIT_CODE_H
#define ORCHESTRATOR_CTL_EXIT_CODE_H

enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FAILED = 1,
    EXIT_CODE_USAGE = 2,
    EXIT_CODE_NOT_FOUND = 3,
    EXIT_CODE_CONFLICT = 4,       /* Conflict, or not allowed now. */
    EXIT_CODE_AUTHENTICATION = 5,
    EXIT_CODE_UNREACHABLE = 6,    /* Unreachable or timed out. */
    EXIT_CODE_PARTLY = 7,         /* Some items of a batch were not done. */
    EXIT_CODE_COMPENSATED = 10,   /* The saga that was waited for turned back. */
    EXIT_CODE_PARKED = 11,        /* It waits for a person. */
};

struct exit_code_info {
    enum exit_code code;
    const char *text; /* NULL after the last. */
};

extern const struct exit_code_info exit_code_infos[];

#endif
