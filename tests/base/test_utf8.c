/*
 * UTF-8, strictly.
 */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_character_is_read_back(void **state)
{
    static const struct {
        const char *text;
        uint32_t character;
    } cases[] = {{"a", 'a'},
                 {"\x7f", 0x7f},
                 {"\xc2\x80", 0x80},
                 {"\xdf\xbf", 0x7ff},
                 {"\xe0\xa0\x80", 0x800},
                 {"\xed\x9f\xbf", 0xd7ff},
                 {"\xee\x80\x80", 0xe000},
                 {"\xef\xbf\xbf", 0xffff},
                 {"\xf0\x90\x80\x80", 0x10000},
                 {"\xf4\x8f\xbf\xbf", 0x10ffff}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t character = 0;
        assert_int_equal(utf8_next(bytes_of_text(cases[i].text), &character),
                         strlen(cases[i].text));
        assert_int_equal(character, cases[i].character);
        assert_true(utf8_valid(bytes_of_text(cases[i].text)));
    }
}

static void malformed_bytes_are_no_character(void **state)
{
    static const char *const texts[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xc2",
        "\xc2 ",
        "\xe2\x82",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xfe",
        "\xff",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        uint32_t character;
        assert_int_equal(utf8_next(bytes_of_text(texts[i]), &character), 0);
        assert_false(utf8_valid(bytes_of_text(texts[i])));
    }
    assert_true(utf8_valid(bytes_of_text("")));
}

static void length_counts_characters(void **state)
{
    (void)state;
    assert_int_equal(utf8_length(bytes_of_text("")), 0);
    assert_int_equal(utf8_length(bytes_of_text("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")), 4);
}

static void repairing_replaces_only_what_is_malformed(void **state)
{
    char text[] = "a\xff\xc3\xa9\xe2\x82z";

    (void)state;
    utf8_repair(text);
    assert_string_equal(text, "a?\xc3\xa9??z");
    assert_true(utf8_valid(bytes_of_text(text)));
}

/* Wherever it lies: what comes before may be read in larger pieces. */
static void a_malformed_byte_is_found_at_every_place(void **state)
{
    char text[41];

    (void)state;
    for (size_t size = 1; size < sizeof text; size++) {
        for (size_t at = 0; at < size; at++) {
            memset(text, 'a', size);
            assert_true(utf8_valid(bytes_of(text, size)));
            text[at] = '\xff';
            assert_false(utf8_valid(bytes_of(text, size)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_malformed_byte_is_found_at_every_place),
        cmocka_unit_test(every_character_is_read_back),
        cmocka_unit_test(malformed_bytes_are_no_character),
        cmocka_unit_test(length_counts_characters),
        cmocka_unit_test(repairing_replaces_only_what_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
