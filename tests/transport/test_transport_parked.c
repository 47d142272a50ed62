#include "transport/transport_parked.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

static int clear(void **state)
{
    *state = calloc(1, sizeof(struct transport_parked) + sizeof(struct transport_pipes));
    return *state == NULL;
}

static int forget(void **state)
{
    free(*state);
    return 0;
}

static void exchange_is_taken_once(void **state)
{
    struct transport_parked *parked = *state;
    uint64_t exchange = transport_parked_put(parked, 5, 77);
    uint32_t place = 0;

    assert_int_not_equal(exchange, 0);
    assert_false(transport_parked_free(parked, 5));
    assert_true(transport_parked_take(parked, exchange, &place));
    assert_int_equal(place, 5);
    assert_true(transport_parked_free(parked, 5));
    assert_false(transport_parked_take(parked, exchange, &place));
}

static void number_of_an_exchange_is_never_used_again(void **state)
{
    struct transport_parked *parked = *state;
    uint64_t first = transport_parked_put(parked, 5, 77);
    uint32_t place = 0;

    assert_true(transport_parked_take(parked, first, &place));
    uint64_t second = transport_parked_put(parked, 5, 77);
    assert_int_not_equal(first, second);
    assert_false(transport_parked_take(parked, first, &place));
    assert_true(transport_parked_take(parked, second, &place));
}

static void number_that_fits_no_place_is_not_parked(void **state)
{
    struct transport_parked *parked = *state;
    uint32_t place = 0;

    assert_false(transport_parked_take(parked, 0, &place));
    assert_false(transport_parked_take(parked, UINT64_MAX, &place));
    assert_false(transport_parked_take(parked, 1u << 16 | 3u, &place));
}

static void all_of_a_pipe_are_taken_and_no_others(void **state)
{
    struct transport_parked *parked = *state;
    uint32_t place = 0, taken = 0;

    for (uint32_t i = 0; i < 100; i++)
        transport_parked_put(parked, i, 1 + i % 2);
    while (transport_parked_take_pipe(parked, 2, place, &place)) {
        assert_int_equal(place % 2, 1);
        taken++;
    }
    assert_int_equal(taken, 50);
    assert_int_equal(parked->count, 50);
}

static void the_place_to_spare_is_never_parked_in(void **state)
{
    struct transport_parked *parked = *state;

    for (uint32_t i = 0; i < TRANSPORT_EXCHANGES_MAX; i++)
        assert_int_not_equal(transport_parked_put(parked, i, 1), 0);
    assert_int_equal(transport_parked_put(parked, TRANSPORT_EXCHANGES_MAX, 1), 0);
    assert_true(transport_parked_free(parked, TRANSPORT_EXCHANGES_MAX));
}

static void only_a_pipe_that_asked_is_missed(void **state)
{
    struct transport_pipes *pipes = *state;

    assert_true(transport_pipes_add(pipes, 1));
    assert_true(transport_pipes_add(pipes, 2));
    assert_true(transport_pipes_ask(pipes, 2));
    assert_false(transport_pipes_ask(pipes, 3));
    assert_false(transport_pipes_remove(pipes, 1));
    assert_true(transport_pipes_remove(pipes, 2));
    assert_false(transport_pipes_remove(pipes, 2));
    assert_int_equal(pipes->count, 0);
}

static void pipe_in_the_place_of_another_has_not_asked(void **state)
{
    struct transport_pipes *pipes = *state;

    assert_true(transport_pipes_add(pipes, 1));
    assert_true(transport_pipes_ask(pipes, 1));
    assert_true(transport_pipes_remove(pipes, 1));
    assert_true(transport_pipes_add(pipes, 2));
    assert_false(transport_pipes_remove(pipes, 2));
}

static void pipes_are_limited(void **state)
{
    struct transport_pipes *pipes = *state;

    for (uint64_t i = 1; i <= TRANSPORT_PIPES_MAX; i++)
        assert_true(transport_pipes_add(pipes, i));
    assert_false(transport_pipes_add(pipes, TRANSPORT_PIPES_MAX + 1));
    transport_pipes_remove(pipes, 500);
    assert_true(transport_pipes_has(pipes, TRANSPORT_PIPES_MAX));
    assert_true(transport_pipes_add(pipes, TRANSPORT_PIPES_MAX + 1));
}

#define CLEARED(test) cmocka_unit_test_setup_teardown(test, clear, forget)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CLEARED(exchange_is_taken_once),
        CLEARED(number_of_an_exchange_is_never_used_again),
        CLEARED(number_that_fits_no_place_is_not_parked),
        CLEARED(all_of_a_pipe_are_taken_and_no_others),
        CLEARED(the_place_to_spare_is_never_parked_in),
        CLEARED(only_a_pipe_that_asked_is_missed),
        CLEARED(pipe_in_the_place_of_another_has_not_asked),
        CLEARED(pipes_are_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
