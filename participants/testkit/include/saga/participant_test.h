/*
 * libsaga-participant-test: torture an operation of a participant, without a server.
 *
 *   seed ──▶ story: do, undo, do …  ──▶ the worker's way through the guard ──▶ your handler
 *                                                                                │
 *   wrong, in a sentence ◀── promises: the effect is 0 or 1, and 0 after an undo ◀┘
 *
 * What a network, a crash and a person can do to a participant is played to it: calls that are
 * repeated, in one message and in several; an undo before its do, and a do after its undo; a crash
 * between the work and the commit, and after the commit; a fence. A round is one story of one saga
 * in a new, empty folder. The first rounds are the same, short ones; later ones come from the seed.
 *
 * Every life of the participant is a process of its own, which a crash ends without warning. So the
 * effect has to be counted from what is durable, and nothing in memory counts.
 */
#ifndef SAGA_PARTICIPANT_TEST_H
#define SAGA_PARTICIPANT_TEST_H

#include "saga/participant.h"

#define PARTICIPANT_TEST_ROUNDS 100u /* Unless told otherwise. */
#define PARTICIPANT_TEST_TEXT_SIZE 2048u

struct participant_test {
    /*
     * Begin a life: open the database in @folder, open the participant and register, as the service
     * does when it starts; the url is not dialled. NULL when that failed.
     */
    struct participant *(*open)(void *context, const char *folder);

    /*
     * How often the operation has its effect for this saga now; negative when nobody knows. Called
     * between messages. NULL for an operation without effect: then only its answers are looked at.
     */
    int (*effect)(void *context, const char *saga);

    void *context;
    const char *operation; /* The do; its undo is the one that was registered with it. */
    const char *input;     /* JSON that the do accepts; NULL: {}. */
    const struct participant_output *outputs; /* Of the steps that it needs. */
    size_t output_count;
    uint64_t seed;   /* The same seed gives the same stories. */
    uint32_t rounds; /* 0: PARTICIPANT_TEST_ROUNDS. */
};

/* What was seen. Counts are of answers, in all rounds that were played. */
struct participant_test_report {
    uint32_t rounds;
    uint32_t done;
    uint32_t rejected;
    uint32_t undone;
    char
        text[PARTICIPANT_TEST_TEXT_SIZE]; /* What is wrong, the sequence, the seed; or what held. */
};

enum { PARTICIPANT_TEST_BROKEN = 1 };

/*
 * Play the rounds, until one is broken. 0: every promise held. PARTICIPANT_TEST_BROKEN: the report
 * says which did not. Negative: the test itself could not run (memory, a folder, a process).
 * The report is written always. Folders are made in TMPDIR, or /tmp, and removed.
 */
int participant_test_run(const struct participant_test *test,
                         struct participant_test_report *ret_report);

#endif
