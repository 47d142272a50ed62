#include "codec/wire_read.h"

#include <string.h>

/* The length of the UTF-8 character at @at, or 0 when there is none that is well-formed. */
static size_t character(const uint8_t *at, size_t left)
{
    uint8_t first = at[0];
    size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    if (length == 0 || first > 0xF4 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    /* Over-long forms, surrogates, and what is beyond the last code point. */
    if ((first == 0xE0 && at[1] < 0xA0) || (first == 0xED && at[1] > 0x9F) ||
        (first == 0xF0 && at[1] < 0x90) || (first == 0xF4 && at[1] > 0x8F))
        return 0;
    return length;
}

/* How many bytes of @text, in whole characters, are below @size. False when it is not UTF-8. */
static bool measure(const char *text, size_t length, size_t size, size_t *ret_fits)
{
    const uint8_t *bytes = (const uint8_t *)text;
    size_t at = 0, fits = 0;

    while (at < length) {
        size_t step = character(bytes + at, length - at);
        if (step == 0 || bytes[at] == '\0')
            return false;
        at += step;
        if (at < size)
            fits = at;
    }
    *ret_fits = fits;
    return true;
}

/* protobuf-c gives every string a NUL of its own, so a taken string's true length is known. */
static size_t text_length(const char *text)
{
    if (text == NULL || text == protobuf_c_empty_string)
        return 0;
    return wire_arena_size(text) - 1;
}

static const char *refuse_text(struct wire_reader *reader)
{
    reader->unfit = true;
    return "";
}

const char *wire_read_text(struct wire_reader *reader, const char *text, size_t size)
{
    size_t length = text_length(text), fits = 0;

    if (length == 0)
        return "";
    if (length >= size || !measure(text, length, size, &fits))
        return refuse_text(reader);
    return text;
}

const char *wire_read_name(struct wire_reader *reader, const char *text, size_t size)
{
    const char *name = wire_read_text(reader, text, size);

    return name[0] == '\0' ? refuse_text(reader) : name;
}

const char *wire_read_cut(struct wire_reader *reader, char *text, size_t size)
{
    size_t length = text_length(text), fits = 0;

    if (length == 0)
        return "";
    if (!measure(text, length, size, &fits))
        return refuse_text(reader);
    text[fits] = '\0';
    return text;
}

struct bytes wire_read_bytes(struct wire_reader *reader, ProtobufCBinaryData data, size_t max)
{
    if (data.len <= max)
        return bytes_of(data.data, data.len);
    reader->unfit = true;
    return bytes_of(NULL, 0);
}

void wire_read_token(struct wire_reader *reader, ProtobufCBinaryData data,
                     uint8_t ret_token[WIRE_TOKEN_SIZE])
{
    if (data.len == WIRE_TOKEN_SIZE)
        memcpy(ret_token, data.data, WIRE_TOKEN_SIZE);
    else
        reader->unfit = true;
}

struct saga_id wire_read_id(struct wire_reader *reader, ProtobufCBinaryData data)
{
    if (data.len == ID_BYTES_SIZE)
        return id_from_bytes(data.data);
    reader->unfit = true;
    return (struct saga_id){0};
}

void *wire_read_array(struct wire_reader *reader, size_t count, size_t count_max, size_t size)
{
    void *array = count <= count_max ? wire_arena_take(reader->arena, count * size) : NULL;

    if (array == NULL)
        reader->unfit = true;
    return array;
}
