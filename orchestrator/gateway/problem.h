/*
 * Problems: every error the gateway itself gives, in the form of the face that was spoken to.
 *
 *   /v1            RFC 9457   {"type","title","status","detail","code","retryable", …}
 *   Messages face             {"code":20404,"message":"…","more_info":"…","status":404}
 *
 * One table holds code, status, number and title of each; /docs/errors and docs/reference/errors.md
 * tell the same. An answer without an id was never processed.
 */
#ifndef ORCHESTRATOR_GATEWAY_PROBLEM_H
#define ORCHESTRATOR_GATEWAY_PROBLEM_H

#include "base/id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROBLEM_DETAIL_SIZE 512u
#define PROBLEM_POINTER_SIZE 128u
#define PROBLEM_ERRORS_MAX 8u /* Who makes more mistakes at once sees the rest the next time. */

struct exchange;

enum problem_code {
    PROBLEM_MALFORMED,
    PROBLEM_INVALID,
    PROBLEM_BAD_KEY,
    PROBLEM_KEY_REQUIRED,
    PROBLEM_UNAUTHENTICATED,
    PROBLEM_FORBIDDEN,
    PROBLEM_NOT_FOUND,
    PROBLEM_UNKNOWN_DEFINITION,
    PROBLEM_METHOD,
    PROBLEM_NOT_ALLOWED,
    PROBLEM_UNDER_WAY,
    PROBLEM_PRECONDITION,
    PROBLEM_TOO_LARGE,
    PROBLEM_MEDIA_TYPE,
    PROBLEM_CONFLICT,
    PROBLEM_OVERLOADED,
    PROBLEM_INTERNAL,
    PROBLEM_RELEASING,
    PROBLEM_STOPPING,
    PROBLEM_NO_ANSWER,
    PROBLEM_UNKNOWN_OUTCOME,
    PROBLEM_STORE_FULL,
    PROBLEM_CODE_COUNT,
};

struct problem_kind {
    const char *code; /* Of /v1. */
    unsigned number;  /* Of the Messages face. */
    unsigned status;
    const char *title;
    bool retryable; /* The same request, with the same key, may well succeed later. */
    uint32_t retry_after_ms;
    const char *what; /* A sentence or two for the page about it. */
};

/* One wrong member of a body, or parameter of a query. */
struct problem_error {
    char pointer[PROBLEM_POINTER_SIZE]; /* A JSON pointer to it, cut to what there is room for. */
    char detail[PROBLEM_DETAIL_SIZE];
};

struct problem {
    enum problem_code code;
    char detail[PROBLEM_DETAIL_SIZE]; /* A sentence; "": the title says it all. */
    size_t error_count;
    struct problem_error errors[PROBLEM_ERRORS_MAX];
    struct saga_id saga; /* number 0: none. */
    bool names_verbs;
    uint32_t allowed; /* Mask of 1u << enum saga_verb. */
};

const struct problem_kind *problem_kind(enum problem_code code);

/* Add that the member @name is wrong; of the first one the problem's own detail is made. */
void problem_add_error(struct problem *problem, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for the member @name of the member @parent. */
void problem_add_inner_error(struct problem *problem, const char *parent, const char *name,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Reply with a problem. */
void problem_reply(struct exchange *exchange, const struct problem *problem);

/* The same, with only a code and a sentence. */
void problem_say(struct exchange *exchange, enum problem_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for PROBLEM_INVALID and the one member, or parameter, that is wrong. */
void problem_say_member(struct exchange *exchange, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What an answer means that is none of those a handler knows how to handle. */
struct desk_reply;
void problem_from_answer(struct exchange *exchange, const struct desk_reply *reply);

/*
 * An error in the form of the Messages face. @sid NULL: the request was never processed.
 * @text is repaired if it is not UTF-8. @retry_after_ms 0: no Retry-After.
 */
void message_error_reply(struct exchange *exchange, unsigned status, unsigned number,
                         const char *text, const char *sid, uint32_t retry_after_ms);

#endif
