/*
 * The columns of a list of sagas: what each is called, and what it shows of one.
 *
 *   name       what --columns calls it; in capitals it heads the column
 *   for people ages and dashes, as in tables     for machines the server's own values, as in csv
 */
#ifndef ORCHESTRATOR_CTL_COLUMN_H
#define ORCHESTRATOR_CTL_COLUMN_H

#include "ctl/command.h"

#define COLUMN_COUNT_MAX 16u

struct column;

struct column_choice {
    size_t count;
    const struct column *columns[COLUMN_COUNT_MAX];
};

/* What a format shows by itself: csv and wide show all. */
void column_default(enum format format, struct column_choice *ret_choice);

/* "id,phase,for": false with a sentence on stderr that names what there is. */
bool column_choose(const char *names, struct column_choice *ret_choice);

/* An array of sagas as a table, or as comma-separated values (RFC 4180) for FORMAT_CSV. */
void column_print(const struct column_choice *choice, const json_t *sagas, enum format format,
                  FILE *out);

#endif
