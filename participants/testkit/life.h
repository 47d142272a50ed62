/*
 * A life of a participant: one process, from its start until it crashes or the story ends.
 *
 *   trial (shared memory)  ──fork──▶  open ─▶ happen ─▶ happen ─▶ _exit
 *     ▲ how far the story is, what was promised, what is wrong ─────┘
 *
 * A message goes the way it goes in the worker: one transaction, the guard, the handlers, results.
 * A crash within a message is a call of the test's own, the last of it: its handler ends the
 * process after the work of the others and before the commit.
 */
#ifndef PARTICIPANTS_TESTKIT_LIFE_H
#define PARTICIPANTS_TESTKIT_LIFE_H

#include "base/id.h"
#include "promises.h"
#include "saga/participant_test.h"
#include "story.h"

#define LIFE_FOLDER_SIZE 128u

/* One saga's part of a trial. */
struct life_saga {
    char id[ID_TEXT_SIZE];
    char sid[ID_SID_SIZE];
    struct promises promises;
    int effect; /* When it was last counted. */
};

/* A round. Lives in memory that parent and children share. */
struct trial {
    const struct participant_test *test; /* Borrowed. */
    char folder[LIFE_FOLDER_SIZE];
    struct story story;
    size_t told;              /* Events that have begun. */
    bool neighbour_met;       /* The other saga has been done. */
    enum saga_direction lost; /* What the last crash interrupted, */
    bool is_lost;             /* if anything. */
    struct life_saga saga;
    struct life_saga neighbour;
    uint64_t next_token;
    bool unguarded;
    bool can_undo;
    struct {
        uint32_t done, rejected, undone;
    } counts;
    char last_answer[PROMISES_TEXT_SIZE];
    char wrong[PROMISES_TEXT_SIZE];
};

/* Also how the process ends, by codes that no participant means. */
#define LIFE_FIRST 112
enum life_end {
    LIFE_TOLD = LIFE_FIRST, /* The story is at its end and every promise held. */
    LIFE_CRASHED,           /* The story goes on in another life. */
    LIFE_BROKEN,            /* trial->wrong says what is wrong. */
};

/* Live one life in a process of its own. 0 with how it ended, or a fault when there is none. */
int life_run(struct trial *trial, enum life_end *ret_end);

#endif
