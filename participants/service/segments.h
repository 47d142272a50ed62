/*
 * How many parts a message travels in, which is what it costs.
 *
 *   every character in GSM 03.38?  ──yes──▶ GSM-7: 160 septets alone, 153 in each of several parts
 *            │ no
 *            ▼
 *          UCS-2: 70 units alone, 67 in each of several parts
 *
 * A character of the GSM extension table takes two septets, one beyond U+FFFF two units; neither
 * is split between two parts. A message without text (pictures only) counts as one part.
 */
#ifndef PARTICIPANTS_SERVICE_SEGMENTS_H
#define PARTICIPANTS_SERVICE_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

enum segments_encoding { SEGMENTS_GSM7, SEGMENTS_UCS2 };

struct segments {
    enum segments_encoding encoding;
    uint32_t characters; /* Unicode code points. */
    uint32_t units;      /* Septets or 16-bit units. */
    uint32_t parts;      /* At least 1. */
};

/* Count @text, which is valid UTF-8. */
struct segments segments_of(const char *text, size_t size);

/* "gsm7" or "ucs2". */
const char *segments_encoding_name(enum segments_encoding encoding);

#endif
