/*
 * The server's status and its participants, as JSON.
 */
#include "gateway/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct status busy = {
    .sagas_started = 7,
    .sagas_finished = {[SAGA_COMPLETED] = 4, [SAGA_COMPENSATED] = 1},
    .sagas_live = 2,
    .sagas_parked = 1,
    .uptime_ms = 61000,
    .participant_count = 2,
    .participants = {{.name = "auth", .workers = 2, .queued = 1, .out = 3, .calls = 40},
                     {.name = "billing",
                      .unanswered = 5,
                      .results = {[SAGA_VERDICT_DONE] = 9}}},
};

static struct response surveyed(struct world *world, const char *path)
{
    world_ask(world, "GET", path, AS_VIEWER, NULL);
    fake_answer(fake_take(world->inbox, REQUEST_STATUS),
                (struct answer){.status = ANSWER_OK, .status_report = &busy});
    return peer_read(&world->peer);
}

static json_int_t number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void status_counts_sagas(void **state)
{
    struct response response = surveyed(*state, "/v1/status");
    const json_t *sagas = json_object_get(response.json, "sagas");

    assert_int_equal(response.status, 200);
    assert_int_equal(number(response.json, "uptime_ms"), 61000);
    assert_int_equal(number(sagas, "started"), 7);
    assert_int_equal(number(sagas, "live"), 2);
    assert_int_equal(number(sagas, "parked"), 1);
    assert_int_equal(number(sagas, "completed"), 4);
    assert_int_equal(number(sagas, "compensated"), 1);
    response_fini(&response);
}

static void participants_are_listed_and_shown(void **state)
{
    struct response response = surveyed(*state, "/v1/participants");
    const json_t *list = json_object_get(response.json, "participants");

    assert_int_equal(response.status, 200);
    assert_int_equal(json_array_size(list), 2);
    assert_int_equal(number(json_array_get(list, 0), "workers"), 2);
    response_fini(&response);

    response = surveyed(*state, "/v1/participants/billing");
    assert_int_equal(response.status, 200);
    assert_int_equal(number(response.json, "unanswered"), 5);
    assert_int_equal(number(json_object_get(response.json, "results"), "done"), 9);
    response_fini(&response);

    response = surveyed(*state, "/v1/participants/nobody");
    assert_int_equal(response.status, 404);
    response_fini(&response);
}

static void accounts_may_not_look_around(void **state)
{
    static const char *const paths[] = {"/v1/participants", "/v1/participants/auth", "/v1/status"};

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct response response = world_call(*state, "GET", paths[i], AS_AC1, NULL);
        assert_int_equal(response.status, 403);
        response_fini(&response);
        response = world_call(*state, "GET", paths[i], "", NULL);
        assert_int_equal(response.status, 401);
        response_fini(&response);
    }
}

static void parameters_that_nobody_knows_are_refused(void **state)
{
    struct response response = world_call(*state, "GET", "/v1/status?all=1", AS_VIEWER, NULL);

    assert_int_equal(response.status, 400);
    response_fini(&response);
}

#define survey_test(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        survey_test(status_counts_sagas),
        survey_test(participants_are_listed_and_shown),
        survey_test(accounts_may_not_look_around),
        survey_test(parameters_that_nobody_knows_are_refused),
    };
    return cmocka_run_group_tests_name("survey", tests, NULL, NULL);
}
