/*
 * Faults: negative results that are passed on, never handled halfway.
 *
 *     if (write(...) < 0)
 *         return fault(FAULT_IO);      where it is born
 *     ...
 *     return pass(r);                  on the way up
 *
 * A function returns 0 when done, a positive outcome that its caller must handle, or a fault.
 */
#ifndef ORCHESTRATOR_BASE_FAULT_H
#define ORCHESTRATOR_BASE_FAULT_H

enum fault_code {
    FAULT_MEMORY = 1,
    FAULT_IO,          /* The outside failed; what it had begun is unknown. */
    FAULT_CORRUPT,     /* Stored bytes are not what was written. */
    FAULT_LIMIT,       /* A named maximum was reached where nobody could be told. */
    FAULT_INPUT,       /* Bytes from outside make no sense; the caller drops or refuses them. */
    FAULT_LOCKED,      /* Another process owns it. */
    FAULT_VERSION,     /* Written by a release that this one does not know. */
    FAULT_SYSTEM,      /* Threads, signals, sockets. */
    FAULT_CODE_COUNT,
};

/* The negative result for a code. */
int fault(enum fault_code code);

/* Hand a result up unchanged; reads as a decision not to handle it here. */
int pass(int result);

/* A word for a fault or code, for messages. */
const char *fault_name(int result);

#endif
