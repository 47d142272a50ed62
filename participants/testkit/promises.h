/*
 * Promises: what the answers of one operation of one saga bind it to, for ever.
 *
 *   DONE, REJECTED   the same answer to every repetition, and to a fence
 *   undo DONE        no effect any more; a do that was never done is FENCED
 *   fence REJECTED   likewise
 *   always           the effect is 0 or 1
 *
 * Answers are taken in the order in which they became durable. A function that takes an answer
 * returns true when it keeps what was promised; otherwise it writes the sentence that says what is
 * wrong. Nothing here looks at a participant, so the same judge serves one that is linked and one
 * that is at the other end of a wire.
 */
#ifndef PARTICIPANTS_TESTKIT_PROMISES_H
#define PARTICIPANTS_TESTKIT_PROMISES_H

#include "codec/wire.h"
#include "core/limits.h"

#define PROMISES_TEXT_SIZE 1024u

struct promises {
    bool unguarded; /* Known to run without a guard; said in what is wrong. */
    bool begun;     /* A do answered WORKING. */
    bool do_lost;   /* A do was asked and nobody heard its answer; */
    bool undo_lost; /* or an undo. */
    bool undone;
    bool fenced;
    bool decided;
    enum saga_verdict verdict; /* When decided: DONE or REJECTED, */
    char code[64];             /* with the code */
    size_t output_size;        /* and the output. */
    uint8_t output[SAGA_OUTPUT_MAX];
};

/* DONE, REJECTED or FENCED: the operation is answered, not merely this attempt. */
bool promises_is_settled(enum saga_verdict verdict);

/* The verdict as the documents spell it. */
const char *promises_verdict(enum saga_verdict verdict);

bool promises_take(struct promises *promises, enum saga_direction direction,
                   const struct wire_result *result, char ret_wrong[PROMISES_TEXT_SIZE]);

/* The effect after a call of this direction was answered, or its answer was lost. */
bool promises_check_effect(const struct promises *promises, enum saga_direction last, int effect,
                           char ret_wrong[PROMISES_TEXT_SIZE]);

#endif
