/*
 * The answer: what an HTTP service says, and which verdict that is.
 *
 *   curl ──status line, headers, body──▶ egress_answer ──egress_answer_judge──▶ verdict
 *
 *   what came back                        do              undo            fence
 *   2xx, no body or JSON                  DONE            DONE            DONE
 *   2xx, a body that is no JSON, too large  RETRY         RETRY           RETRY
 *   400 402-406 410-418 422 … 501         REJECTED        REJECTED        RETRY, but 410 REJECTED
 *   404 410                               REJECTED        DONE            as above
 *   429 503 with Retry-After              BUSY            BUSY            BUSY
 *   401 407 408 409 425 429, 5xx, 3xx     RETRY           RETRY           RETRY
 *   nothing, and nothing was sent         BUSY            BUSY            BUSY
 *   nothing, cut off, out of time         RETRY           RETRY           RETRY
 *   it cannot be asked                    REJECTED        REJECTED        REJECTED
 *
 * Pure: bytes and a time in, a verdict out; nothing here trusts what the service sent. Always: at
 * most EGRESS_HEADERS_BYTES_MAX of headers and SAGA_OUTPUT_MAX of body are kept.
 */
#ifndef ORCHESTRATOR_EGRESS_EGRESS_ANSWER_H
#define ORCHESTRATOR_EGRESS_EGRESS_ANSWER_H

#include "base/bytes.h"
#include "core/input.h"
#include "core/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EGRESS_HEADERS_BYTES_MAX 65536u /* Of one answer; one with more is cut off. */

enum egress_end {
    EGRESS_ANSWERED,  /* All of it has come, or all that is kept. */
    EGRESS_NOT_SENT,  /* Not one byte of the request had left. */
    EGRESS_LOST,      /* The connection ended too soon. */
    EGRESS_TIMED_OUT, /* No answer in the time of the attempt. */
    EGRESS_UNASKABLE, /* The saga's input or an output is no JSON: no attempt can be sent. */
};

/* All zero is one of which nothing has come yet; ended by egress_answer_fini. */
struct egress_answer {
    enum egress_end end;
    uint32_t status;
    bool retry_after;        /* The header was there and could be read. */
    uint32_t retry_after_ms;
    size_t header_bytes;
    bool is_cut;             /* More came than is kept. */
    struct buffer body;
    char what[SAGA_TEXT_SIZE]; /* What went wrong, for people, when it did not end as ANSWERED. */
};

/* What the engine is told. Texts are UTF-8 that people can see. */
struct egress_verdict {
    enum saga_verdict verdict;
    struct bytes output; /* Borrowed from the answer. */
    char code[SAGA_CODE_SIZE];
    char text[SAGA_TEXT_SIZE];
    uint32_t after_ms;
};

/*
 * Take a line of the head: a status line, which begins anew, or a header. False when it is to be
 * cut off. @wall_ms is now, for a time to be retried after.
 */
bool egress_answer_line(struct egress_answer *answer, struct bytes line, uint64_t wall_ms);

/* Take a piece of the body; false when it is to be cut off. */
bool egress_answer_piece(struct egress_answer *answer, struct bytes piece);

/* Which verdict this is. */
void egress_answer_judge(const struct egress_answer *answer, enum saga_direction direction,
                         struct egress_verdict *ret_verdict);

void egress_answer_fini(struct egress_answer *answer);

#endif
