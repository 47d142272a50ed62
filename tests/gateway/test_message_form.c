/*
 * The form of a message, and the input that it becomes.
 */
#include "gateway/message_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENDS "To=%2B1&From=%2B2"

/* The input, or NULL with the error's number. Freed by the caller. */
static char *input_of(const char *text, unsigned *ret_number)
{
    struct form form;
    struct form_error malformed;
    struct message_form_error error = {0};
    char *input = NULL;

    assert_int_equal(form_parse(bytes_of_text(text), &form, &malformed), 0);
    int r = message_form_input(&form, "AC1", &input, &error);
    form_fini(&form);
    if (r == 0)
        return input;
    assert_int_equal(r, MESSAGE_FORM_WRONG);
    assert_true(strlen(error.text) > 0);
    *ret_number = error.number;
    return NULL;
}

static void members_are_sorted_and_absent_ones_left_out(void **state)
{
    static const struct {
        const char *form, *input;
    } cases[] = {
        {ENDS "&Body=Hi",
         "{\"account_sid\":\"AC1\",\"body\":\"Hi\",\"from\":\"+2\",\"to\":\"+1\"}"},
        {"Body=Hi&From=%2B2&To=%2B1&Body2=x",
         "{\"account_sid\":\"AC1\",\"body\":\"Hi\",\"from\":\"+2\",\"to\":\"+1\"}"},
        {"To=%2B1&From=&MessagingServiceSid=MG1&Body=%22%0A",
         "{\"account_sid\":\"AC1\",\"body\":\"\\\"\\n\",\"messaging_service_sid\":\"MG1\","
         "\"to\":\"+1\"}"},
        {ENDS "&MediaUrl=HTTP://x/a",
         "{\"account_sid\":\"AC1\",\"from\":\"+2\",\"media_url\":[\"HTTP://x/a\"],\"to\":\"+1\"}"},
        {ENDS "&Body=Hi&ValidityPeriod=36000",
         "{\"account_sid\":\"AC1\",\"body\":\"Hi\",\"from\":\"+2\",\"to\":\"+1\","
         "\"validity_period\":36000}"},
        {"To= 15005550010&From=whatsapp:%2B15005550006&Body=a b&StatusCallback=https://x/y?z=1",
         "{\"account_sid\":\"AC1\",\"body\":\"a b\",\"from\":\"whatsapp:+15005550006\","
         "\"status_callback\":\"https://x/y?z=1\",\"to\":\"+15005550010\"}"},
        {"To=+1&From=+x&Body=Hi",
         "{\"account_sid\":\"AC1\",\"body\":\"Hi\",\"from\":\" x\",\"to\":\"+1\"}"},
        {ENDS "&Body=%E2%82%AC",
         "{\"account_sid\":\"AC1\",\"body\":\"\xe2\x82\xac\",\"from\":\"+2\",\"to\":\"+1\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned number;
        char *input = input_of(cases[i].form, &number);
        assert_string_equal(input, cases[i].input);
        free(input);
    }
}

static void mistakes_have_their_numbers(void **state)
{
    static const struct {
        const char *form;
        unsigned number;
    } cases[] = {
        {"From=%2B2&Body=Hi", 21604},
        {"To=%2B1&Body=Hi", 21603},
        {"To=%2B1&From=&MessagingServiceSid=&Body=Hi", 21603},
        {ENDS, 21602},
        {ENDS "&Body=", 21602},
        {ENDS "&MediaUrl=", 21602},
        {ENDS "&MediaUrl=x", 21620},
        {ENDS "&MediaUrl=http://", 21620},
        {ENDS "&MediaUrl=https://", 21620},
        {ENDS "&MediaUrl=https://a+b", 21620},
        {ENDS "&Body=Hi&StatusCallback=mailto:x", 21609},
        {ENDS "&Body=Hi&ValidityPeriod=0", 0},
        {ENDS "&Body=Hi&ValidityPeriod=36001", 0},
        {ENDS "&Body=Hi&ValidityPeriod=x", 0},
        {ENDS "&Body=Hi&ValidityPeriod=99999999999999999999", 0},
        {ENDS "&Body=Hi&Body=Ho", 0},
        {ENDS "&From=%2B3&Body=Hi", 0},
        {ENDS "&Body=Hi&SendAt=2026-01-02T03:04:05Z", 0},
        {ENDS "&Body=Hi&ScheduleType=fixed", 0},
        {ENDS "&ContentSid=HX1", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned number = 1;
        assert_null(input_of(cases[i].form, &number));
        assert_int_equal(number, cases[i].number);
    }
}

static void numbers_are_at_most_64_bytes_long(void **state)
{
    char form[256];
    unsigned number;

    (void)state;
    snprintf(form, sizeof(form), "To=%064d&From=1&Body=Hi", 0);
    free(input_of(form, &number));
    snprintf(form, sizeof(form), "To=%065d&From=1&Body=Hi", 0);
    assert_null(input_of(form, &number));
    assert_int_equal(number, 21211);
    snprintf(form, sizeof(form), "To=1&From=%065d&Body=Hi", 0);
    assert_null(input_of(form, &number));
    assert_int_equal(number, 21212);
    snprintf(form, sizeof(form), "To=1&MessagingServiceSid=%065d&Body=Hi", 0);
    assert_null(input_of(form, &number));
    assert_int_equal(number, 0);
}

static void there_are_at_most_ten_media_and_urls_are_bounded(void **state)
{
    char form[4096] = ENDS;
    unsigned number;

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        strcat(form, "&MediaUrl=http://x");
    char *input = input_of(form, &number);
    assert_non_null(input);
    free(input);
    strcat(form, "&MediaUrl=http://x");
    assert_null(input_of(form, &number));
    assert_int_equal(number, 21623);
    snprintf(form, sizeof(form), "%s&MediaUrl=http://%02042d", ENDS, 0);
    assert_null(input_of(form, &number));
    assert_int_equal(number, 21620);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_sorted_and_absent_ones_left_out),
        cmocka_unit_test(mistakes_have_their_numbers),
        cmocka_unit_test(numbers_are_at_most_64_bytes_long),
        cmocka_unit_test(there_are_at_most_ten_media_and_urls_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
