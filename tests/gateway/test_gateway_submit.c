/*
 * POST /v1/sagas: starting sagas.
 */
#include "gateway/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SAGAS "/v1/sagas"
#define GOOD "{\"definition\":\"send_message\",\"input\":{\"to\":\"+1\"},\"account\":\"AC1\"}"

static struct request *submitted(struct world *world, const char *headers, const char *body)
{
    world_ask(world, "POST", SAGAS, headers, body);
    return fake_take(world->inbox, REQUEST_SUBMIT);
}

static void expect_input(const struct request *request, const char *input)
{
    assert_int_equal(request->input.size, strlen(input));
    assert_memory_equal(request->input.data, input, strlen(input));
}

/* Answer it with a fresh saga and end it. */
static void finish(struct world *world, struct request *request)
{
    fake_answer_snapshot(request, ANSWER_OK, false, fake_snapshot_for(request));
    struct response response = peer_read(&world->peer);
    expect_text(&response, 202, "id", fake_id());
}

static void a_saga_is_started_and_its_place_is_named(void **state)
{
    struct world *world = *state;
    struct request *request = submitted(world, AS_OPERATOR JSON, GOOD);

    assert_string_equal(request->tenant, "AC1");
    assert_string_equal(request->definition, "send_message");
    assert_string_equal(request->key, "");
    assert_int_equal(request->wait, WAIT_NOTHING);
    expect_input(request, "{\"account_sid\":\"AC1\",\"to\":\"+1\"}");
    fake_answer_snapshot(request, ANSWER_OK, false, fake_snapshot_for(request));
    struct response response = peer_read(&world->peer);
    char place[64];
    snprintf(place, sizeof(place), "%s/%s", SAGAS, fake_id());
    assert_string_equal(response_header(&response, "Location"), place);
    assert_null(response_header(&response, "Preference-Applied"));
    assert_string_equal(response_text(&response, "phase"), "running");
    expect_text(&response, 202, "id", fake_id());
}

static void a_preferred_wait_is_applied(void **state)
{
    struct world *world = *state;
    struct request *request = submitted(world, AS_OPERATOR JSON "Prefer: wait=20\r\n", GOOD);

    assert_int_equal(request->wait, WAIT_FINISHED);
    assert_int_equal(request->wait_ms, 20000);
    struct snapshot *finished = fake_snapshot_for(request);
    finished->phase = SAGA_COMPLETED;
    fake_answer_snapshot(request, ANSWER_OK, false, finished);
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_header(&response, "Preference-Applied"), "wait=20");
    expect_text(&response, 200, "phase", "completed");

    request = submitted(world, AS_OPERATOR JSON "Prefer: wait=1\r\n", GOOD);
    fake_answer_snapshot(request, ANSWER_OK, true, fake_snapshot_for(request));
    response = peer_read(&world->peer);
    expect_text(&response, 202, "phase", "running");
}

#define TRACE_REST "-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
#define TRACE "00" TRACE_REST

static void a_trace_is_handed_on_and_what_is_none_is_ignored(void **state)
{
    static const struct {
        const char *headers, *traceparent;
    } cases[] = {
        {"traceparent: " TRACE "\r\n", TRACE},
        {"Traceparent: cc" TRACE_REST "-more\r\n", TRACE},
        {"", ""},
        {"traceparent: " TRACE "-more\r\n", ""},
        {"traceparent: none\r\n", ""},
        {"traceparent: " TRACE "\r\ntraceparent: " TRACE "\r\n", ""},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char headers[512];
        snprintf(headers, sizeof(headers), AS_OPERATOR JSON "%s", cases[i].headers);
        struct request *request = submitted(world, headers, GOOD);
        assert_string_equal(request->traceparent, cases[i].traceparent);
        finish(world, request);
    }
}

static void a_saga_that_turned_back_is_no_error_here(void **state)
{
    struct world *world = *state;
    struct request *request = submitted(world, AS_OPERATOR JSON "Prefer: wait=20\r\n", GOOD);
    struct snapshot *snapshot = fake_snapshot_for(request);

    snapshot->phase = SAGA_COMPENSATED;
    snapshot->turn_reason = SAGA_TURN_REJECTED;
    snprintf(snapshot->turn_step, sizeof(snapshot->turn_step), "queue");
    snprintf(snapshot->code, sizeof(snapshot->code), "21611");
    fake_answer_snapshot(request, ANSWER_OK, false, snapshot);
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "turn.reason"), "rejected");
    assert_string_equal(response_text(&response, "turn.step"), "queue");
    assert_string_equal(response_text(&response, "code"), "21611");
    expect_text(&response, 200, "phase", "compensated");
}

