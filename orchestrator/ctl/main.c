/* sagactl: look at sagas, see why they wait, and act on exactly those. */
#include "ctl/command.h"

#include <stdlib.h>
#include <string.h>

#define SERVER_DEFAULT "http://127.0.0.1:8080"

/* One of the words of a list. */
static bool is_among(const char *word, const char *list)
{
    size_t length = strlen(word);

    for (; *list != '\0'; list += strcspn(list, " ")) {
        list += *list == ' ';
        if (length > 0 && strcspn(list, " ") == length && strncmp(list, word, length) == 0)
            return true;
        }
    return false;
}

static enum format read_format(const char *text)
{
    static const char *const names[] = {
        [FORMAT_TABLE] = "table", [FORMAT_WIDE] = "wide",   [FORMAT_CSV] = "csv",
        [FORMAT_JSON] = "json",   [FORMAT_JSONL] = "jsonl", [FORMAT_NAME] = "name",
    };
    unsigned i = 0;

    while (i < sizeof names / sizeof names[0] && strcmp(text, names[i]) != 0)
        i++;
    return i < sizeof names / sizeof names[0] ? (enum format)i : FORMAT_TABLE;
}

/* Everything about the command line that can be wrong before a server is asked. */
static enum exit_code check(struct call *call, const struct arguments *arguments)
{
    const struct command *command = call->command;
    enum option stranger = arguments_stranger(arguments, command_options(command));

    if (stranger != OPTION_COUNT)
        return command_misuse(call, "%s takes no --%s", command->name, option_info(stranger)->name);
    if (call->word_count < command->words_min)
        return command_misuse(call, "%s needs %s", command->name, command->words);
    if (call->word_count > command->words_max)
        return command_misuse(call, "'%s' is one word too many", call->words[command->words_max]);
    const char *format = arguments->values[OPTION_FORMAT];
    if (format != NULL && command->output != OUTPUT_FILE &&
        !is_among(format, command_formats(command)))
        return command_misuse(call, "--output is one of %s, not '%s'", command_formats(command),
                              format);
    if (format != NULL)
        call->format = read_format(format);
    return EXIT_CODE_OK;
}

static enum exit_code run(struct call *call)
{
    const char *url = call->options[OPTION_SERVER], *key = getenv("SAGA_KEY");

    if (url == NULL)
        url = getenv("SAGA_SERVER");
    if (url == NULL || url[0] == '\0')
        url = SERVER_DEFAULT;
    call->server = server_open(url, key != NULL && key[0] != '\0' ? key : NULL);
    if (call->server == NULL) {
        fputs("sagactl: out of memory\n", stderr);
        return EXIT_CODE_FAILED;
    }
    enum exit_code code = call->command->run(call);
    call->server = server_close(call->server);

    /* A full disk or a closed pipe must not look like success. */
    if (fflush(stdout) != 0 && code == EXIT_CODE_OK)
        code = EXIT_CODE_FAILED;
    return code;
}

static enum exit_code dispatch(int count, char *const *words)
{
    struct arguments arguments;
    char message[ARGUMENTS_MESSAGE_SIZE];
    struct call call = {.out = stdout};
    size_t taken = 0;

    if (!arguments_parse(count, words, &arguments, message))
        return command_misuse(&call, "%s", message);
    call.command = command_find(&arguments, &taken);
    if (arguments.values[OPTION_HELP] != NULL) {
        command_help(call.command, stdout);
        return EXIT_CODE_OK;
    }
    if (arguments.word_count == 0) {
        command_help(NULL, stderr);
        return EXIT_CODE_USAGE;
    }
    if (call.command == NULL)
        return command_misuse(&call, "no command '%s'", arguments.words[0]);
    call.words = arguments.words + taken;
    call.word_count = arguments.word_count - taken;
    call.options = arguments.values;
    enum exit_code code = check(&call, &arguments);
    return code != EXIT_CODE_OK ? code : run(&call);
}

int main(int argc, char **argv)
{
    return (int)dispatch(argc - 1, argv + 1);
}
