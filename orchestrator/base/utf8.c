#include "base/utf8.h"

#include <string.h>

struct lead {
    uint8_t mask, bits; /* The lead byte is `bits` under `mask`. */
    size_t size;
    uint32_t least; /* Anything below it has a shorter form. */
};

static const struct lead leads[] = {
    {0x80, 0x00, 1, 0x0},
    {0xe0, 0xc0, 2, 0x80},
    {0xf0, 0xe0, 3, 0x800},
    {0xf8, 0xf0, 4, 0x10000},
};

static const struct lead *lead_of(uint8_t byte)
{
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
        if ((byte & leads[i].mask) == leads[i].bits)
            return &leads[i];
    return NULL;
}

size_t utf8_next(struct bytes text, uint32_t *ret_character)
{
    if (text.size == 0)
        return 0;
    const struct lead *lead = lead_of(text.data[0]);
    if (!lead || lead->size > text.size)
        return 0;
    uint32_t character = text.data[0] & (uint8_t)~lead->mask;
    for (size_t i = 1; i < lead->size; i++) {
        if ((text.data[i] & 0xc0) != 0x80)
            return 0;
        character = character << 6 | (text.data[i] & 0x3fu);
    }
    if (character < lead->least || character > 0x10ffff)
        return 0;
    if (character >= 0xd800 && character <= 0xdfff)
        return 0;
    *ret_character = character;
    return lead->size;
}

/* Eight bytes at once, as long as they are all below 0x80. */
static size_t plain_length(struct bytes text)
{
    size_t length = 0;
    uint64_t eight;

    for (; length + sizeof eight <= text.size; length += sizeof eight) {
        memcpy(&eight, text.data + length, sizeof eight);
        if ((eight & 0x8080808080808080u) != 0)
            break;
    }
    while (length < text.size && text.data[length] < 0x80)
        length++;
    return length;
}

bool utf8_valid(struct bytes text)
{
    while (text.size > 0) {
        size_t plain = plain_length(text);
        text = bytes_of(text.data + plain, text.size - plain);
        if (text.size == 0)
            break;
        uint32_t character;
        size_t size = utf8_next(text, &character);
        if (size == 0)
            return false;
        text = bytes_of(text.data + size, text.size - size);
    }
    return true;
}

size_t utf8_length(struct bytes text)
{
    size_t length = 0;
    for (size_t i = 0; i < text.size; i++)
        if ((text.data[i] & 0xc0) != 0x80)
            length++;
    return length;
}

bool utf8_is_invisible(uint32_t character)
{
    if (character == '\t' || character == '\n')
        return false;
    return character < 0x20 || (character >= 0x7f && character <= 0x9f) || character == 0x2028 ||
           character == 0x2029 || character == 0xfeff;
}

void utf8_repair(char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        uint32_t character;
        size_t size = utf8_next(bytes_of(text, left), &character);
        if (size == 0) {
            *text = '?';
            size = 1;
        }
        text += size;
        left -= size;
    }
}
