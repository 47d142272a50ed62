/* Times for people. */
#include "ctl/age.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void ages_have_one_unit_rounded_down(void **state)
{
    (void)state;
    static const struct {
        uint64_t ms;
        const char *text;
    } samples[] = {
        {0, "0s"},
        {999, "0s"},
        {1000, "1s"},
        {59999, "59s"},
        {60000, "1m"},
        {4 * 60000 + 59999, "4m"},
        {3599999, "59m"},
        {3600000, "1h"},
        {86399999, "23h"},
        {86400000, "1d"},
        {UINT64_C(8640000000), "100d"},
    };

    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        char text[AGE_SIZE];
        age_text(samples[i].ms, text);
        assert_string_equal(text, samples[i].text);
    }
}

static void offsets_are_as_precise_as_they_are_short(void **state)
{
    (void)state;
    static const struct {
        uint64_t ms;
        const char *text;
    } samples[] = {
        {0, "0ms"},          {7, "7ms"},           {999, "999ms"},     {1000, "1.000s"},
        {1204, "1.204s"},    {59999, "59.999s"},   {125000, "2m05s"},  {3599999, "59m59s"},
        {11220000, "3h07m"}, {90000000, "25h00m"},
    };

    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        char text[AGE_SIZE];
        age_offset(samples[i].ms, text);
        assert_string_equal(text, samples[i].text);
    }
}

static void exact_times_are_said_as_in_definitions(void **state)
{
    (void)state;
    static const struct {
        uint64_t ms;
        const char *text;
    } samples[] = {
        {0, "0ms"},     {300, "300ms"},    {1000, "1s"},       {30000, "30s"},   {90000, "90s"},
        {120000, "2m"}, {86400000, "24h"}, {11100, "11.100s"}, {5400000, "90m"},
    };

    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        char text[AGE_SIZE];
        age_exact(samples[i].ms, text);
        assert_string_equal(text, samples[i].text);
    }
}

static void the_longest_time_still_fits(void **state)
{
    (void)state;
    char text[AGE_SIZE];

    age_text(UINT64_MAX, text);
    assert_string_equal(text, "213503982334d");
    age_offset(UINT64_MAX, text);
    assert_string_equal(text, "5124095576030h25m");
}

static void times_are_read_to_the_millisecond(void **state)
{
    (void)state;
    uint64_t ms = 1;

    assert_true(age_parse("1970-01-01T00:00:00.000Z", &ms));
    assert_true(ms == 0);
    assert_true(age_parse("2024-02-29T12:34:56.007Z", &ms));
    assert_true(ms == UINT64_C(1709210096007));
    assert_true(age_parse("2000-03-01T00:00:00.000Z", &ms));
    assert_true(ms == UINT64_C(951868800000));
    assert_true(age_parse("2100-03-01T00:00:00.001Z", &ms));
    assert_true(ms == UINT64_C(4107542400001));
}

static void other_forms_of_time_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "2024-02-29",
        "2024-02-29T12:34:56Z",
        "2024-02-29T12:34:56.007+01:00",
        "2024-02-29 12:34:56.007Z",
        "2024-13-29T12:34:56.007Z",
        "2024-00-29T12:34:56.007Z",
        "2024-02-00T12:34:56.007Z",
        "2024-02-29T24:34:56.007Z",
        "2024-02-29T12:60:56.007Z",
        "1969-12-31T23:59:59.999Z",
        "+024-02-29T12:34:56.007Z",
    };
    uint64_t ms = 7;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(age_parse(wrong[i], &ms));
    assert_true(ms == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages_have_one_unit_rounded_down),
        cmocka_unit_test(offsets_are_as_precise_as_they_are_short),
        cmocka_unit_test(exact_times_are_said_as_in_definitions),
        cmocka_unit_test(the_longest_time_still_fits),
        cmocka_unit_test(times_are_read_to_the_millisecond),
        cmocka_unit_test(other_forms_of_time_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
