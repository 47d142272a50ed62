#include "ctl/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define GAP 2u

void table_init(struct table *table, size_t columns)
{
    assert(columns > 0);
    assert(columns <= TABLE_COLUMNS_MAX);
    *table = (struct table){.columns = columns};
}

void table_fini(struct table *table)
{
    buffer_fini(&table->text);
}

/* Bytes of UTF-8 that continue a character take no column of their own. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0u) != 0x80u;
    return width;
}

void table_cell(struct table *table, const char *text)
{
    const char *cell = text != NULL ? text : "";
    size_t column = table->cells % table->columns;
    size_t width = width_of(cell);

    if (buffer_append(&table->text, cell, strlen(cell) + 1) < 0)
        abort();
    if (width > table->widths[column])
        table->widths[column] = width;
    table->cells++;
}

void table_begin(struct table *table, const char *const *titles, size_t columns)
{
    table_init(table, columns);
    for (size_t i = 0; i < columns; i++)
        table_cell(table, titles[i]);
}

/* C1 controls are written in UTF-8 as 0xc2 followed by 0x80 to 0x9f. */
void table_text(const char *text, FILE *out)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (at[0] == 0xc2u && at[1] >= 0x80u && at[1] < 0xa0u) {
            fputc('?', out);
            at++;
        } else {
            fputc(*at < 0x20u || *at == 0x7fu ? '?' : *at, out);
        }
    }
}

/* Nothing but blanks follows a row's last cell with text. */
static size_t last_cell(const char *row, size_t columns)
{
    size_t last = 0;

    for (size_t i = 0; i < columns; i++) {
        if (*row != '\0')
            last = i;
        row += strlen(row) + 1;
    }
    return last;
}

void table_print(const struct table *table, const char *indent, FILE *out)
{
    const char *cell = (const char *)table->text.data;

    for (size_t i = 0; i < table->cells; i += table->columns) {
        size_t last = last_cell(cell, table->columns);
        fputs(indent, out);
        for (size_t column = 0; column < table->columns; column++) {
            size_t blanks = table->widths[column] - width_of(cell) + GAP;
            table_text(cell, out);
            if (column < last)
                fprintf(out, "%*s", (int)blanks, "");
            cell += strlen(cell) + 1;
        }
        fputc('\n', out);
    }
    assert(table->cells % table->columns == 0);
}
