/*
 * The reason: what the body of a refusal says, in the two members that services commonly use.
 *
 *   {"code": "out_of_stock", "detail": "Nothing left of 4711."}     and RFC 9457's problems
 *   {"code": 21610, "message": "…"}                                 and numbered errors
 *
 * A body that says nothing of the kind is no mistake: then the status is the reason.
 */
#ifndef ORCHESTRATOR_EGRESS_EGRESS_REASON_H
#define ORCHESTRATOR_EGRESS_EGRESS_REASON_H

#include "base/bytes.h"
#include "core/limits.h"

#include <stdint.h>

struct egress_reason {
    char code[SAGA_CODE_SIZE]; /* Letters, digits and _ - . : only; or "http_404". */
    char text[SAGA_TEXT_SIZE]; /* UTF-8 that people can see, on one line. */
};

void egress_reason_read(uint32_t status, struct bytes body, struct egress_reason *ret_reason);

#endif
