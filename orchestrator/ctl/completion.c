/*
 * sagactl completion: scripts for three shells, from the one table of commands.
 *
 * A word that names something is completed by asking the server: for what is not finished, for its
 * definitions, for whom it calls. What can be run again has ended, so it is among all.
 */
#include "ctl/command.h"

#include <stdio.h>
#include <string.h>

static void print_options(const struct command *command, FILE *out)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        if (command_options(command) >> i & 1u)
            fprintf(out, " --%s", option_info((enum option)i)->name);
    }
}

/* "def" of "def lint": printed once, when it is the first of its kind. */
static bool is_first_of_word(size_t index, size_t length)
{
    const char *name = command_at(index)->name;

    for (size_t i = 0; i < index; i++) {
        const char *other = command_at(i)->name;
        if (strcspn(other, " ") == length && strncmp(other, name, length) == 0)
            return false;
    }
    return true;
}

/* The words that may follow @prefix, which is "" or the first word of some. */
static void print_words(const char *prefix, FILE *out)
{
    size_t skip = strlen(prefix);
    const struct command *command;

    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        size_t length = strcspn(command->name, " ");
        if (skip == 0 && is_first_of_word(i, length))
            fprintf(out, " %.*s", (int)length, command->name);
        if (skip == length && command->name[length] == ' ' &&
            strncmp(command->name, prefix, length) == 0)
            fprintf(out, " %s", command->name + length + 1);
    }
}

/* What lists the names that a command's first word may be; NULL when nothing does. */
static const char *list_of(const struct command *command)
{
    if (command->run == rerun_run)
        return "list --all --limit 100";
    if (strncmp(command->words, "ID", 2) == 0)
        return "list";
    if (strncmp(command->words, "DEF", 3) == 0 || strstr(command->words, "VERSION") != NULL)
        return "def list";
    return strcmp(command->words, "NAME") == 0 ? "participant list" : NULL;
}

static void print_bash_command(const struct command *command, FILE *out)
{
    const char *list = list_of(command);

    fprintf(out, "        '%s'*) formats='%s' words='", command->name, command_formats(command));
    print_options(command, out);
    fputs("'", out);
    if (list != NULL)
        fprintf(out,
                "\n            [[ $cur == -* ]] || [[ $command != '%s' ]] ||\n"
                "                words+=\" $(sagactl %s -o name 2>/dev/null)\"",
                command->name, list);
    if (strncmp(command->words, "FILE", 4) == 0)
        fputs("\n            [[ $cur == -* ]] || words+=\" $(compgen -f -- \"$cur\")\"", out);
    fputs(" ;;\n", out);
}

static void print_bash(FILE *out)
{
    const struct command *command;

    fputs("_sagactl() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local command='' words='' formats='' word\n"
          "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
          "        [[ $word == -* ]] || command+=\"${command:+ }$word\"\n"
          "    done\n"
          "    case $command in\n"
          "        '') words='",
          out);
    print_words("", out);
    fputs("' ;;\n", out);
    for (size_t i = 0; (command = command_at(i)) != NULL; i++)
        print_bash_command(command, out);
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        size_t length = strcspn(command->name, " ");
        char first[32];
        if (command->name[length] == '\0' || !is_first_of_word(i, length))
            continue;
        snprintf(first, sizeof first, "%.*s", (int)length, command->name);
        fprintf(out, "        '%s') words='", first);
        print_words(first, out);
        fputs("' ;;\n", out);
    }
    fputs("    esac\n"
          "    case $prev in\n"
          "        -o | --output) words=${formats:-$(compgen -f -- \"$cur\")} ;;\n"
          "        --as) words='done rejected' ;;\n"
          "    esac\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
          "}\n"
          "complete -F _sagactl sagactl\n",
          out);
}

/* zsh runs the functions of bash. */
static void print_zsh(FILE *out)
{
    fputs("#compdef sagactl\n"
          "autoload -U +X compinit && compinit\n"
          "autoload -U +X bashcompinit && bashcompinit\n",
          out);
    print_bash(out);
}

/* Texts stand between single quotes. */
static void print_quoted(const char *text, FILE *out)
{
    fputc('\'', out);
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('\'', out);
}

/* The line is in this command: all of its words are there. */
static void print_fish_condition(const char *name, FILE *out)
{
    size_t length = strcspn(name, " ");

    fprintf(out, "complete -c sagactl -n '__fish_seen_subcommand_from %.*s", (int)length, name);
    if (name[length] == ' ')
        fprintf(out, "; and __fish_seen_subcommand_from %s", name + length + 1);
    fputs("'", out);
}

static void print_fish_option(const struct command *command, enum option option, FILE *out)
{
    const struct option_info *info = option_info(option);
    char text[COMMAND_TEXT_SIZE];
    const char *formats = option == OPTION_FORMAT ? command_formats(command) : "";

    print_fish_condition(command->name, out);
    fprintf(out, " -l %s", info->name);
    if (info->letter != '\0')
        fprintf(out, " -s %c", info->letter);
    if (formats[0] != '\0')
        fprintf(out, " -x -a '%s'", formats);
    else if (command_value(command, option) != NULL)
        fputs(" -r", out);
    command_text(command, option, text);
    fputs(" -d ", out);
    print_quoted(text, out);
    fputc('\n', out);
}

static void print_fish_command(const struct command *command, FILE *out)
{
    size_t length = strcspn(command->name, " ");

    if (command->name[length] == '\0')
        fprintf(out, "complete -c sagactl -n __fish_use_subcommand -a %s -d ", command->name);
    else
        fprintf(out, "complete -c sagactl -n '__fish_seen_subcommand_from %.*s' -a %s -d ",
                (int)length, command->name, command->name + length + 1);
    print_quoted(command->text, out);
    fputc('\n', out);
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        if (command_options(command) >> i & 1u)
            print_fish_option(command, (enum option)i, out);
    }
    if (list_of(command) != NULL) {
        print_fish_condition(command->name, out);
        fprintf(out, " -a '(sagactl %s -o name 2>/dev/null)'\n", list_of(command));
    }
    if (strncmp(command->words, "FILE", 4) == 0) {
        print_fish_condition(command->name, out);
        fputs(" -F\n", out);
    }
}

static void print_fish(FILE *out)
{
    const struct command *command;

    fputs("complete -c sagactl -f\n", out);
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        size_t length = strcspn(command->name, " ");
        if (command->name[length] == ' ' && is_first_of_word(i, length))
            fprintf(out, "complete -c sagactl -n __fish_use_subcommand -a %.*s\n", (int)length,
                    command->name);
        print_fish_command(command, out);
    }
}

enum exit_code completion_run(const struct call *call)
{
    const char *shell = call->words[0];

    if (strcmp(shell, "bash") == 0)
        print_bash(call->out);
    else if (strcmp(shell, "zsh") == 0)
        print_zsh(call->out);
    else if (strcmp(shell, "fish") == 0)
        print_fish(call->out);
    else
        return command_misuse(call, "there is completion for bash, zsh and fish, not '%s'", shell);
    return EXIT_CODE_OK;
}
