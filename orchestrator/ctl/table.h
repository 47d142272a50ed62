/*
 * A table of text: columns as wide as their widest cell, two blanks between them.
 *
 * Cells are copied, and what could steer a terminal is replaced, since much of the text comes from
 * participants. A character is one column wide.
 */
#ifndef ORCHESTRATOR_CTL_TABLE_H
#define ORCHESTRATOR_CTL_TABLE_H

#include "base/bytes.h"

#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 16u

struct table {
    size_t columns;
    size_t cells;
    size_t widths[TABLE_COLUMNS_MAX];
    struct buffer text; /* The cells, each with its NUL. */
};

void table_init(struct table *table, size_t columns);
/* The same, with a first row of titles. */
void table_begin(struct table *table, const char *const *titles, size_t columns);
void table_fini(struct table *table);

/* The next cell, row by row; NULL is an empty one. When memory is short the program ends. */
void table_cell(struct table *table, const char *text);

void table_print(const struct table *table, const char *indent, FILE *out);

/* One text, safe for a terminal, without a newline. */
void table_text(const char *text, FILE *out);

#endif
