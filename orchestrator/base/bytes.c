#include "base/bytes.h"

#include "base/fault.h"

#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_CAPACITY_MIN 256u

struct bytes bytes_of(const void *data, size_t size)
{
    return (struct bytes){.data = data, .size = size};
}

struct bytes bytes_of_text(const char *text)
{
    return bytes_of(text, strlen(text));
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

void buffer_fini(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t more)
{
    assert(buffer->size <= buffer->capacity);
    if (more > SIZE_MAX / 2 - buffer->size)
        return NULL;

    size_t needed = buffer->size + more;
    if (needed > buffer->capacity || buffer->data == NULL) {
        size_t capacity = buffer->capacity > 0 ? buffer->capacity : BUFFER_CAPACITY_MIN;
        while (capacity < needed)
            capacity *= 2;
        uint8_t *data = realloc(buffer->data, capacity);
        if (data == NULL)
            return NULL;
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->size;
}

int buffer_append(struct buffer *buffer, const void *data, size_t size)
{
    uint8_t *end = buffer_reserve(buffer, size);

    if (end == NULL)
        return fault(FAULT_MEMORY);
    if (size > 0)
        memcpy(end, data, size);
    buffer->size += size;
    return 0;
}

/* One more byte is reserved for vsnprintf's NUL; it is not part of the content. */
int buffer_print(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);

    uint8_t *end = buffer_reserve(buffer, (size_t)length + 1);
    if (end == NULL)
        return fault(FAULT_MEMORY);
    va_start(arguments, format);
    vsnprintf((char *)end, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->size += (size_t)length;
    return 0;
}

void text_copy(const char *text, size_t size, char *ret_copy)
{
    assert(size > 0);
    size_t length = strnlen(text, size - 1);

    memcpy(ret_copy, text, length);
    ret_copy[length] = '\0';
}

void hex_encode(const void *data, size_t size, char *ret_text)
{
    sodium_bin2hex(ret_text, size * 2 + 1, data, size);
}

bool hex_decode(const char *text, size_t size, void *ret_data)
{
    size_t length = strlen(text), decoded = 0;

    if (length != size * 2)
        return false;
    return sodium_hex2bin(ret_data, size, text, length, NULL, &decoded, NULL) == 0 &&
           decoded == size;
}
