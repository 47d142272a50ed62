/*
 * The pen writes what protobuf says that these fields are, byte for byte.
 */
#include "codec/pen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define LONGEST 20000u

static uint8_t room[LONGEST + 64];

static struct pen fresh(void)
{
    return (struct pen){.at = room, .end = room + sizeof room};
}

static void expect(const struct pen *pen, const char *bytes, size_t size)
{
    assert_int_equal(pen->at - room, size);
    assert_memory_equal(room, bytes, size);
}

static void what_is_zero_or_empty_is_left_out(void **state)
{
    (void)state;
    struct pen pen = fresh();

    pen_number(&pen, 1, 0);
    pen_signed(&pen, 2, 0);
    pen_fixed(&pen, 3, 0);
    pen_text(&pen, 4, "");
    pen_bytes(&pen, 5, bytes_of(NULL, 0));
    expect(&pen, "", 0);
}

static void a_number_has_seven_bits_in_each_byte(void **state)
{
    (void)state;
    struct pen pen = fresh();

    pen_number(&pen, 1, 127);
    pen_number(&pen, 1, 128);
    pen_number(&pen, 16, 300);
    pen_number(&pen, 1, UINT64_MAX);
    expect(&pen,
           "\x08\x7f"
           "\x08\x80\x01"
           "\x80\x01\xac\x02"
           "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
           20);
}

static void a_sign_is_in_the_lowest_bit(void **state)
{
    (void)state;
    struct pen pen = fresh();

    pen_signed(&pen, 3, -1);
    pen_signed(&pen, 3, 1);
    pen_signed(&pen, 3, INT64_MIN);
    expect(&pen, "\x18\x01\x18\x02\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 15);
}

static void fixed_numbers_and_texts_are_as_they_are(void **state)
{
    (void)state;
    struct pen pen = fresh();

    pen_fixed(&pen, 1, 0x0807060504030201u);
    pen_text(&pen, 2, "ab");
    expect(&pen, "\x09\x01\x02\x03\x04\x05\x06\x07\x08\x12\x02" "ab", 13);
}

/* The size stands before the content, and takes more bytes when there is more of it. */
static void a_message_within_has_its_size_before_it(void **state)
{
    (void)state;
    static const struct { size_t content; char head[4]; size_t head_size; } cases[] = {
        {0, "\x0a\x00", 2},        {127, "\x0a\x7f", 2},          {128, "\x0a\x80\x01", 3},
        {16383, "\x0a\xff\x7f", 3}, {16384, "\x0a\x80\x80\x01", 4},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pen pen = fresh();
        uint8_t *opened = pen_open(&pen, 1);
        for (size_t at = 0; at < cases[i].content; at++)
            *pen.at++ = (uint8_t)at;
        pen_close(&pen, opened);
        assert_int_equal(pen.at - room, cases[i].head_size + cases[i].content);
        assert_memory_equal(room, cases[i].head, cases[i].head_size);
        for (size_t at = 0; at < cases[i].content; at++)
            assert_int_equal(room[cases[i].head_size + at], (uint8_t)at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_zero_or_empty_is_left_out),
        cmocka_unit_test(a_number_has_seven_bits_in_each_byte),
        cmocka_unit_test(a_sign_is_in_the_lowest_bit),
        cmocka_unit_test(fixed_numbers_and_texts_are_as_they_are),
        cmocka_unit_test(a_message_within_has_its_size_before_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
