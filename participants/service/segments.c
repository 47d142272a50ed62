#include "service/segments.h"

#include <assert.h>
#include <stdbool.h>

/* What one message of each encoding holds, alone and as a part with its concatenation header. */
struct capacity {
    uint32_t alone;
    uint32_t part;
};

static const struct capacity capacities[] = {
    [SEGMENTS_GSM7] = {160, 153},
    [SEGMENTS_UCS2] = {70, 67},
};

/* GSM 03.38: the basic characters beyond ASCII, rising. */
static const uint16_t basic_beyond_ascii[] = {
    0x00a1, 0x00a3, 0x00a4, 0x00a5, 0x00a7, 0x00bf, 0x00c4, 0x00c5, 0x00c6, 0x00c7,
    0x00c9, 0x00d1, 0x00d6, 0x00d8, 0x00dc, 0x00df, 0x00e0, 0x00e4, 0x00e5, 0x00e6,
    0x00e8, 0x00e9, 0x00ec, 0x00f1, 0x00f2, 0x00f6, 0x00f8, 0x00f9, 0x00fc, 0x0393,
    0x0394, 0x0398, 0x039b, 0x039e, 0x03a0, 0x03a3, 0x03a6, 0x03a8, 0x03a9};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_extension(uint32_t point)
{
    switch (point) {
    case '\f':
    case '^':
    case '{':
    case '}':
    case '\\':
    case '[':
    case '~':
    case ']':
    case '|':
    case 0x20ac: /* The euro sign. */
        return true;
    }
    return false;
}

static bool is_basic(uint32_t point)
{
    if (point == '\n' || point == '\r')
        return true;
    if (point >= 0x20 && point < 0x7f)
        return point != '`' && !is_extension(point);
    for (size_t i = 0; i < COUNT(basic_beyond_ascii); i++)
        if (basic_beyond_ascii[i] == point)
            return true;
    return false;
}

/* The code point at @at, and how many bytes it takes. The text is valid UTF-8. */
static uint32_t point_at(const unsigned char *at, size_t left, size_t *ret_size)
{
    size_t size = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};

    if (size > left)
        size = left;
    uint32_t point = at[0] & masks[size];
    for (size_t i = 1; i < size; i++)
        point = point << 6 | (at[i] & 0x3fu);
    *ret_size = size;
    return point;
}

/* How many septets or units a character takes; 0: the encoding does not have it. */
static uint32_t cost_of(enum segments_encoding encoding, uint32_t point)
{
    switch (encoding) {
    case SEGMENTS_GSM7:
        return is_basic(point) ? 1 : is_extension(point) ? 2 : 0;
    case SEGMENTS_UCS2:
        return point > 0xffff ? 2 : 1;
    }
    return 0;
}

/* Count in one encoding; false when some character is not in it. */
static bool count_as(enum segments_encoding encoding, const char *text, size_t size,
                     struct segments *ret_segments)
{
    struct segments counted = {.encoding = encoding, .parts = 1};
    const struct capacity *capacity = &capacities[encoding];
    uint32_t in_part = 0;
    size_t step;

    for (size_t at = 0; at < size; at += step) {
        uint32_t cost =
            cost_of(encoding, point_at((const unsigned char *)text + at, size - at, &step));
        if (cost == 0)
            return false;
        if (in_part + cost > capacity->part) {
            counted.parts++;
            in_part = 0;
        }
        in_part += cost;
        counted.units += cost;
        counted.characters++;
    }
    /* What fits alone needs no header, and so has room for a few more. */
    if (counted.units <= capacity->alone)
        counted.parts = 1;
    *ret_segments = counted;
    return true;
}

struct segments segments_of(const char *text, size_t size)
{
    struct segments counted;

    if (!count_as(SEGMENTS_GSM7, text, size, &counted)) {
        bool known = count_as(SEGMENTS_UCS2, text, size, &counted);
        assert(known);
    }
    assert(counted.parts >= 1);
    return counted;
}

const char *segments_encoding_name(enum segments_encoding encoding)
{
    switch (encoding) {
    case SEGMENTS_GSM7:
        return "gsm7";
    case SEGMENTS_UCS2:
        return "ucs2";
    }
    return "unknown";
}
