/*
 * sagactl man: the manual page in roff, from the one table of commands.
 *
 *   sagactl man | man -l -          read it
 *   sagactl man > …/man1/sagactl.1  install it
 */
#include "ctl/command.h"

#include <stdio.h>

/* A line of roff may not start with a dot or a quote; a hyphen is to stay one. */
static void print_text(const char *text, FILE *out)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
    }
}

static void print_option(const struct command *command, enum option option, FILE *out)
{
    const struct option_info *info = option_info(option);
    const char *value = command_value(command, option);
    char text[COMMAND_TEXT_SIZE];

    fputs(".TP\n", out);
    if (info->letter != '\0')
        fprintf(out, "\\fB\\-%c\\fR, ", info->letter);
    fputs("\\fB\\-\\-", out);
    print_text(info->name, out);
    fputs("\\fR", out);
    if (value != NULL)
        fprintf(out, " \\fI%s\\fR", value);
    fputc('\n', out);
    command_text(command, option, text);
    print_text(text, out);
    fputc('\n', out);
}

/* What all commands take is told once, but for what each of them prints. */
static void print_command(const struct command *command, FILE *out)
{
    uint32_t options = command_options(command) & (~OPTIONS_COMMON | 1u << OPTION_FORMAT);

    fputs(".SS \"sagactl ", out);
    print_text(command->name, out);
    if (command->words[0] != '\0')
        fprintf(out, " %s", command->words);
    fputs("\"\n", out);
    print_text(command->text, out);
    fputc('\n', out);
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        if (options >> i & 1u)
            print_option(command, (enum option)i, out);
    }
}

enum exit_code manual_run(const struct call *call)
{
    const struct command *command;
    FILE *out = call->out;

    fprintf(out, ".TH SAGACTL 1 \"\" \"sagad %s\" \"User Commands\"\n", SAGAD_VERSION);
    fputs(".SH NAME\nsagactl \\- look at sagas, see why they wait, and act on exactly those\n"
          ".SH SYNOPSIS\n.B sagactl\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH COMMANDS\n",
          out);
    for (size_t i = 0; (command = command_at(i)) != NULL; i++)
        print_command(command, out);
    fputs(".SH OPTIONS OF EVERY COMMAND\n", out);
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        if (i != OPTION_FORMAT && (OPTIONS_COMMON >> i & 1u) != 0)
            print_option(command_at(0), (enum option)i, out);
    }
    fputs(".SH ENVIRONMENT\n"
          ".TP\n\\fBSAGA_SERVER\\fR\nWhere the server is; by default http://127.0.0.1:8080.\n"
          ".TP\n\\fBSAGA_KEY\\fR\nThe key; never an option, since a command line is seen by all.\n"
          ".SH EXIT STATUS\n",
          out);
    for (size_t i = 0; exit_code_infos[i].text != NULL; i++) {
        fprintf(out, ".TP\n%d\n", (int)exit_code_infos[i].code);
        print_text(exit_code_infos[i].text, out);
        fputc('\n', out);
    }
    return EXIT_CODE_OK;
}
