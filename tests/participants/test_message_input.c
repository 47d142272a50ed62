/* The saga's input as a message: what is read, what is malformed, what is refused. */
#include "service/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNT "AC0123456789abcdef0123456789abcdef"

static bool reads(const char *input)
{
    struct message message;

    if (message_init(input, strlen(input), &message) != 0)
        return false;
    message_fini(&message);
    return true;
}

static void a_full_message_is_read(void **state)
{
    static const char input[] =
        "{\"account_sid\":\"" ACCOUNT "\",\"body\":\"hi\",\"from\":\"+15005550006\","
        "\"media_url\":[\"https://a.example/1.png\"],\"messaging_service_sid\":null,"
        "\"status_callback\":\"https://a.example/s\",\"to\":\"+15551234567\",\"more\":{}}";
    struct message message;

    (void)state;
    assert_int_equal(message_init(input, strlen(input), &message), 0);
    assert_string_equal(message.account_sid, ACCOUNT);
    assert_string_equal(message.to, "+15551234567");
    assert_string_equal(message.from, "+15005550006");
    assert_string_equal(message.body, "hi");
    assert_string_equal(message.status_callback, "https://a.example/s");
    assert_null(message.messaging_service_sid);
    assert_int_equal(message.body_size, 2);
    assert_int_equal(json_array_size(message.media_url), 1);
    assert_int_equal(message_content_refusal(&message), REFUSAL_COUNT);
    message_fini(&message);
}

static void nonsense_is_malformed(void **state)
{
    static const char *const inputs[] = {
        "",
        "{",
        "[]",
        "null",
        "\"x\"",
        "{}",
        "{\"account_sid\":7}",
        "{\"account_sid\":null}",
        "{\"account_sid\":\"A\",\"to\":1}",
        "{\"account_sid\":\"A\",\"from\":[]}",
        "{\"account_sid\":\"A\",\"body\":{}}",
        "{\"account_sid\":\"A\",\"body\":\"a\\u0000b\"}",
        "{\"account_sid\":\"A\",\"body\":\"\xff\"}",
        "{\"account_sid\":\"A\",\"media_url\":\"x\"}",
        "{\"account_sid\":\"A\",\"media_url\":[1]}",
        "{\"account_sid\":\"A\",\"account_sid\":\"A\"}",
        "{\"account_sid\":\"A\"} x",
    };

    (void)state;
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
        if (reads(inputs[i]))
            fail_msg("read: %s", inputs[i]);
    assert_true(reads("{\"account_sid\":\"A\"}"));
}

static void an_input_over_the_limit_is_not_parsed(void **state)
{
    static char input[MESSAGE_INPUT_MAX + 2];
    struct message message;

    (void)state;
    memset(input, ' ', sizeof input);
    memcpy(input, "{\"account_sid\":\"A\"}", 19);
    assert_int_equal(message_init(input, MESSAGE_INPUT_MAX, &message), 0);
    message_fini(&message);
    assert_int_equal(message_init(input, MESSAGE_INPUT_MAX + 1, &message), MESSAGE_MALFORMED);
}

static enum refusal content(const char *members)
{
    static char input[32768];
    struct message message;

    snprintf(input, sizeof input, "{\"account_sid\":\"A\"%s}", members);
    assert_int_equal(message_init(input, strlen(input), &message), 0);
    enum refusal refusal = message_content_refusal(&message);
    message_fini(&message);
    return refusal;
}

static void text_or_pictures_are_required(void **state)
{
    (void)state;
    assert_int_equal(content(""), REFUSAL_BODY_MISSING);
    assert_int_equal(content(",\"body\":\"\""), REFUSAL_BODY_MISSING);
    assert_int_equal(content(",\"body\":\"\",\"media_url\":[]"), REFUSAL_BODY_MISSING);
    assert_int_equal(content(",\"media_url\":[\"http://a/b\"]"), REFUSAL_COUNT);
    assert_int_equal(content(",\"body\":\" \""), REFUSAL_COUNT);
}

