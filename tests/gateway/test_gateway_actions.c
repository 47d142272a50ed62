/*
 * POST /v1/sagas/{id}/actions.
 */
#include "gateway/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *actions_path(void)
{
    static char path[160];
    snprintf(path, sizeof(path), "/v1/sagas/%s/actions", fake_id());
    return path;
}

static struct request *acted(struct world *world, const char *body)
{
    world_ask(world, "POST", actions_path(), AS_OPERATOR JSON, body);
    return fake_take(world->inbox, REQUEST_VERB);
}

static void finish(struct world *world, struct request *request, const char *attempted)
{
    struct snapshot *snapshot = fake_snapshot();

    snapshot->phase = SAGA_COMPENSATING;
    fake_answer_snapshot(request, ANSWER_OK, false, snapshot);
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "id"), fake_id());
    assert_string_equal(response_text(&response, "action.outcome"), "compensating");
    expect_text(&response, 200, "action.attempted", attempted);
}

static void every_verb_is_passed_on(void **state)
{
    static const struct {
        const char *members;
        enum saga_verb verb;
        const char *step, *attempted;
    } cases[] = {
        {"\"verb\":\"cancel\"", SAGA_CANCEL, "", "cancel"},
        {"\"verb\":\"retry\"", SAGA_RETRY, "", "retry"},
        {"\"verb\":\"retry\",\"step\":\"queue\"", SAGA_RETRY, "queue", "retry"},
        {"\"verb\":\"pause\"", SAGA_PAUSE, "", "pause"},
        {"\"verb\":\"resume\"", SAGA_RESUME, "", "resume"},
        {"\"verb\":\"resolve\",\"step\":\"queue\",\"as\":\"done\"", SAGA_RESOLVE_DONE, "queue",
         "resolve_done"},
        {"\"verb\":\"resolve\",\"step\":\"queue\",\"as\":\"rejected\"", SAGA_RESOLVE_REJECTED,
         "queue", "resolve_rejected"},
        {"\"verb\":\"skip\",\"step\":\"queue\"", SAGA_SKIP, "queue", "skip"},
        {"\"verb\":\"waive\",\"step\":\"queue\"", SAGA_WAIVE, "queue", "waive"},
        {"\"verb\":\"terminate\"", SAGA_TERMINATE, "", "terminate"},
    };
    struct world *world = *state;
    char body[256];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(body, sizeof(body), "{%s,\"reason\":\"because\"}", cases[i].members);
        struct request *request = acted(world, body);
        assert_int_equal(request->verb, cases[i].verb);
        assert_string_equal(request->step, cases[i].step);
        assert_string_equal(request->reason, "because");
        assert_string_equal(request->actor, "operator");
        assert_string_equal(request->tenant, "");
        assert_false(request->force);
        assert_false(request->for_want_of_service);
        finish(world, request, cases[i].attempted);
    }
}

static void who_acts_is_the_key_and_what_it_adds(void **state)
{
    struct world *world = *state;
    struct request *request =
        acted(world, "{\"verb\":\"cancel\",\"reason\":\"r\",\"actor\":\"ann\"}");

    assert_string_equal(request->actor, "operator/ann");
    finish(world, request, "cancel");
}

static void a_resolved_step_takes_its_output(void **state)
{
    struct world *world = *state;
    struct request *request =
        acted(world, "{\"verb\":\"resolve\",\"step\":\"queue\",\"as\":\"done\",\"reason\":\"r\","
                     "\"output\":{\"b\":1,\"a\":2}}");

    assert_int_equal(request->output.size, 13);
    assert_memory_equal(request->output.data, "{\"a\":2,\"b\":1}", 13);
    finish(world, request, "resolve_done");
}

static void a_rejection_can_be_forced(void **state)
{
    struct world *world = *state;
    struct request *request =
        acted(world, "{\"verb\":\"resolve\",\"step\":\"queue\",\"as\":\"rejected\","
                     "\"reason\":\"r\",\"force\":true}");

    assert_true(request->force);
    finish(world, request, "resolve_rejected");
}

static void a_refused_verb_says_why_and_what_is_allowed(void **state)
{
    struct world *world = *state;
    struct request *request = acted(world, "{\"verb\":\"cancel\",\"reason\":\"r\"}");

    fake_answer(request,
                (struct answer){.status = ANSWER_REFUSED,
                                .refusal = {.reason = SAGA_REFUSED_PIVOT_DONE,
                                            .allowed = 1u << SAGA_PAUSE | 1u << SAGA_RESOLVE_DONE |
                                                       1u << SAGA_RESOLVE_REJECTED},
                                .snapshot = fake_snapshot()});
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "allowed"), "[\"pause\",\"resolve\"]");
    assert_string_equal(response_text(&response, "saga_id"), fake_id());
    assert_true(strlen(response_text(&response, "detail")) > 10);
    expect_text(&response, 409, "code", "not_allowed_now");
}

static void an_action_can_be_for_one_version_alone(void **state)
{
    struct world *world = *state;
    static const char body[] = "{\"verb\":\"cancel\",\"reason\":\"r\"}";

    world_ask(world, "POST", actions_path(), AS_OPERATOR JSON "If-Match: \"7.0a\"\r\n", body);
    struct request *request = fake_take(world->inbox, REQUEST_VERB);
    assert_int_equal(request->only_sequence, 7);
    assert_string_equal(request->credential, "operator");
    assert_string_equal(request->role, "operator");
    fake_answer(request,
                (struct answer){.status = ANSWER_CHANGED, .snapshot = fake_snapshot()});
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "saga_id"), fake_id());
    expect_text(&response, 412, "code", "precondition_failed");
    response = world_call(world, "POST", actions_path(),
                          AS_OPERATOR JSON "If-Match: \"7.0a\", \"8.0a\"\r\n", body);
    expect_text(&response, 400, "code", "invalid");
}

