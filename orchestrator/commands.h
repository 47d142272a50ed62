/*
 * The commands of sagad: each reads its own arguments, does its work, and returns an exit code.
 *
 *   sagad serve --config FILE     sagad dev --dir DIR     sagad check FILE…     sagad key
 *   sagad restore --data DIR BACKUP        sagad verify DATABASE
 */
#ifndef ORCHESTRATOR_COMMANDS_H
#define ORCHESTRATOR_COMMANDS_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdio.h>

enum sagad_exit {
    SAGAD_OK = 0,
    SAGAD_FAILED = 1,
    SAGAD_USAGE = 2,
};

struct command {
    const char *name;
    const char *summary;
    const char *help;                  /* All of it, for `sagad NAME --help`. */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name. */
};

extern const struct command command_serve;
extern const struct command command_dev;
extern const struct command command_check;
extern const struct command command_key;
extern const struct command command_restore;
extern const struct command command_verify;

/* Print bytes, if there are any. */
void command_print(const struct buffer *text, FILE *to);

/* One option with a value, or a flag: where it goes. */
struct option_row {
    const char *name;   /* "--dir" */
    const char **value; /* NULL for a flag. */
    bool *flag;         /* NULL for an option with a value. */
};

/*
 * Read options from argv[1…]. `--name value` and `--name=value` are the same. Returns the index of
 * the first argument that is no option, or -1 after having said on stderr what is wrong.
 */
int options_read(const char *command, int argc, char **argv, const struct option_row *rows,
                 int row_count);

#endif
