/*
 * JSON objects as rows of a table, or one of them member by member, in each of the formats.
 */
#ifndef ORCHESTRATOR_CTL_ROWS_H
#define ORCHESTRATOR_CTL_ROWS_H

#include "ctl/command.h"
#include "ctl/view.h"

#define ROWS_COLUMNS_MAX 8u

struct rows {
    size_t count;
    const char *members[ROWS_COLUMNS_MAX]; /* The first one is what FORMAT_NAME prints. */
    const char *titles[ROWS_COLUMNS_MAX];
};

/* An array of objects. */
void rows_print(const struct call *call, const struct rows *rows, const json_t *objects);

/* One object, a line for each member. */
void rows_print_object(const struct call *call, const json_t *object);

/* A member as people read it: a text, a number, yes or no. */
void rows_text(const json_t *object, const char *name, char ret_text[VIEW_CONDITION_SIZE]);

#endif
