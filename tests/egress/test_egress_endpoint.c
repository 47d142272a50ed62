/*
 * Which URLs are taken, and over which nobody can read along.
 */
#include "egress/egress_endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void a_url_is_a_scheme_a_host_and_perhaps_a_path(void **state)
{
    static const char *const good[] = {
        "http://127.0.0.1:8080", "https://parcel.example", "https://parcel.example/saga/v1",
        "http://[::1]:7000/x",   "http://localhost:1",     "https://a.b:65535/~x/y-z_1;k=v",
    };
    static const char *const bad[] = {
        "",
        "parcel.example",
        "ftp://parcel.example",
        "HTTP://parcel.example",
        "http://",
        "http:///path",
        "http://:80",
        "http://host:",
        "http://host:0",
        "http://host:65536",
        "http://host:80a",
        "http://host:999999999999999999999",
        "http://user@host",
        "http://user:word@host",
        "http://host/",
        "http://host/a/",
        "http://host//a",
        "http://host/a/../b",
        "http://host/.",
        "http://host/a?b=c",
        "http://host?b",
        "http://host/a#b",
        "http://host/a%2fb",
        "http://host/a b",
        "http://host/\r\nX: y",
        "http://h\xc3\xb6st",
        "http://[::1",
        "http://[]:80",
        "http://[::1]x",
        "http://ho_st",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        if (!egress_url_valid(good[i]))
            fail_msg("%s is refused", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (egress_url_valid(bad[i]))
            fail_msg("%s is taken", bad[i]);
}

static void a_url_has_its_size(void **state)
{
    char url[EGRESS_URL_SIZE + 1] = "http://host/";

    (void)state;
    memset(url + strlen(url), 'a', EGRESS_URL_SIZE - strlen(url));
    assert_false(egress_url_valid(url));
    url[EGRESS_URL_SIZE - 1] = '\0';
    assert_true(egress_url_valid(url));
}

static void plain_http_is_private_only_on_this_machine(void **state)
{
    static const char *const private[] = {
        "https://parcel.example", "http://127.0.0.1:80", "http://127.9.9.9", "http://[::1]:80/x",
        "http://localhost",
    };
    static const char *const open[] = {
        "http://parcel.example",       "http://10.0.0.1",    "http://127.0.0.1.example",
        "http://127.example",          "http://[::2]",       "http://localhost.example",
        "http://localhos",             "http://0.0.0.0:80",  "http://128.0.0.1",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(private); i++)
        if (!egress_url_is_private(private[i]))
            fail_msg("%s is taken for open", private[i]);
    for (size_t i = 0; i < COUNT(open); i++)
        if (egress_url_is_private(open[i]))
            fail_msg("%s is taken for private", open[i]);
}

static void a_header_holds_only_what_can_be_seen(void **state)
{
    (void)state;
    assert_true(egress_authorization_valid("Bearer abc"));
    assert_true(egress_authorization_valid("x"));
    assert_false(egress_authorization_valid(""));
    assert_false(egress_authorization_valid(" Bearer abc"));
    assert_false(egress_authorization_valid("Bearer abc "));
    assert_false(egress_authorization_valid("Bearer\tabc"));
    assert_false(egress_authorization_valid("Bearer \xc3\xbc"));
    assert_false(egress_authorization_valid("a\r\nX-Evil: b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_is_a_scheme_a_host_and_perhaps_a_path),
        cmocka_unit_test(a_url_has_its_size),
        cmocka_unit_test(plain_http_is_private_only_on_this_machine),
        cmocka_unit_test(a_header_holds_only_what_can_be_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
