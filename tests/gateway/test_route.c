/*
 * Which handler a path belongs to.
 */
#include "gateway/route.h"

#include "gateway/handlers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_route_is_found_with_its_parameters(void **state)
{
    static const struct {
        enum method method;
        const char *path;
        void (*handle)(struct exchange *);
        const char *first, *second;
    } cases[] = {
        {METHOD_POST, "/2010-04-01/Accounts/AC1/Messages.json", messages_create, "AC1", ""},
        {METHOD_GET, "/2010-04-01/Accounts/AC1/Messages.json", messages_list, "AC1", ""},
        {METHOD_GET, "/2010-04-01/Accounts/AC1/Messages/SM1.json", messages_fetch, "AC1", "SM1"},
        {METHOD_GET, "/2010-04-01/Accounts/AC1/Messages/a.json.json", messages_fetch, "AC1",
         "a.json"},
        {METHOD_GET, "/2010-04-01/Accounts/AC1/Messages/SM1/Media.json", messages_media, "AC1",
         "SM1"},
        {METHOD_POST, "/v1/sagas", submit_saga, "", ""},
        {METHOD_GET, "/v1/sagas", list_sagas, "", ""},
        {METHOD_GET, "/v1/sagas/saga_1", show_saga, "saga_1", ""},
        {METHOD_GET, "/v1/sagas/saga_1/events", show_events, "saga_1", ""},
        {METHOD_GET, "/v1/sagas/saga_1/why", show_why, "saga_1", ""},
        {METHOD_POST, "/v1/sagas/saga_1/actions", act_on_saga, "saga_1", ""},
        {METHOD_POST, "/v1/sagas/saga_1/rerun", rerun_saga, "saga_1", ""},
        {METHOD_GET, "/v1/definitions", list_definitions, "", ""},
        {METHOD_GET, "/v1/definitions/lint", show_definition, "lint", ""},
        {METHOD_POST, "/v1/definitions/lint", lint_definition, "", ""},
        {METHOD_GET, "/v1/audit", list_audit, "", ""},
        {METHOD_GET, "/v1/audit/verify", verify_audit, "", ""},
        {METHOD_GET, "/v1/openapi.json", show_openapi, "", ""},
        {METHOD_GET, "/livez", show_livez, "", ""},
        {METHOD_GET, "/readyz", show_readyz, "", ""},
        {METHOD_GET, "/version", show_version, "", ""},
        {METHOD_GET, "/metrics", show_metrics, "", ""},
        {METHOD_GET, "/docs/errors", show_errors, "", ""},
        {METHOD_GET, "/docs/errors/21211", show_error, "21211", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct route_match match = route_find(cases[i].method, cases[i].path);
        assert_non_null(match.route);
        assert_true(match.route->handle == cases[i].handle);
        assert_string_equal(match.parameters[0], cases[i].first);
        assert_string_equal(match.parameters[1], cases[i].second);
    }
}

static void what_only_looks_like_a_route_is_none(void **state)
{
    static const char *const paths[] = {
        "",
        "/",
        "/v1",
        "/v1/sagas/",
        "/v1/sagas//events",
        "v1/sagas",
        "/v1/sagasx",
        "/v1/sagas/a/",
        "/v1/sagas/a/b",
        "/v1/sagas/a/events/",
        "/livez/",
        "/2010-04-01/Accounts//Messages.json",
        "/2010-04-01/Accounts/AC1/Messages/.json",
        "/2010-04-01/Accounts/AC1/Messages/SM1",
        "/2010-04-01/Accounts/AC1/AC2/Messages.json",
        "/v1/sagas/0123456789012345678901234567890123456789012345678901234567890123",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_false(route_find(METHOD_GET, paths[i]).path_known);
}

static void another_method_leaves_the_path_known(void **state)
{
    struct route_match match = route_find(METHOD_POST, "/v1/sagas/a");

    (void)state;
    assert_null(match.route);
    assert_true(match.path_known);
    assert_true(match.allows_get);
    assert_false(match.allows_post);
}

static void the_face_is_that_of_the_path(void **state)
{
    (void)state;
    assert_int_equal(route_find(METHOD_GET, "/2010-04-01/x").face, FACE_MESSAGES);
    assert_int_equal(route_find(METHOD_GET, "/v1/x").face, FACE_NATIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_found_with_its_parameters),
        cmocka_unit_test(what_only_looks_like_a_route_is_none),
        cmocka_unit_test(another_method_leaves_the_path_known),
        cmocka_unit_test(the_face_is_that_of_the_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
