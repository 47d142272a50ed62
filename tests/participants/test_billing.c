/* Quota, balance and the books: what is reserved, given back, captured, and never lost. */
#include "billing/billing.h"
#include "participants/rig.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define HELLO "{\"account_sid\":\"" RIG_ACCOUNT "\",\"body\":\"hello\"}"
#define OTHER_SID "SM00000000000000000000000000000002"
#define FULL 1000000000000
#define DAY_MS 86400000u

static int open_billing(void **state)
{
    static struct rig rig;

    rig_init(&rig, &billing_service);
    *state = &rig;
    return 0;
}

static int close_billing(void **state)
{
    rig_fini(*state);
    return 0;
}

struct books {
    int64_t balance, reserved, captured, quota_used, captures, duplicates;
    bool conserved;
};

static struct books read_books(struct rig *rig)
{
    json_t *answer = rig_ask(rig, "{\"ask\":\"books\"}");
    struct books books = {
        .balance = rig_number_at(answer, "accounts", 0, "balance"),
        .reserved = rig_number_at(answer, "accounts", 0, "reserved"),
        .captured = rig_number_at(answer, "accounts", 0, "captured"),
        .quota_used = rig_number_at(answer, "accounts", 0, "quota_used"),
        .captures = rig_number(answer, "captures"),
        .duplicates = rig_number(answer, "duplicate_captures"),
        .conserved = json_is_true(json_object_get(answer, "conserved")),
    };

    json_decref(answer);
    return books;
}

static void expect_money(struct rig *rig, int64_t balance, int64_t reserved, int64_t captured)
{
    struct books books = read_books(rig);

    assert_int_equal(books.balance, balance);
    assert_int_equal(books.reserved, reserved);
    assert_int_equal(books.captured, captured);
    assert_true(books.conserved);
    assert_int_equal(books.duplicates, 0);
}

static void the_demo_account_has_money_once(void **state)
{
    struct rig *rig = *state;

    expect_money(rig, FULL, 0, 0);
    assert_int_equal(billing_service.seed(&rig->context, RIG_ACCOUNT), 0);
    expect_money(rig, FULL, 0, 0);
}

static void a_message_is_reserved_then_captured(void **state)
{
    struct rig *rig = *state;

    rig_call(rig, "reserve_balance", RIG_SID, HELLO);
    rig_expect_done(rig);
    assert_int_equal(rig_output_number(rig, "amount"), 7900);
    assert_int_equal(rig_output_number(rig, "segments"), 1);
    expect_money(rig, FULL - 7900, 7900, 0);
    rig_call(rig, "confirm", RIG_SID, HELLO);
    rig_expect_done(rig);
    assert_int_equal(rig_output_number(rig, "captured"), 7900);
    expect_money(rig, FULL - 7900, 0, 7900);
    assert_int_equal(read_books(rig).captures, 1);
}

static void a_long_message_costs_its_segments(void **state)
{
    struct rig *rig = *state;
    char input[1024];

    snprintf(input, sizeof input, "{\"account_sid\":\"" RIG_ACCOUNT "\",\"body\":\"%0307d\"}", 0);
    rig_call(rig, "reserve_balance", RIG_SID, input);
    rig_expect_done(rig);
    expect_money(rig, FULL - 3 * 7900, 3 * 7900, 0);
}

static void a_reservation_is_given_back_exactly(void **state)
{
    struct rig *rig = *state;

    rig_call(rig, "reserve_balance", RIG_SID, HELLO);
    rig_sql(rig, "UPDATE account SET price = 1");
    rig_call(rig, "release_balance", RIG_SID, HELLO);
    rig_expect_done(rig);
    assert_int_equal(rig_output_number(rig, "released"), 7900);
    expect_money(rig, FULL, 0, 0);
}

static void releasing_ignores_what_the_call_claims(void **state)
{
    struct rig *rig = *state;
    participant_handler *handler;
    struct participant_call call =
        rig_make_call(&billing_service, "release_balance", RIG_SID, HELLO, &handler);

    rig_call(rig, "reserve_balance", RIG_SID, HELLO);
    call.own_output = "{\"amount\":999999999}";
    call.own_output_size = 20;
    call.outcome_known = true;
    handler(&rig->context, &call, &rig->answer);
    assert_int_equal(rig_output_number(rig, "released"), 7900);
    expect_money(rig, FULL, 0, 0);
}

