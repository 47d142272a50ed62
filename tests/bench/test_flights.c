/*
 * Latencies of sagas, whichever of their two ends is heard of first.
 */
#include "flights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void a_latency_is_the_time_between_both_ends(void **state)
{
    struct flights flights;

    (void)state;
    assert_true(flights_init(&flights, 4));
    assert_false(flights_start(&flights, 7, 1000));
    assert_true(flights_end(&flights, 7, 6000));
    assert_true(flights_latency_ms(&flights, 0.5) == 5.0);
    flights_fini(&flights);
}

static void an_end_may_be_heard_before_its_start(void **state)
{
    struct flights flights;

    (void)state;
    assert_true(flights_init(&flights, 4));
    assert_false(flights_end(&flights, 7, 6000));
    assert_true(flights_start(&flights, 7, 1000));
    assert_true(flights_latency_ms(&flights, 0.5) == 5.0);
    flights_fini(&flights);
}

static void percentiles_are_taken_from_all(void **state)
{
    struct flights flights;

    (void)state;
    assert_true(flights_init(&flights, 2));
    for (uint64_t i = 101; i > 0; i--) {
        assert_false(flights_start(&flights, i, 0));
        assert_true(flights_end(&flights, i, i * 1000));
    }
    assert_true(flights_latency_ms(&flights, 0) == 1.0);
    assert_true(flights_latency_ms(&flights, 0.5) == 51.0);
    assert_true(flights_latency_ms(&flights, 0.99) == 100.0);
    assert_true(flights_latency_ms(&flights, 1) == 101.0);
    flights_clear(&flights);
    assert_true(flights_latency_ms(&flights, 0.5) == 0);
    flights_fini(&flights);
}

static void more_flights_than_there_is_room_for_are_not_counted(void **state)
{
    struct flights flights;

    (void)state;
    assert_true(flights_init(&flights, 1));
    assert_false(flights_start(&flights, 1, 0));
    assert_false(flights_start(&flights, 2, 0));
    assert_false(flights_end(&flights, 2, 1));
    assert_true(flights_end(&flights, 1, 1000));
    assert_int_equal(flights.latency_count, 1);
    flights_fini(&flights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_latency_is_the_time_between_both_ends),
        cmocka_unit_test(an_end_may_be_heard_before_its_start),
        cmocka_unit_test(percentiles_are_taken_from_all),
        cmocka_unit_test(more_flights_than_there_is_room_for_are_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
