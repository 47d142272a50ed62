/*
 * Days and their names.
 */
#include "store/store_period.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <time.h>

#define DAYS 40000u /* More than a century, with 2000 and 2100 in it. */

static void every_day_has_the_date_of_the_calendar(void **state)
{
    (void)state;
    for (uint64_t day = 0; day < DAYS; day++) {
        time_t seconds = (time_t)(day * (PERIOD_MS / 1000));
        char digits[PERIOD_DIGITS_SIZE], expected[32];
        struct tm date;
        uint64_t back = 0;

        assert_non_null(gmtime_r(&seconds, &date));
        strftime(expected, sizeof expected, "%Y%m%d", &date);
        period_digits(day, digits);
        assert_string_equal(digits, expected);
        assert_true(period_parse(digits, &back));
        assert_true(back == day);
    }
}

static void what_names_no_day_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "2015", "201507300", "2015073", "20150732", "20150700", "20151301", "20150010",
        "20150229", "19691231", "2015073x", " 2015073", "+2015073", "00000000",
    };
    uint64_t day;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(period_parse(wrong[i], &day));
    assert_true(period_parse("20160229", &day));
    assert_true(period_parse("99991231", &day));
    assert_true(day == PERIOD_DAY_MAX);
}

static void moments_beyond_the_last_day_belong_to_it(void **state)
{
    (void)state;
    assert_true(period_of(0) == 0);
    assert_true(period_of(PERIOD_MS - 1) == 0);
    assert_true(period_of(PERIOD_MS) == 1);
    assert_true(period_of(UINT64_MAX) == PERIOD_DAY_MAX);
}

static void a_day_is_due_when_all_of_it_is_old(void **state)
{
    (void)state;
    const uint64_t day = 100, end = 101ull * PERIOD_MS, keep = 5000;

    assert_false(period_is_due(day, 0, keep));
    assert_false(period_is_due(day, end - 1, 0));
    assert_true(period_is_due(day, end, 0));
    assert_false(period_is_due(day, end + keep - 1, keep));
    assert_true(period_is_due(day, end + keep, keep));
    assert_false(period_is_due(day, UINT64_MAX, UINT64_MAX));
}

static void a_key_lives_as_long_as_its_saga_and_then_its_time(void **state)
{
    (void)state;
    struct store_row row = {.live = true, .updated_ms = 0};

    assert_true(period_keeps(&row, UINT64_MAX, 0));
    row = (struct store_row){.live = false, .updated_ms = 1000};
    assert_true(period_keeps(&row, 1499, 500));
    assert_false(period_keeps(&row, 1500, 500));
    assert_true(period_keeps(&row, 999, 0)); /* The clock stepped back: nothing is lost. */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_has_the_date_of_the_calendar),
        cmocka_unit_test(what_names_no_day_is_refused),
        cmocka_unit_test(moments_beyond_the_last_day_belong_to_it),
        cmocka_unit_test(a_day_is_due_when_all_of_it_is_old),
        cmocka_unit_test(a_key_lives_as_long_as_its_saga_and_then_its_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
