/*
 * POST /v1/sagas/{id}/rerun: a look at the old saga, then a submit with the link to it.
 */
#include "gateway/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OLD_INPUT "{\"account_sid\":\"AC1\",\"price\":1.50}"

/* Ask; the look at the old saga that follows. */
static struct request *looked(struct world *world, const char *headers, const char *body)
{
    char target[64], all[512];

    snprintf(target, sizeof(target), "/v1/sagas/%s/rerun", fake_id());
    snprintf(all, sizeof(all), AS_OPERATOR JSON "%s", headers);
    world_ask(world, "POST", target, all, body);
    return fake_take(world->inbox, REQUEST_GET);
}

static struct snapshot *ended(enum saga_phase phase)
{
    struct snapshot *snapshot = fake_snapshot();

    free((void *)snapshot->input.data);
    char *input = strdup(OLD_INPUT);
    snapshot->input = bytes_of(input, strlen(input));
    snapshot->phase = phase;
    snprintf(snapshot->tenant, sizeof(snapshot->tenant), "AC1");
    return snapshot;
}

/* The old saga has ended; what is submitted then. */
static struct request *submitted(struct world *world, const char *headers, const char *body)
{
    fake_answer_snapshot(looked(world, headers, body), ANSWER_OK, false, ended(SAGA_COMPENSATED));
    return fake_take(world->inbox, REQUEST_SUBMIT);
}

static void finish(struct world *world, struct request *request, enum answer_status status,
                   unsigned expected)
{
    fake_answer_snapshot(request, status, false, fake_snapshot());
    struct response response = peer_read(&world->peer);
    assert_int_equal(response.status, expected);
    response_fini(&response);
}

static void a_rerun_submits_the_old_input_byte_by_byte_with_the_link(void **state)
{
    struct world *world = *state;
    struct request *look = looked(world, "", "{\"reason\":\"mended\",\"actor\":\"ann\"}");
    struct saga_id old = look->id;

    fake_answer_snapshot(look, ANSWER_OK, false, ended(SAGA_TERMINATED));
    struct request *request = fake_take(world->inbox, REQUEST_SUBMIT);
    assert_true(request->previous.number != 0);
    assert_true(id_equal(request->previous, old));
    assert_int_equal(request->input.size, strlen(OLD_INPUT));
    assert_memory_equal(request->input.data, OLD_INPUT, strlen(OLD_INPUT));
    assert_string_equal(request->tenant, "AC1");
    assert_string_equal(request->definition, "send_message");
    assert_string_equal(request->key, "");
    assert_string_equal(request->actor, "operator/ann");
    assert_string_equal(request->role, "operator");
    assert_string_equal(request->reason, "mended");
    finish(world, request, ANSWER_OK, 202);
}

static void the_answer_is_the_new_saga_and_where_it_is(void **state)
{
    struct world *world = *state;
    struct request *request = submitted(world, "Idempotency-Key: k1\r\n", "{\"reason\":\"r\"}");

    assert_string_equal(request->key, "k1");
    fake_answer_snapshot(request, ANSWER_REPLAYED, false, fake_snapshot());
    struct response response = peer_read(&world->peer);
    assert_int_equal(response.status, 202);
    assert_string_equal(response_header(&response, "Idempotent-Replayed"), "true");
    assert_non_null(strstr(response_header(&response, "Location"), fake_id()));
    assert_string_equal(response_text(&response, "id"), fake_id());
    response_fini(&response);
}

static void it_waits_for_the_end_when_that_is_preferred(void **state)
{
    struct world *world = *state;
    struct request *request = submitted(world, "Prefer: wait=2\r\n", "{\"reason\":\"r\"}");

    assert_int_equal(request->wait, WAIT_FINISHED);
    assert_int_equal(request->wait_ms, 2000);
    fake_answer_snapshot(request, ANSWER_OK, false, ended(SAGA_COMPLETED));
    struct response response = peer_read(&world->peer);
    assert_int_equal(response.status, 200);
    response_fini(&response);
}

static void a_new_input_is_canonical_and_names_the_old_account(void **state)
{
    struct world *world = *state;
    static const char canonical[] = "{\"account_sid\":\"AC1\",\"b\":1,\"to\":\"+1\"}";
    struct request *request =
        submitted(world, "", "{\"reason\":\"r\",\"input\":{\"to\": \"+1\", \"b\": 1}}");

    assert_int_equal(request->input.size, strlen(canonical));
    assert_memory_equal(request->input.data, canonical, strlen(canonical));
    finish(world, request, ANSWER_OK, 202);
}

