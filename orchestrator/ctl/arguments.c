#include "ctl/arguments.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SECONDS_MAX 86400u
#define DIGITS_MAX 9u /* What cannot overflow 32 bits. */

static const struct option_info options[OPTION_COUNT] = {
    [OPTION_FORMAT] = {'o', "output", "FORMAT", "which form, of those that the command has"},
    [OPTION_SERVER] = {'\0', "server", "URL", "instead of SAGA_SERVER"},
    [OPTION_HELP] = {'h', "help", NULL, "this text"},
    [OPTION_STUCK] = {'\0', "stuck", NULL, "only what needs a look: parked, overdue, no progress"},
    [OPTION_ALL] = {'a', "all", NULL, "also what is over: finished sagas, old definitions"},
    [OPTION_QUERY] = {'q', "query", "FILTER", "field=value, !=, < or >, joined by commas"},
    [OPTION_LIMIT] = {'\0', "limit", "N", "at most so many (default 1000)"},
    [OPTION_INPUT] = {'i', "input", "JSON", "the input: JSON, @FILE, or - for standard input"},
    [OPTION_KEY] = {'\0', "key", "KEY", "idempotency key; the same key starts nothing twice"},
    [OPTION_WAIT] = {'w', "wait", "TIME", "wait so long for the end, such as 30s or 5m"},
    [OPTION_ACCOUNT] = {'\0', "account", "SID", "the account that it belongs to"},
    [OPTION_REASON] = {'\0', "reason", "TEXT", "why; kept in the saga's history and the audit"},
    [OPTION_ACTOR] = {'\0', "actor", "NAME", "who; of a verb, by default $USER"},
    [OPTION_AS] = {'\0', "as", "VERDICT", "done or rejected"},
    [OPTION_RESULT] = {'\0', "result", "JSON", "the step's output: JSON, @FILE or -"},
    [OPTION_FORCE] = {'\0', "force", NULL, "resolve a pivot as rejected without a fence"},
    [OPTION_COLUMNS] = {'\0', "columns", "NAMES", "which columns, such as id,phase,for"},
    [OPTION_WATCH] = {'\0', "watch", NULL, "again and again; into a pipe, what changes as jsonl"},
    [OPTION_INTERVAL] = {'\0', "interval", "TIME", "how often to look (default 2s)"},
    [OPTION_FOLLOW] = {'f', "follow", NULL, "then each event, until it has ended or is parked"},
    [OPTION_RATE] = {'\0', "rate", "RATE", "how fast, such as 50/s (the default) or 10/m"},
    [OPTION_DRY_RUN] = {'\0', "dry-run", NULL, "only count and list what would be acted on"},
    [OPTION_FAULTS] = {'\0', "faults", "N", "so many faults in one run (1 to 3, default 2)"},
    [OPTION_ASCII] = {'\0', "ascii", NULL, "no other characters, as where the locale is not UTF-8"},
    [OPTION_VERB] = {'\0', "verb", "VERB", "what was done, such as cancel or resolve"},
    [OPTION_SINCE] = {'\0', "since", "TIME", "from then on: 2h, 7d, 2026-01-02, or RFC 3339"},
    [OPTION_UNTIL] = {'\0', "until", "TIME", "before then, likewise"},
    [OPTION_HEAD] = {'\0', "head", "DIGEST", "a head that was noted: it must be there still"},
    [OPTION_PAYLOADS] = {'\0', "payloads", NULL, "with input and outputs, which are left out else"},
    [OPTION_ATTEMPTS] = {'\0', "attempts", NULL, "each call and its answer"},
};

const struct option_info *option_info(enum option option)
{
    assert(option < OPTION_COUNT);
    return &options[option];
}

static enum option option_by_letter(char letter)
{
    unsigned i = 0;

    while (i < OPTION_COUNT && (letter == '\0' || options[i].letter != letter))
        i++;
    return (enum option)i;
}

static enum option option_by_name(const char *name, size_t length)
{
    unsigned i = 0;

