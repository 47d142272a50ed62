#include "codec/pen.h"

#include <assert.h>
#include <string.h>

#define VARINT_MAX 10u /* Seven bits in each byte. */

static size_t room(const struct pen *pen)
{
    return (size_t)(pen->end - pen->at);
}

static void write_varint(struct pen *pen, uint64_t value)
{
    assert(room(pen) >= VARINT_MAX);

    while (value > 0x7f) {
        *pen->at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *pen->at++ = (uint8_t)value;
}

static void write_tag(struct pen *pen, uint32_t field, enum pen_kind kind)
{
    write_varint(pen, field << 3 | (uint32_t)kind);
}

void pen_number(struct pen *pen, uint32_t field, uint64_t value)
{
    if (value == 0)
        return;
    write_tag(pen, field, PEN_VARINT);
    write_varint(pen, value);
}

void pen_signed(struct pen *pen, uint32_t field, int64_t value)
{
    uint64_t bits = (uint64_t)value;

    pen_number(pen, field, bits << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

void pen_fixed(struct pen *pen, uint32_t field, uint64_t value)
{
    if (value == 0)
        return;
    write_tag(pen, field, PEN_FIXED64);
    assert(room(pen) >= 8);
    for (uint32_t i = 0; i < 8; i++)
        *pen->at++ = (uint8_t)(value >> 8 * i);
}

void pen_bytes(struct pen *pen, uint32_t field, struct bytes data)
{
    if (data.size == 0)
        return;
    write_tag(pen, field, PEN_SIZED);
    write_varint(pen, data.size);
    assert(room(pen) >= data.size);
    memcpy(pen->at, data.data, data.size);
    pen->at += data.size;
}

void pen_text(struct pen *pen, uint32_t field, const char *text)
{
    if (text[0] != '\0')
        pen_bytes(pen, field, bytes_of_text(text));
}

/* One byte is left for the size, which nearly always is enough. */
uint8_t *pen_open(struct pen *pen, uint32_t field)
{
    write_tag(pen, field, PEN_SIZED);
    write_varint(pen, 0);
    return pen->at;
}

void pen_close(struct pen *pen, uint8_t *opened)
{
    assert(opened <= pen->at);
    size_t size = (size_t)(pen->at - opened), more = 0;

    for (size_t rest = size >> 7; rest > 0; rest >>= 7)
        more++;
    assert(room(pen) >= more);
    if (more > 0)
        memmove(opened + more, opened, size);
    pen->at = opened - 1;
    write_varint(pen, size);
    pen->at += size;
}
