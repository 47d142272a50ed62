/*
 * What is wrong with a request, member by member; replying is another matter.
 */
#include "gateway/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The name is cut to what a pointer holds; in a pointer ~ and / are written ~0 and ~1. */
static void point_at(const char *name, char ret_pointer[PROBLEM_POINTER_SIZE])
{
    size_t length = 0;

    ret_pointer[length++] = '/';
    for (; *name && length + 3 < PROBLEM_POINTER_SIZE; name++) {
        if (*name == '~' || *name == '/') {
            ret_pointer[length++] = '~';
            ret_pointer[length++] = *name == '~' ? '0' : '1';
        } else {
            ret_pointer[length++] = *name;
        }
    }
    ret_pointer[length] = '\0';
}

void problem_add_error(struct problem *problem, const char *name, const char *format, ...)
{
    if (problem->error_count == PROBLEM_ERRORS_MAX)
        return;
    struct problem_error *error = &problem->errors[problem->error_count++];
    va_list arguments;

    point_at(name, error->pointer);
    va_start(arguments, format);
    vsnprintf(error->detail, sizeof(error->detail), format, arguments);
    va_end(arguments);
    if (problem->error_count == 1)
        memcpy(problem->detail, error->detail, sizeof(problem->detail));
}
