/*
 * The command line: one table of options, and what was given of it.
 *
 *   sagactl list --stuck -q phase=running      words: list       options: stuck, query
 *
 * Options may stand anywhere; a value follows its option, as the next word or after '='. After "--"
 * everything is a word. All texts are borrowed from argv.
 */
#ifndef ORCHESTRATOR_CTL_ARGUMENTS_H
#define ORCHESTRATOR_CTL_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARGUMENTS_WORDS_MAX 256u /* More files to lint than that is a mistake in a shell pattern. */
#define ARGUMENTS_MESSAGE_SIZE 160u

enum option {
    OPTION_FORMAT,
    OPTION_SERVER,
    OPTION_HELP,
    OPTION_STUCK,
    OPTION_ALL,
    OPTION_QUERY,
    OPTION_LIMIT,
    OPTION_INPUT,
    OPTION_KEY,
    OPTION_WAIT,
    OPTION_ACCOUNT,
    OPTION_REASON,
    OPTION_ACTOR,
    OPTION_AS,
    OPTION_RESULT,
    OPTION_FORCE,
    OPTION_COLUMNS,
    OPTION_WATCH,
    OPTION_INTERVAL,
    OPTION_FOLLOW,
    OPTION_ATTEMPTS,
    OPTION_RATE,
    OPTION_DRY_RUN,
    OPTION_FAULTS,
    OPTION_ASCII,
    OPTION_VERB,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_HEAD,
    OPTION_PAYLOADS,
    OPTION_COUNT,
};

/* Options that every command takes. */
#define OPTIONS_COMMON (1u << OPTION_FORMAT | 1u << OPTION_SERVER | 1u << OPTION_HELP)

struct option_info {
    char letter;       /* '\0': none. */
    const char *name;
    const char *value; /* What its value is called in help; NULL: it takes none. */
    const char *text;
};

struct arguments {
    size_t word_count;
    const char *words[ARGUMENTS_WORDS_MAX];
    const char *values[OPTION_COUNT]; /* NULL: not given; "" for one that takes no value. */
};

const struct option_info *option_info(enum option option);

/* Sort argv, without the program's name. False with a sentence in @ret_message. */
bool arguments_parse(int count, char *const *argv, struct arguments *ret_arguments,
                     char ret_message[ARGUMENTS_MESSAGE_SIZE]);

/* An option that is given and not in @allowed (a mask), or OPTION_COUNT. */
enum option arguments_stranger(const struct arguments *arguments, uint32_t allowed);

/* "30", "30s", "5m", "1h" in seconds, at most a day; false for anything else. */
bool arguments_seconds(const char *text, uint32_t *ret_seconds);

/* A whole number from 1 to @most, in decimal. */
bool arguments_number(const char *text, uint32_t most, uint32_t *ret_number);

#endif
