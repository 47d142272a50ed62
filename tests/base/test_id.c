/* A saga's identity: numbers that rise, and two text forms that carry all of it. */
#include "base/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOW_MS 1709210096007u
#define MS_SHIFT 16u /* 6 bits of shard, 10 of count. */

static uint64_t shard_of(uint64_t number)
{
    return number >> 10 & 63u;
}

static void numbers_follow_the_clock_and_carry_the_shard(void **state)
{
    (void)state;
    uint64_t number = id_next_number(0, NOW_MS, 5);

    assert_true(number >> MS_SHIFT == NOW_MS);
    assert_int_equal(shard_of(number), 5);
    assert_true(id_next_number(number, NOW_MS + 1, 5) >> MS_SHIFT == NOW_MS + 1);
}

static void a_time_has_a_first_number(void **state)
{
    (void)state;
    assert_true(id_first_number(NOW_MS) <= id_next_number(0, NOW_MS, 0));
    assert_true(id_first_number(NOW_MS + 1) > id_next_number(0, NOW_MS, 63));
    assert_true(id_first_number(0) == 0);
    assert_true(id_first_number(UINT64_MAX / 2) == INT64_MAX);
}

static void numbers_rise_within_one_millisecond_and_beyond_it(void **state)
{
    (void)state;
    uint64_t last = 0;

    /* More than one millisecond's share: the count runs over and borrows the next. */
    for (unsigned i = 0; i < 5000; i++) {
        uint64_t number = id_next_number(last, NOW_MS, 63);
        assert_true(number > last);
        assert_int_equal(shard_of(number), 63);
        last = number;
    }
    assert_true(last >> MS_SHIFT >= NOW_MS + 4);
}

static void numbers_rise_although_the_clock_goes_back(void **state)
{
    (void)state;
    uint64_t last = id_next_number(0, NOW_MS, 0);
    uint64_t next = id_next_number(last, NOW_MS - 60000, 0);

    assert_true(next > last);
}

static void numbers_leave_the_systems_own_alone(void **state)
{
    (void)state;

    assert_true(id_next_number(0, 0, 0) >= ID_FIRST_SAGA);
}

static void both_text_forms_come_back_whole(void **state)
{
    (void)state;
    static const struct saga_id ids[] = {
        {0, 0},
        {1, 1},
        {UINT64_MAX, UINT64_MAX},
        {0x0123456789abcdef, 0xfedcba9876543210},
        {0, UINT64_MAX},
        {1, 0},
    };

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char text[ID_TEXT_SIZE], sid[ID_SID_SIZE];
        struct saga_id back = {7, 7};

        id_text(ids[i], text);
        assert_int_equal(strlen(text), ID_TEXT_SIZE - 1);
        assert_true(id_parse(text, &back));
        assert_true(id_equal(back, ids[i]));
        id_sid(ids[i], sid);
        assert_int_equal(strlen(sid), ID_SID_SIZE - 1);
        assert_true(id_parse(sid, &back));
        assert_true(id_equal(back, ids[i]));
    }
}

static void texts_are_written_one_way_only(void **state)
{
    (void)state;
    char text[ID_TEXT_SIZE], sid[ID_SID_SIZE];

    id_text((struct saga_id){0, 31}, text);
    assert_string_equal(text, "saga_0000000000000000000000000z");
    id_sid((struct saga_id){1, 0xab}, sid);
    assert_string_equal(sid, "SM000000000000000100000000000000ab");
}

static void texts_sort_as_their_numbers_do(void **state)
{
    (void)state;
    char early[ID_TEXT_SIZE], late[ID_TEXT_SIZE];

    id_text((struct saga_id){NOW_MS << MS_SHIFT, UINT64_MAX}, early);
    id_text((struct saga_id){(NOW_MS << MS_SHIFT) + 1, 0}, late);
    assert_true(strcmp(early, late) < 0);
}

static void anything_else_is_not_an_id(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "saga_",
        "saga_0000000000000000000000000",
        "saga_000000000000000000000000000",
        "saga_80000000000000000000000000", /* 131 bits. */
        "saga_0000000000000000000000000i", /* Not in the alphabet. */
        "saga_0000000000000000000000000Z",
        "SM",
        "SM0000000000000001000000000000000",
        "SM000000000000000100000000000000abc",
        "SM000000000000000100000000000000ag",
        "sm000000000000000100000000000000ab",
        "AC000000000000000100000000000000ab",
        " saga_00000000000000000000000000",
    };
    struct saga_id id = {7, 8};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(id_parse(wrong[i], &id));
    assert_true(id_equal(id, (struct saga_id){7, 8}));
}

static void ids_differ_by_number_or_nonce(void **state)
{
    (void)state;

    assert_false(id_equal((struct saga_id){1, 2}, (struct saga_id){1, 3}));
    assert_false(id_equal((struct saga_id){1, 2}, (struct saga_id){2, 2}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_follow_the_clock_and_carry_the_shard),
        cmocka_unit_test(a_time_has_a_first_number),
        cmocka_unit_test(numbers_rise_within_one_millisecond_and_beyond_it),
        cmocka_unit_test(numbers_rise_although_the_clock_goes_back),
        cmocka_unit_test(numbers_leave_the_systems_own_alone),
        cmocka_unit_test(both_text_forms_come_back_whole),
        cmocka_unit_test(texts_are_written_one_way_only),
        cmocka_unit_test(texts_sort_as_their_numbers_do),
        cmocka_unit_test(anything_else_is_not_an_id),
        cmocka_unit_test(ids_differ_by_number_or_nonce),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
