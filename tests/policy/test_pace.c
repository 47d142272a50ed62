#include "policy/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void over_time_there_is_a_rest_for_each_piece(void **state)
{
    struct pace pace = {.burst_us = 0};
    uint64_t now_us = 5000000, rests_us = 0;

    for (unsigned i = 0; i < 1000; i++) {
        uint64_t rest_us = 1 + i % 300;
        now_us += pace_wait_us(&pace, now_us);
        pace_pay(&pace, now_us, rest_us);
        rests_us += rest_us;
    }
    now_us += pace_wait_us(&pace, now_us);
    assert_int_equal(now_us - 5000000, rests_us);
    (void)state;
}

static void after_a_long_rest_some_is_done_at_once(void **state)
{
    struct pace pace = {.burst_us = 10000};
    uint64_t now_us = 5000000;

    for (unsigned i = 0; i < 11; i++) {
        assert_int_equal(pace_wait_us(&pace, now_us), 0);
        pace_pay(&pace, now_us, 1000);
    }
    assert_int_equal(pace_wait_us(&pace, now_us), 1000);
    assert_int_equal(pace_wait_us(&pace, now_us + 1000), 0);
    now_us += 60000000; /* However long it was, no more than the burst is at once. */
    pace_pay(&pace, now_us, 20000);
    assert_int_equal(pace_wait_us(&pace, now_us), 10000);
    (void)state;
}

static void a_clock_that_steps_back_forgives_nothing(void **state)
{
    struct pace pace = {.burst_us = 0};

    pace_pay(&pace, 5000, 200);
    assert_int_equal(pace_wait_us(&pace, 4000), 1200);
    pace_pay(&pace, 4000, 200);
    assert_int_equal(pace_wait_us(&pace, 5000), 400);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_time_there_is_a_rest_for_each_piece),
        cmocka_unit_test(after_a_long_rest_some_is_done_at_once),
        cmocka_unit_test(a_clock_that_steps_back_forgives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
