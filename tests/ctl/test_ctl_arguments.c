/* The command line, sorted. */
#include "ctl/arguments.h"
#include "ctl/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 16

/* Split @line at blanks and parse it; the words live in @copy. */
static bool parse(const char *line, char *copy, struct arguments *ret_arguments,
                  char message[ARGUMENTS_MESSAGE_SIZE])
{
    char *words[WORDS_MAX], *rest = strcpy(copy, line), *word;
    int count = 0;

    while ((word = strsep(&rest, " ")) != NULL && count < WORDS_MAX)
        words[count++] = word;
    return arguments_parse(count, words, ret_arguments, message);
}

static void options_and_words_may_be_mixed(void **state)
{
    (void)state;
    struct arguments arguments;
    char copy[128], message[ARGUMENTS_MESSAGE_SIZE];

    assert_true(parse("resolve -o json saga_1 queue --as=done --force", copy, &arguments, message));
    assert_int_equal(arguments.word_count, 3);
    assert_string_equal(arguments.words[0], "resolve");
    assert_string_equal(arguments.words[2], "queue");
    assert_string_equal(arguments.values[OPTION_FORMAT], "json");
    assert_string_equal(arguments.values[OPTION_AS], "done");
    assert_string_equal(arguments.values[OPTION_FORCE], "");
    assert_null(arguments.values[OPTION_REASON]);
}

static void a_value_may_look_like_an_option_or_be_glued(void **state)
{
    (void)state;
    struct arguments arguments;
    char copy[128], message[ARGUMENTS_MESSAGE_SIZE];

    assert_true(parse("start x -i - -ojson --reason --force --query a=b", copy, &arguments,
                      message));
    assert_string_equal(arguments.values[OPTION_INPUT], "-");
    assert_string_equal(arguments.values[OPTION_FORMAT], "json");
    assert_string_equal(arguments.values[OPTION_REASON], "--force");
    assert_string_equal(arguments.values[OPTION_QUERY], "a=b");
    assert_null(arguments.values[OPTION_FORCE]);
}

static void after_two_dashes_everything_is_a_word(void **state)
{
    (void)state;
    struct arguments arguments;
    char copy[128], message[ARGUMENTS_MESSAGE_SIZE];

    assert_true(parse("def lint -- -x --help", copy, &arguments, message));
    assert_int_equal(arguments.word_count, 4);
    assert_string_equal(arguments.words[3], "--help");
    assert_null(arguments.values[OPTION_HELP]);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *line, *word;
    } samples[] = {
        {"list --stick", "no such option"}, {"list -x", "no such option"},
        {"list --stuck=1", "takes no value"}, {"list --query", "needs a value"},
        {"list --stuck --stuck", "given twice"}, {"list --stucks", "no such option"},
    };
    struct arguments arguments;
    char copy[128], message[ARGUMENTS_MESSAGE_SIZE];

    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        assert_false(parse(samples[i].line, copy, &arguments, message));
        assert_non_null(strstr(message, samples[i].word));
    }
}

static void more_words_than_the_limit_are_refused(void **state)
{
    (void)state;
    static char word[] = "word";
    char *words[ARGUMENTS_WORDS_MAX + 1], message[ARGUMENTS_MESSAGE_SIZE];
    struct arguments arguments;

    for (size_t i = 0; i < ARGUMENTS_WORDS_MAX + 1; i++)
        words[i] = word;
    assert_true(arguments_parse((int)ARGUMENTS_WORDS_MAX, words, &arguments, message));
    assert_false(arguments_parse((int)ARGUMENTS_WORDS_MAX + 1, words, &arguments, message));
}

static void an_option_of_another_command_is_a_stranger(void **state)
{
    (void)state;
    struct arguments arguments;
    char copy[128], message[ARGUMENTS_MESSAGE_SIZE];

    assert_true(parse("show x -o json --stuck", copy, &arguments, message));
    assert_int_equal(arguments_stranger(&arguments, OPTIONS_COMMON), OPTION_STUCK);
    assert_int_equal(arguments_stranger(&arguments, OPTIONS_COMMON | 1u << OPTION_STUCK),
                     OPTION_COUNT);
}

static void waits_are_read_in_seconds_minutes_hours(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "s", "-1", "5x", "1.5s", "30 s", "25h", "99999999999"};
    uint32_t seconds = 0;

    assert_true(arguments_seconds("30", &seconds) && seconds == 30);
    assert_true(arguments_seconds("0s", &seconds) && seconds == 0);
    assert_true(arguments_seconds("5m", &seconds) && seconds == 300);
    assert_true(arguments_seconds("24h", &seconds) && seconds == 86400);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(arguments_seconds(wrong[i], &seconds));
}

static void numbers_stay_within_their_bound(void **state)
{
    (void)state;
    uint32_t number = 0;

    assert_true(arguments_number("1", 10, &number) && number == 1);
    assert_true(arguments_number("10", 10, &number) && number == 10);
    assert_false(arguments_number("0", 10, &number));
    assert_false(arguments_number("11", 10, &number));
    assert_false(arguments_number("1x", 10, &number));
    assert_false(arguments_number("", 10, &number));
}

static void commands_of_two_words_are_found_whole(void **state)
{
    (void)state;
    struct arguments arguments;
    char copy[128], message[ARGUMENTS_MESSAGE_SIZE];
    size_t taken = 0;

    assert_true(parse("def lint a.yaml", copy, &arguments, message));
    const struct command *command = command_find(&arguments, &taken);
    assert_non_null(command);
    assert_string_equal(command->name, "def lint");
    assert_int_equal(taken, 2);
    assert_true(parse("def", copy, &arguments, message));
    assert_null(command_find(&arguments, &taken));
    assert_true(parse("lis", copy, &arguments, message));
    assert_null(command_find(&arguments, &taken));
}

static void help_names_every_command_and_every_option_of_one(void **state)
{
    (void)state;
    static const char *const names[] = {"start", "list", "why", "resolve", "def lint", "version"};
    char *text = NULL;
    size_t size = 0;

    FILE *out = open_memstream(&text, &size);
    command_help(NULL, out);
    fclose(out);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(strstr(text, names[i]));
    free(text);

    struct arguments arguments;
    char copy[128], message[ARGUMENTS_MESSAGE_SIZE];
    size_t taken = 0;
    assert_true(parse("resolve", copy, &arguments, message));
    out = open_memstream(&text, &size);
    command_help(command_find(&arguments, &taken), out);
    fclose(out);
    assert_non_null(strstr(text, "--reason TEXT"));
    assert_non_null(strstr(text, "--as VERDICT"));
    assert_null(strstr(text, "--stuck"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_words_may_be_mixed),
        cmocka_unit_test(a_value_may_look_like_an_option_or_be_glued),
        cmocka_unit_test(after_two_dashes_everything_is_a_word),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(more_words_than_the_limit_are_refused),
        cmocka_unit_test(an_option_of_another_command_is_a_stranger),
        cmocka_unit_test(waits_are_read_in_seconds_minutes_hours),
        cmocka_unit_test(numbers_stay_within_their_bound),
        cmocka_unit_test(commands_of_two_words_are_found_whole),
        cmocka_unit_test(help_names_every_command_and_every_option_of_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
