/*
 * The columns of a list, of sagas or of something else: what each is called, and what it shows.
 *
 *   name       what --columns calls it; in capitals it heads the column
 *   for people ages and dashes, as in tables     for machines the server's own values, as in csv
 */
#ifndef ORCHESTRATOR_CTL_COLUMN_H
#define ORCHESTRATOR_CTL_COLUMN_H

#include "ctl/command.h"

#define COLUMN_COUNT_MAX 16u
#define COLUMN_TEXT_SIZE 320u

struct column {
    const char *name;
    bool wide;          /* Not in a plain table. */
    const char *member; /* Shown as it is where the two below are NULL. */
    void (*people)(const json_t *row, char ret_text[COLUMN_TEXT_SIZE]);
    void (*machine)(const json_t *row, char ret_text[COLUMN_TEXT_SIZE]);
};

struct column_choice {
    size_t count;
    const struct column *columns[COLUMN_COUNT_MAX];
};

/* Of these, what a format shows by itself: csv and wide show all. */
void column_pick(const struct column *from, size_t count, enum format format,
                 struct column_choice *ret_choice);

/* The same, of the columns of sagas. */
void column_default(enum format format, struct column_choice *ret_choice);

/* "id,phase,for": false with a sentence on stderr that names what there is. */
bool column_choose(const char *names, struct column_choice *ret_choice);

/* An array of rows as a table, or as comma-separated values (RFC 4180) for FORMAT_CSV. */
void column_print(const struct column_choice *choice, const json_t *rows, enum format format,
                  FILE *out);

#endif
