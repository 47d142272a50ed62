#include "options.h"

#include "codec/wire.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX 100000u
#define PATIENCE_MAX_S 600u

const char options_usage[] =
    "usage: saga-conformance URL --operation NAME [OPTIONS]\n"
    "\n"
    "Play the server to one participant, in whatever language, and see whether it keeps to the\n"
    "protocol: it asks for work as it should, its effects are there once or not at all, and its\n"
    "results outlive lost connections. Listens at URL (ipc:///path or tcp://host:port), where the\n"
    "participant connects. Prints a line for each check; exits with 1 when one has failed.\n"
    "\n"
    "  --operation NAME    the do to call\n"
    "  --undo NAME         its undo; without one, nothing is undone\n"
    "  --input JSON|@FILE  what the do accepts; {} unless told\n"
    "  --participant NAME  what it must call itself\n"
    "  --secret-file FILE  the credential that it must send\n"
    "  --step NAME         the step that calls are for; \"step\" unless told\n"
    "  --account AC…       the account on whose behalf calls are made\n"
    "  --run COMMAND       start the participant by this shell command, with the address in\n"
    "                      SAGA_URL, and also kill it; otherwise connections are cut instead\n"
    "  --effects COMMAND   prints how often the saga in SAGA_ID has its effect now; without it,\n"
    "                      only answers are looked at\n"
    "  --seed N            of the random rounds; 1 unless told\n"
    "  --rounds N          how many of them; 30 unless told\n"
    "  --patience SECONDS  how long to wait for what must come; 20 unless told\n"
    "  -h, --help          this text\n";

enum {
    OPTION_OPERATION = 1,
    OPTION_UNDO,
    OPTION_INPUT,
    OPTION_PARTICIPANT,
    OPTION_SECRET_FILE,
    OPTION_STEP,
    OPTION_ACCOUNT,
    OPTION_RUN,
    OPTION_EFFECTS,
    OPTION_SEED,
    OPTION_ROUNDS,
    OPTION_PATIENCE,
};

static const struct option table[] = {
    {"operation", required_argument, NULL, OPTION_OPERATION},
    {"undo", required_argument, NULL, OPTION_UNDO},
    {"input", required_argument, NULL, OPTION_INPUT},
    {"participant", required_argument, NULL, OPTION_PARTICIPANT},
    {"secret-file", required_argument, NULL, OPTION_SECRET_FILE},
    {"step", required_argument, NULL, OPTION_STEP},
    {"account", required_argument, NULL, OPTION_ACCOUNT},
    {"run", required_argument, NULL, OPTION_RUN},
    {"effects", required_argument, NULL, OPTION_EFFECTS},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"rounds", required_argument, NULL, OPTION_ROUNDS},
    {"patience", required_argument, NULL, OPTION_PATIENCE},
    {"help", no_argument, NULL, 'h'},
    {0},
};

