/*
 * Trace contexts from outside: what is handed on, and what is ignored.
 */
#include "base/traceparent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"
#define VALID "00-" TRACE "-" PARENT "-01"

static void a_valid_one_is_handed_on(void **state)
{
    char text[TRACEPARENT_SIZE];

    (void)state;
    assert_true(traceparent_parse(VALID, text));
    assert_string_equal(text, VALID);
    assert_true(traceparent_parse("00-" TRACE "-" PARENT "-00", text));
    assert_string_equal(text, "00-" TRACE "-" PARENT "-00");
}

static void of_a_later_version_the_known_parts_count(void **state)
{
    char text[TRACEPARENT_SIZE];

    (void)state;
    assert_true(traceparent_parse("01-" TRACE "-" PARENT "-01", text));
    assert_string_equal(text, VALID);
    assert_true(traceparent_parse("cc-" TRACE "-" PARENT "-01-what-the-future-brings", text));
    assert_string_equal(text, VALID);
}

static void a_malformed_one_is_ignored(void **state)
{
    static const char *const malformed[] = {
        "",
        "00",
        "00-" TRACE "-" PARENT,
        "00-" TRACE "-" PARENT "-",
        "00-" TRACE "-" PARENT "-1",
        "00-" TRACE "-" PARENT "-011",
        "00-" TRACE "-" PARENT "-01-",
        "00-" TRACE "-" PARENT "-01 ",
        "01-" TRACE "-" PARENT "-01.",
        "ff-" TRACE "-" PARENT "-01",
        "0g-" TRACE "-" PARENT "-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01",
        "00-00000000000000000000000000000000-" PARENT "-01",
        "00-" TRACE "-0000000000000000-01",
        "00_" TRACE "_" PARENT "_01",
        " " VALID,
    };
    char text[TRACEPARENT_SIZE] = "untouched";

    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
        assert_false(traceparent_parse(malformed[i], text));
    assert_string_equal(text, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_one_is_handed_on),
        cmocka_unit_test(of_a_later_version_the_known_parts_count),
        cmocka_unit_test(a_malformed_one_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
