#include "engine/timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT 500u

static void the_earliest_comes_first_whatever_was_moved(void **state)
{
    struct timers timers = {0};
    struct timer all[COUNT] = {0};
    unsigned seed = 7;

    for (size_t round = 0; round < 5; round++)
        for (size_t i = 0; i < COUNT; i++) {
            seed = seed * 1103515245u + 12345u;
            assert_int_equal(timers_set(&timers, &all[i], 1 + (seed >> 8) % 1000), 0);
        }
    for (size_t i = 0; i < COUNT; i += 3)
        timers_unset(&timers, &all[i]);

    uint64_t last = 0;
    size_t seen = 0;
    struct timer *timer;
    while ((timer = timers_due(&timers, UINT64_MAX)) != NULL) {
        assert_true(timer->at_ms >= last);
        last = timer->at_ms;
        timers_unset(&timers, timer);
        seen++;
    }
    assert_int_equal(seen, COUNT - (COUNT + 2) / 3);
    timers_fini(&timers);
    (void)state;
}

static void nothing_fires_early(void **state)
{
    struct timers timers = {0};
    struct timer timer = {0};

    assert_true(timers_next_ms(&timers) == UINT64_MAX);
    assert_int_equal(timers_set(&timers, &timer, 100), 0);
    assert_null(timers_due(&timers, 99));
    assert_ptr_equal(timers_due(&timers, 100), &timer);
    assert_int_equal(timers_set(&timers, &timer, 0), 0);
    assert_null(timers_due(&timers, UINT64_MAX));
    timers_unset(&timers, &timer);
    timers_fini(&timers);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_earliest_comes_first_whatever_was_moved),
        cmocka_unit_test(nothing_fires_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