static void everything_said_twice_moves_money_once(void **state)
{
    struct rig *rig = *state;

    for (int i = 0; i < 2; i++) {
        rig_call(rig, "reserve_balance", RIG_SID, HELLO);
        rig_expect_done(rig);
        expect_money(rig, FULL - 7900, 7900, 0);
    }
    for (int i = 0; i < 2; i++) {
        rig_call(rig, "release_balance", RIG_SID, HELLO);
        rig_expect_done(rig);
        expect_money(rig, FULL, 0, 0);
    }
    rig_call(rig, "reserve_balance", OTHER_SID, HELLO);
    for (int i = 0; i < 2; i++) {
        rig_call(rig, "confirm", OTHER_SID, HELLO);
        rig_expect_done(rig);
        assert_int_equal(rig_output_number(rig, "captured"), 7900);
        expect_money(rig, FULL - 7900, 0, 7900);
    }
    assert_int_equal(read_books(rig).captures, 1);
}

static void what_was_never_reserved_is_released_as_nothing(void **state)
{
    struct rig *rig = *state;

    rig_call(rig, "release_balance", RIG_SID, HELLO);
    rig_expect_done(rig);
    assert_int_equal(rig_output_number(rig, "released"), 0);
    rig_call(rig, "release_quota", RIG_SID, HELLO);
    rig_expect_done(rig);
    expect_money(rig, FULL, 0, 0);
}

static void what_was_never_reserved_or_was_given_back_is_not_captured(void **state)
{
    struct rig *rig = *state;

    rig_call(rig, "confirm", RIG_SID, HELLO);
    rig_expect_rejected(rig, "no_reservation");
    rig_call(rig, "reserve_balance", RIG_SID, HELLO);
    rig_call(rig, "release_balance", RIG_SID, HELLO);
    rig_call(rig, "confirm", RIG_SID, HELLO);
    rig_expect_rejected(rig, "no_reservation");
    expect_money(rig, FULL, 0, 0);
}

static void what_is_captured_is_not_released(void **state)
{
    struct rig *rig = *state;

    rig_call(rig, "reserve_balance", RIG_SID, HELLO);
    rig_call(rig, "confirm", RIG_SID, HELLO);
    rig_call(rig, "release_balance", RIG_SID, HELLO);
    rig_expect_rejected(rig, "already_captured");
    expect_money(rig, FULL - 7900, 0, 7900);
}

static void a_balance_that_does_not_cover_it_is_refused(void **state)
{
    struct rig *rig = *state;
    char question[128];

    /* Two messages cost more than there is; the first takes all of it. */
    snprintf(question, sizeof question,
             "{\"ask\":\"account\",\"account\":\"" RIG_ACCOUNT "\",\"price\":%lld}",
             (long long)FULL);
    json_decref(rig_ask(rig, question));
    rig_call(rig, "reserve_balance", RIG_SID, HELLO);
    rig_expect_done(rig);
    rig_call(rig, "reserve_balance", OTHER_SID, HELLO);
    rig_expect_rejected(rig, "21621");
    expect_money(rig, 0, FULL, 0);
    rig_call(rig, "release_balance", RIG_SID, HELLO);
    rig_call(rig, "reserve_balance", OTHER_SID, HELLO);
    rig_expect_done(rig);
}

static void a_quota_is_for_a_day_and_ends_with_it(void **state)
{
    struct rig *rig = *state;
    uint64_t before_ms = rig_now_ms;

    json_decref(rig_ask(rig, "{\"ask\":\"account\",\"account\":\"" RIG_ACCOUNT "\","
                             "\"daily_quota\":1}"));
    rig_call(rig, "reserve_quota", RIG_SID, HELLO);
    rig_expect_done(rig);
    assert_int_equal(rig_output_number(rig, "used"), 1);
    assert_int_equal(rig_output_number(rig, "limit"), 1);
    rig_call(rig, "reserve_quota", OTHER_SID, HELLO);
    rig_expect_rejected(rig, "20430");
    assert_int_equal(read_books(rig).quota_used, 1);

    rig_now_ms = (before_ms / DAY_MS + 1) * DAY_MS - 1;
    rig_call(rig, "reserve_quota", OTHER_SID, HELLO);
    rig_expect_rejected(rig, "20430");
    rig_now_ms += 1;
    rig_call(rig, "reserve_quota", OTHER_SID, HELLO);
    rig_expect_done(rig);
    rig_now_ms = before_ms;
}

static void a_quota_is_given_back_to_the_day_it_came_from(void **state)
{
    struct rig *rig = *state;
    uint64_t before_ms = rig_now_ms;

    rig_call(rig, "reserve_quota", RIG_SID, HELLO);
    rig_now_ms += DAY_MS;
    rig_call(rig, "reserve_quota", OTHER_SID, HELLO);
    rig_call(rig, "release_quota", RIG_SID, HELLO);
    rig_expect_done(rig);
    assert_int_equal(rig_output_number(rig, "released"), 1);
    rig_call(rig, "release_quota", RIG_SID, HELLO);
    assert_int_equal(rig_output_number(rig, "released"), 0);
    assert_int_equal(read_books(rig).quota_used, 1);
    rig_now_ms = before_ms;
    assert_int_equal(read_books(rig).quota_used, 0);
}

