/* Validation: every rule with its code, and who may change the directory. */
#include "auth/auth.h"
#include "participants/rig.h"

#include <stdio.h>
#include <string.h>

static int open_auth(void **state)
{
    static struct rig rig;

    rig_init(&rig, &auth_service);
    *state = &rig;
    return 0;
}

static int close_auth(void **state)
{
    rig_fini(*state);
    return 0;
}

/* Validate a message of these members. */
static void validate(struct rig *rig, const char *members)
{
    char input[16384];

    snprintf(input, sizeof input, "{\"account_sid\":\"" RIG_ACCOUNT "\"%s}", members);
    rig_call(rig, "validate", RIG_SID, input);
}

static void validate_between(struct rig *rig, const char *from, const char *to)
{
    char members[256];

    snprintf(members, sizeof members, ",\"from\":\"%s\",\"to\":\"%s\",\"body\":\"hello\"", from,
             to);
    validate(rig, members);
}

static void a_good_message_is_done_with_its_sender_and_segments(void **state)
{
    struct rig *rig = *state;

    validate_between(rig, "+15005550006", "+15551234567");
    rig_expect_done(rig);
    rig_expect_output_text(rig, "from", "+15005550006");
    rig_expect_output_text(rig, "encoding", "gsm7");
    assert_int_equal(rig_output_number(rig, "segments"), 1);
}

static void every_test_number_gives_its_code(void **state)
{
    static const char *const rows[][3] = {
        {"+15005550001", "+15551234567", "21212"}, {"+15005550007", "+15551234567", "21606"},
        {"+15005550006", "+15005550001", "21211"}, {"+15005550006", "+15005550002", "21612"},
        {"+15005550006", "+15005550004", "21610"}, {"+15005550006", "+15005550009", "21614"},
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        validate_between(rig, rows[i][0], rows[i][1]);
        rig_expect_rejected(rig, rows[i][2]);
    }
    validate_between(rig, "+15005550008", "+15551234567");
    rig_expect_done(rig);
}

static void numbers_that_are_not_numbers_are_refused(void **state)
{
    struct rig *rig = *state;

    validate_between(rig, "+15005550006", "5551234567");
    rig_expect_rejected(rig, "21211");
    validate_between(rig, "+15005550006", "");
    rig_expect_rejected(rig, "21604");
    validate(rig, ",\"from\":\"+15005550006\",\"body\":\"x\"");
    rig_expect_rejected(rig, "21604");
    validate_between(rig, "SAGA", "+15551234567");
    rig_expect_rejected(rig, "21212");
    validate_between(rig, "", "+15551234567");
    rig_expect_rejected(rig, "21603");
    validate(rig, ",\"to\":\"+15551234567\",\"body\":\"x\"");
    rig_expect_rejected(rig, "21603");
    validate_between(rig, "+15559990000", "+15551234567");
    rig_expect_rejected(rig, "21606");
}

static void the_first_thing_that_is_wrong_is_the_refusal(void **state)
{
    struct rig *rig = *state;

    validate_between(rig, "nobody", "nobody");
    rig_expect_rejected(rig, "21211");
    validate(rig, ",\"from\":\"nobody\",\"to\":\"+15551234567\"");
    rig_expect_rejected(rig, "21212");
    validate(rig, ",\"from\":\"+15005550006\",\"to\":\"+15005550004\"");
    rig_expect_rejected(rig, "21610");
}

static void a_message_needs_text_or_pictures(void **state)
{
    struct rig *rig = *state;
    static char members[8192];

    validate(rig, ",\"from\":\"+15005550006\",\"to\":\"+15551234567\"");
    rig_expect_rejected(rig, "21602");
    validate(rig, ",\"from\":\"+15005550006\",\"to\":\"+15551234567\","
                  "\"media_url\":[\"https://a.example/1\"]");
    rig_expect_done(rig);
    assert_int_equal(rig_output_number(rig, "segments"), 1);
    snprintf(members, sizeof members,
             ",\"from\":\"+15005550006\",\"to\":\"+15551234567\",\"body\":\"%01601d\"", 0);
    validate(rig, members);
    rig_expect_rejected(rig, "21617");
    snprintf(members, sizeof members,
             ",\"from\":\"+15005550006\",\"to\":\"+15551234567\",\"body\":\"%01600d\"", 0);
    validate(rig, members);
    rig_expect_done(rig);
    assert_int_equal(rig_output_number(rig, "segments"), 11);
}

static void an_account_must_exist_and_be_active(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "UPDATE account SET state = 'suspended'");
    validate_between(rig, "+15005550006", "+15551234567");
    rig_expect_rejected(rig, "20005");
    rig_sql(rig, "PRAGMA foreign_keys=OFF; DELETE FROM account");
    validate_between(rig, "+15005550006", "+15551234567");
    rig_expect_rejected(rig, "20003");
}

static void an_input_cannot_speak_for_another_account(void **state)
{
    struct rig *rig = *state;

    rig_call(rig, "validate", RIG_SID,
             "{\"account_sid\":\"" RIG_OTHER_ACCOUNT "\",\"from\":\"+15005550006\","
             "\"to\":\"+15551234567\",\"body\":\"x\"}");
    rig_expect_rejected(rig, "20003");
    rig_call(rig, "validate", RIG_SID, "{\"account_sid\":");
    rig_expect_rejected(rig, "invalid_input");
}

