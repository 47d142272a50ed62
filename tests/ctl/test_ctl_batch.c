/* The rate of a batch. */
#include "ctl/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void a_rate_is_so_many_a_second_or_a_minute(void **state)
{
    uint64_t interval_us = 0;

    (void)state;
    assert_true(batch_interval("50/s", &interval_us));
    assert_int_equal(interval_us, 20000);
    assert_true(batch_interval("50", &interval_us));
    assert_int_equal(interval_us, 20000);
    assert_true(batch_interval("10/m", &interval_us));
    assert_int_equal(interval_us, 6000000);
    assert_true(batch_interval("10000/s", &interval_us));
    assert_int_equal(interval_us, 100);
}

static void what_is_no_rate_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",    "0",    "0/s",  "-1/s", "1.5/s", "10001/s", "5/h",    "5/",            "/s",
        "5 /s", "5/s ", "fast", "5/ss", "+5/s",  "5/S",     "0x10/s", "99999999999/s"};
    uint64_t interval_us = 7;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(batch_interval(wrong[i], &interval_us));
    assert_int_equal(interval_us, 7);
}

static void items_are_due_evenly_from_the_start(void **state)
{
    (void)state;
    assert_int_equal(batch_due(1000, 20000, 0), 1000);
    assert_int_equal(batch_due(1000, 20000, 50), 1001000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_is_so_many_a_second_or_a_minute),
        cmocka_unit_test(what_is_no_rate_is_refused),
        cmocka_unit_test(items_are_due_evenly_from_the_start),
    };
    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