static void no_quota_means_no_limit(void **state)
{
    struct rig *rig = *state;
    char sid[40];

    for (int i = 0; i < 100; i++) {
        snprintf(sid, sizeof sid, "SM%032x", i);
        rig_call(rig, "reserve_quota", sid, HELLO);
        rig_expect_done(rig);
    }
    assert_int_equal(read_books(rig).quota_used, 100);
}

static void an_unknown_account_is_refused(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "DELETE FROM account");
    rig_call(rig, "reserve_quota", RIG_SID, HELLO);
    rig_expect_rejected(rig, "20003");
    rig_call(rig, "reserve_balance", RIG_SID, HELLO);
    rig_expect_rejected(rig, "20003");
    rig_call(rig, "reserve_balance", RIG_SID, "{\"account_sid\":\"" RIG_OTHER_ACCOUNT "\"}");
    rig_expect_rejected(rig, "20003");
    rig_call(rig, "reserve_quota", RIG_SID, "[]");
    rig_expect_rejected(rig, "invalid_input");
}

static void an_account_is_opened_and_funded_by_a_question(void **state)
{
    struct rig *rig = *state;
    static const char fund[] =
        "{\"ask\":\"account\",\"account\":\"" RIG_OTHER_ACCOUNT "\",\"fund\":500}";

    json_t *answer = rig_ask(rig, fund);
    assert_true(json_is_true(json_object_get(answer, "opened")));
    json_decref(answer);
    answer = rig_ask(rig, fund);
    assert_true(json_is_false(json_object_get(answer, "opened")));
    json_decref(answer);
    answer = rig_ask(rig, "{\"ask\":\"accounts\",\"after\":\"" RIG_ACCOUNT "\"}");
    assert_int_equal(rig_number_at(answer, "accounts", 0, "balance"), 1000);
    assert_true(json_is_null(json_object_get(answer, "next")));
    json_decref(answer);
    assert_true(read_books(rig).conserved);
}

static void there_is_only_so_much_money(void **state)
{
    struct rig *rig = *state;
    static const char fund[] =
        "{\"ask\":\"account\",\"account\":\"" RIG_ACCOUNT "\",\"fund\":1000000000000000}";
    int funded = 0;

    for (json_t *answer = rig_ask(rig, fund);; answer = rig_ask(rig, fund), funded++) {
        bool refused = json_object_get(answer, "error") != NULL;
        json_decref(answer);
        if (refused)
            break;
    }
    assert_int_equal(funded, 999); /* And the demo account's million was there before. */
    expect_money(rig, FULL + 999 * 1000000000000000, 0, 0);
}

/* ---- the audit sees what is wrong ---- */

static void expect_wrong(struct rig *rig, const char *finding)
{
    json_t *answer = rig_ask(rig, "{\"ask\":\"books\"}");

    assert_true(json_is_false(json_object_get(answer, "conserved")));
    assert_string_equal(json_string_value(json_object_get(answer, "finding")), finding);
    json_decref(answer);
}

static void a_changed_balance_is_seen(void **state)
{
    rig_sql(*state, "UPDATE ledger SET balance = balance + 1 WHERE kind = 'captured'");
    expect_wrong(*state, "a balance is not the sum of its entries");
}

static void a_one_sided_entry_is_seen(void **state)
{
    rig_sql(*state, "INSERT INTO transfer (saga, what, at_ms) VALUES ('', 'fund', 0);"
                    "INSERT INTO entry SELECT max(number), 2, 5 FROM transfer;"
                    "UPDATE ledger SET balance = balance + 5 WHERE number = 2");
    expect_wrong(*state, "a transfer does not sum to zero");
}

static void a_transfer_without_entries_is_seen(void **state)
{
    rig_sql(*state, "INSERT INTO transfer (saga, what, at_ms) VALUES ('', 'fund', 0)");
    expect_wrong(*state, "a transfer does not sum to zero");
}

static void a_negative_balance_is_seen(void **state)
{
    rig_sql(*state, "PRAGMA ignore_check_constraints=ON;"
                    "INSERT INTO transfer (saga, what, at_ms) VALUES ('', 'capture', 0);"
                    "INSERT INTO entry SELECT max(number), 3, -5 FROM transfer;"
                    "INSERT INTO entry SELECT max(number), 4, 5 FROM transfer;"
                    "UPDATE ledger SET balance = balance - 5 WHERE number = 3;"
                    "UPDATE ledger SET balance = balance + 5 WHERE number = 4");
    expect_wrong(*state, "a balance is below zero");
}