static void a_replay_says_so(void **state)
{
    struct world *world = *state;
    struct request *request = submitted(world, AS_OPERATOR JSON "Idempotency-Key: k\r\n", GOOD);

    assert_string_equal(request->key, "k");
    fake_answer_snapshot(request, ANSWER_REPLAYED, false, fake_snapshot_for(request));
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_header(&response, "Idempotent-Replayed"), "true");
    expect_text(&response, 202, "id", fake_id());
}

static void a_conflict_names_the_original(void **state)
{
    struct world *world = *state;
    struct request *request = submitted(world, AS_OPERATOR JSON "Idempotency-Key: k\r\n", GOOD);

    fake_answer_snapshot(request, ANSWER_CONFLICT, false, fake_snapshot());
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "saga_id"), fake_id());
    expect_text(&response, 422, "code", "idempotency_conflict");
}

static void an_account_starts_sagas_for_itself_with_a_key(void **state)
{
    struct world *world = *state;
    static const char bare[] = "{\"definition\":\"other\",\"input\":{\"b\":1,\"a\":2}}";
    struct request *request = submitted(world, AS_AC2 JSON "Idempotency-Key: k\r\n", bare);

    assert_string_equal(request->tenant, "AC2");
    expect_input(request, "{\"a\":2,\"b\":1}");
    finish(world, request);

    struct response response = world_call(world, "POST", SAGAS, AS_AC2 JSON, bare);
    expect_text(&response, 400, "code", "idempotency_key_required");
    response = world_call(world, "POST", SAGAS, AS_AC2 JSON "Idempotency-Key: k\r\n", GOOD);
    expect_text(&response, 403, "code", "forbidden");
    response = world_call(world, "POST", SAGAS, AS_AC2 JSON "Idempotency-Key: k\r\n",
                          "{\"definition\":\"x\",\"input\":{\"account_sid\":\"AC1\"}}");
    expect_text(&response, 403, "code", "forbidden");
}

static void an_operator_starts_sagas_for_the_account_that_is_named(void **state)
{
    struct world *world = *state;
    struct request *request = submitted(
        world, AS_SUBMITTER JSON, "{\"definition\":\"x\",\"input\":{\"account_sid\":\"AC2\"}}");

    assert_string_equal(request->tenant, "AC2");
    finish(world, request);
}

static void with_one_account_there_is_nothing_to_choose(void **state)
{
    struct accounts *accounts;
    struct accounts_digest digest;

    (void)state;
    assert_int_equal(accounts_open(&accounts), 0);
    accounts_hash(bytes_of_text("admin"), &digest);
    assert_int_equal(accounts_add_account(accounts, "AC7", &digest), 0);
    assert_int_equal(accounts_add_operator(accounts, "ann", &digest, OPERATOR_ADMIN), 0);
    struct world *world = world_open(&(struct gateway_options){.accounts = accounts});
    struct request *request = submitted(world, AS_ADMIN JSON, "{\"definition\":\"send_message\"}");
    assert_string_equal(request->tenant, "AC7");
    expect_input(request, "{\"account_sid\":\"AC7\"}");
    finish(world, request);
    world_close(world);
    accounts_close(accounts);
}