static void wrong_actions_point_at_what_is_wrong(void **state)
{
    static const struct {
        const char *body, *pointer;
    } cases[] = {
        {"{\"reason\":\"r\"}", "/verb"},
        {"{\"verb\":\"cancel\"}", "/reason"},
        {"{\"verb\":\"cancel\",\"reason\":\"\"}", "/reason"},
        {"{\"verb\":\"explode\",\"reason\":\"r\"}", "/verb"},
        {"{\"verb\":\"cancel\",\"reason\":\"r\",\"as\":\"done\"}", "/as"},
        {"{\"verb\":\"resolve\",\"reason\":\"r\",\"step\":\"x\"}", "/as"},
        {"{\"verb\":\"resolve\",\"reason\":\"r\",\"step\":\"x\",\"as\":\"maybe\"}", "/as"},
        {"{\"verb\":\"resolve\",\"reason\":\"r\",\"as\":\"done\"}", "/step"},
        {"{\"verb\":\"skip\",\"reason\":\"r\"}", "/step"},
        {"{\"verb\":\"cancel\",\"reason\":\"r\",\"step\":\"x\"}", "/step"},
        {"{\"verb\":\"cancel\",\"reason\":\"r\",\"force\":true}", "/force"},
        {"{\"verb\":\"cancel\",\"reason\":\"r\",\"force\":1}", "/force"},
        {"{\"verb\":\"skip\",\"step\":\"x\",\"reason\":\"r\",\"output\":1}", "/output"},
        {"{\"verb\":\"cancel\",\"reason\":\"r\",\"because\":\"x\"}", "/because"},
        {"{\"verb\":\"cancel\",\"reason\":\"r\",\"actor\":"
         "\"012345678901234567890123456789012345678901234567890123456789\"}",
         "/actor"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct response response =
            world_call(world, "POST", actions_path(), AS_OPERATOR JSON, cases[i].body);
        assert_string_equal(response_text(&response, "code"), "invalid");
        expect_text(&response, 400, "errors.0.pointer", cases[i].pointer);
        assert_true(fake_is_idle(world->inbox));
    }
}

static void an_output_is_bounded(void **state)
{
    struct world *world = *state;
    char *body = malloc(SAGA_OUTPUT_MAX + 256);

    assert_non_null(body);
    snprintf(body, SAGA_OUTPUT_MAX + 256,
             "{\"verb\":\"resolve\",\"step\":\"x\",\"as\":\"done\",\"reason\":\"r\","
             "\"output\":\"%0*d\"}",
             (int)SAGA_OUTPUT_MAX - 1, 0);
    struct response response = world_call(world, "POST", actions_path(), AS_OPERATOR JSON, body);
    expect_text(&response, 400, "errors.0.pointer", "/output");
    free(body);
}

static void only_operators_act(void **state)
{
    static const char *const headers[] = {AS_VIEWER, AS_SUBMITTER, AS_AC1};
    struct world *world = *state;
    static const char body[] = "{\"verb\":\"cancel\",\"reason\":\"r\"}";

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        struct response response = world_call(world, "POST", actions_path(), headers[i], body);
        expect_text(&response, 403, "code", "forbidden");
    }
    struct response response = world_call(world, "POST", actions_path(), "", body);
    expect_text(&response, 401, "code", "unauthenticated");
    response = world_call(world, "POST", actions_path(), AS_ADMIN FORM, body);
    expect_text(&response, 415, "code", "unsupported_media_type");
    response = world_call(world, "POST", "/v1/sagas/saga_1/actions", AS_ADMIN JSON, body);
    expect_text(&response, 404, "code", "not_found");
    response = world_call(world, "POST", actions_path(), AS_ADMIN JSON, "{");
    expect_text(&response, 400, "code", "malformed");
}

static void an_action_without_an_answer_is_unknown(void **state)
{
    struct world *world = world_open(&(struct gateway_options){.answer_grace_ms = 20});
    static const char body[] = "{\"verb\":\"cancel\",\"reason\":\"r\"}";
    struct request *request = acted(world, body);
    struct response response = peer_read(&world->peer);

    (void)state;
    assert_string_equal(response_text(&response, "saga_id"), fake_id());
    expect_text(&response, 504, "code", "unknown_outcome");
    fake_answer_snapshot(request, ANSWER_OK, false, fake_snapshot());
    fake_answer_plainly(acted(world, body), ANSWER_FAULT);
    response = peer_read(&world->peer);
    expect_text(&response, 504, "code", "unknown_outcome");
    fake_answer_plainly(acted(world, body), ANSWER_NOT_FOUND);
    response = peer_read(&world->peer);
    expect_text(&response, 404, "code", "not_found");
    world_close(world);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(every_verb_is_passed_on),
        CASE(who_acts_is_the_key_and_what_it_adds),
        CASE(a_resolved_step_takes_its_output),
        CASE(a_rejection_can_be_forced),
        CASE(a_refused_verb_says_why_and_what_is_allowed),
        CASE(an_action_can_be_for_one_version_alone),
        CASE(wrong_actions_point_at_what_is_wrong),
        CASE(an_output_is_bounded),
        CASE(only_operators_act),
        cmocka_unit_test(an_action_without_an_answer_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
