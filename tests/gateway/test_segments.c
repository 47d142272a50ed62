/*
 * Segments on the air.
 */
#include "gateway/segments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* @count times @text, with @prefix before it. */
static uint32_t segments_of_repeated(const char *prefix, const char *text, size_t count)
{
    size_t length = strlen(text), start = strlen(prefix);
    char *body = malloc(start + length * count + 1);

    assert_non_null(body);
    memcpy(body, prefix, start);
    for (size_t i = 0; i < count; i++)
        memcpy(body + start + i * length, text, length);
    uint32_t segments = segments_of(bytes_of(body, start + length * count));
    free(body);
    return segments;
}

static void the_gsm_alphabet_fits_160_or_parts_of_153(void **state)
{
    (void)state;
    assert_int_equal(segments_of_repeated("", "a", 0), 1);
    assert_int_equal(segments_of_repeated("", "a", 160), 1);
    assert_int_equal(segments_of_repeated("", "a", 161), 2);
    assert_int_equal(segments_of_repeated("", "a", 306), 2);
    assert_int_equal(segments_of_repeated("", "a", 307), 3);
    assert_int_equal(segments_of_repeated("", "a", 1600), 11);
}

static void letters_of_the_gsm_alphabet_beyond_ascii_cost_one(void **state)
{
    (void)state;
    assert_int_equal(segments_of_repeated("", "\xc3\xa9", 160), 1); /* é */
    assert_int_equal(segments_of_repeated("", "\xce\xa9", 160), 1); /* Ω */
    assert_int_equal(segments_of_repeated("", "@", 160), 1);
    assert_int_equal(segments_of_repeated("", "\n", 160), 1);
}

static void extension_characters_cost_two_and_are_not_split(void **state)
{
    (void)state;
    assert_int_equal(segments_of_repeated("", "\xe2\x82\xac", 80), 1); /* € */
    assert_int_equal(segments_of_repeated("", "\xe2\x82\xac", 81), 2);
    /* 76 of them leave one septet of 153 unused. */
    assert_int_equal(segments_of_repeated("", "{", 152), 2);
    assert_int_equal(segments_of_repeated("", "{", 153), 3);
    assert_int_equal(segments_of_repeated("a", "{", 152), 2);
}

static void anything_else_is_ucs_2(void **state)
{
    (void)state;
    assert_int_equal(segments_of_repeated("\xd0\x96", "a", 69), 1); /* Ж */
    assert_int_equal(segments_of_repeated("\xd0\x96", "a", 70), 2);
    assert_int_equal(segments_of_repeated("", "\xd0\x96", 134), 2);
    assert_int_equal(segments_of_repeated("", "\xd0\x96", 135), 3);
    assert_int_equal(segments_of_repeated("`", "a", 70), 2); /* Not in the alphabet. */
}

static void surrogate_pairs_cost_two_and_are_not_split(void **state)
{
    (void)state;
    assert_int_equal(segments_of_repeated("", "\xf0\x9f\x98\x80", 35), 1);
    assert_int_equal(segments_of_repeated("", "\xf0\x9f\x98\x80", 36), 2);
    /* 33 pairs leave one unit of 67 unused. */
    assert_int_equal(segments_of_repeated("", "\xf0\x9f\x98\x80", 66), 2);
    assert_int_equal(segments_of_repeated("", "\xf0\x9f\x98\x80", 67), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gsm_alphabet_fits_160_or_parts_of_153),
        cmocka_unit_test(letters_of_the_gsm_alphabet_beyond_ascii_cost_one),
        cmocka_unit_test(extension_characters_cost_two_and_are_not_split),
        cmocka_unit_test(anything_else_is_ucs_2),
        cmocka_unit_test(surrogate_pairs_cost_two_and_are_not_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