static void wrong_submits_point_at_what_is_wrong(void **state)
{
    static const struct {
        const char *body, *code, *pointer;
    } cases[] = {
        {"", "malformed", "(absent)"},
        {"[]", "malformed", "(absent)"},
        {"{\"definition\":\"x\",\"definition\":\"y\"}", "malformed", "(absent)"},
        {"{}", "invalid", "/definition"},
        {"{\"definition\":7}", "invalid", "/definition"},
        {"{\"definition\":\"x\",\"inputs\":{}}", "invalid", "/inputs"},
        {"{\"definition\":\"x\",\"input\":[]}", "invalid", "/input"},
        {"{\"definition\":\"x\",\"account\":\"\"}", "invalid", "/account"},
        {"{\"definition\":\"x\"}", "invalid", "/account"},
        {"{\"definition\":\"x\",\"account\":\"AC9\"}", "invalid", "/account"},
        {"{\"definition\":\"x\",\"input\":{\"account_sid\":\"AC9\"}}", "invalid",
         "/input/account_sid"},
        {"{\"definition\":\"x\",\"account\":\"AC1\",\"input\":{\"account_sid\":\"AC2\"}}",
         "invalid", "/input/account_sid"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct response response =
            world_call(world, "POST", SAGAS, AS_OPERATOR JSON, cases[i].body);
        assert_string_equal(response_text(&response, "errors.0.pointer"), cases[i].pointer);
        expect_text(&response, 400, "code", cases[i].code);
        assert_true(fake_is_idle(world->inbox));
    }
}

static void a_parameter_or_an_encoding_is_refused(void **state)
{
    struct world *world = *state;
    struct response response =
        world_call(world, "POST", SAGAS "?dry_run=1", AS_OPERATOR JSON, GOOD);

    expect_text(&response, 400, "errors.0.pointer", "/dry_run");
    response =
        world_call(world, "POST", SAGAS, AS_OPERATOR JSON "Content-Encoding: gzip\r\n", GOOD);
    assert_string_equal(response_header(&response, "Accept-Encoding"), "identity");
    expect_text(&response, 415, "code", "unsupported_media_type");
    assert_true(fake_is_idle(world->inbox));
    finish(world, submitted(world, AS_OPERATOR JSON "Content-Encoding: identity\r\n", GOOD));
}

static void an_input_of_64_kib_is_the_largest(void **state)
{
    struct world *world = *state;
    size_t room = SAGA_INPUT_MAX + 256;
    char *body = malloc(room);

    assert_non_null(body);
    /* {"p":"…"} takes eight bytes beside the padding. */
    snprintf(body, room, "{\"definition\":\"x\",\"account\":\"AC1\",\"input\":{\"p\":\"%0*d\"}}",
             (int)SAGA_INPUT_MAX - 8, 0);
    finish(world, submitted(world, AS_OPERATOR JSON, body));
    snprintf(body, room, "{\"definition\":\"x\",\"account\":\"AC1\",\"input\":{\"p\":\"%0*d\"}}",
             (int)SAGA_INPUT_MAX - 7, 0);
    struct response response = world_call(world, "POST", SAGAS, AS_OPERATOR JSON, body);
    expect_text(&response, 413, "code", "too_large");
    free(body);
}

static void only_those_who_may_start_sagas(void **state)
{
    struct world *world = *state;
    struct response response = world_call(world, "POST", SAGAS, AS_VIEWER JSON, GOOD);

    expect_text(&response, 403, "code", "forbidden");
    response = world_call(world, "POST", SAGAS, JSON, GOOD);
    assert_string_equal(response_header(&response, "WWW-Authenticate"),
                        "Basic realm=\"sagad\", Bearer");
    expect_text(&response, 401, "code", "unauthenticated");
    response = world_call(world, "POST", SAGAS, AS_OPERATOR "Content-Type: text/plain\r\n", GOOD);
    expect_text(&response, 415, "code", "unsupported_media_type");
    response = world_call(world, "POST", SAGAS, AS_OPERATOR JSON "Idempotency-Key: a b\r\n", GOOD);
    expect_text(&response, 400, "code", "invalid_idempotency_key");
    gateway_set_stopping(world->gateway);
    response = world_call(world, "POST", SAGAS, AS_OPERATOR JSON, GOOD);
    assert_string_equal(response_text(&response, "retryable"), "true");
    assert_string_equal(response_text(&response, "retry_after_ms"), "1000");
    expect_text(&response, 503, "code", "stopping");
}

static void refusals_of_the_engine_are_problems(void **state)
{
    static const struct {
        enum answer_status answer;
        unsigned status;
        const char *code;
    } refusals[] = {
        {ANSWER_SHED, 429, "overloaded"},
        {ANSWER_FULL, 507, "store_full"},
        {ANSWER_NO_DEFINITION, 404, "unknown_definition"},
        {ANSWER_TOO_LARGE, 413, "too_large"},
        {ANSWER_RELEASING, 503, "releasing"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        fake_answer_plainly(submitted(world, AS_OPERATOR JSON, GOOD), refusals[i].answer);
        struct response response = peer_read(&world->peer);
        assert_string_equal(response_text(&response, "saga_id"), "(absent)");
        expect_text(&response, refusals[i].status, "code", refusals[i].code);
    }
    fake_answer_plainly(submitted(world, AS_OPERATOR JSON, GOOD), ANSWER_FAULT);
    peer_expect_end(&world->peer);
}

static void a_submit_without_an_answer_closes_the_connection(void **state)
{
    struct world *world = world_open(&(struct gateway_options){.answer_grace_ms = 20});
    struct request *request = submitted(world, AS_OPERATOR JSON, GOOD);

    (void)state;
    peer_expect_end(&world->peer);
    fake_answer_snapshot(request, ANSWER_OK, false, fake_snapshot_for(request));
    world_close(world);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_saga_is_started_and_its_place_is_named),
        CASE(a_preferred_wait_is_applied),
        CASE(a_trace_is_handed_on_and_what_is_none_is_ignored),
        CASE(a_saga_that_turned_back_is_no_error_here),
        CASE(a_replay_says_so),
        CASE(a_conflict_names_the_original),
        CASE(an_account_starts_sagas_for_itself_with_a_key),
        CASE(an_operator_starts_sagas_for_the_account_that_is_named),
        cmocka_unit_test(with_one_account_there_is_nothing_to_choose),
        CASE(wrong_submits_point_at_what_is_wrong),
        CASE(a_parameter_or_an_encoding_is_refused),
        CASE(an_input_of_64_kib_is_the_largest),
        CASE(only_those_who_may_start_sagas),
        CASE(refusals_of_the_engine_are_problems),
        cmocka_unit_test(a_submit_without_an_answer_closes_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
