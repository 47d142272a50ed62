/*
 * UTF-8, one character at a time.
 */
#ifndef ORCHESTRATOR_CATALOG_UTF8_H
#define ORCHESTRATOR_CATALOG_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bytes of the character at @data and its code point; 0 when there is none (overlong forms,
 * surrogates and values above U+10FFFF included). @size is at least 1.
 */
size_t utf8_read(const uint8_t *data, size_t size, uint32_t *ret_point);

/* Controls but tab and newline, and separators that people cannot see. */
bool utf8_is_invisible(uint32_t point);

#endif
