#include "ctl/command.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TAKES(option) (1u << (option))
#define REASONED (TAKES(OPTION_REASON) | TAKES(OPTION_ACTOR))

static const struct command commands[] = {
    {"start", "DEFINITION", 1, 1,
     TAKES(OPTION_INPUT) | TAKES(OPTION_KEY) | TAKES(OPTION_WAIT) | TAKES(OPTION_ACCOUNT),
     OUTPUT_OBJECT, "start a saga; prints its id", start_run},
    {"list", "", 0, 0,
     TAKES(OPTION_STUCK) | TAKES(OPTION_ALL) | TAKES(OPTION_QUERY) | TAKES(OPTION_LIMIT) |
         TAKES(OPTION_COLUMNS) | TAKES(OPTION_WATCH) | TAKES(OPTION_INTERVAL),
     OUTPUT_ROWS, "the sagas that are not finished, newest first", list_run},
    {"show", "ID", 1, 1, TAKES(OPTION_FOLLOW) | TAKES(OPTION_ATTEMPTS), OUTPUT_OBJECT,
     "one saga with its steps", show_run},
    {"why", "ID", 1, 1, 0, OUTPUT_OBJECT, "why it is not moving, and what to try", why_run},
    {"trace", "ID", 1, 1, 0, OUTPUT_OBJECT, "what happened to it, as a timeline", trace_run},
    {"graph", "ID|DEF", 1, 1, TAKES(OPTION_ASCII), OUTPUT_DRAWING,
     "the steps of a saga with their states, or of a definition", graph_run},
    {"export", "ID", 1, 1, TAKES(OPTION_PAYLOADS) | TAKES(OPTION_FORCE), OUTPUT_FILE,
     "all that is known of it in one file, for a report", export_run},
    {"cancel", "ID", 1, 1, REASONED, OUTPUT_OBJECT, "turn back and undo", action_run},
    {"retry", "ID [STEP]", 1, 2, REASONED, OUTPUT_OBJECT, "try again now, with fresh attempts",
     action_run},
    {"pause", "ID", 1, 1, REASONED, OUTPUT_OBJECT, "make no more calls", action_run},
    {"resume", "ID", 1, 1, REASONED, OUTPUT_OBJECT, "go on after a pause", action_run},
    {"resolve", "ID STEP", 2, 2,
     REASONED | TAKES(OPTION_AS) | TAKES(OPTION_RESULT) | TAKES(OPTION_FORCE), OUTPUT_OBJECT,
     "say how a step ended, after looking", action_run},
    {"skip", "ID STEP", 2, 2, REASONED, OUTPUT_OBJECT, "go on without this step", action_run},
    {"waive", "ID STEP", 2, 2, REASONED, OUTPUT_OBJECT, "go on without this step's undo",
     action_run},
    {"terminate", "ID", 1, 1, REASONED, OUTPUT_OBJECT, "stop for good and leave the effects",
     action_run},
    {"rerun", "ID", 1, 1,
     REASONED | TAKES(OPTION_INPUT) | TAKES(OPTION_KEY) | TAKES(OPTION_WAIT), OUTPUT_OBJECT,
     "start a new saga that runs an ended one again; prints its id", rerun_run},
    {"batch", "VERB [STEP]", 1, 2,
     REASONED | TAKES(OPTION_AS) | TAKES(OPTION_RESULT) | TAKES(OPTION_FORCE) |
         TAKES(OPTION_STUCK) | TAKES(OPTION_QUERY) | TAKES(OPTION_RATE) | TAKES(OPTION_DRY_RUN),
     OUTPUT_ROWS, "one verb for all that a filter finds, at a rate", batch_run},
    {"audit list", "[ID]", 0, 1,
     TAKES(OPTION_ACTOR) | TAKES(OPTION_VERB) | TAKES(OPTION_SINCE) | TAKES(OPTION_UNTIL) |
         TAKES(OPTION_LIMIT),
     OUTPUT_ROWS, "who did what and why, newest first", audit_list_run},
    {"audit verify", "", 0, 0, TAKES(OPTION_HEAD), OUTPUT_OBJECT,
     "is the audit as it was written? prints its head", audit_verify_run},
    {"def list", "", 0, 0, TAKES(OPTION_ALL), OUTPUT_ROWS,
     "the definitions of the server, and how many sagas use each", definition_list_run},
    {"def show", "NAME[@VERSION]", 1, 1, 0, OUTPUT_DEFINITION, "one of them, step by step",
     definition_show_run},
    {"def graph", "FILE|NAME[@VERSION]", 1, 1, TAKES(OPTION_ASCII), OUTPUT_DRAWING,
     "the steps of a definition; a FILE needs no server", definition_graph_run},
    {"def lint", "FILE…", 1, ARGUMENTS_WORDS_MAX, 0, OUTPUT_OBJECT,
     "check definitions; needs no server", lint_run},
    {"def simulate", "FILE…", 1, ARGUMENTS_WORDS_MAX, TAKES(OPTION_FAULTS), OUTPUT_OBJECT,
     "try every failure of definitions; needs no server", simulate_run},
    {"participant list", "", 0, 0, 0, OUTPUT_ROWS, "whom the server calls, and how busy they are",
     participant_list_run},
    {"participant show", "NAME", 1, 1, 0, OUTPUT_OBJECT, "one of them", participant_show_run},
    {"server status", "", 0, 0, 0, OUTPUT_OBJECT, "how many sagas, and how it is",
     server_status_run},
    {"server health", "", 0, 0, 0, OUTPUT_OBJECT, "is the server ready?", health_run},
    {"server config", "", 0, 0, 0, OUTPUT_ROWS, "what it was started with, and where that is said",
     server_config_run},
    {"server verify", "", 0, 0, 0, OUTPUT_OBJECT, "walk through the whole store, and check it",
     verify_run},
    {"server backup", "[NAME]", 0, 1, 0, OUTPUT_OBJECT, "copy the store while it is in use",
     backup_run},
    {"completion", "SHELL", 1, 1, 0, OUTPUT_TEXT, "for bash, zsh or fish; needs no server",
     completion_run},
    {"man", "", 0, 0, 0, OUTPUT_TEXT, "the manual page, as roff; needs no server", manual_run},
    {"version", "", 0, 0, 0, OUTPUT_OBJECT, "of this program, and of the server when it answers",
     version_run},
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])
static_assert(OPTION_COUNT <= 32, "a mask has a bit for each option");

