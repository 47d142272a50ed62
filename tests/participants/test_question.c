/* Questions: what is understood, and what is malformed before anything acts on it. */
#include "service/question.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define SID "SM0123456789abcdef0123456789abcdef"
#define ACCOUNT "AC0123456789abcdef0123456789abcdef"

static int read_line(const char *line, struct question *ret_question)
{
    const char *why;
    int r = question_init(line, strlen(line), ret_question, &why);

    if (r == QUESTION_MALFORMED)
        assert_true(strlen(why) > 10);
    return r;
}

static void a_question_has_defaults(void **state)
{
    struct question question;

    (void)state;
    assert_int_equal(read_line("{\"ask\":\"take\"}", &question), 0);
    assert_string_equal(question.ask, "take");
    assert_string_equal(question.after, "");
    assert_int_equal(question.count, 1);
    assert_null(question.sids);
    assert_int_equal(question.fund, QUESTION_ABSENT);
    assert_int_equal(question.daily_quota, QUESTION_ABSENT);
    question_fini(&question);
}

static void every_member_is_read(void **state)
{
    struct question question;

    (void)state;
    assert_int_equal(read_line("{\"ask\":\"x\",\"after\":\"y\",\"count\":500,\"sids\":[\"" SID
                               "\"],\"account\":\"" ACCOUNT "\",\"number\":\"+15005550006\","
                               "\"pool\":\"MG0123456789abcdef0123456789abcdef\",\"state\":\"on\","
                               "\"fund\":7,\"price\":0,\"daily_quota\":null}",
                               &question),
                     0);
    assert_int_equal(question.count, 500);
    assert_string_equal(question.after, "y");
    assert_int_equal(json_array_size(question.sids), 1);
    assert_string_equal(question.account, ACCOUNT);
    assert_string_equal(question.number, "+15005550006");
    assert_string_equal(question.state, "on");
    assert_int_equal(question.fund, 7);
    assert_int_equal(question.price, 0);
    assert_int_equal(question.daily_quota, QUESTION_NONE);
    question_fini(&question);
}

static void nonsense_is_malformed(void **state)
{
    static const char *const lines[] = {
        "",
        "{",
        "[]",
        "7",
        "null",
        "{} {}",
        "{\"ask\":7}",
        "{\"ask\":\"a word that is longer than thirty-one\"}",
        "{\"ask\":\"a\",\"ask\":\"a\"}",
        "{\"what\":1}",
        "{\"count\":0}",
        "{\"count\":501}",
        "{\"count\":1.5}",
        "{\"count\":\"1\"}",
        "{\"sids\":{}}",
        "{\"sids\":[7]}",
        "{\"sids\":[\"SM1\"]}",
        "{\"account\":\"SM\"}",
        "{\"account\":7}",
        "{\"number\":\"5\"}",
        "{\"pool\":\"MG\"}",
        "{\"state\":7}",
        "{\"fund\":-1}",
        "{\"fund\":1000000000000001}",
        "{\"price\":null}",
        "{\"daily_quota\":\"none\"}",
    };
    struct question question;

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (read_line(lines[i], &question) != QUESTION_MALFORMED)
            fail_msg("understood: %s", lines[i]);
}

static void a_question_over_the_limit_is_not_parsed(void **state)
{
    static char line[QUESTION_MAX + 1];
    struct question question;
    const char *why;

    (void)state;
    memset(line, ' ', sizeof line);
    memcpy(line, "{}", 2);
    assert_int_equal(question_init(line, QUESTION_MAX, &question, &why), 0);
    question_fini(&question);
    assert_int_equal(question_init(line, QUESTION_MAX + 1, &question, &why), QUESTION_MALFORMED);
}

static void more_sids_than_the_limit_are_malformed(void **state)
{
    static char line[(QUESTION_SIDS_MAX + 2) * 40];
    struct question question;

    (void)state;
    strcpy(line, "{\"sids\":[\"" SID "\"");
    for (unsigned i = 1; i < QUESTION_SIDS_MAX; i++)
        strcat(line, ",\"" SID "\"");
    size_t full = strlen(line);
    strcpy(line + full, "]}");
    assert_int_equal(read_line(line, &question), 0);
    question_fini(&question);
    strcpy(line + full, ",\"" SID "\"]}");
    assert_int_equal(read_line(line, &question), QUESTION_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_has_defaults),
        cmocka_unit_test(every_member_is_read),
        cmocka_unit_test(nonsense_is_malformed),
        cmocka_unit_test(a_question_over_the_limit_is_not_parsed),
        cmocka_unit_test(more_sids_than_the_limit_are_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
