/*
 * Who asks, and what that allows.
 */
#include "gateway/caller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int open_table(void **state)
{
    struct accounts *accounts;
    struct accounts_digest token, key;

    assert_int_equal(accounts_open(&accounts), 0);
    accounts_hash(bytes_of_text("to:ken"), &token);
    accounts_hash(bytes_of_text("key"), &key);
    assert_int_equal(accounts_add_account(accounts, "AC1", &token), 0);
    assert_int_equal(accounts_add_operator(accounts, "ann", &key, OPERATOR_ADMIN), 0);
    *state = accounts;
    return 0;
}

static int close_table(void **state)
{
    *state = accounts_close(*state);
    return 0;
}

static void an_account_is_known_by_basic_credentials(void **state)
{
    static const char *const headers[] = {"Basic QUMxOnRvOmtlbg==", /* A token may have a colon. */
                                          "basic QUMxOnRvOmtlbg==", "Basic   QUMxOnRvOmtlbg=="};

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        struct caller caller = caller_identify(*state, headers[i]);
        assert_int_equal(caller.kind, CALLER_ACCOUNT);
        assert_string_equal(caller.account, "AC1");
        assert_null(caller.staff);
    }
}

static void an_operator_is_known_by_the_bearer_key(void **state)
{
    struct caller caller = caller_identify(*state, "Bearer key");

    assert_int_equal(caller.kind, CALLER_OPERATOR);
    assert_string_equal(caller.staff->name, "ann");
    assert_string_equal(caller.account, "");
}

static void everybody_else_is_nobody(void **state)
{
    static const char *const headers[] = {
        NULL,
        "",
        "Basic",
        "Basic ",
        "BasicQUMxOnRvOmtlbg==",
        "Bearer",
        "Bearer ",
        "Bearer key2",
        "Basic a2V5",
        "Digest key",
        "Basic QUMxOnRvOmtlbg",
        "Basic QUMxOnRvOmtlbg== ",
        "Basic ====",
        "Basic QUMxOgA=",
    };

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        assert_int_equal(caller_identify(*state, headers[i]).kind, CALLER_NOBODY);
}

static void long_credentials_are_nobodys(void **state)
{
    char header[2048] = "Basic ";

    for (size_t i = 6; i < 6 + 1200; i++)
        header[i] = 'Q';
    header[6 + 1200] = '\0';
    assert_int_equal(caller_identify(*state, header).kind, CALLER_NOBODY);
    memcpy(header, "Bearer", 6);
    header[6] = ' ';
    assert_int_equal(caller_identify(*state, header).kind, CALLER_NOBODY);
}

/* Rows: nobody, account, submitter, viewer, operator, admin. + may, - may not, ? is unknown. */
static void each_role_may_do_its_own(void **state)
{
    static const char *const table[] = {
        [ACCESS_OPEN] = "++++++",     [ACCESS_ACCOUNT] = "?+????", [ACCESS_SUBMIT] = "?++-++",
        [ACCESS_LOOK] = "?+++++",     [ACCESS_SURVEY] = "?+-+++",  [ACCESS_ACT] = "?---++",
        [ACCESS_AUDIT] = "?--+++",    [ACCESS_OPERATOR] = "?-++++", [ACCESS_ADMIN] = "?----+",
    };
    static const char signs[] = {
        [CALLER_ALLOWED] = '+', [CALLER_UNKNOWN] = '?', [CALLER_FORBIDDEN] = '-'};

    (void)state;
    for (unsigned access = 0; access < sizeof(table) / sizeof(table[0]); access++) {
        for (unsigned who = 0; who < 6; who++) {
            struct operator staff = {.role = (enum operator_role)(who > 1 ? who - 2 : 0)};
            struct caller caller = {
                .kind = who == 0   ? CALLER_NOBODY
                        : who == 1 ? CALLER_ACCOUNT
                                   : CALLER_OPERATOR,
                .staff = &staff,
            };
            char sign = signs[caller_may(&caller, (enum access)access)];
            if (sign != table[access][who])
                fail_msg("access %u of caller %u is %c", access, who, sign);
        }
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_table, close_table)
    const struct CMUnitTest tests[] = {
        CASE(an_account_is_known_by_basic_credentials),
        CASE(an_operator_is_known_by_the_bearer_key),
        CASE(everybody_else_is_nobody),
        CASE(long_credentials_are_nobodys),
        cmocka_unit_test(each_role_may_do_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
