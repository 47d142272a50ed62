/*
 * Reading one unpacked message: every field is checked on its way into the structs of wire.h.
 *
 *   unpacked field ──read_text──▶ const char *        a field that does not fit marks the reader,
 *                  ──read_bytes─▶ struct bytes        and the message is refused at the end
 *
 * The values given back for fields that do not fit are empty, so reading can go on.
 */
#ifndef ORCHESTRATOR_CODEC_WIRE_READ_H
#define ORCHESTRATOR_CODEC_WIRE_READ_H

#include "codec/wire.h"
#include "codec/wire_arena.h"
#include "codec/wire_tables.h"

struct wire_reader {
    struct wire_arena *arena; /* Borrowed: of the message that is being read. */
    bool unfit;               /* Some field was over its limit or made no sense. */
};

/* UTF-8 without NUL, shorter than @size. */
const char *wire_read_text(struct wire_reader *reader, const char *text, size_t size);

/* As above, and not empty. */
const char *wire_read_name(struct wire_reader *reader, const char *text, size_t size);

/* As wire_read_text, but what is too long is cut, between two characters. */
const char *wire_read_cut(struct wire_reader *reader, char *text, size_t size);

struct bytes wire_read_bytes(struct wire_reader *reader, ProtobufCBinaryData data, size_t max);
void wire_read_token(struct wire_reader *reader, ProtobufCBinaryData data,
                     uint8_t ret_token[WIRE_TOKEN_SIZE]);
struct saga_id wire_read_id(struct wire_reader *reader, ProtobufCBinaryData data);

/* Room for @count structs; NULL when there are too many, or too little memory. */
void *wire_read_array(struct wire_reader *reader, size_t count, size_t count_max, size_t size);

#endif
