/*
 * A scan: reads a protobuf message as a pen has written it, field by field in the order of numbers.
 *
 *   │tag│value│tag│size│value…│ ──▶ scan_number · scan_signed · scan_fixed · scan_text · scan_bytes
 *
 *   outer = scan_open(&scan, 20);  … the fields of the message within …  scan_close(&scan, outer);
 *
 * A field that does not come next is absent: zero or empty. The bytes are not trusted. What breaks
 * off, is over its limit, or is left over at the end of a message marks the scan as unfit, and all
 * that is read from then on is absent too; so one look at the end is enough.
 */
#ifndef ORCHESTRATOR_CODEC_SCAN_H
#define ORCHESTRATOR_CODEC_SCAN_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scan {
    const uint8_t *at;  /* Borrowed: the next byte. */
    const uint8_t *end; /* Of the message that is read. */
    bool unfit;
};

struct scan scan_of(struct bytes message);
void scan_refuse(struct scan *scan);

/* True when all of it was read and nothing was unfit. */
bool scan_is_done(const struct scan *scan);

uint64_t scan_number(struct scan *scan, uint32_t field, uint64_t max);
int64_t scan_signed(struct scan *scan, uint32_t field);
uint64_t scan_fixed(struct scan *scan, uint32_t field);
struct bytes scan_bytes(struct scan *scan, uint32_t field); /* Borrowed; size 0: absent. */

/* A text without its NUL of up to @size - 1 bytes, and bytes of just this size. */
void scan_text(struct scan *scan, uint32_t field, size_t size, char *ret_text);
void scan_exactly(struct scan *scan, uint32_t field, size_t size, uint8_t *ret_bytes);

/* A message within: NULL when it does not come next; else what closes it. */
const uint8_t *scan_open(struct scan *scan, uint32_t field);
void scan_close(struct scan *scan, const uint8_t *outer);

#endif
