#include "gateway/segments.h"

#include "base/utf8.h"

#define GSM_SINGLE 160u
#define GSM_PART 153u
#define UCS2_SINGLE 70u
#define UCS2_PART 67u

/* The basic set without the letters and digits that it shares with ASCII. */
static const uint16_t gsm_others[] = {
    '@',   0xa3, '$',  0xa5,  0xe8, 0xe9,  0xf9,  0xec,  0xf2,  0xc7,  '\n',  0xd8,  0xf8,
    '\r',  0xc5, 0xe5, 0x394, '_',  0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398,
    0x39e, 0xc6, 0xe6, 0xdf,  0xc9, ' ',   '!',   '"',   '#',   0xa4,  '%',   '&',   '\'',
    '(',   ')',  '*',  '+',   ',',  '-',   '.',   '/',   ':',   ';',   '<',   '=',   '>',
    '?',   0xa1, 0xc4, 0xd6,  0xd1, 0xdc,  0xa7,  0xbf,  0xe4,  0xf6,  0xf1,  0xfc,  0xe0,
};

static const uint16_t gsm_extension[] = {'\f', '^', '{', '}', '\\', '[', '~', ']', '|', 0x20ac};

static bool is_among(const uint16_t *set, size_t count, uint32_t character)
{
    for (size_t i = 0; i < count; i++)
        if (set[i] == character)
            return true;
    return false;
}

static bool is_ascii_alphanumeric(uint32_t character)
{
    return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z') ||
           (character >= 'a' && character <= 'z');
}

/* Septets that the character takes, or 0 when the alphabet does not have it. */
static uint32_t gsm_cost(uint32_t character)
{
    if (is_ascii_alphanumeric(character))
        return 1;
    if (is_among(gsm_others, sizeof(gsm_others) / sizeof(gsm_others[0]), character))
        return 1;
    if (is_among(gsm_extension, sizeof(gsm_extension) / sizeof(gsm_extension[0]), character))
        return 2;
    return 0;
}

static uint32_t ucs2_cost(uint32_t character)
{
    return character > 0xffff ? 2 : 1;
}

/* What the whole takes, and how many parts when no character may be split between two. */
struct measure {
    uint32_t total;
    uint32_t parts;
};

static bool measure(struct bytes body, uint32_t (*cost)(uint32_t), uint32_t part_size,
                    struct measure *ret_measure)
{
    struct measure taken = {.parts = 1};
    uint32_t used = 0, character;

    while (body.size > 0) {
        size_t size = utf8_next(body, &character);
        uint32_t price = size > 0 ? cost(character) : 0;
        if (price == 0)
            return false;
        if (used + price > part_size) {
            taken.parts++;
            used = 0;
        }
        used += price;
        taken.total += price;
        body = bytes_of(body.data + size, body.size - size);
    }
    *ret_measure = taken;
    return true;
}

uint32_t segments_of(struct bytes body)
{
    struct measure taken;

    if (measure(body, gsm_cost, GSM_PART, &taken))
        return taken.total <= GSM_SINGLE ? 1 : taken.parts;
    if (measure(body, ucs2_cost, UCS2_PART, &taken))
        return taken.total <= UCS2_SINGLE ? 1 : taken.parts;
    return 1;
}
