/*
 * Form data: name=value pairs joined by &, as application/x-www-form-urlencoded and query strings
 * spell them.
 *
 *   To=%2B15005550006&Body=Hi+there  ──▶  To: "+15005550006"   Body: "Hi there"
 *
 * Strict where guessing would change what is meant: each pair has a '=' and a name; a '%' is
 * followed by two hexadecimal digits; what is decoded is UTF-8 without NUL. Lenient where it would
 * not: any other byte may stand for itself, as curl sends it. Empty pairs are skipped.
 */
#ifndef ORCHESTRATOR_GATEWAY_FORM_H
#define ORCHESTRATOR_GATEWAY_FORM_H

#include "base/bytes.h"

#include <stddef.h>

#define FORM_FIELDS_MAX 64u /* A message has about ten, and up to ten media. */

struct form_field {
    const char *name; /* Both end with a NUL and contain none. */
    const char *value;
};

struct form {
    char *storage; /* Owned; what the fields point into. */
    size_t count;
    struct form_field fields[FORM_FIELDS_MAX];
};

enum { FORM_MALFORMED = 1 };

struct form_error {
    const char *text; /* A constant sentence without its full stop. */
    size_t offset;    /* Of the byte that is wrong. */
};

/* 0; FORM_MALFORMED with @ret_error; FAULT_MEMORY. */
int form_parse(struct bytes text, struct form *ret_form, struct form_error *ret_error);
void form_fini(struct form *form);

/* The first value of that name, or NULL. Borrowed from the form. */
const char *form_value(const struct form *form, const char *name);

/* How often the name occurs. */
size_t form_count(const struct form *form, const char *name);

/* Append a value, percent-encoded; 0 or FAULT_MEMORY. */
int form_encode(struct buffer *buffer, const char *value);

#endif
