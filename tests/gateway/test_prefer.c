/*
 * The wait that a Prefer header asks for.
 */
#include "gateway/prefer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_wait_is_found_among_preferences(void **state)
{
    static const struct {
        const char *header;
        uint32_t seconds;
    } cases[] = {{"wait=20", 20},
                 {"WAIT=20", 20},
                 {"respond-async, wait=5", 5},
                 {"wait=5;foo=bar", 5},
                 {" wait=0 ", 0},
                 {"wait=60", 60},
                 {"wait=61", 60},
                 {"wait=999999999", 60},
                 {"wait=3, wait=9", 3},
                 {"return=minimal,wait=7", 7}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t seconds = 99;
        assert_true(prefer_wait(cases[i].header, &seconds));
        assert_int_equal(seconds, cases[i].seconds);
    }
}

static void whatever_else_is_ignored(void **state)
{
    static const char *const headers[] = {
        NULL,      "",        "wait",     "wait=",    "wait=x",         "wait=-1",
        "wait=5s", "await=5", "wait = 5", "wait=1.5", "wait=9999999999"};

    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        uint32_t seconds;
        assert_false(prefer_wait(headers[i], &seconds));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_is_found_among_preferences),
        cmocka_unit_test(whatever_else_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