static void a_reservation_that_nobody_holds_is_seen(void **state)
{
    rig_call(*state, "reserve_balance", RIG_SID, HELLO);
    rig_sql(*state, "DELETE FROM reservation");
    expect_wrong(*state, "reserved is not what reservations hold");
}

static void a_second_capture_is_counted(void **state)
{
    struct rig *rig = *state;

    /* As a defect would: the reservation is made new after it was captured. */
    for (int i = 0; i < 2; i++) {
        rig_sql(rig, "DELETE FROM reservation");
        rig_call(rig, "reserve_balance", RIG_SID, HELLO);
        rig_call(rig, "confirm", RIG_SID, HELLO);
        rig_expect_done(rig);
    }
    struct books books = read_books(rig);
    assert_int_equal(books.captures, 2);
    assert_int_equal(books.duplicates, 1);
    json_t *answer = rig_ask(rig, "{\"ask\":\"messages\"}");
    assert_int_equal(json_array_size(json_object_get(answer, "messages")), 1);
    assert_int_equal(rig_number_at(answer, "messages", 0, "captures"), 2);
    assert_int_equal(rig_number_at(answer, "messages", 0, "captured"), 2 * 7900);
    json_decref(answer);
}

static void entries_cannot_be_changed_or_removed(void **state)
{
    struct rig *rig = *state;
    struct sqlite3 *handle = database_handle(rig->context.database);

    assert_int_equal(sqlite3_exec(handle, "UPDATE entry SET amount = 0", NULL, NULL, NULL),
                     SQLITE_CONSTRAINT);
    assert_int_equal(sqlite3_exec(handle, "DELETE FROM entry", NULL, NULL, NULL),
                     SQLITE_CONSTRAINT);
    expect_money(rig, FULL, 0, 0);
}

static void messages_come_in_pages(void **state)
{
    struct rig *rig = *state;
    char sid[40], question[128];
    size_t pages = 0, rows = 0;
    char after[64] = "";

    for (int i = 0; i < 801; i++) {
        snprintf(sid, sizeof sid, "SM%032x", i);
        rig_call(rig, "reserve_balance", sid, HELLO);
        rig_expect_done(rig);
    }
    do {
        snprintf(question, sizeof question, "{\"ask\":\"messages\",\"after\":\"%s\"}", after);
        json_t *answer = rig_ask(rig, question);
        const char *next = json_string_value(json_object_get(answer, "next"));
        rows += json_array_size(json_object_get(answer, "messages"));
        snprintf(after, sizeof after, "%s", next == NULL ? "" : next);
        json_decref(answer);
        pages++;
    } while (after[0] != '\0');
    assert_int_equal(rows, 801);
    assert_int_equal(pages, 3);
}

#define WITH_BILLING(test) cmocka_unit_test_setup_teardown(test, open_billing, close_billing)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BILLING(the_demo_account_has_money_once),
        WITH_BILLING(a_message_is_reserved_then_captured),
        WITH_BILLING(a_long_message_costs_its_segments),
        WITH_BILLING(a_reservation_is_given_back_exactly),
        WITH_BILLING(releasing_ignores_what_the_call_claims),
        WITH_BILLING(everything_said_twice_moves_money_once),
        WITH_BILLING(what_was_never_reserved_is_released_as_nothing),
        WITH_BILLING(what_was_never_reserved_or_was_given_back_is_not_captured),
        WITH_BILLING(what_is_captured_is_not_released),
        WITH_BILLING(a_balance_that_does_not_cover_it_is_refused),
        WITH_BILLING(a_quota_is_for_a_day_and_ends_with_it),
        WITH_BILLING(a_quota_is_given_back_to_the_day_it_came_from),
        WITH_BILLING(no_quota_means_no_limit),
        WITH_BILLING(an_unknown_account_is_refused),
        WITH_BILLING(an_account_is_opened_and_funded_by_a_question),
        WITH_BILLING(there_is_only_so_much_money),
        WITH_BILLING(a_changed_balance_is_seen),
        WITH_BILLING(a_one_sided_entry_is_seen),
        WITH_BILLING(a_transfer_without_entries_is_seen),
        WITH_BILLING(a_negative_balance_is_seen),
        WITH_BILLING(a_reservation_that_nobody_holds_is_seen),
        WITH_BILLING(a_second_capture_is_counted),
        WITH_BILLING(entries_cannot_be_changed_or_removed),
        WITH_BILLING(messages_come_in_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
