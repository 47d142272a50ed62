/*
 * The grammar of filters, and which sagas they take.
 */
#include "gateway/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW_MS 1000000000u

static const struct page_row row = {
    .tenant = "AC1",
    .definition = "send_message",
    .phase = SAGA_RUNNING,
    .condition = SAGA_NO_WORKER,
    .step = "queue",
    .code = "unavailable",
    .created_ms = NOW_MS - 300000, /* Five minutes ago. */
};

static const struct page_row held = {
    .phase = SAGA_COMPENSATING,
    .paused = true,
    .parked = SAGA_PARK_PATIENCE,
    .condition = SAGA_PARKED,
    .created_ms = NOW_MS + 5000, /* The clock was set back. */
};

static const struct {
    const char *text;
    bool takes_row, takes_held;
} filters[] = {
    {"", true, true},
    {"definition=send_message", true, false},
    {"definition!=send_message", false, true},
    {"definition=Send_message", false, false},
    {"phase=running", true, false},
    {"phase=compensating", false, true},
    {"phase!=completed", true, true},
    {"hold=none", true, false},
    {"hold=parked", false, true},
    {"hold=paused", false, false},
    {"condition=no-worker", true, false},
    {"condition!=no-worker", false, true},
    {"step=queue", true, false},
    {"step=", false, true},
    {"account=AC1", true, false},
    {"code=unavailable", true, false},
    {"code=", false, true},
    {"age>4m", true, false},
    {"age>5m", false, false},
    {"age<5m", false, true},
    {"age<301s", true, true},
    {"age>299s", true, false},
    {"age<1h", true, true},
    {"age>1d", false, false},
    {"phase=running,age>4m", true, false},
    {"phase=running,age<4m", false, false},
    {" phase=running , step=queue ", true, false},
    {"code=a=b", false, false},
};

static void a_filter_takes_what_holds_in_all_of_its_conditions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        struct filter filter;
        char error[FILTER_ERROR_SIZE] = "";
        assert_int_equal(filter_parse(filters[i].text, NOW_MS, &filter, error), 0);
        if (filter_matches(&filter, &row) != filters[i].takes_row ||
            filter_matches(&filter, &held) != filters[i].takes_held)
            fail_msg("the filter \"%s\" takes the wrong ones", filters[i].text);
    }
}

static const struct {
    const char *text;
    const char *error; /* How it begins. */
} mistakes[] = {
    {"colour=red", "\"colour=red\" does not begin with a field; the fields are definition, phase"},
    {"=red", "\"=red\" does not begin with a field"},
    {",", "\"\" does not begin with a field"},
    {"phase=running,", "\"\" does not begin with a field"},
    {"phase", "in \"phase\" the field is not followed by =, !=, < or >"},
    {"phase!running", "in \"phase!running\" the field is not followed by"},
    {"phase~running", "in \"phase~running\" the field is not followed by"},
    {"phase=runing", "\"runing\" is no phase; it is one of running, compensating, completed, "
                     "compensated, terminated"},
    {"condition=stuck", "\"stuck\" is no condition; it is one of progressing, retrying"},
    {"hold=yes", "\"yes\" is no hold; it is one of none, paused, parked"},
    {"phase<running", "phase is compared with = or !=; < and > are for age"},
    {"age=5m", "age is compared with < or > and a number with s, m, h or d, such as age>5m"},
    {"age>5", "age is compared with < or >"},
    {"age>m", "age is compared with < or >"},
    {"age>5w", "age is compared with < or >"},
    {"age>5mm", "age is compared with < or >"},
    {"age>1234567890s", "age is compared with < or >"},
};

static void a_mistake_is_explained(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        struct filter filter;
        char error[FILTER_ERROR_SIZE] = "";
        assert_int_equal(filter_parse(mistakes[i].text, NOW_MS, &filter, error), FILTER_MALFORMED);
        if (strncmp(error, mistakes[i].error, strlen(mistakes[i].error)) != 0)
            fail_msg("\"%s\" gives: %s", mistakes[i].text, error);
    }
}

static void a_value_must_fit(void **state)
{
    struct filter filter;
    char error[FILTER_ERROR_SIZE], text[128];

    (void)state;
    snprintf(text, sizeof(text), "step=%063d", 0);
    assert_int_equal(filter_parse(text, NOW_MS, &filter, error), 0);
    snprintf(text, sizeof(text), "step=%064d", 0);
    assert_int_equal(filter_parse(text, NOW_MS, &filter, error), FILTER_MALFORMED);
    assert_string_equal(error, "the value of step is longer than 63 characters");
}

static void there_are_at_most_16_conditions(void **state)
{
    struct filter filter;
    char error[FILTER_ERROR_SIZE], text[256] = "age>1s";

    (void)state;
    for (unsigned i = 1; i < FILTER_CONDITIONS_MAX; i++)
        strcat(text, ",age>1s");
    assert_int_equal(filter_parse(text, NOW_MS, &filter, error), 0);
    strcat(text, ",age>1s");
    assert_int_equal(filter_parse(text, NOW_MS, &filter, error), FILTER_MALFORMED);
    assert_string_equal(error, "there are more than 16 conditions");
}

static void only_a_named_end_asks_for_finished_sagas(void **state)
{
    static const struct {
        const char *text;
        bool names;
    } cases[] = {{"", false},
                 {"phase=running", false},
                 {"phase=compensating", false},
                 {"phase!=completed", false},
                 {"step=completed", false},
                 {"phase=completed", true},
                 {"age>1d,phase=compensated", true},
                 {"phase=terminated", true}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct filter filter;
        char error[FILTER_ERROR_SIZE];
        assert_int_equal(filter_parse(cases[i].text, NOW_MS, &filter, error), 0);
        assert_int_equal(filter_names_finished(&filter), cases[i].names);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_takes_what_holds_in_all_of_its_conditions),
        cmocka_unit_test(a_mistake_is_explained),
        cmocka_unit_test(a_value_must_fit),
        cmocka_unit_test(there_are_at_most_16_conditions),
        cmocka_unit_test(only_a_named_end_asks_for_finished_sagas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
