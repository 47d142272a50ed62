/*
 * A pen: writes a protobuf message, field by field, into room that is large enough.
 *
 *   pen_number · pen_signed · pen_fixed · pen_text · pen_bytes ──▶ │tag│value│tag│size│value…│
 *
 *   opened = pen_open(&pen, 20);  … the fields of the message within …  pen_close(&pen, opened);
 *
 * Fields are written in the order of the calls, once, without measuring them first: as proto3 has
 * it, what is zero or empty is left out, and a message within a message is not. Room is checked at
 * each field; too little of it is a mistake of ours, never of outside bytes.
 */
#ifndef ORCHESTRATOR_CODEC_PEN_H
#define ORCHESTRATOR_CODEC_PEN_H

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>

/* The low three bits of a tag. */
enum pen_kind { PEN_VARINT = 0, PEN_FIXED64 = 1, PEN_SIZED = 2 };

struct pen {
    uint8_t *at;        /* Borrowed: where the next byte goes. */
    const uint8_t *end; /* One past the room. */
};

void pen_number(struct pen *pen, uint32_t field, uint64_t value); /* uint32, uint64, bool */
void pen_signed(struct pen *pen, uint32_t field, int64_t value);  /* sint64: zig-zag */
void pen_fixed(struct pen *pen, uint32_t field, uint64_t value);  /* fixed64 */
void pen_text(struct pen *pen, uint32_t field, const char *text);
void pen_bytes(struct pen *pen, uint32_t field, struct bytes data);

/* A message within: what is written between these two is its content. */
uint8_t *pen_open(struct pen *pen, uint32_t field);
void pen_close(struct pen *pen, uint8_t *opened);

#endif
