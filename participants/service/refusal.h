/*
 * The refusals of the three services: the codes that clients of the messaging API know, and their
 * sentences, in one table.
 */
#ifndef PARTICIPANTS_SERVICE_REFUSAL_H
#define PARTICIPANTS_SERVICE_REFUSAL_H

#include "saga/participant.h"

enum refusal {
    REFUSAL_MALFORMED,         /* invalid_input */
    REFUSAL_ACCOUNT_UNKNOWN,   /* 20003 */
    REFUSAL_ACCOUNT_SUSPENDED, /* 20005 */
    REFUSAL_QUOTA,             /* 20430 */
    REFUSAL_TO_INVALID,        /* 21211 */
    REFUSAL_FROM_INVALID,      /* 21212 */
    REFUSAL_BODY_MISSING,      /* 21602 */
    REFUSAL_FROM_MISSING,      /* 21603 */
    REFUSAL_TO_MISSING,        /* 21604 */
    REFUSAL_FROM_NOT_OWNED,    /* 21606 */
    REFUSAL_OPTED_OUT,         /* 21610 */
    REFUSAL_QUEUE_FULL,        /* 21611 */
    REFUSAL_TO_UNROUTABLE,     /* 21612 */
    REFUSAL_TO_NOT_CAPABLE,    /* 21614 */
    REFUSAL_BODY_TOO_LONG,     /* 21617 */
    REFUSAL_MEDIA_INVALID,     /* 21620 */
    REFUSAL_BALANCE,           /* 21621 */
    REFUSAL_MEDIA_TOO_MANY,    /* 21623 */
    REFUSAL_POOL_UNKNOWN,      /* 21701 */
    REFUSAL_POOL_EMPTY,        /* 21704 */
    REFUSAL_NO_RESERVATION,    /* no_reservation */
    REFUSAL_CAPTURED,          /* already_captured */
    REFUSAL_COUNT,
};

const char *refusal_code(enum refusal refusal);
const char *refusal_text(enum refusal refusal);

/* The refusal with this code; REFUSAL_COUNT when there is none. */
enum refusal refusal_of_code(const char *code);

/* Answer REJECTED with the code and its sentence. */
void refuse(struct participant_answer *answer, enum refusal refusal);

#endif
