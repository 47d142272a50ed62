/*
 * Form data: what it decodes to, and what is refused.
 */
#include "gateway/form.h"

#include "base/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text;
    const char *decoded; /* name=value; … */
} good[] = {
    {"", ""},
    {"a=b", "a=b;"},
    {"a=", "a=;"},
    {"a=b&c=d", "a=b;c=d;"},
    {"a=b&&c=d&", "a=b;c=d;"},
    {"a=b&a=c", "a=b;a=c;"},
    {"a=b=c", "a=b=c;"},
    {"a+b=c+d", "a b=c d;"},
    {"a=%2B1", "a=+1;"},
    {"%61=%41%42", "a=AB;"},
    {"a=%26%3D%25", "a=&=%;"},
    {"a=%e2%82%ac", "a=\xe2\x82\xac;"},
    {"a=%F0%9F%98%80", "a=\xf0\x9f\x98\x80;"},
    {"a=%0A", "a=\n;"},
    {"a=!~'()*", "a=!~'()*;"},
    {"a=b c", "a=b c;"},
    {"a=\n\x7f", "a=\n\x7f;"},
    {"a=\xc3\xa9&b=\xf0\x9f\x98\x80", "a=\xc3\xa9;b=\xf0\x9f\x98\x80;"},
    {"DateSent>=2026-01-02", "DateSent>=2026-01-02;"},
    {"DateSent%3C=2026-01-02", "DateSent<=2026-01-02;"},
};

static void well_formed_data_is_decoded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct form form;
        struct form_error error;
        char decoded[256] = "";
        assert_int_equal(form_parse(bytes_of_text(good[i].text), &form, &error), 0);
        for (size_t j = 0; j < form.count; j++) {
            strcat(decoded, form.fields[j].name);
            strcat(decoded, "=");
            strcat(decoded, form.fields[j].value);
            strcat(decoded, ";");
        }
        assert_string_equal(decoded, good[i].decoded);
        form_fini(&form);
    }
}

static const struct {
    const char *text;
    size_t offset;
    const char *error;
} bad[] = {
    {"a", 0, "a pair has no '='"},
    {"a=b&c", 4, "a pair has no '='"},
    {"=b", 0, "a pair has no name"},
    {"a=%", 2, "a % is not followed by two hexadecimal digits"},
    {"a=%4", 2, "a % is not followed by two hexadecimal digits"},
    {"a=%4g", 2, "a % is not followed by two hexadecimal digits"},
    {"a=%g4", 2, "a % is not followed by two hexadecimal digits"},
    {"a=%4&b=1", 2, "a % is not followed by two hexadecimal digits"},
    {"a=%00", 2, "%00 is not text"},
    {"a=\xc3", 2, "the decoded text is not UTF-8"},
    {"a=\xe9t\xe9", 2, "the decoded text is not UTF-8"},
    {"a=%ff", 2, "the decoded text is not UTF-8"},
    {"a=%c3", 2, "the decoded text is not UTF-8"},
    {"a=%c0%80", 2, "the decoded text is not UTF-8"},
    {"a=%ed%a0%80", 2, "the decoded text is not UTF-8"},
    {"%ff=a", 0, "the decoded text is not UTF-8"},
    {"{\"a\":1}", 0, "a pair has no '='"},
};

static void malformed_data_is_refused_with_the_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct form form;
        struct form_error error = {0};
        assert_int_equal(form_parse(bytes_of_text(bad[i].text), &form, &error), FORM_MALFORMED);
        assert_int_equal(error.offset, bad[i].offset);
        assert_string_equal(error.text, bad[i].error);
    }
}

static void a_byte_of_zero_is_refused(void **state)
{
    struct form form;
    struct form_error error;

    (void)state;
    assert_int_equal(form_parse(bytes_of("a=\0b", 4), &form, &error), FORM_MALFORMED);
}

static void there_is_room_for_64_pairs_and_no_more(void **state)
{
    struct form form;
    struct form_error error;
    char text[65 * 4 + 1];

    (void)state;
    for (size_t i = 0; i < 65; i++)
        memcpy(text + i * 4, "a=b&", 4);
    assert_int_equal(form_parse(bytes_of(text, 64 * 4), &form, &error), 0);
    assert_int_equal(form.count, 64);
    form_fini(&form);
    assert_int_equal(form_parse(bytes_of(text, 65 * 4), &form, &error), FORM_MALFORMED);
    assert_int_equal(error.offset, 64 * 4);
}

static void values_are_found_by_name(void **state)
{
    struct form form;
    struct form_error error;

    (void)state;
    assert_int_equal(form_parse(bytes_of_text("a=1&b=2&a=3"), &form, &error), 0);
    assert_string_equal(form_value(&form, "a"), "1");
    assert_string_equal(form_value(&form, "b"), "2");
    assert_null(form_value(&form, "A"));
    assert_int_equal(form_count(&form, "a"), 2);
    assert_int_equal(form_count(&form, "c"), 0);
    form_fini(&form);
}

static void an_encoded_value_decodes_to_itself(void **state)
{
    static const char value[] = "+1 (500) 555-0006 \xc3\xa9&=%\n~";
    struct buffer text = {0};
    struct form form;
    struct form_error error;

    (void)state;
    assert_int_equal(buffer_print(&text, "a="), 0);
    assert_int_equal(form_encode(&text, value), 0);
    assert_int_equal(form_parse(bytes_of(text.data, text.size), &form, &error), 0);
    assert_int_equal(form.count, 1);
    assert_string_equal(form_value(&form, "a"), value);
    form_fini(&form);
    buffer_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_data_is_decoded),
        cmocka_unit_test(malformed_data_is_refused_with_the_place),
        cmocka_unit_test(a_byte_of_zero_is_refused),
        cmocka_unit_test(there_is_room_for_64_pairs_and_no_more),
        cmocka_unit_test(values_are_found_by_name),
        cmocka_unit_test(an_encoded_value_decodes_to_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
