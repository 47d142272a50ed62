/* The queue and its consumer: once per SID, bounded, given again when nobody says done. */
#include "messaging/consumer.h"
#include "messaging/delivery.h"
#include "messaging/messaging.h"
#include "messaging/schema.h"
#include "participants/rig.h"

#include <stdio.h>
#include <string.h>

#define HELLO                                                                                      \
    "{\"account_sid\":\"" RIG_ACCOUNT "\",\"to\":\"+15551234567\",\"from\":\"+15005550006\","      \
    "\"body\":\"hello\"}"
#define FULL_SENDER                                                                                \
    "{\"account_sid\":\"" RIG_ACCOUNT "\",\"to\":\"+15551234567\",\"from\":\"+15005550008\","      \
    "\"body\":\"hello\"}"

#define OUTPUT(step, json)                                                                         \
    {                                                                                              \
        step, json, sizeof(json) - 1                                                               \
    }

static int open_messaging(void **state)
{
    static struct rig rig;

    rig_init(&rig, &messaging_service);
    *state = &rig;
    return 0;
}

static int close_messaging(void **state)
{
    rig_fini(*state);
    return 0;
}

static const char *sid_of(int number)
{
    static char sid[40];

    snprintf(sid, sizeof sid, "SM%032x", number);
    return sid;
}

static void queue_many(struct rig *rig, int first, int count)
{
    for (int i = first; i < first + count; i++) {
        rig_call(rig, "queue", sid_of(i), HELLO);
        rig_expect_done(rig);
    }
}

static json_t *take(struct rig *rig, int count)
{
    char question[64];

    snprintf(question, sizeof question, "{\"ask\":\"take\",\"count\":%d}", count);
    return rig_ask(rig, question);
}

static size_t take_count(struct rig *rig, int count)
{
    json_t *answer = take(rig, count);
    size_t taken = json_array_size(json_object_get(answer, "messages"));

    json_decref(answer);
    return taken;
}

/* Say done for one; how many of it were done. */
static int64_t done(struct rig *rig, const char *sid)
{
    char question[128];

    snprintf(question, sizeof question, "{\"ask\":\"done\",\"sids\":[\"%s\"]}", sid);
    json_t *answer = rig_ask(rig, question);
    int64_t count = rig_number(answer, "done");
    assert_int_equal(json_array_size(json_object_get(answer, "unknown")), 1 - count);
    json_decref(answer);
    return count;
}

static void expect_stats(struct rig *rig, int64_t waiting, int64_t taken, int64_t finished)
{
    json_t *answer = rig_ask(rig, "{\"ask\":\"stats\"}");

    assert_int_equal(rig_number(answer, "waiting"), waiting);
    assert_int_equal(rig_number(answer, "taken"), taken);
    assert_int_equal(rig_number(answer, "done"), finished);
    json_decref(answer);
}

static void a_message_is_queued_taken_and_done(void **state)
{
    struct rig *rig = *state;

    rig_call(rig, "queue", RIG_SID, HELLO);
    rig_expect_done(rig);
    assert_int_equal(rig_output_number(rig, "position"), 1);
    expect_stats(rig, 1, 0, 0);

    json_t *answer = take(rig, 10);
    const json_t *message = json_array_get(json_object_get(answer, "messages"), 0);
    assert_string_equal(json_string_value(json_object_get(message, "sid")), RIG_SID);
    assert_string_equal(json_string_value(json_object_get(message, "body")), "hello");
    assert_string_equal(json_string_value(json_object_get(message, "from")), "+15005550006");
    assert_string_equal(json_string_value(json_object_get(message, "to")), "+15551234567");
    assert_string_equal(json_string_value(json_object_get(message, "account_sid")), RIG_ACCOUNT);
    json_decref(answer);
    expect_stats(rig, 0, 1, 0);

    assert_int_equal(done(rig, RIG_SID), 1);
    expect_stats(rig, 0, 0, 1);
    assert_int_equal(done(rig, RIG_SID), 1);
    expect_stats(rig, 0, 0, 1);
}

static void messages_are_taken_oldest_first(void **state)
{
    struct rig *rig = *state;

    queue_many(rig, 1, 5);
    assert_int_equal(rig_output_number(rig, "position"), 5);
    json_t *answer = take(rig, 3);
    assert_int_equal(json_array_size(json_object_get(answer, "messages")), 3);
    for (int i = 0; i < 3; i++) {
        const json_t *message = json_array_get(json_object_get(answer, "messages"), (size_t)i);
        assert_string_equal(json_string_value(json_object_get(message, "sid")), sid_of(i + 1));
    }
    json_decref(answer);
    assert_int_equal(take_count(rig, 10), 2);
    assert_int_equal(take_count(rig, 10), 0);
}