static void a_pool_picks_a_sender_of_its_own(void **state)
{
    struct rig *rig = *state;
    static const char pool[] =
        ",\"messaging_service_sid\":\"" RIG_POOL "\",\"to\":\"+15551234567\",\"body\":\"x\"";

    validate(rig, pool);
    rig_expect_done(rig);
    rig_expect_output_text(rig, "from", "+15005550006");
    rig_sql(rig, "DELETE FROM pool_sender");
    validate(rig, pool);
    rig_expect_rejected(rig, "21704");
    rig_sql(rig, "UPDATE pool SET account = '" RIG_OTHER_ACCOUNT "'");
    validate(rig, pool);
    rig_expect_rejected(rig, "21701");
}

static void a_recipient_always_hears_from_the_same_sender_of_a_pool(void **state)
{
    struct rig *rig = *state;
    static const char *const numbers[] = {"+15559990001", "+15559990002", "+15559990003"};
    size_t heard[4] = {0};

    for (size_t i = 0; i < 3; i++) {
        char question[256];
        snprintf(question, sizeof question,
                 "{\"ask\":\"sender\",\"account\":\"" RIG_ACCOUNT "\",\"number\":\"%s\","
                 "\"pool\":\"" RIG_POOL "\"}",
                 numbers[i]);
        json_t *answer = rig_ask(rig, question);
        assert_null(json_object_get(answer, "error"));
        json_decref(answer);
    }
    for (int to = 0; to < 40; to++) {
        char members[256], first[PARTICIPANT_OUTPUT_MAX];
        snprintf(members, sizeof members,
                 ",\"messaging_service_sid\":\"" RIG_POOL "\",\"to\":\"+1555123%04d\","
                 "\"body\":\"x\"",
                 to);
        validate(rig, members);
        rig_expect_done(rig);
        size_t size = rig->answer.output_size;
        memcpy(first, rig->answer.output, size);
        validate(rig, members);
        assert_memory_equal(first, rig->answer.output, size);
        for (size_t i = 0; i < 3; i++)
            heard[i] += memmem(first, size, numbers[i], 12) != NULL;
    }
    /* Forty recipients reach every one of four senders. */
    assert_true(heard[0] > 0 && heard[1] > 0 && heard[2] > 0);
    assert_true(heard[0] + heard[1] + heard[2] < 40);
}

static void seeding_again_changes_nothing(void **state)
{
    struct rig *rig = *state;
    json_t *before = rig_ask(rig, "{\"ask\":\"stats\"}");

    rig_sql(rig, "UPDATE account SET state = 'suspended'");
    assert_int_equal(auth_service.seed(&rig->context, RIG_ACCOUNT), 0);
    json_t *after = rig_ask(rig, "{\"ask\":\"stats\"}");
    assert_true(json_equal(before, after));
    json_decref(before);
    json_decref(after);
    validate_between(rig, "+15005550006", "+15551234567");
    rig_expect_rejected(rig, "20005");
}

static void expect_error(struct rig *rig, const char *question, const char *error)
{
    json_t *answer = rig_ask(rig, question);

    assert_non_null(json_object_get(answer, "error"));
    assert_string_equal(json_string_value(json_object_get(answer, "error")), error);
    json_decref(answer);
}

static void the_directory_is_changed_by_questions(void **state)
{
    struct rig *rig = *state;

    json_decref(rig_ask(rig, "{\"ask\":\"opt-out\",\"account\":\"" RIG_ACCOUNT "\","
                             "\"number\":\"+15551234567\"}"));
    validate_between(rig, "+15005550006", "+15551234567");
    rig_expect_rejected(rig, "21610");
    json_decref(rig_ask(rig, "{\"ask\":\"account\",\"account\":\"" RIG_ACCOUNT "\","
                             "\"state\":\"suspended\"}"));
    validate_between(rig, "+15005550006", "+15551234567");
    rig_expect_rejected(rig, "20005");
}

static void a_question_that_makes_no_sense_is_told_why(void **state)
{
    struct rig *rig = *state;

    expect_error(rig, "{\"ask\":\"weather\"}", "unknown question");
    expect_error(rig, "{\"ask\":\"account\"}", "which account?");
    expect_error(rig, "{\"ask\":\"account\",\"account\":\"" RIG_ACCOUNT "\",\"state\":\"x\"}",
                 "a state is active or suspended");
    expect_error(rig, "{\"ask\":\"sender\",\"account\":\"" RIG_ACCOUNT "\"}", "which number?");
    expect_error(rig,
                 "{\"ask\":\"sender\",\"account\":\"" RIG_OTHER_ACCOUNT "\","
                 "\"number\":\"+15559990000\"}",
                 "no such account");
    json_decref(rig_ask(rig, "{\"ask\":\"account\",\"account\":\"" RIG_OTHER_ACCOUNT "\"}"));
    expect_error(rig,
                 "{\"ask\":\"sender\",\"account\":\"" RIG_OTHER_ACCOUNT "\","
                 "\"number\":\"+15559990000\",\"pool\":\"" RIG_POOL "\"}",
                 "the pool belongs to another account");
}

#define WITH_AUTH(test) cmocka_unit_test_setup_teardown(test, open_auth, close_auth)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_AUTH(a_good_message_is_done_with_its_sender_and_segments),
        WITH_AUTH(every_test_number_gives_its_code),
        WITH_AUTH(numbers_that_are_not_numbers_are_refused),
        WITH_AUTH(the_first_thing_that_is_wrong_is_the_refusal),
        WITH_AUTH(a_message_needs_text_or_pictures),
        WITH_AUTH(an_account_must_exist_and_be_active),
        WITH_AUTH(an_input_cannot_speak_for_another_account),
        WITH_AUTH(a_pool_picks_a_sender_of_its_own),
        WITH_AUTH(a_recipient_always_hears_from_the_same_sender_of_a_pool),
        WITH_AUTH(seeding_again_changes_nothing),
        WITH_AUTH(the_directory_is_changed_by_questions),
        WITH_AUTH(a_question_that_makes_no_sense_is_told_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
