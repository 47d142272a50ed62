/*
 * A report: what is wrong with one text, and where.
 *
 *     sagas/x.yaml:12:5: unknown key "timout"; did you mean "timeout"?
 *         timout: 3s
 *         ^
 *
 * Problems are noted in any order and printed in the order of the text. What is over
 * REPORT_PROBLEMS_MAX is only counted. Nothing is allocated before report_print. Storage is the
 * caller's; file name and text are borrowed as long as the report is used.
 */
#ifndef ORCHESTRATOR_CATALOG_REPORT_H
#define ORCHESTRATOR_CATALOG_REPORT_H

#include "base/bytes.h"

#include <stdint.h>

#define REPORT_PROBLEMS_MAX 20u /* More than a screen of mistakes helps nobody. */
#define REPORT_MESSAGE_SIZE 320u
#define REPORT_EXCERPT_MAX 120u /* Characters of the line that are shown. */
#define REPORT_QUOTE_SIZE 64u

struct report_problem {
    uint32_t line;   /* From 1; 0: the file as a whole. */
    uint32_t column; /* From 1, in characters. */
    char message[REPORT_MESSAGE_SIZE];
};

struct report {
    const char *file;
    struct bytes text;
    size_t count; /* All of them, also those that are not kept. */
    size_t kept;
    struct report_problem problems[REPORT_PROBLEMS_MAX];
};

void report_init(struct report *report, const char *file, struct bytes text);

void report_add(struct report *report, uint32_t line, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Append the problems as text. 0 or FAULT_MEMORY. */
int report_print(struct report *report, struct buffer *text);

/* Outside bytes as a message may show them: quoted, cut, what is not printable replaced. */
const char *report_quote(const char *value, size_t size, char ret_quote[REPORT_QUOTE_SIZE]);

#endif