static void a_sid_is_queued_once(void **state)
{
    struct rig *rig = *state;

    rig_call(rig, "queue", RIG_SID, HELLO);
    rig_call(rig, "queue", RIG_SID, HELLO);
    rig_expect_done(rig);
    expect_stats(rig, 1, 0, 0);
    assert_int_equal(take_count(rig, 10), 1);
    assert_int_equal(done(rig, RIG_SID), 1);
    rig_call(rig, "queue", RIG_SID, HELLO);
    rig_expect_done(rig);
    assert_int_equal(take_count(rig, 10), 0);
}

static void the_test_sender_finds_its_queue_full(void **state)
{
    struct rig *rig = *state;

    rig_call(rig, "queue", RIG_SID, FULL_SENDER);
    rig_expect_rejected(rig, "21611");
    expect_stats(rig, 0, 0, 0);
}

static void a_full_lane_refuses_until_something_is_taken(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "UPDATE lane SET bound = 3 WHERE sender = ''");
    queue_many(rig, 1, 3);
    rig_call(rig, "queue", sid_of(4), HELLO);
    rig_expect_rejected(rig, "21611");
    assert_int_equal(take_count(rig, 1), 1);
    queue_many(rig, 4, 1);
    rig_call(rig, "queue", sid_of(5), HELLO);
    rig_expect_rejected(rig, "21611");
    expect_stats(rig, 3, 1, 0);
}

static void the_bound_is_a_hundred_thousand(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(MESSAGING_BOUND, 100000);
    rig_sql(rig, "UPDATE lane SET waiting = 99999 WHERE sender = ''");
    queue_many(rig, 1, 1);
    assert_int_equal(rig_output_number(rig, "position"), 100000);
    rig_call(rig, "queue", sid_of(2), HELLO);
    rig_expect_rejected(rig, "21611");
}

static void what_is_not_done_in_time_is_given_again(void **state)
{
    struct rig *rig = *state;
    uint64_t before_ms = rig_now_ms;

    queue_many(rig, 1, 2);
    assert_int_equal(take_count(rig, 1), 1);
    rig_now_ms += DELIVERY_LEASE_MS - 1;
    assert_int_equal(take_count(rig, 10), 1);
    rig_now_ms += 1;
    json_t *answer = take(rig, 10);
    assert_int_equal(json_array_size(json_object_get(answer, "messages")), 1);
    json_decref(answer);
    expect_stats(rig, 0, 2, 0);
    answer = rig_ask(rig, "{\"ask\":\"stats\"}");
    assert_int_equal(rig_number(answer, "taken_again"), 1);
    json_decref(answer);
    rig_now_ms = before_ms;
}

static void a_clock_that_is_set_back_gives_it_again_rather_than_never(void **state)
{
    struct rig *rig = *state;
    uint64_t before_ms = rig_now_ms;

    queue_many(rig, 1, 1);
    assert_int_equal(take_count(rig, 1), 1);
    rig_now_ms -= 3600000;
    assert_int_equal(take_count(rig, 1), 1);
    rig_now_ms = before_ms;
}

static void done_counts_although_the_lease_was_over(void **state)
{
    struct rig *rig = *state;
    uint64_t before_ms = rig_now_ms;

    queue_many(rig, 1, 2);
    assert_int_equal(take_count(rig, 2), 2);
    rig_now_ms += DELIVERY_LEASE_MS;
    assert_int_equal(take_count(rig, 1), 1); /* Both are back; the first is taken again. */
    expect_stats(rig, 1, 1, 0);
    assert_int_equal(done(rig, sid_of(2)), 1);
    expect_stats(rig, 0, 1, 1);
    assert_int_equal(take_count(rig, 10), 0);
    rig_now_ms = before_ms;
}

static void nobody_is_done_with_what_was_never_taken(void **state)
{
    struct rig *rig = *state;

    queue_many(rig, 1, 1);
    assert_int_equal(done(rig, sid_of(1)), 0);
    assert_int_equal(done(rig, sid_of(2)), 0);
    expect_stats(rig, 1, 0, 0);
}

static void the_sender_of_a_pool_comes_from_an_earlier_step(void **state)
{
    struct rig *rig = *state;
    static const char pool[] = "{\"account_sid\":\"" RIG_ACCOUNT "\",\"to\":\"+15551234567\","
                               "\"messaging_service_sid\":\"" RIG_POOL "\",\"body\":\"x\"}";
    static const struct participant_output outputs[] = {
        OUTPUT("reserve_balance", "{\"amount\":7900}"),
        OUTPUT("broken", "{"),
        OUTPUT("validate", "{\"from\":\"+15005550006\",\"segments\":1}"),
    };
    participant_handler *handler;
    struct participant_call call =
        rig_make_call(&messaging_service, "queue", RIG_SID, pool, &handler);

    handler(&rig->context, &call, &rig->answer);
    rig_expect_rejected(rig, "21603");
    call.outputs = outputs;
    call.output_count = 3;
    memset(&rig->answer, 0, sizeof rig->answer);
    handler(&rig->context, &call, &rig->answer);
    rig_expect_done(rig);
    json_t *answer = take(rig, 1);
    const json_t *message = json_array_get(json_object_get(answer, "messages"), 0);
    assert_string_equal(json_string_value(json_object_get(message, "from")), "+15005550006");
    json_decref(answer);
}

