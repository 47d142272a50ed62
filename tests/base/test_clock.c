/* Two clocks, and how times are written. */
#include "base/clock.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LEAP_DAY_MS 1709210096007u /* 2024-02-29T12:34:56.007Z, a Thursday. */

static void monotonic_time_does_not_go_back(void **state)
{
    (void)state;
    struct instant first = instant_now();

    for (unsigned i = 0; i < 1000; i++) {
        struct instant next = instant_now();
        assert_true(next.monotonic_ms >= first.monotonic_ms);
        first = next;
    }
}

static void wall_time_is_later_than_this_test_was_written(void **state)
{
    (void)state;

    assert_true(instant_now().wall_ms > LEAP_DAY_MS);
}

static void rfc3339_has_milliseconds_and_is_utc(void **state)
{
    (void)state;
    char text[CLOCK_RFC3339_SIZE];

    clock_rfc3339(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    clock_rfc3339(LEAP_DAY_MS, text);
    assert_string_equal(text, "2024-02-29T12:34:56.007Z");
    clock_rfc3339(LEAP_DAY_MS + 992, text);
    assert_string_equal(text, "2024-02-29T12:34:56.999Z");
}

static void rfc2822_names_day_and_month_in_english(void **state)
{
    (void)state;
    char text[CLOCK_RFC2822_SIZE];

    clock_rfc2822(0, text);
    assert_string_equal(text, "Thu, 01 Jan 1970 00:00:00 +0000");
    setlocale(LC_ALL, "");
    clock_rfc2822(LEAP_DAY_MS, text);
    assert_string_equal(text, "Thu, 29 Feb 2024 12:34:56 +0000");
}

static void texts_fill_their_sizes_exactly(void **state)
{
    (void)state;
    char rfc3339[CLOCK_RFC3339_SIZE], rfc2822[CLOCK_RFC2822_SIZE];

    clock_rfc3339(LEAP_DAY_MS, rfc3339);
    clock_rfc2822(LEAP_DAY_MS, rfc2822);
    assert_int_equal(strlen(rfc3339) + 1, CLOCK_RFC3339_SIZE);
    assert_int_equal(strlen(rfc2822) + 1, CLOCK_RFC2822_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monotonic_time_does_not_go_back),
        cmocka_unit_test(wall_time_is_later_than_this_test_was_written),
        cmocka_unit_test(rfc3339_has_milliseconds_and_is_utc),
        cmocka_unit_test(rfc2822_names_day_and_month_in_english),
        cmocka_unit_test(texts_fill_their_sizes_exactly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
