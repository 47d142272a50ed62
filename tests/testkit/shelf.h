/*
 * A participant to be tortured: it puts a thing on a shelf for a saga, and takes it off again.
 *
 * SHELF_GUARDED and SHELF_CAREFUL are right; each of the others has one mistake.
 */
#ifndef TESTS_TESTKIT_SHELF_H
#define TESTS_TESTKIT_SHELF_H

#include "saga/participant_test.h"

enum shelf_manner {
    SHELF_GUARDED,      /* As the library means it. */
    SHELF_CAREFUL,      /* Without the library's guard, by a table of its own. */
    SHELF_SLOW,         /* Guarded; WORKING first, and then it finds what it has begun. */
    SHELF_REFUSING,     /* Guarded; half of the sagas are refused after their work. */
    SHELF_NO_GUARD,     /* No memory of calls at all. */
    SHELF_FORGETFUL,    /* No guard; remembers calls in memory, until the process ends. */
    SHELF_NO_TOMBSTONE, /* Careful, but for an undo that comes first. */
    SHELF_ANEW,         /* Guarded; WORKING, and begins anew when asked again. */
    SHELF_OUTSIDE,      /* Guarded; its work is in a file, outside the transaction. */
    SHELF_KEEPS,        /* Guarded; the undo does nothing. */
    SHELF_TAKES_ALL,    /* Guarded; the undo takes off what belongs to others too. */
    SHELF_DIES,         /* Guarded; the handler brings the process down. */
};

struct shelf {
    enum shelf_manner manner;
    const char *url; /* NULL: it is not dialled. */
};

/* The manner of this word, as in "no-guard"; false when there is none. */
bool shelf_manner_of(const char *word, enum shelf_manner *ret_manner);

/* For participant_test; the context is the shelf. Operations: put, undone by take. */
struct participant *shelf_open(void *context, const char *folder);
int shelf_effect(void *context, const char *saga);

#endif