__attribute__((format(printf, 2, 3))) static bool wrong(char problem[OPTIONS_PROBLEM_SIZE],
                                                        const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(problem, OPTIONS_PROBLEM_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

static bool read_number(const char *text, uint64_t most, uint64_t *ret_number)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *ret_number = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *ret_number <= most;
}

/* All of a file that is not larger than @most. */
static bool read_file(const char *path, size_t most, struct buffer *ret_content,
                      char problem[OPTIONS_PROBLEM_SIZE])
{
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return wrong(problem, "cannot read %s: %s", path, strerror(errno));
    buffer_clear(ret_content);
    uint8_t *room = buffer_reserve(ret_content, most + 1);
    size_t size = room != NULL ? fread(room, 1, most + 1, file) : 0;
    fclose(file);
    if (room == NULL)
        return wrong(problem, "memory is short");
    if (size > most)
        return wrong(problem, "%s is larger than %zu bytes", path, most);
    ret_content->size = size;
    return true;
}

static bool read_secret(const char *path, struct options *options,
                        char problem[OPTIONS_PROBLEM_SIZE])
{
    struct buffer *secret = &options->secret;

    if (!read_file(path, WIRE_CREDENTIAL_MAX + 1, secret, problem))
        return false;
    while (secret->size > 0 && strchr(" \r\n\t", secret->data[secret->size - 1]) != NULL)
        secret->size--;
    return secret->size > 0 ? true : wrong(problem, "%s is empty", path);
}

static bool read_input(const char *text, struct options *options,
                       char problem[OPTIONS_PROBLEM_SIZE])
{
    if (text[0] == '@')
        return read_file(text + 1, SAGA_INPUT_MAX, &options->input, problem);
    buffer_clear(&options->input);
    return buffer_append(&options->input, text, strlen(text)) == 0
               ? true
               : wrong(problem, "memory is short");
}

static bool take_number(int option, const char *text, struct options *options,
                        char problem[OPTIONS_PROBLEM_SIZE])
{
    uint64_t most = option == OPTION_SEED     ? UINT64_MAX
                    : option == OPTION_ROUNDS ? ROUNDS_MAX
                                              : PATIENCE_MAX_S;
    uint64_t number;

    if (!read_number(text, most, &number) || (option == OPTION_PATIENCE && number == 0))
        return wrong(problem, "'%s' is not a number that can be used here", text);
    if (option == OPTION_SEED)
        options->seed = number;
    else if (option == OPTION_ROUNDS)
        options->rounds = (uint32_t)number;
    else
        options->patience_ms = (uint32_t)number * 1000;
    return true;
}

static const char **text_of(struct options *options, int option)
{
    switch (option) {
    case OPTION_OPERATION:
        return &options->operation;
    case OPTION_UNDO:
        return &options->undo;
    case OPTION_PARTICIPANT:
        return &options->participant;
    case OPTION_STEP:
        return &options->step;
    case OPTION_ACCOUNT:
        return &options->tenant;
    case OPTION_RUN:
        return &options->run;
    case OPTION_EFFECTS:
        return &options->effects;
    }
    return NULL;
}

static bool take(int option, struct options *options, char problem[OPTIONS_PROBLEM_SIZE])
{
    const char **text = text_of(options, option);

    if (text != NULL) {
        *text = optarg;
        return true;
    }
    if (option == OPTION_INPUT)
        return read_input(optarg, options, problem);
    if (option == OPTION_SECRET_FILE)
        return read_secret(optarg, options, problem);
    return take_number(option, optarg, options, problem);
}

static bool is_name(const char *text)
{
    return text[0] != '\0' && strlen(text) < SAGA_NAME_SIZE;
}

static bool check(const struct options *options, char problem[OPTIONS_PROBLEM_SIZE])
{
    if (options->url == NULL)
        return wrong(problem, "the URL to listen at is missing");
    if (options->operation == NULL)
        return wrong(problem, "--operation is missing");
    if (!is_name(options->operation) || !is_name(options->step) ||
        (options->undo != NULL && !is_name(options->undo)) ||
        (options->participant != NULL && !is_name(options->participant)))
        return wrong(problem, "a name is empty, or longer than %u bytes", SAGA_NAME_SIZE - 1);
    return true;
}

static bool read_all(int argc, char **argv, struct options *options,
                     char problem[OPTIONS_PROBLEM_SIZE])
{
    int letter;

    optind = 1;
    opterr = 0;
    while ((letter = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
        if (letter == 'h') {
            options->help = true;
            return true;
        }
        if (letter == '?' || letter == ':')
            return wrong(problem, letter == '?' ? "unknown option %s" : "option %s needs a value",
                         argv[optind - 1]);
        if (!take(letter, options, problem))
            return false;
    }
    if (optind < argc)
        options->url = argv[optind++];
    if (optind < argc)
        return wrong(problem, "'%s' is one word too many", argv[optind]);
    return check(options, problem);
}

int options_read(int argc, char **argv, struct options *ret_options,
                 char ret_problem[OPTIONS_PROBLEM_SIZE])
{
    *ret_options = (struct options){.step = "step",
                                    .tenant = "AC00000000000000000000000000000000",
                                    .seed = 1,
                                    .rounds = 30,
                                    .patience_ms = 20000};
    if (!read_input("{}", ret_options, ret_problem))
        return OPTIONS_WRONG;
    if (read_all(argc, argv, ret_options, ret_problem))
        return 0;
    options_fini(ret_options);
    return OPTIONS_WRONG;
}

void options_fini(struct options *options)
{
    buffer_fini(&options->input);
    buffer_fini(&options->secret);
}
