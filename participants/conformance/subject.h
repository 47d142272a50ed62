/*
 * The participant under test: its process, when it was given to us to start, and its effects.
 */
#ifndef PARTICIPANTS_CONFORMANCE_SUBJECT_H
#define PARTICIPANTS_CONFORMANCE_SUBJECT_H

#include <stdbool.h>
#include <sys/types.h>

struct subject {
    const char *command; /* Borrowed; NULL: somebody else starts it. */
    const char *effects; /* Borrowed; NULL: effects cannot be counted. */
    pid_t pid;           /* Of its process group; 0: it does not run. */
};

/* Start the command by the shell, with SAGA_URL in its environment. 0 or a fault. */
int subject_start(struct subject *subject, const char *url);

/* kill -9, and wait until it is gone. */
void subject_kill(struct subject *subject);

/* Whether the process that we have started ended by itself. */
bool subject_has_ended(struct subject *subject);

/* Ask the command for the effect of a saga (SAGA_ID in its environment): a number, or -1. */
int subject_effect(const struct subject *subject, const char *saga);

#endif
