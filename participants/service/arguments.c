#include "service/arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option table[] = {
    {"dir", required_argument, NULL, 'd'},
    {"server", required_argument, NULL, 's'},
    {"secret-file", required_argument, NULL, 'f'},
    {"output", required_argument, NULL, 'o'},
    {"count", required_argument, NULL, 'n'},
    {"rate", required_argument, NULL, 'r'},
    {"state", required_argument, NULL, 't'},
    {"fund", required_argument, NULL, 'a'},
    {"price", required_argument, NULL, 'p'},
    {"daily-quota", required_argument, NULL, 'q'},
    {"pool", required_argument, NULL, 'g'},
    {"by-message", no_argument, NULL, 'm'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* Where the value of a letter goes; NULL for the ones without a value. */
static const char **place_of(struct arguments *arguments, int letter)
{
    switch (letter) {
    case 'd':
        return &arguments->dir;
    case 's':
        return &arguments->server;
    case 'f':
        return &arguments->secret_file;
    case 'o':
        return &arguments->output;
    case 'n':
        return &arguments->count;
    case 'r':
        return &arguments->rate;
    case 't':
        return &arguments->state;
    case 'a':
        return &arguments->fund;
    case 'p':
        return &arguments->price;
    case 'q':
        return &arguments->daily_quota;
    case 'g':
        return &arguments->pool;
    }
    return NULL;
}

static const char *name_of(int letter)
{
    for (size_t i = 0; table[i].name != NULL; i++)
        if (table[i].val == letter)
            return table[i].name;
    return "?";
}

int arguments_read(int argc, char **argv, const char *letters, struct arguments *ret_arguments,
                   char ret_problem[PROBLEM_SIZE])
{
    struct arguments arguments = {0};
    int letter;

    optind = 2;
    opterr = 0;
    while ((letter = getopt_long(argc, argv, ":o:h", table, NULL)) != -1) {
        if (letter == '?' || letter == ':') {
            snprintf(ret_problem, PROBLEM_SIZE,
                     letter == '?' ? "unknown option %s" : "option %s needs a value",
                     argv[optind - 1]);
            return ARGUMENTS_WRONG;
        }
        if (letter != 'h' && strchr(letters, letter) == NULL) {
            snprintf(ret_problem, PROBLEM_SIZE, "--%s is not an option of %s", name_of(letter),
                     argv[1]);
            return ARGUMENTS_WRONG;
        }
        const char **place = place_of(&arguments, letter);
        if (place != NULL)
            *place = optarg;
        arguments.by_message = arguments.by_message || letter == 'm';
        arguments.help = arguments.help || letter == 'h';
    }
    arguments.rest = argv + optind;
    arguments.rest_count = (size_t)(argc - optind);
    *ret_arguments = arguments;
    return 0;
}

bool arguments_number(const char *text, const char *unit, long long least, long long most,
                      long long *ret_number)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || number < least || number > most)
        return false;
    if (*end != '\0' && strcmp(end, unit) != 0)
        return false;
    *ret_number = number;
    return true;
}
