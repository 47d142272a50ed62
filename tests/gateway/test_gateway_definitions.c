/*
 * Definitions as JSON: what is asked of the engine, and what is made of its answer.
 */
#include "gateway/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DIGITS_32 "00000000000000000000000000000000"

static const struct definition pay = {
    .name = "pay",
    .hash = {0xab, 0xcd},
    .deadline_ms = 30000,
    .patience_ms = 86400000,
    .step_count = 2,
    .participant_count = 2,
    .pivot = 1,
    .steps = {{.name = "reserve",
               .operation = "hold",
               .undo = "release",
               .routes = {0, 1},
               .route_count = 2,
               .timeout_ms = 300,
               .retry = {.attempts = 1, .base_ms = 100, .factor = 2, .max_ms = 5000}},
              {.name = "charge",
               .operation = "charge",
               .routes = {1},
               .route_count = 1,
               .needs = 1,
               .pivot = true,
               .timeout_ms = 1000,
               .retry = {.attempts = 1, .base_ms = 100, .factor = 2, .max_ms = 5000}}},
    .participants = {{.name = "bank", .guarded = true}, {.name = "vault"}},
};

/* One version of it, as the engine gives it away. */
static struct definitions *found(size_t count, uint64_t cursor)
{
    struct definitions *definitions =
        calloc(1, sizeof *definitions + sizeof(struct definitions_row));

    assert_non_null(definitions);
    definitions->count = count;
    definitions->cursor = cursor;
    definitions->rows[0] = (struct definitions_row){
        .definition = &pay, .text = bytes_of_text("saga: pay\n"), .live = 3, .current = true};
    return definitions;
}

static struct request *asked(struct world *world, const char *target)
{
    world_ask(world, "GET", target, AS_VIEWER, NULL);
    return fake_take(world->inbox, REQUEST_DEFINITIONS);
}

static struct response answered(struct world *world, struct request *request,
                                struct definitions *definitions)
{
    fake_answer(request, (struct answer){.status = ANSWER_OK, .definitions = definitions});
    return peer_read(&world->peer);
}

static const json_t *at(const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);

    assert_non_null(value);
    return value;
}

static void a_list_has_a_row_for_each_version(void **state)
{
    struct request *request = asked(*state, "/v1/definitions?all=1&name=pay&limit=7");

    assert_string_equal(request->definition, "pay");
    assert_true(request->with_finished);
    assert_false(request->only_newest);
    assert_int_equal(request->limit, 7);
    struct response response = answered(*state, request, found(1, 7));
    assert_int_equal(response.status, 200);
    const json_t *row = json_array_get(at(response.json, "definitions"), 0);
    assert_string_equal(json_string_value(at(row, "version")), "abcd000000000000");
    assert_int_equal(json_integer_value(at(row, "live")), 3);
    assert_int_equal(json_integer_value(at(row, "step_count")), 2);
    assert_int_equal(json_integer_value(at(row, "worst_case_ms")), 1300);
    assert_true(json_is_true(at(row, "current")));
    assert_string_equal(json_string_value(at(response.json, "next_cursor")), "c0000000000000007");
    response_fini(&response);

    request = asked(*state, "/v1/definitions?cursor=c0000000000000007");
    assert_int_equal(request->before, 7);
    response = answered(*state, request, found(0, 0));
    assert_true(json_is_null(at(response.json, "next_cursor")));
    response_fini(&response);
}

static void one_version_is_shown_step_by_step(void **state)
{
    struct request *request = asked(*state, "/v1/definitions/pay?version=abcd");

    assert_string_equal(request->definition, "pay");
    assert_string_equal(request->version, "abcd");
    assert_true(request->only_newest);
    struct response response = answered(*state, request, found(1, 0));
    assert_int_equal(response.status, 200);
    assert_string_equal(json_string_value(at(response.json, "text")), "saga: pay\n");
    assert_string_equal(json_string_value(at(response.json, "worst_case_until")), "charge");
    const json_t *steps = at(response.json, "steps");
    const json_t *reserve = json_array_get(steps, 0), *charge = json_array_get(steps, 1);
    assert_string_equal(json_string_value(at(reserve, "operation")), "hold");
    assert_string_equal(json_string_value(at(reserve, "undo_operation")), "release");
    assert_int_equal(json_array_size(at(reserve, "participants")), 2);
    assert_int_equal(json_array_size(at(reserve, "needs")), 0);
    assert_true(json_is_null(at(charge, "undo_operation")));
    assert_true(json_is_true(at(charge, "pivot")));
    assert_string_equal(json_string_value(json_array_get(at(charge, "needs"), 0)), "reserve");
    const json_t *bank = json_array_get(at(response.json, "participants"), 0);
    assert_true(json_is_true(at(bank, "guarded")));
    response_fini(&response);
}

static void what_nobody_defines_is_not_found(void **state)
{
    struct request *request = asked(*state, "/v1/definitions/nothing");
    struct response response = answered(*state, request, found(0, 0));

    expect_text(&response, 404, "code", "not_found");
}

static void mistakes_in_the_query_are_named(void **state)
{
    static const char *const targets[] = {
        "/v1/definitions?limit=0",
        "/v1/definitions?all=2",
        "/v1/definitions?cursor=x",
        "/v1/definitions?colour=red",
        "/v1/definitions/pay?all=1",
        "/v1/definitions/pay?version=" DIGITS_32 DIGITS_32 "0",
    };

    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct response response = world_call(*state, "GET", targets[i], AS_VIEWER, NULL);
        assert_int_equal(response.status, 400);
        response_fini(&response);
    }
}

static void accounts_may_not_see_definitions(void **state)
{
    struct response response = world_call(*state, "GET", "/v1/definitions", AS_AC1, NULL);

    assert_int_equal(response.status, 403);
    response_fini(&response);
    response = world_call(*state, "GET", "/v1/definitions/pay", "", NULL);
    assert_int_equal(response.status, 401);
    response_fini(&response);
}

#define definitions_test(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        definitions_test(a_list_has_a_row_for_each_version),
        definitions_test(one_version_is_shown_step_by_step),
        definitions_test(what_nobody_defines_is_not_found),
        definitions_test(mistakes_in_the_query_are_named),
        definitions_test(accounts_may_not_see_definitions),
    };
    return cmocka_run_group_tests_name("definitions", tests, NULL, NULL);
}
