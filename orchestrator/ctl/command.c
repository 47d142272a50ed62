#include "ctl/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TAKES(option) (1u << (option))
#define REASONED (TAKES(OPTION_REASON) | TAKES(OPTION_ACTOR))

static const struct command commands[] = {
    {"start", "DEFINITION", 1, 1,
     TAKES(OPTION_INPUT) | TAKES(OPTION_KEY) | TAKES(OPTION_WAIT) | TAKES(OPTION_ACCOUNT), false,
     "start a saga; prints its id", start_run},
    {"list", "", 0, 0,
     TAKES(OPTION_STUCK) | TAKES(OPTION_ALL) | TAKES(OPTION_QUERY) | TAKES(OPTION_LIMIT) |
         TAKES(OPTION_COLUMNS) | TAKES(OPTION_WATCH) | TAKES(OPTION_INTERVAL),
     true, "the sagas that are not finished, newest first", list_run},
    {"show", "ID", 1, 1, TAKES(OPTION_FOLLOW) | TAKES(OPTION_ATTEMPTS), false,
     "one saga with its steps", show_run},
    {"why", "ID", 1, 1, 0, false, "why it is not moving, and what to try", why_run},
    {"trace", "ID", 1, 1, 0, false, "what happened to it, as a timeline", trace_run},
    {"cancel", "ID", 1, 1, REASONED, false, "turn back and undo", action_run},
    {"retry", "ID [STEP]", 1, 2, REASONED, false, "try again now, with fresh attempts",
     action_run},
    {"pause", "ID", 1, 1, REASONED, false, "make no more calls", action_run},
    {"resume", "ID", 1, 1, REASONED, false, "go on after a pause", action_run},
    {"resolve", "ID STEP", 2, 2,
     REASONED | TAKES(OPTION_AS) | TAKES(OPTION_RESULT) | TAKES(OPTION_FORCE), false,
     "say how a step ended, after looking", action_run},
    {"skip", "ID STEP", 2, 2, REASONED, false, "go on without this step", action_run},
    {"waive", "ID STEP", 2, 2, REASONED, false, "go on without this step's undo", action_run},
    {"terminate", "ID", 1, 1, REASONED, false, "stop for good and leave the effects", action_run},
    {"batch", "VERB [STEP]", 1, 2,
     REASONED | TAKES(OPTION_AS) | TAKES(OPTION_RESULT) | TAKES(OPTION_FORCE) |
         TAKES(OPTION_STUCK) | TAKES(OPTION_QUERY) | TAKES(OPTION_RATE) | TAKES(OPTION_DRY_RUN),
     true, "one verb for all that a filter finds, at a rate", batch_run},
    {"def lint", "FILE…", 1, ARGUMENTS_WORDS_MAX, 0, false, "check definitions; needs no server",
     lint_run},
    {"def simulate", "FILE…", 1, ARGUMENTS_WORDS_MAX, TAKES(OPTION_FAULTS), false,
     "try every failure of definitions; needs no server", simulate_run},
    {"participant list", "", 0, 0, 0, true, "whom the server calls, and how busy they are",
     participant_list_run},
    {"participant show", "NAME", 1, 1, 0, false, "one of them", participant_show_run},
    {"server status", "", 0, 0, 0, false, "how many sagas, and how it is", server_status_run},
    {"server health", "", 0, 0, 0, false, "is the server ready?", health_run},
    {"completion", "SHELL", 1, 1, 0, false, "for bash, zsh or fish; needs no server",
     completion_run},
    {"man", "", 0, 0, 0, false, "the manual page, as roff; needs no server", manual_run},
    {"version", "", 0, 0, 0, false, "of this program, and of the server when it answers",
     version_run},
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

const struct command *command_at(size_t index)
{
    return index < COMMAND_COUNT ? &commands[index] : NULL;
}

/* How many words of the command's name stand at the start; 0 when they are not all there. */
static size_t words_matched(const struct command *command, const struct arguments *arguments)
{
    const char *rest = command->name;

    for (size_t i = 0; i < arguments->word_count; i++) {
        size_t length = strcspn(rest, " ");
        if (strlen(arguments->words[i]) != length ||
            strncmp(arguments->words[i], rest, length) != 0)
            return 0;
        if (rest[length] == '\0')
            return i + 1;
        rest += length + 1;
    }
    return 0;
}

const struct command *command_find(const struct arguments *arguments, size_t *ret_taken)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        size_t taken = words_matched(&commands[i], arguments);
        if (taken > 0) {
            *ret_taken = taken;
            return &commands[i];
        }
    }
    return NULL;
}

static void print_option(enum option option, FILE *out)
{
    const struct option_info *info = option_info(option);
    char left[40];

    snprintf(left, sizeof left, "%c%c%s--%s%s%s", info->letter != '\0' ? '-' : ' ',
             info->letter != '\0' ? info->letter : ' ', info->letter != '\0' ? ", " : "  ",
             info->name, info->value != NULL ? " " : "", info->value != NULL ? info->value : "");
    fprintf(out, "  %-24s %s\n", left, info->text);
}

static void print_overview(FILE *out)
{
    fputs("usage: sagactl COMMAND [OPTIONS]\n\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        char left[40];
        snprintf(left, sizeof left, "%s %s", commands[i].name, commands[i].words);
        /* The ellipsis is three bytes and one column. */
        int width = strstr(left, "…") != NULL ? 24 : 22;
        fprintf(out, "  %-*s %s\n", width, left, commands[i].text);
    }
    fputs("\nID is a saga's id or its SID. Each command takes --help.\n"
          "SAGA_SERVER is the server, by default http://127.0.0.1:8080; SAGA_KEY is the key.\n"
          "\nExit status:\n",
          out);
    for (size_t i = 0; exit_code_infos[i].text != NULL; i++)
        fprintf(out, "  %-22d %s\n", (int)exit_code_infos[i].code, exit_code_infos[i].text);
}

void command_help(const struct command *command, FILE *out)
{
    if (command == NULL) {
        print_overview(out);
        return;
    }
    fprintf(out, "usage: sagactl %s%s%s [OPTIONS]\n\n%s\n\n", command->name,
            command->words[0] != '\0' ? " " : "", command->words, command->text);
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if ((command->options | OPTIONS_COMMON) >> i & 1u)
            print_option((enum option)i, out);
}

enum exit_code command_misuse(const struct call *call, const char *format, ...)
{
    va_list arguments;

    fputs("sagactl: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    if (call->command != NULL)
        fprintf(stderr, "\nTry: sagactl %s --help\n", call->command->name);
    else
        fputs("\nTry: sagactl --help\n", stderr);
    return EXIT_CODE_USAGE;
}
