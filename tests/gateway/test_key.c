/*
 * Idempotency keys.
 */
#include "gateway/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_key_is_bare_or_quoted(void **state)
{
    static const struct {
        const char *header, *key;
    } keys[] = {{"a", "a"},
                {"\"a\"", "a"},
                {"a-b_c.d~!", "a-b_c.d~!"},
                {"a\"b", "a\"b"},
                {"\"a\\\"b\\\\\"", "a\"b\\"}};
    char key[SAGA_KEY_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        assert_true(key_parse(keys[i].header, key));
        assert_string_equal(key, keys[i].key);
    }
}

static void what_is_not_visible_ascii_is_refused(void **state)
{
    static const char *const headers[] = {"",         "\"\"",   "a b",       "\"a b\"", "a\t",
                                          "\xc3\xa9", "a\x7f",  "\"a",       "\"a\\",   "\"a\\x\"",
                                          "\"",       "\"a\"b", "\"a\"; b=1"};
    char key[SAGA_KEY_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        if (key_parse(headers[i], key))
            fail_msg("taken: %s", headers[i]);
}

static void a_key_has_at_most_255_characters(void **state)
{
    char header[260], key[SAGA_KEY_SIZE];

    (void)state;
    memset(header, 'k', sizeof(header));
    header[255] = '\0';
    assert_true(key_parse(header, key));
    assert_int_equal(strlen(key), 255);
    header[255] = 'k';
    header[256] = '\0';
    assert_false(key_parse(header, key));
    header[0] = '"';
    header[256] = '"';
    header[257] = '\0';
    assert_true(key_parse(header, key));
    header[256] = 'k';
    header[257] = '"';
    header[258] = '\0';
    assert_false(key_parse(header, key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_bare_or_quoted),
        cmocka_unit_test(what_is_not_visible_ascii_is_refused),
        cmocka_unit_test(a_key_has_at_most_255_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
