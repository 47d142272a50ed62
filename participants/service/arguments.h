/*
 * The command line of a participant: one word for what to do, options, and the rest.
 *
 * Every option is a row of one table; a command names the letters of those that it takes.
 */
#ifndef PARTICIPANTS_SERVICE_ARGUMENTS_H
#define PARTICIPANTS_SERVICE_ARGUMENTS_H

#include "service/database.h"

#include <stdbool.h>
#include <stddef.h>

/* Strings are borrowed from argv; one that was not given is NULL. */
struct arguments {
    const char *dir;         /* d  --dir DIR */
    const char *server;      /* s  --server URL */
    const char *secret_file; /* f  --secret-file FILE */
    const char *output;      /* o  -o, --output json|table */
    const char *count;       /* n  --count N */
    const char *rate;        /* r  --rate N/s */
    const char *state;       /* t  --state active|suspended */
    const char *fund;        /* a  --fund MICROS */
    const char *price;       /* p  --price MICROS */
    const char *daily_quota; /* q  --daily-quota N|none */
    const char *pool;        /* g  --pool MG… */
    bool by_message;         /* m  --by-message */
    bool help;               /* h  -h, --help */
    char *const *rest;
    size_t rest_count;
};

enum { ARGUMENTS_WRONG = 1 };

/* Read argv[2…] of a command that takes @letters. 0, or ARGUMENTS_WRONG with a sentence. */
int arguments_read(int argc, char **argv, const char *letters, struct arguments *ret_arguments,
                   char ret_problem[PROBLEM_SIZE]);

/* A decimal number within its bounds, and nothing after it but @unit (or ""). */
bool arguments_number(const char *text, const char *unit, long long least, long long most,
                      long long *ret_number);

#endif
