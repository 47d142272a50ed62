/*
 * The rows of a list's page, printed as they come.
 *
 *   ask ──some rows──▶ rows_add ──▶ text ──▶ ask again … ──▶ rows_reply
 *
 * One thread serves every connection; so a page of a thousand rows is printed some at a time, and
 * others are served in between.
 */
#ifndef ORCHESTRATOR_GATEWAY_ROWS_H
#define ORCHESTRATOR_GATEWAY_ROWS_H

#include "base/bytes.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROWS_MAX 1000u

struct exchange;

struct rows {
    struct buffer text; /* Owned; the rows behind each other. */
    size_t count;
    bool failed; /* Memory was short. */
    size_t ends[ROWS_MAX];
};

void rows_fini(struct rows *rows);

/* Print one more, of at most ROWS_MAX. Takes @json; NULL is memory that was short. */
void rows_add(struct rows *rows, json_t *json);

/*
 * Reply 200 with an object: the rows as its array @name, and then the members of @rest, of which
 * there is at least one. @backwards: the last that was added comes first. Takes @rest.
 */
void rows_reply(struct exchange *exchange, const struct rows *rows, const char *name,
                bool backwards, json_t *rest);

#endif
