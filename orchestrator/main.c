/*
 * sagad: one program; the first word says which part of it is wanted.
 */
#include "commands.h"
#include "server.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {&command_serve, &command_dev, &command_check,
                                                 &command_key, &command_restore,
                                                 &command_verify};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static int print_version(void)
{
    printf("sagad %s\n", SERVER_VERSION);
    return SAGAD_OK;
}

static int print_help(FILE *to)
{
    fprintf(to, "usage: sagad COMMAND [OPTIONS]\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(to, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(to, "  %-8s %s\n\n", "version", "print the version");
    fprintf(to, "sagad COMMAND --help tells more.\n");
    return to == stdout ? SAGAD_OK : SAGAD_USAGE;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int run(const struct command *command, int argc, char **argv)
{
    if (asks_for_help(argc, argv)) {
        fputs(command->help, stdout);
        return SAGAD_OK;
    }
    return command->run(argc, argv);
}

int main(int argc, char **argv)
{
    if (sodium_init() < 0) {
        fprintf(stderr, "sagad: no source of randomness\n");
        return SAGAD_FAILED;
    }
    if (argc < 2)
        return print_help(stderr);
    const char *name = argv[1];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(name, commands[i]->name) == 0)
            return run(commands[i], argc - 1, argv + 1);
    if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0)
        return print_version();
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return print_help(stdout);
    fprintf(stderr, "sagad: \"%s\" is no command; see sagad --help\n", name);
    return SAGAD_USAGE;
}
