/*
 * The credentials of a world: made once, found again, and what is derived from them is complete.
 */
#include "base/fault.h"
#include "world/credentials.h"
#include "world/place.h"

#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct folder open_folder(const char *place)
{
    struct folder folder;
    pid_t other = 0;

    assert_int_equal(folder_open(place, &folder, &other), 0);
    return folder;
}

static void the_first_start_makes_them_and_the_second_finds_them(void **state)
{
    struct folder folder = open_folder(*state);
    struct credentials first, second;

    assert_int_equal(credentials_prepare(&folder, &first), 0);
    assert_int_equal(credentials_prepare(&folder, &second), 0);
    assert_memory_equal(&first, &second, sizeof(first));
    assert_int_equal(strlen(first.account_sid), 34);
    assert_memory_equal(first.account_sid, "AC", 2);
    assert_int_equal(strspn(first.account_sid + 2, "0123456789abcdef"), 32);
    assert_int_equal(strspn(first.operator_key, "0123456789abcdef"), 64);
    assert_string_not_equal(first.secrets[0], first.secrets[1]);
    folder_close(&folder);
}

static void each_world_has_its_own(void **state)
{
    struct folder one, other;
    struct credentials first, second;
    char path[PLACE_PATH_SIZE];

    one = open_folder(place_file(*state, "one", path));
    other = open_folder(place_file(*state, "other", path));
    assert_int_equal(credentials_prepare(&one, &first), 0);
    assert_int_equal(credentials_prepare(&other, &second), 0);
    assert_string_not_equal(first.account_sid, second.account_sid);
    assert_string_not_equal(first.auth_token, second.auth_token);
    folder_close(&one);
    folder_close(&other);
}

static void files_for_the_participants_are_private_and_restored(void **state)
{
    struct folder folder = open_folder(*state);
    struct credentials credentials;
    char path[PLACE_PATH_SIZE], demo[128];

    assert_int_equal(credentials_prepare(&folder, &credentials), 0);
    assert_int_equal(unlink(place_file(*state, "demo-account.json", path)), 0);
    place_write(*state, "secrets/billing", "torn");
    assert_int_equal(credentials_prepare(&folder, &credentials), 0);
    snprintf(demo, sizeof(demo), "{\n  \"account_sid\": \"%s\"\n}", credentials.account_sid);
    place_expect(*state, "demo-account.json", demo);
    place_expect(*state, "secrets/auth", credentials.secrets[0]);
    place_expect(*state, "secrets/billing", credentials.secrets[1]);
    place_expect(*state, "secrets/messaging", credentials.secrets[2]);
    assert_int_equal(place_mode(*state, "credentials.json"), 0600);
    assert_int_equal(place_mode(*state, "secrets"), 0700);
    assert_int_equal(place_mode(*state, "secrets/auth"), 0600);
    folder_close(&folder);
}

/* To make new ones would lock out everybody who knows the old: a person must look. */
static void a_damaged_file_is_refused_and_kept(void **state)
{
    static const char *const damaged[] = {
        "",
        "{}",
        "[]",
        "{\"account_sid\":",
        "{\"account_sid\":\"AC\",\"auth_token\":\"\",\"participant_secrets\":{}}",
        "{\"account_sid\":7}",
    };
    struct folder folder = open_folder(*state);
    struct credentials credentials;

    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        place_write(*state, "credentials.json", damaged[i]);
        assert_int_equal(credentials_prepare(&folder, &credentials), fault(FAULT_INPUT));
        place_expect(*state, "credentials.json", damaged[i]);
    }
    folder_close(&folder);
}

static void a_server_that_is_told_knows_everybody(void **state)
{
    struct folder folder = open_folder(*state);
    struct credentials credentials;
    struct accounts *accounts;

    assert_int_equal(credentials_prepare(&folder, &credentials), 0);
    assert_int_equal(accounts_open(&accounts), 0);
    assert_int_equal(credentials_fill(&credentials, accounts), 0);
    assert_true(accounts_check_account(accounts, credentials.account_sid,
                                       bytes_of_text(credentials.auth_token)));
    for (size_t i = 0; i < CREDENTIALS_PARTICIPANTS; i++)
        assert_true(accounts_check_participant(accounts, credentials_participants[i],
                                               bytes_of_text(credentials.secrets[i])));
    assert_false(
        accounts_check_participant(accounts, "auth", bytes_of_text(credentials.secrets[1])));
    const struct operator* found =
        accounts_find_operator(accounts, bytes_of_text(credentials.operator_key));
    assert_non_null(found);
    assert_int_equal(found->role, OPERATOR_ADMIN);
    accounts_close(accounts);
    folder_close(&folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_start_makes_them_and_the_second_finds_them),
        TEST(each_world_has_its_own),
        TEST(files_for_the_participants_are_private_and_restored),
        TEST(a_damaged_file_is_refused_and_kept),
        TEST(a_server_that_is_told_knows_everybody),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
