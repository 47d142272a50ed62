#include "policy/bulkhead.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void undo_finds_room_when_forward_has_taken_all_it_may(void **state)
{
    struct bulkhead bulkhead;

    bulkhead_init(&bulkhead, 10);
    while (bulkhead_room(&bulkhead, BULKHEAD_FORWARD) > 0)
        bulkhead_take(&bulkhead, BULKHEAD_FORWARD);
    assert_int_equal(bulkhead.used[BULKHEAD_FORWARD], 8);
    assert_int_equal(bulkhead_room(&bulkhead, BULKHEAD_UNDO), 2);
    bulkhead_take(&bulkhead, BULKHEAD_UNDO);
    bulkhead_take(&bulkhead, BULKHEAD_UNDO);
    assert_int_equal(bulkhead_room(&bulkhead, BULKHEAD_UNDO), 0);
    bulkhead_give(&bulkhead, BULKHEAD_FORWARD);
    assert_int_equal(bulkhead_room(&bulkhead, BULKHEAD_FORWARD), 1);
    (void)state;
}

static void the_smallest_bulkhead_keeps_one_place_for_undo(void **state)
{
    struct bulkhead bulkhead;

    bulkhead_init(&bulkhead, 2);
    assert_int_equal(bulkhead_room(&bulkhead, BULKHEAD_FORWARD), 1);
    assert_int_equal(bulkhead_room(&bulkhead, BULKHEAD_UNDO), 2);
    (void)state;
}

static void calls_from_before_a_crash_may_overfill_it_and_it_drains(void **state)
{
    struct bulkhead bulkhead;

    bulkhead_init(&bulkhead, 5);
    for (unsigned i = 0; i < 9; i++)
        bulkhead_retake(&bulkhead, BULKHEAD_FORWARD);
    assert_int_equal(bulkhead_room(&bulkhead, BULKHEAD_UNDO), 0);
    for (unsigned i = 0; i < 6; i++)
        bulkhead_give(&bulkhead, BULKHEAD_FORWARD);
    assert_int_equal(bulkhead_room(&bulkhead, BULKHEAD_FORWARD), 1);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undo_finds_room_when_forward_has_taken_all_it_may),
        cmocka_unit_test(the_smallest_bulkhead_keeps_one_place_for_undo),
        cmocka_unit_test(calls_from_before_a_crash_may_overfill_it_and_it_drains),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
