/*
 * The codes of the Messages face that participants answer, or that a wrong form gives: number, HTTP
 * status and sentence of each.
 */
#ifndef ORCHESTRATOR_GATEWAY_MESSAGE_CODE_H
#define ORCHESTRATOR_GATEWAY_MESSAGE_CODE_H

#include <stddef.h>
#include <stdint.h>

struct message_code {
    unsigned number;
    unsigned status;
    uint32_t retry_after_ms; /* 0: repeating the same does not help. */
    const char *text;
    const char *remedy; /* What to do about it; NULL for a number that only a service knows. */
};

enum {
    CODE_BAD_TO = 21211,
    CODE_NO_BODY = 21602,
    CODE_NO_FROM = 21603,
    CODE_NO_TO = 21604,
    CODE_BAD_CALLBACK = 21609,
    CODE_LONG_BODY = 21617,
    CODE_BAD_MEDIA = 21620,
    CODE_MANY_MEDIA = 21623,
    CODE_FAILED = 20500,
    CODE_NO_SERVICE = 20503,
};

/* The code of that number, or NULL. */
const struct message_code *message_code_find(unsigned number);

/* All of them, in order. */
const struct message_code *message_codes(size_t *ret_count);

/*
 * What a saga's code means to a message: the code of the table if it is there; another number as
 * 400 with that number; what is no number at all as CODE_FAILED.
 */
struct message_code message_code_of_saga(const char *code);

#endif
