#include "codec/scan.h"

#include "codec/pen.h"

#include <assert.h>
#include <string.h>

#define BYTES_MAX ((uint64_t)UINT32_MAX) /* More than any message; keeps sums small. */

struct scan scan_of(struct bytes message)
{
    return (struct scan){.at = message.data, .end = message.data + message.size};
}

/* Nothing comes next any more. */
void scan_refuse(struct scan *scan)
{
    scan->at = scan->end;
    scan->unfit = true;
}

bool scan_is_done(const struct scan *scan)
{
    return scan->at == scan->end && !scan->unfit;
}

static size_t left(const struct scan *scan)
{
    assert(scan->at <= scan->end);
    return (size_t)(scan->end - scan->at);
}

/* A tag takes one byte up to field 15, and two up to 2047. */
static bool take_tag(struct scan *scan, uint32_t field, enum pen_kind kind)
{
    uint32_t tag = field << 3 | (uint32_t)kind;
    size_t size = tag < 0x80 ? 1 : 2;

    assert(tag < 0x4000);
    if (left(scan) < size || scan->at[0] != (uint8_t)(size == 1 ? tag : tag | 0x80))
        return false;
    if (size == 2 && scan->at[1] != tag >> 7)
        return false;
    scan->at += size;
    return true;
}

static uint64_t take_varint(struct scan *scan)
{
    uint64_t value = 0;

    for (uint32_t shift = 0; shift < 64 && scan->at < scan->end; shift += 7) {
        uint8_t byte = *scan->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    scan_refuse(scan);
    return 0;
}

static struct bytes take_sized(struct scan *scan)
{
    uint64_t size = take_varint(scan);
    struct bytes taken = bytes_of(scan->at, size < BYTES_MAX ? (size_t)size : SIZE_MAX);

    if (taken.size > left(scan)) {
        scan_refuse(scan);
        return bytes_of(NULL, 0);
    }
    scan->at += taken.size;
    return taken;
}

uint64_t scan_number(struct scan *scan, uint32_t field, uint64_t max)
{
    uint64_t value = take_tag(scan, field, PEN_VARINT) ? take_varint(scan) : 0;

    if (value <= max)
        return value;
    scan_refuse(scan);
    return 0;
}

int64_t scan_signed(struct scan *scan, uint32_t field)
{
    uint64_t bits = scan_number(scan, field, UINT64_MAX);

    return (int64_t)(bits >> 1 ^ ((bits & 1) != 0 ? UINT64_MAX : 0));
}

uint64_t scan_fixed(struct scan *scan, uint32_t field)
{
    uint64_t value = 0;

    if (!take_tag(scan, field, PEN_FIXED64))
        return 0;
    if (left(scan) < 8) {
        scan_refuse(scan);
        return 0;
    }
    for (uint32_t i = 0; i < 8; i++)
        value |= (uint64_t)*scan->at++ << 8 * i;
    return value;
}

struct bytes scan_bytes(struct scan *scan, uint32_t field)
{
    return take_tag(scan, field, PEN_SIZED) ? take_sized(scan) : bytes_of(NULL, 0);
}

void scan_text(struct scan *scan, uint32_t field, size_t size, char *ret_text)
{
    struct bytes text = scan_bytes(scan, field);

    assert(size > 0);
    ret_text[0] = '\0';
    if (text.size == 0)
        return;
    if (text.size >= size || memchr(text.data, '\0', text.size) != NULL) {
        scan_refuse(scan);
        return;
    }
    memcpy(ret_text, text.data, text.size);
    ret_text[text.size] = '\0';
}

void scan_exactly(struct scan *scan, uint32_t field, size_t size, uint8_t *ret_bytes)
{
    struct bytes data = scan_bytes(scan, field);

    if (data.size == size)
        memcpy(ret_bytes, data.data, size);
    else
        scan_refuse(scan);
}

const uint8_t *scan_open(struct scan *scan, uint32_t field)
{
    const uint8_t *outer = scan->end;

    if (!take_tag(scan, field, PEN_SIZED))
        return NULL;
    struct bytes within = take_sized(scan);
    if (!scan->unfit) {
        scan->end = scan->at;
        scan->at -= within.size;
    }
    return outer;
}

void scan_close(struct scan *scan, const uint8_t *outer)
{
    assert(scan->end <= outer);
    bool unfit = scan->unfit || scan->at != scan->end;

    scan->end = outer;
    if (unfit)
        scan_refuse(scan);
}
