#include "commands.h"

#include <string.h>

void command_print(const struct buffer *text, FILE *to)
{
    if (text->size > 0)
        fwrite(text->data, 1, text->size, to);
}

/* The row of an option, which may be followed by "=value"; NULL when it is none. */
static const struct option_row *find_row(const char *argument, const struct option_row *rows,
                                         int row_count)
{
    size_t length = strcspn(argument, "=");

    for (int i = 0; i < row_count; i++)
        if (strlen(rows[i].name) == length && strncmp(rows[i].name, argument, length) == 0)
            return &rows[i];
    return NULL;
}

static int complain(const char *command, const char *argument, const char *what)
{
    fprintf(stderr, "sagad %s: %s %s; see sagad %s --help\n", command, argument, what, command);
    return -1;
}

/* Take one option; returns how many arguments it took, or -1. */
static int take_option(const char *command, int left, char **argv, const struct option_row *row)
{
    const char *equals = strchr(argv[0], '=');

    if (row->flag != NULL) {
        if (equals != NULL)
            return complain(command, row->name, "takes no value");
        *row->flag = true;
        return 1;
    }
    if (equals == NULL && left < 2)
        return complain(command, row->name, "needs a value");
    *row->value = equals != NULL ? equals + 1 : argv[1];
    return equals != NULL ? 1 : 2;
}

int options_read(const char *command, int argc, char **argv, const struct option_row *rows,
                 int row_count)
{
    int at = 1;

    while (at < argc && argv[at][0] == '-' && argv[at][1] != '\0') {
        if (strcmp(argv[at], "--") == 0)
            return at + 1;
        const struct option_row *row = find_row(argv[at], rows, row_count);
        if (row == NULL)
            return complain(command, argv[at], "is no option");
        int taken = take_option(command, argc - at, argv + at, row);
        if (taken < 0)
            return -1;
        at += taken;
    }
    return at;
}
