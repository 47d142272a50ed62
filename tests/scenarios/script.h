/*
 * One line of a scenario, taken apart.
 *
 *   result m1 queue rejected 21611 try=1 at=40
 *   ──┬─── ─┬ ─────────┬────────── ─────┬─────
 *    verb  word 0     words            options
 *
 * A comment starts with # and reaches to the end of the line.
 */
#ifndef TESTS_SCENARIOS_SCRIPT_H
#define TESTS_SCENARIOS_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#define SCRIPT_WORDS_MAX 8
#define SCRIPT_LINE_SIZE 256

struct script_line {
    char text[SCRIPT_LINE_SIZE]; /* The words point into it. */
    const char *words[SCRIPT_WORDS_MAX];
    int word_count;
    const char *options[SCRIPT_WORDS_MAX]; /* "at=40" */
    int option_count;
};

/* False when nothing is on the line. Fails the test when the line is too long for a scenario. */
bool script_parse(const char *line, struct script_line *ret_line);

/* The word of that number, or "". */
const char *script_word(const struct script_line *line, int number);

/* Is the bare word there, from number 2 on? */
bool script_has(const struct script_line *line, const char *word);

/* The value after `name=`, or NULL. */
const char *script_option(const struct script_line *line, const char *name);
uint64_t script_number(const struct script_line *line, const char *name, uint64_t otherwise);

#endif
