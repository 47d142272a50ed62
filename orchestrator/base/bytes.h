/*
 * Borrowed bytes, a growing buffer, copies of texts, and hexadecimal.
 */
#ifndef ORCHESTRATOR_BASE_BYTES_H
#define ORCHESTRATOR_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that somebody else owns. */
struct bytes {
    const uint8_t *data;
    size_t size;
};

struct bytes bytes_of(const void *data, size_t size);
struct bytes bytes_of_text(const char *text); /* Without its NUL. */
bool bytes_equal(struct bytes a, struct bytes b);

/* A buffer that owns its bytes and grows; all zero is an empty one. */
struct buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

void buffer_fini(struct buffer *buffer);
void buffer_clear(struct buffer *buffer); /* Keeps the memory. */

/* Room for @more bytes at the end; NULL when memory is short. The size does not change. */
uint8_t *buffer_reserve(struct buffer *buffer, size_t more);

/* Append; 0 or FAULT_MEMORY. */
int buffer_append(struct buffer *buffer, const void *data, size_t size);
int buffer_print(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* As much of @text as fits into @size bytes with a NUL at its end. */
void text_copy(const char *text, size_t size, char *ret_copy);

/* Lower-case hexadecimal: 2 * size characters and a NUL. */
void hex_encode(const void *data, size_t size, char *ret_text);

/* Exactly 2 * size hexadecimal digits, either case, then NUL; false otherwise. */
bool hex_decode(const char *text, size_t size, void *ret_data);

#endif