static void a_body_is_at_most_1600_characters_not_bytes(void **state)
{
    static char members[16384];

    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        strcpy(members, ",\"body\":\"");
        for (int i = 0; i < 1600 + extra; i++)
            strcat(members, "😀");
        strcat(members, "\"");
        assert_int_equal(content(members), extra ? REFUSAL_BODY_TOO_LONG : REFUSAL_COUNT);
    }
}

static void media_urls_are_counted_and_looked_at(void **state)
{
    static const char *const bad[] = {
        "ftp://a/b",        "http://",       "https:///x",   "a", "", "http://a b",
        "http://a/\\u0007", "http://a/\\\"", "http://a/\\\\"};
    char members[4096];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(members, sizeof members, ",\"media_url\":[\"https://ok/\",\"%s\"]", bad[i]);
        assert_int_equal(content(members), REFUSAL_MEDIA_INVALID);
    }
    strcpy(members, ",\"media_url\":[\"http://a/0\"");
    for (int i = 1; i < 10; i++)
        strcat(members, ",\"HTTP://a/1\"");
    size_t ten = strlen(members);
    strcpy(members + ten, "]");
    assert_int_equal(content(members), REFUSAL_COUNT);
    strcpy(members + ten, ",\"http://a/11\"]");
    assert_int_equal(content(members), REFUSAL_MEDIA_TOO_MANY);
}

static void a_url_is_at_most_2048_bytes(void **state)
{
    char members[4096];

    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        int length = 2048 - 9 + extra;
        snprintf(members, sizeof members, ",\"media_url\":[\"http://a/%0*d\"]", length, 0);
        assert_int_equal(content(members), extra ? REFUSAL_MEDIA_INVALID : REFUSAL_COUNT);
    }
}

static void e164_is_a_plus_and_up_to_fifteen_digits(void **state)
{
    static const char *const good[] = {"+15005550006", "+123456789012345", "+49"};
    static const char *const bad[] = {"",
                                      "+",
                                      "15005550006",
                                      "+05005550006",
                                      "+1",
                                      "+1 500",
                                      "+1234567890123456",
                                      "+1500555000a",
                                      "++15005550006"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(message_is_e164(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(message_is_e164(bad[i]));
}

static void a_sid_is_its_letters_and_32_digits(void **state)
{
    (void)state;
    assert_true(message_is_sid(ACCOUNT, "AC"));
    assert_false(message_is_sid(ACCOUNT, "SM"));
    assert_false(message_is_sid(ACCOUNT "0", "AC"));
    assert_false(message_is_sid("AC0123456789abcdef0123456789abcde", "AC"));
    assert_false(message_is_sid("AC0123456789abcdef0123456789abcdeg", "AC"));
    assert_false(message_is_sid("", "AC"));
}

static void every_refusal_has_its_own_code_and_a_sentence(void **state)
{
    (void)state;
    for (unsigned i = 0; i < REFUSAL_COUNT; i++) {
        assert_int_equal(refusal_of_code(refusal_code((enum refusal)i)), i);
        assert_true(strlen(refusal_code((enum refusal)i)) < PARTICIPANT_CODE_SIZE);
        assert_true(strlen(refusal_text((enum refusal)i)) < PARTICIPANT_TEXT_SIZE);
    }
    assert_int_equal(refusal_of_code("20000"), REFUSAL_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_message_is_read),
        cmocka_unit_test(nonsense_is_malformed),
        cmocka_unit_test(an_input_over_the_limit_is_not_parsed),
        cmocka_unit_test(text_or_pictures_are_required),
        cmocka_unit_test(a_body_is_at_most_1600_characters_not_bytes),
        cmocka_unit_test(media_urls_are_counted_and_looked_at),
        cmocka_unit_test(a_url_is_at_most_2048_bytes),
        cmocka_unit_test(e164_is_a_plus_and_up_to_fifteen_digits),
        cmocka_unit_test(a_sid_is_its_letters_and_32_digits),
        cmocka_unit_test(every_refusal_has_its_own_code_and_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
