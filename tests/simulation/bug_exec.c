#include "simulation/bug_exec.h"

#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_SIZE (PATH_MAX + 256) /* A program's path, and a bug's name after it. */

/* The path of something beside this program; false when nobody knows where that is. */
static bool path_of(const char *what, const char *name, char ret_path[PATH_SIZE])
{
    char program[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);

    if (size <= 0)
        return false;
    program[size] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    int written = snprintf(ret_path, PATH_SIZE, "%s/%s%s", program, what, name);
    return written > 0 && written < PATH_SIZE;
}

/* A name is one word of the list, and no way out of the folder. */
static bool is_name(const char *name)
{
    return name[0] != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

static int refuse(const char *name, const char *why)
{
    fprintf(stderr, "saga-sim: %s: %s\n", name, why);
    return 2;
}

/* They are no part of what a build makes, so the one that is asked for is made now. */
static bool build(const char *name)
{
    char folder[PATH_SIZE], target[NAME_MAX];
    char *command[] = {(char[]){"cmake"}, (char[]){"--build"}, folder, (char[]){"--target"}, target,
                       (char[]){"--"},    (char[]){"--quiet"}, NULL};
    pid_t child;
    int status = -1;

    int written = snprintf(target, sizeof target, "saga-sim-%s", name);
    if (written < 0 || written >= NAME_MAX || !path_of("..", "", folder))
        return false;
    if (posix_spawnp(&child, command[0], NULL, NULL, command, environ) != 0)
        return false;
    return waitpid(child, &status, 0) == child && status == 0;
}

int bug_exec(const char *name, int count, char **arguments)
{
    char path[PATH_SIZE];
    char **kept = calloc((size_t)count + 1, sizeof *kept);
    int at = 0;

    if (kept == NULL)
        return refuse(name, "memory is short");
    for (int i = 0; i < count; i++) {
        if (strcmp(arguments[i], "--bug") == 0)
            i++;
        else if (strncmp(arguments[i], "--bug=", 6) != 0)
            kept[at++] = arguments[i];
    }
    if (is_name(name) && path_of("bugs/saga-sim-", name, path)) {
        execv(path, kept);
        if (build(name))
            execv(path, kept);
    }
    free(kept);
    return refuse(name, "no such bug (see --list-bugs), or it does not build");
}

int bug_list(void)
{
    char path[PATH_SIZE], line[512];
    FILE *list = path_of("bugs/list", "", path) ? fopen(path, "re") : NULL;

    if (list == NULL)
        return refuse("bugs/list", "there is no list of bugs beside this program");
    while (fgets(line, sizeof line, list) != NULL) {
        char *rest = NULL;
        const char *name = strtok_r(line, "\t\n", &rest);
        const char *invariants = strtok_r(NULL, "\t\n", &rest);
        const char *breaks = strtok_r(NULL, "\t\n", &rest);
        if (breaks != NULL)
            printf("%-30s  %-15s  %s\n", name, invariants, breaks);
    }
    fclose(list);
    return 0;
}