static void what_is_not_a_message_is_refused(void **state)
{
    struct rig *rig = *state;

    rig_call(rig, "queue", RIG_SID, "{");
    rig_expect_rejected(rig, "invalid_input");
    rig_call(rig, "queue", RIG_SID, "{\"account_sid\":\"" RIG_OTHER_ACCOUNT "\"}");
    rig_expect_rejected(rig, "20003");
    rig_call(rig, "queue", RIG_SID, "{\"account_sid\":\"" RIG_ACCOUNT "\",\"to\":\"me\"}");
    rig_expect_rejected(rig, "21211");
    rig_call(rig, "queue", RIG_SID,
             "{\"account_sid\":\"" RIG_ACCOUNT
             "\",\"to\":\"+15551234567\",\"from\":\"+15005550006\"}");
    rig_expect_rejected(rig, "21602");
}

static void large_messages_are_taken_as_many_as_fit_a_line(void **state)
{
    struct rig *rig = *state;
    static char input[16384];
    size_t taken = 0;

    /* The longest body: 1600 control characters, six bytes each in JSON. */
    strcpy(input, "{\"account_sid\":\"" RIG_ACCOUNT "\",\"to\":\"+15551234567\","
                  "\"from\":\"+15005550006\",\"body\":\"");
    for (int i = 0; i < 1600; i++)
        strcat(input, "\\u0001");
    strcat(input, "\"}");
    for (int i = 0; i < 20; i++) {
        rig_call(rig, "queue", sid_of(i), input);
        rig_expect_done(rig);
    }
    for (int round = 0; round < 20 && taken < 20; round++) {
        size_t some = take_count(rig, 500);
        assert_true(some >= 1 && some <= 6);
        taken += some;
    }
    assert_int_equal(taken, 20);
}

static void what_is_done_forgets_its_text(void **state)
{
    struct rig *rig = *state;

    queue_many(rig, 1, 1);
    assert_int_equal(take_count(rig, 1), 1);
    assert_int_equal(done(rig, sid_of(1)), 1);
    rig_sql(rig, "CREATE TABLE none (x CHECK (x = 0));"
                 "INSERT INTO none SELECT count(*) FROM message WHERE payload <> ''");
}

static void seeding_again_changes_nothing(void **state)
{
    struct rig *rig = *state;
    json_t *before = rig_ask(rig, "{\"ask\":\"stats\"}");

    assert_int_equal(messaging_service.seed(&rig->context, RIG_ACCOUNT), 0);
    json_t *after = rig_ask(rig, "{\"ask\":\"stats\"}");
    assert_true(json_equal(before, after));
    assert_int_equal(json_array_size(json_object_get(after, "lanes")), 2);
    json_decref(before);
    json_decref(after);
}

static void a_rate_allows_that_many_a_second_and_saves_up_little(void **state)
{
    struct allowance allowance;
    uint32_t taken = 0;

    (void)state;
    allowance_init(&allowance, 50, 1000);
    assert_int_equal(allowance_at(&allowance, 1000), 0);
    for (uint64_t now_ms = 1000; now_ms <= 11000; now_ms += 7) {
        uint32_t allowed = allowance_at(&allowance, now_ms);
        allowance_use(&allowance, allowed);
        taken += allowed;
    }
    assert_in_range(taken, 498, 500);
    /* An hour of idling is not made up for. */
    assert_int_equal(allowance_at(&allowance, 11000 + 3600000), 10);
    allowance_init(&allowance, 1, 0);
    assert_int_equal(allowance_at(&allowance, 999), 0);
    assert_int_equal(allowance_at(&allowance, 1001), 1);
}

#define WITH_MESSAGING(test) cmocka_unit_test_setup_teardown(test, open_messaging, close_messaging)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MESSAGING(a_message_is_queued_taken_and_done),
        WITH_MESSAGING(messages_are_taken_oldest_first),
        WITH_MESSAGING(a_sid_is_queued_once),
        WITH_MESSAGING(the_test_sender_finds_its_queue_full),
        WITH_MESSAGING(a_full_lane_refuses_until_something_is_taken),
        WITH_MESSAGING(the_bound_is_a_hundred_thousand),
        WITH_MESSAGING(what_is_not_done_in_time_is_given_again),
        WITH_MESSAGING(a_clock_that_is_set_back_gives_it_again_rather_than_never),
        WITH_MESSAGING(done_counts_although_the_lease_was_over),
        WITH_MESSAGING(nobody_is_done_with_what_was_never_taken),
        WITH_MESSAGING(the_sender_of_a_pool_comes_from_an_earlier_step),
        WITH_MESSAGING(what_is_not_a_message_is_refused),
        WITH_MESSAGING(large_messages_are_taken_as_many_as_fit_a_line),
        WITH_MESSAGING(what_is_done_forgets_its_text),
        WITH_MESSAGING(seeding_again_changes_nothing),
        cmocka_unit_test(a_rate_allows_that_many_a_second_and_saves_up_little),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
