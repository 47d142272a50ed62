/*
 * Entity tags, made and compared.
 */
#include "gateway/etag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void a_tag_tells_versions_and_texts_apart(void **state)
{
    char first[ETAG_SIZE], again[ETAG_SIZE], newer[ETAG_SIZE], other[ETAG_SIZE];

    (void)state;
    etag_of(7, bytes_of_text("shown"), first);
    etag_of(7, bytes_of_text("shown"), again);
    etag_of(8, bytes_of_text("shown"), newer);
    etag_of(7, bytes_of_text("shown otherwise"), other);
    assert_string_equal(first, again);
    assert_string_not_equal(first, newer);
    assert_string_not_equal(first, other);
    assert_memory_equal(first, "\"7.", 3);
    assert_int_equal(strlen(first), 1 + 1 + 1 + 16 + 1);
}

static void none_match_finds_a_tag_in_a_list(void **state)
{
    static const char *const yes[] = {"\"7.a\"", "W/\"7.a\"", "*", "\"6.a\", \"7.a\"",
                                      "\"x\" ,W/\"7.a\""};
    static const char *const no[] = {"\"7.b\"", "7.a", "\"7.a", "", "\"6.a\" 7.a", "\"7.a\\\""};

    (void)state;
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        assert_true(etag_none_match(yes[i], "\"7.a\""));
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        assert_false(etag_none_match(no[i], "\"7.a\""));
    assert_false(etag_none_match(NULL, "\"7.a\""));
}

static void the_version_is_the_number_before_the_dot(void **state)
{
    (void)state;
    assert_int_equal(etag_first_version("\"7.a\""), 7);
    assert_int_equal(etag_first_version("W/\"12.a\", \"3.b\""), 12);
    assert_int_equal(etag_first_version("\"999999999.a\""), 999999999);
    assert_int_equal(etag_first_version("\"1000000000.a\""), 0);
    assert_int_equal(etag_first_version("\"7\""), 0);
    assert_int_equal(etag_first_version("\"x.a\""), 0);
    assert_int_equal(etag_first_version("7.a"), 0);
    assert_int_equal(etag_first_version(NULL), 0);
}

static void a_condition_is_one_tag_or_any(void **state)
{
    static const struct {
        const char *header;
        uint32_t version;
    } good[] = {
        {NULL, 0},
        {"*", 0},
        {"\"7.a\"", 7},
        {"\"7.a\" ", 7},
        {"W/\"7.a\"", ETAG_VERSION_NEVER},
        {"\"somebody else's\"", ETAG_VERSION_NEVER},
    };
    static const char *const bad[] = {"", "7.a", "\"7.a", "\"7.a\", \"8.a\"", "*, \"7.a\""};
    uint32_t version;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(etag_match_version(good[i].header, &version));
        assert_int_equal(version, good[i].version);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(etag_match_version(bad[i], &version));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tag_tells_versions_and_texts_apart),
        cmocka_unit_test(none_match_finds_a_tag_in_a_list),
        cmocka_unit_test(the_version_is_the_number_before_the_dot),
        cmocka_unit_test(a_condition_is_one_tag_or_any),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
