#include "service/service.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

static const struct service_command serve_command = {
    .name = "serve",
    .synopsis = "--server URL --secret-file FILE --dir DIR",
    .summary = "ask the server for work and do it, until SIGTERM",
    .letters = "sfd",
    .run = service_serve,
};

static void print_command(const struct service *service, const struct service_command *command)
{
    printf("  participant-%s %s %s\n      %s\n", service->name, command->name, command->synopsis,
           command->summary);
}

static void print_help(const struct service *service)
{
    printf("participant-%s: %s\n\n", service->name, service->summary);
    print_command(service, &serve_command);
    for (size_t i = 0; i < service->command_count; i++)
        print_command(service, &service->commands[i]);
    printf("\nDIR is the folder of the world; the database is DIR/%s.db, and the socket through\n"
           "which the running participant is asked is DIR/%s.sock.\n"
           "\nExit codes: 0 ok, 1 failed, 2 usage, 3 not found, 6 unreachable.\n",
           service->name, service->name);
}

static const struct service_command *find_command(const struct service *service, const char *name)
{
    if (strcmp(name, serve_command.name) == 0)
        return &serve_command;
    for (size_t i = 0; i < service->command_count; i++)
        if (strcmp(name, service->commands[i].name) == 0)
            return &service->commands[i];
    return NULL;
}

enum service_exit service_complain(const struct service *service, enum service_exit code,
                                   const char *text)
{
    fprintf(stderr, "participant-%s: %s\n", service->name, text);
    return code;
}

static enum service_exit run_command(const struct service *service,
                                     const struct service_command *command, int argc, char **argv)
{
    char problem[PROBLEM_SIZE];
    struct arguments arguments;

    if (arguments_read(argc, argv, command->letters, &arguments, problem) == ARGUMENTS_WRONG)
        return service_complain(service, SERVICE_USAGE, problem);
    if (arguments.help) {
        print_command(service, command);
        return SERVICE_OK;
    }
    if (arguments.dir == NULL)
        return service_complain(service, SERVICE_USAGE, "--dir DIR is missing");
    return command->run(service, &arguments);
}

enum service_exit service_main(const struct service *service, int argc, char **argv)
{
    if (argc < 2)
        return service_complain(service, SERVICE_USAGE, "what to do? See --help.");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(service);
        return SERVICE_OK;
    }
    const struct service_command *command = find_command(service, argv[1]);
    if (command == NULL) {
        char problem[PROBLEM_SIZE];
        snprintf(problem, sizeof problem, "unknown command %.64s; see --help", argv[1]);
        return service_complain(service, SERVICE_USAGE, problem);
    }
    return run_command(service, command, argc, argv);
}