static void an_input_of_another_account_is_refused(void **state)
{
    struct world *world = *state;
    struct request *look =
        looked(world, "", "{\"reason\":\"r\",\"input\":{\"account_sid\":\"AC2\"}}");

    fake_answer_snapshot(look, ANSWER_OK, false, ended(SAGA_COMPENSATED));
    struct response response = peer_read(&world->peer);
    assert_true(fake_is_idle(world->inbox));
    expect_text(&response, 400, "code", "invalid");
}

static void what_has_not_ended_is_not_run_again(void **state)
{
    static const enum saga_phase phases[] = {SAGA_RUNNING, SAGA_COMPENSATING};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
        struct snapshot *snapshot = ended(phases[i]);
        snapshot->allowed_verbs = 1u << SAGA_CANCEL;
        fake_answer_snapshot(looked(world, "", "{\"reason\":\"r\"}"), ANSWER_OK, false, snapshot);
        struct response response = peer_read(&world->peer);
        assert_true(fake_is_idle(world->inbox));
        const json_t *allowed = json_object_get(response.json, "allowed");
        assert_string_equal(json_string_value(json_array_get(allowed, 0)), "cancel");
        expect_text(&response, 409, "code", "not_allowed_now");
    }
}

static void what_is_not_there_and_what_cannot_start_is_told(void **state)
{
    struct world *world = *state;

    fake_answer_plainly(looked(world, "", "{\"reason\":\"r\"}"), ANSWER_NOT_FOUND);
    struct response response = peer_read(&world->peer);
    expect_text(&response, 404, "code", "not_found");
    fake_answer_plainly(submitted(world, "", "{\"reason\":\"r\"}"), ANSWER_NO_DEFINITION);
    response = peer_read(&world->peer);
    assert_int_equal(response.status, 404);
    response_fini(&response);
    finish(world, submitted(world, "Idempotency-Key: k\r\n", "{\"reason\":\"r\"}"),
           ANSWER_CONFLICT, 422);
}

static void a_reason_is_needed_and_nothing_else_is_taken(void **state)
{
    static const char *const bodies[] = {
        "{}",
        "{\"reason\":\"\"}",
        "{\"reason\":\"r\",\"definition\":\"pay\"}",
        "{\"reason\":\"r\",\"input\":[]}",
        "{\"reason\":\"r\"",
    };
    struct world *world = *state;
    char target[64];

    snprintf(target, sizeof(target), "/v1/sagas/%s/rerun", fake_id());
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct response response =
            world_call(world, "POST", target, AS_OPERATOR JSON, bodies[i]);
        assert_int_equal(response.status, 400);
        response_fini(&response);
    }
    struct response response =
        world_call(world, "POST", target, AS_OPERATOR JSON "Idempotency-Key: a b\r\n",
                   "{\"reason\":\"r\"}");
    expect_text(&response, 400, "code", "invalid_idempotency_key");
}

static void only_operators_and_admins_run_again(void **state)
{
    static const struct {
        const char *who;
        unsigned status;
    } cases[] = {{AS_VIEWER JSON, 403}, {AS_SUBMITTER JSON, 403}, {AS_AC1 JSON, 403}, {JSON, 401}};
    struct world *world = *state;
    char target[64];

    snprintf(target, sizeof(target), "/v1/sagas/%s/rerun", fake_id());
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct response response =
            world_call(world, "POST", target, cases[i].who, "{\"reason\":\"r\"}");
        assert_int_equal(response.status, cases[i].status);
        response_fini(&response);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_rerun_submits_the_old_input_byte_by_byte_with_the_link),
        CASE(the_answer_is_the_new_saga_and_where_it_is),
        CASE(it_waits_for_the_end_when_that_is_preferred),
        CASE(a_new_input_is_canonical_and_names_the_old_account),
        CASE(an_input_of_another_account_is_refused),
        CASE(what_has_not_ended_is_not_run_again),
        CASE(what_is_not_there_and_what_cannot_start_is_told),
        CASE(a_reason_is_needed_and_nothing_else_is_taken),
        CASE(only_operators_and_admins_run_again),
    };
    return cmocka_run_group_tests_name("rerun", tests, NULL, NULL);
}
