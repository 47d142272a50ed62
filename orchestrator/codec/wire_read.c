#include "codec/wire_read.h"

#include "base/utf8.h"

#include <string.h>

static bool is_text(const char *text, size_t length)
{
    return memchr(text, '\0', length) == NULL && utf8_valid(bytes_of(text, length));
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
    size_t length = text_length(text);

    if (length == 0)
        return "";
    if (length >= size || !is_text(text, length))
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
    size_t length = text_length(text);

    if (length == 0)
        return "";
    if (!is_text(text, length))
        return refuse_text(reader);
    if (length < size)
        return text;
    size_t cut = size - 1;
    while (cut > 0 && ((uint8_t)text[cut] & 0xc0) == 0x80)
        cut--;
    text[cut] = '\0';
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
