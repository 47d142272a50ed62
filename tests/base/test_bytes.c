/* Borrowed bytes, the growing buffer, copies of texts, hexadecimal. */
#include "base/bytes.h"

#include "base/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void bytes_are_equal_by_content(void **state)
{
    (void)state;
    char copy[] = "saga";

    assert_true(bytes_equal(bytes_of_text("saga"), bytes_of_text(copy)));
    assert_false(bytes_equal(bytes_of_text("saga"), bytes_of_text("sagb")));
    assert_false(bytes_equal(bytes_of_text("saga"), bytes_of_text("sag")));
}

static void no_bytes_equal_no_bytes_wherever_they_lie(void **state)
{
    (void)state;

    assert_true(bytes_equal(bytes_of(NULL, 0), bytes_of_text("")));
}

static void buffer_keeps_what_is_appended_in_order(void **state)
{
    (void)state;
    struct buffer buffer = {0};

    assert_int_equal(buffer_append(&buffer, "one ", 4), 0);
    assert_int_equal(buffer_append(&buffer, NULL, 0), 0);
    assert_int_equal(buffer_append(&buffer, "two", 3), 0);

    assert_int_equal(buffer.size, 7);
    assert_memory_equal(buffer.data, "one two", 7);
    buffer_fini(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.capacity, 0);
}

static void buffer_grows_far_beyond_its_first_capacity(void **state)
{
    (void)state;
    struct buffer buffer = {0};

    for (unsigned i = 0; i < 10000; i++)
        assert_int_equal(buffer_append(&buffer, &(uint8_t){(uint8_t)i}, 1), 0);

    assert_int_equal(buffer.size, 10000);
    assert_true(buffer.capacity >= buffer.size);
    for (unsigned i = 0; i < 10000; i++)
        assert_int_equal(buffer.data[i], (uint8_t)i);
    buffer_fini(&buffer);
}

static void reserved_room_is_not_yet_content(void **state)
{
    (void)state;
    struct buffer buffer = {0};

    assert_int_equal(buffer_append(&buffer, "x", 1), 0);
    uint8_t *room = buffer_reserve(&buffer, 1000);
    assert_non_null(room);
    memset(room, 'y', 1000);

    assert_int_equal(buffer.size, 1);
    assert_ptr_equal(room, buffer.data + 1);
    buffer_fini(&buffer);
}

static void room_that_cannot_exist_is_refused(void **state)
{
    (void)state;
    struct buffer buffer = {0};

    assert_int_equal(buffer_append(&buffer, "kept", 4), 0);
    assert_null(buffer_reserve(&buffer, SIZE_MAX));
    assert_int_equal(buffer_append(&buffer, "x", SIZE_MAX - 2), fault(FAULT_MEMORY));

    assert_int_equal(buffer.size, 4);
    assert_memory_equal(buffer.data, "kept", 4);
    buffer_fini(&buffer);
}

static void cleared_buffer_keeps_its_memory(void **state)
{
    (void)state;
    struct buffer buffer = {0};

    assert_int_equal(buffer_append(&buffer, "text", 4), 0);
    size_t capacity = buffer.capacity;
    buffer_clear(&buffer);

    assert_int_equal(buffer.size, 0);
    assert_int_equal(buffer.capacity, capacity);
    buffer_fini(&buffer);
}

static void printed_text_is_appended_without_its_nul(void **state)
{
    (void)state;
    struct buffer buffer = {0};

    assert_int_equal(buffer_print(&buffer, "%s=%d", "seq", 5), 0);
    assert_int_equal(buffer_print(&buffer, "%s", ""), 0);
    assert_int_equal(buffer_print(&buffer, "%*s", 1000, "!"), 0);

    assert_int_equal(buffer.size, 1005);
    assert_memory_equal(buffer.data, "seq=5 ", 6);
    assert_int_equal(buffer.data[1004], '!');
    buffer_fini(&buffer);
}

static void hex_goes_both_ways(void **state)
{
    (void)state;
    const uint8_t data[] = {0x00, 0x9f, 0xff};
    uint8_t back[3] = {0};
    char text[7];

    hex_encode(data, sizeof data, text);
    assert_string_equal(text, "009fff");
    assert_true(hex_decode(text, sizeof back, back));
    assert_memory_equal(back, data, sizeof data);
    assert_true(hex_decode("009FfF", sizeof back, back));
    assert_memory_equal(back, data, sizeof data);
}

static void hex_of_another_length_or_alphabet_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "0", "00", "0000000", "00000g", "00 000", "0x0000"};
    uint8_t back[3];

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(hex_decode(wrong[i], sizeof back, back));
}

static void a_text_is_copied_as_far_as_it_fits(void **state)
{
    (void)state;
    char copy[5] = "....";

    text_copy("", sizeof copy, copy);
    assert_string_equal(copy, "");
    text_copy("saga", sizeof copy, copy);
    assert_string_equal(copy, "saga");
    text_copy("sagad", sizeof copy, copy);
    assert_string_equal(copy, "saga");
    text_copy("saga", 1, copy);
    assert_string_equal(copy, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_copied_as_far_as_it_fits),
        cmocka_unit_test(bytes_are_equal_by_content),
        cmocka_unit_test(no_bytes_equal_no_bytes_wherever_they_lie),
        cmocka_unit_test(buffer_keeps_what_is_appended_in_order),
        cmocka_unit_test(buffer_grows_far_beyond_its_first_capacity),
        cmocka_unit_test(reserved_room_is_not_yet_content),
        cmocka_unit_test(room_that_cannot_exist_is_refused),
        cmocka_unit_test(cleared_buffer_keeps_its_memory),
        cmocka_unit_test(printed_text_is_appended_without_its_nul),
        cmocka_unit_test(hex_goes_both_ways),
        cmocka_unit_test(hex_of_another_length_or_alphabet_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
