/*
 * Reading nodes as what they should be; whatever they are not becomes a problem in the report.
 *
 * Every function takes the node that it reads and returns false after having said what is wrong.
 */
#ifndef ORCHESTRATOR_CATALOG_READER_H
#define ORCHESTRATOR_CATALOG_READER_H

#include "catalog/report.h"
#include "catalog/yaml_tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Add a problem at a node, or at the start of the file when it is NULL. */
void reader_problem(struct report *report, const struct yaml_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The end of a message: `; did you mean "x"?` when some word is near, else "". */
#define READER_HINT_SIZE 96u
const char *reader_hint(const char *word, const char *const *words, size_t count,
                        char ret_hint[READER_HINT_SIZE]);

/* A mapping whose keys are all among @keys, each once. @what names it for people. */
bool reader_mapping(struct report *report, const struct yaml_node *node, const char *what,
                    const char *const *keys, size_t key_count);

/* A list with @least to @most entries. */
bool reader_list(struct report *report, const struct yaml_node *node, const char *what,
                 size_t least, size_t most);

/* Text of 1 to @size - 1 bytes without a NUL. */
bool reader_text(struct report *report, const struct yaml_node *node, const char *what, size_t size,
                 char *ret_text);

/* Letters, digits, _ and - in lower case, starting with a letter; at most @size - 1 of them. */
bool reader_name(struct report *report, const struct yaml_node *node, const char *what, size_t size,
                 char *ret_name);

/* `true` or `false`. */
bool reader_bool(struct report *report, const struct yaml_node *node, const char *what,
                 bool *ret_value);

bool reader_number(struct report *report, const struct yaml_node *node, const char *what,
                   uint64_t least, uint64_t most, uint64_t *ret_number);

/* `300ms`, `30s`, `5m` or `24h`, in milliseconds. */
bool reader_duration(struct report *report, const struct yaml_node *node, const char *what,
                     uint64_t least_ms, uint64_t most_ms, uint64_t *ret_ms);

/* One of @words; @ret_index is its place. */
bool reader_word(struct report *report, const struct yaml_node *node, const char *what,
                 const char *const *words, size_t count, size_t *ret_index);

/* A duration as it is written, in the largest unit that divides it. */
#define READER_DURATION_SIZE 24u
const char *reader_duration_text(uint64_t ms, char ret_text[READER_DURATION_SIZE]);

#endif
