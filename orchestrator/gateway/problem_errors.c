/*
 * What is wrong with a request, member by member; replying is another matter.
 */
#include "gateway/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The name is cut to what a pointer holds; in a pointer ~ and / are written ~0 and ~1. */
static void point_further(const char *name, char pointer[PROBLEM_POINTER_SIZE])
{
    size_t length = strlen(pointer);

    if (length + 1 < PROBLEM_POINTER_SIZE)
        pointer[length++] = '/';
    for (; *name && length + 3 < PROBLEM_POINTER_SIZE; name++) {
        if (*name == '~' || *name == '/') {
            pointer[length++] = '~';
            pointer[length++] = *name == '~' ? '0' : '1';
        } else {
            pointer[length++] = *name;
        }
    }
    pointer[length] = '\0';
}

/* @parent NULL: the member stands at the top. */
static void add_error(struct problem *problem, const char *parent, const char *name,
                      const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));

static void add_error(struct problem *problem, const char *parent, const char *name,
                      const char *format, va_list arguments)
{
    if (problem->error_count == PROBLEM_ERRORS_MAX)
        return;
    struct problem_error *error = &problem->errors[problem->error_count++];

    error->pointer[0] = '\0';
    if (parent)
        point_further(parent, error->pointer);
    point_further(name, error->pointer);
    vsnprintf(error->detail, sizeof(error->detail), format, arguments);
    if (problem->error_count == 1)
        memcpy(problem->detail, error->detail, sizeof(problem->detail));
}

void problem_add_error(struct problem *problem, const char *name, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_error(problem, NULL, name, format, arguments);
    va_end(arguments);
}

void problem_add_inner_error(struct problem *problem, const char *parent, const char *name,
                             const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_error(problem, parent, name, format, arguments);
    va_end(arguments);
}