    while (i < OPTION_COUNT && (strlen(options[i].name) != length ||
                                strncmp(options[i].name, name, length) != 0))
        i++;
    return (enum option)i;
}

/* "--name", "--name=value", "-n" or "-nvalue"; @ret_value is what is glued to it, or NULL. */
static enum option option_in(const char *word, const char **ret_value)
{
    *ret_value = NULL;
    if (word[1] != '-') {
        enum option option = option_by_letter(word[1]);
        if (word[2] != '\0')
            *ret_value = word + 2;
        return option;
    }
    size_t length = strcspn(word + 2, "=");
    if (word[2 + length] == '=')
        *ret_value = word + 2 + length + 1;
    return option_by_name(word + 2, length);
}

/* Take the option at argv[*at], and its value; advances *at over the value. */
static bool take_option(int count, char *const *argv, int *at, struct arguments *arguments,
                        char ret_message[ARGUMENTS_MESSAGE_SIZE])
{
    const char *word = argv[*at], *value;
    enum option option = option_in(word, &value);
    const char *wrong = NULL;

    if (option == OPTION_COUNT)
        wrong = "no such option";
    else if (arguments->values[option] != NULL)
        wrong = "given twice";
    else if (options[option].value == NULL && value != NULL)
        wrong = "takes no value";
    else if (options[option].value != NULL && value == NULL && *at + 1 >= count)
        wrong = "needs a value";
    if (wrong != NULL) {
        snprintf(ret_message, ARGUMENTS_MESSAGE_SIZE, "%.80s: %s", word, wrong);
        return false;
    }
    if (options[option].value == NULL)
        value = "";
    else if (value == NULL)
        value = argv[++*at];
    arguments->values[option] = value;
    return true;
}

bool arguments_parse(int count, char *const *argv, struct arguments *ret_arguments,
                     char ret_message[ARGUMENTS_MESSAGE_SIZE])
{
    struct arguments arguments = {0};
    bool only_words = false;

    for (int at = 0; at < count; at++) {
        const char *word = argv[at];
        if (!only_words && strcmp(word, "--") == 0) {
            only_words = true;
        } else if (!only_words && word[0] == '-' && word[1] != '\0') {
            if (!take_option(count, argv, &at, &arguments, ret_message))
                return false;
        } else if (arguments.word_count == ARGUMENTS_WORDS_MAX) {
            snprintf(ret_message, ARGUMENTS_MESSAGE_SIZE, "more than %u words",
                     ARGUMENTS_WORDS_MAX);
            return false;
        } else {
            arguments.words[arguments.word_count++] = word;
        }
    }
    *ret_arguments = arguments;
    return true;
}

enum option arguments_stranger(const struct arguments *arguments, uint32_t allowed)
{
    unsigned i = 0;

    while (i < OPTION_COUNT && (arguments->values[i] == NULL || (allowed >> i & 1u)))
        i++;
    return (enum option)i;
}

/* The decimal number at the start of @text; its length in @ret_length, 0 when there is none. */
static uint32_t leading_number(const char *text, size_t *ret_length)
{
    uint32_t number = 0;

    *ret_length = strspn(text, "0123456789");
    if (*ret_length > DIGITS_MAX)
        *ret_length = 0;
    for (size_t i = 0; i < *ret_length; i++)
        number = number * 10 + (uint32_t)(text[i] - '0');
    return number;
}

bool arguments_seconds(const char *text, uint32_t *ret_seconds)
{
    static const struct {
        const char *name;
        uint32_t seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}};
    size_t length;
    uint64_t number = leading_number(text, &length);

    for (size_t i = 0; length > 0 && i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + length, units[i].name) != 0 || number * units[i].seconds > SECONDS_MAX)
            continue;
        *ret_seconds = (uint32_t)number * units[i].seconds;
        return true;
    }
    return false;
}

bool arguments_number(const char *text, uint32_t most, uint32_t *ret_number)
{
    size_t length;
    uint32_t number = leading_number(text, &length);

    if (length == 0 || text[length] != '\0' || number == 0 || number > most)
        return false;
    *ret_number = number;
    return true;
}
