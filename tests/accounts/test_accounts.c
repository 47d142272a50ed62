/*
 * The table of those who may speak to the server.
 */
#include "accounts/accounts.h"

#include "base/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SID "AC00000000000000000000000000000001"

static struct accounts_digest digest_of(const char *secret)
{
    struct accounts_digest digest;
    accounts_hash(bytes_of_text(secret), &digest);
    return digest;
}

static void add_account(struct accounts *accounts, const char *sid, const char *token)
{
    struct accounts_digest digest = digest_of(token);
    assert_int_equal(accounts_add_account(accounts, sid, &digest), 0);
}

static int open_table(void **state)
{
    struct accounts *accounts = NULL;
    assert_int_equal(accounts_open(&accounts), 0);
    *state = accounts;
    return 0;
}

static int close_table(void **state)
{
    *state = accounts_close(*state);
    return 0;
}

static void an_account_is_known_by_its_token_alone(void **state)
{
    struct accounts *accounts = *state;
    add_account(accounts, SID, "token");
    assert_true(accounts_check_account(accounts, SID, bytes_of_text("token")));
    assert_false(accounts_check_account(accounts, SID, bytes_of_text("Token")));
    assert_false(accounts_check_account(accounts, SID, bytes_of_text("")));
    assert_false(accounts_check_account(accounts, "AC2", bytes_of_text("token")));
    assert_true(accounts_knows_account(accounts, SID));
    assert_false(accounts_knows_account(accounts, "AC2"));
}

static void a_name_of_one_kind_opens_no_door_of_another(void **state)
{
    struct accounts *accounts = *state;
    struct accounts_digest digest = digest_of("secret");
    assert_int_equal(accounts_add_participant(accounts, "billing", &digest), 0);
    assert_true(accounts_check_participant(accounts, "billing", bytes_of_text("secret")));
    assert_false(accounts_check_account(accounts, "billing", bytes_of_text("secret")));
    assert_null(accounts_find_operator(accounts, bytes_of_text("secret")));
}

static void an_operator_is_found_by_the_key(void **state)
{
    struct accounts *accounts = *state;
    struct accounts_digest ann = digest_of("ann's key"), bob = digest_of("bob's key");
    assert_int_equal(accounts_add_operator(accounts, "ann", &ann, OPERATOR_ADMIN), 0);
    assert_int_equal(accounts_add_operator(accounts, "bob", &bob, OPERATOR_VIEWER), 0);
    const struct operator *found = accounts_find_operator(accounts, bytes_of_text("bob's key"));
    assert_non_null(found);
    assert_string_equal(found->name, "bob");
    assert_int_equal(found->role, OPERATOR_VIEWER);
    assert_null(accounts_find_operator(accounts, bytes_of_text("carl's key")));
}

static void a_name_or_key_is_added_once(void **state)
{
    struct accounts *accounts = *state;
    struct accounts_digest digest = digest_of("x"), other = digest_of("y");
    add_account(accounts, SID, "x");
    assert_int_equal(accounts_add_account(accounts, SID, &other), fault(FAULT_INPUT));
    assert_int_equal(accounts_add_operator(accounts, "ann", &digest, OPERATOR_ADMIN), 0);
    assert_int_equal(accounts_add_operator(accounts, "ann", &other, OPERATOR_ADMIN),
                     fault(FAULT_INPUT));
    assert_int_equal(accounts_add_operator(accounts, "bob", &digest, OPERATOR_ADMIN),
                     fault(FAULT_INPUT));
}

static void a_name_must_fit(void **state)
{
    struct accounts *accounts = *state;
    struct accounts_digest digest = digest_of("x");
    char name[ACCOUNTS_NAME_SIZE + 1];
    memset(name, 'a', sizeof(name));
    name[ACCOUNTS_NAME_SIZE] = '\0';
    assert_int_equal(accounts_add_account(accounts, name, &digest), fault(FAULT_INPUT));
    assert_int_equal(accounts_add_account(accounts, "", &digest), fault(FAULT_INPUT));
    name[ACCOUNTS_NAME_SIZE - 1] = '\0';
    assert_int_equal(accounts_add_account(accounts, name, &digest), 0);
}

static void a_secret_that_is_too_long_is_nobodys(void **state)
{
    struct accounts *accounts = *state;
    char secret[ACCOUNTS_SECRET_MAX + 2];
    memset(secret, 's', sizeof(secret));
    struct accounts_digest digest;
    accounts_hash(bytes_of(secret, ACCOUNTS_SECRET_MAX + 1), &digest);
    assert_int_equal(accounts_add_account(accounts, SID, &digest), 0);
    assert_int_equal(accounts_add_operator(accounts, "ann", &digest, OPERATOR_ADMIN), 0);
    struct bytes long_secret = bytes_of(secret, ACCOUNTS_SECRET_MAX + 1);
    assert_false(accounts_check_account(accounts, SID, long_secret));
    assert_null(accounts_find_operator(accounts, long_secret));
}

static void a_table_has_room_for_its_maximum_and_no_more(void **state)
{
    struct accounts *accounts = *state;
    struct accounts_digest digest = digest_of("x");
    char name[ACCOUNTS_NAME_SIZE];
    for (unsigned i = 0; i < ACCOUNTS_MAX; i++) {
        snprintf(name, sizeof(name), "AC%u", i);
        assert_int_equal(accounts_add_account(accounts, name, &digest), 0);
    }
    assert_int_equal(accounts_add_account(accounts, SID, &digest), fault(FAULT_LIMIT));
}

static void the_only_account_is_named_only_while_it_is_alone(void **state)
{
    struct accounts *accounts = *state;
    assert_null(accounts_only_account(accounts));
    add_account(accounts, SID, "x");
    assert_string_equal(accounts_only_account(accounts), SID);
    add_account(accounts, "AC2", "y");
    assert_null(accounts_only_account(accounts));
}

static void a_digest_is_written_as_64_hexadecimal_digits(void **state)
{
    (void)state;
    static const char text[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    struct accounts_digest parsed, hashed = digest_of("abc");
    assert_true(accounts_digest_parse(text, &parsed));
    assert_memory_equal(parsed.bytes, hashed.bytes, ACCOUNTS_DIGEST_SIZE);
    assert_false(accounts_digest_parse(text + 1, &parsed));
    assert_false(accounts_digest_parse("abc", &parsed));
}

static void roles_have_names(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OPERATOR_ROLE_COUNT; i++) {
        enum operator_role role = OPERATOR_ROLE_COUNT;
        assert_true(operator_role_parse(operator_role_name((enum operator_role)i), &role));
        assert_int_equal(role, i);
    }
    enum operator_role role;
    assert_false(operator_role_parse("root", &role));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_table, close_table)
    const struct CMUnitTest tests[] = {
        CASE(an_account_is_known_by_its_token_alone),
        CASE(a_name_of_one_kind_opens_no_door_of_another),
        CASE(an_operator_is_found_by_the_key),
        CASE(a_name_or_key_is_added_once),
        CASE(a_name_must_fit),
        CASE(a_secret_that_is_too_long_is_nobodys),
        CASE(a_table_has_room_for_its_maximum_and_no_more),
        CASE(the_only_account_is_named_only_while_it_is_alone),
        CASE(a_digest_is_written_as_64_hexadecimal_digits),
        CASE(roles_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