const struct command *command_at(size_t index)
{
    return index < COMMAND_COUNT ? &commands[index] : NULL;
}

uint32_t command_options(const struct command *command)
{
    uint32_t options = command->options | OPTIONS_COMMON;

    return command->output == OUTPUT_TEXT ? options & ~TAKES(OPTION_FORMAT) : options;
}

const char *command_formats(const struct command *command)
{
    switch (command->output) {
    case OUTPUT_OBJECT:
        return "table json jsonl name";
    case OUTPUT_ROWS:
        return "table wide csv json jsonl name";
    case OUTPUT_DEFINITION:
        return "table yaml json jsonl name";
    case OUTPUT_DRAWING:
        return "text dot svg";
    case OUTPUT_FILE:
    case OUTPUT_TEXT:
        return "";
    }
    return "";
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

/* "table, json or name". */
static void join_formats(const char *formats, char ret_text[COMMAND_TEXT_SIZE])
{
    size_t at = 0;

    for (size_t length; *formats != '\0' && at < COMMAND_TEXT_SIZE; formats += length) {
        formats += *formats == ' ';
        length = strcspn(formats, " ");
        bool last = formats[length] == '\0';
        bool next_is_last = !last && strchr(formats + length + 1, ' ') == NULL;
        at += (size_t)snprintf(ret_text + at, COMMAND_TEXT_SIZE - at, "%.*s%s", (int)length,
                               formats, last ? "" : next_is_last ? " or " : ", ");
    }
}

const char *command_value(const struct command *command, enum option option)
{
    if (option == OPTION_FORMAT && command->output == OUTPUT_FILE)
        return "FILE";
    return option_info(option)->value;
}

void command_text(const struct command *command, enum option option,
                  char ret_text[COMMAND_TEXT_SIZE])
{
    bool file = command->output == OUTPUT_FILE;
    const char *text = option_info(option)->text;

    if (option == OPTION_FORMAT && file)
        text = "where to (default ID.json); - is standard output";
    if (option == OPTION_FORCE && file)
        text = "over the file that is there";
    snprintf(ret_text, COMMAND_TEXT_SIZE, "%s", text);
    if (option == OPTION_FORMAT && !file)
        join_formats(command_formats(command), ret_text);
}

static void print_option(const struct command *command, enum option option, FILE *out)
{
    const struct option_info *info = option_info(option);
    const char *value = command_value(command, option);
    char left[40], text[COMMAND_TEXT_SIZE];

    snprintf(left, sizeof left, "%c%c%s--%s%s%s", info->letter != '\0' ? '-' : ' ',
             info->letter != '\0' ? info->letter : ' ', info->letter != '\0' ? ", " : "  ",
             info->name, value != NULL ? " " : "", value != NULL ? value : "");
    command_text(command, option, text);
    fprintf(out, "  %-24s %s\n", left, text);
}

static void print_overview(FILE *out)
{
    fputs("usage: sagactl COMMAND [OPTIONS]\n\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        char left[40];
        snprintf(left, sizeof left, "%s %s", commands[i].name, commands[i].words);
        /* The ellipsis is three bytes and one column. */
        int width = strstr(left, "…") != NULL ? 31 : 29;
        fprintf(out, "  %-*s %s\n", width, left, commands[i].text);
    }
    fputs("\nID is a saga's id or its SID. Each command takes --help.\n"
          "SAGA_SERVER is the server, by default http://127.0.0.1:8080; SAGA_KEY is the key.\n"
          "\nExit status:\n",
          out);
    for (size_t i = 0; exit_code_infos[i].text != NULL; i++)
        fprintf(out, "  %-29d %s\n", (int)exit_code_infos[i].code, exit_code_infos[i].text);
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
        if (command_options(command) >> i & 1u)
            print_option(command, (enum option)i, out);
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
