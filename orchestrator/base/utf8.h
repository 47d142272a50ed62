/*
 * UTF-8, strictly: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#ifndef ORCHESTRATOR_BASE_UTF8_H
#define ORCHESTRATOR_BASE_UTF8_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Read one character; the bytes it took, or 0 when there is none or it is malformed. */
size_t utf8_next(struct bytes text, uint32_t *ret_character);

bool utf8_valid(struct bytes text);

/* Characters of a valid text. */
size_t utf8_length(struct bytes text);

/* Controls but tab and newline, and separators that people cannot see. */
bool utf8_is_invisible(uint32_t character);

/* Overwrite each malformed byte with '?'. */
void utf8_repair(char *text);

#endif
