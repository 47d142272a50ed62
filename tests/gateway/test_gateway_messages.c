/*
 * A new message: every field of the answer, every error, and what becomes of it.
 */
#include "gateway/post.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a message that goes through ---- */

static void a_queued_message_is_created_with_every_field(void **state)
{
    struct world *world = *state;
    struct request *request = posted(world, "", GOOD);

    assert_string_equal(request->definition, "send_message");
    assert_string_equal(request->tenant, "AC1");
    assert_int_equal(request->wait, WAIT_DECIDED);
    assert_int_equal(request->wait_ms, 400);
    fake_answer_snapshot(request, ANSWER_OK, false, queued(request));

    struct response response = peer_read(&world->peer);
    json_t *expected = json_pack(
        "{s:s, s:s, s:s, s:s, s:n, s:s, s:s, s:n, s:n, s:s, s:n, s:s, s:s, s:n, s:s, s:s, s:s,"
        " s:{s:s++}, s:s, s:s++}",
        "account_sid", "AC1", "api_version", "2010-04-01", "body", "Hi", "date_created",
        "Thu, 30 Jul 2015 20:12:31 +0000", "date_sent", "date_updated",
        "Thu, 30 Jul 2015 20:12:33 +0000", "direction", "outbound-api", "error_code",
        "error_message", "from", "+15005550006", "messaging_service_sid", "num_media", "0",
        "num_segments", "1", "price", "price_unit", "USD", "sid", fake_sid(), "status", "queued",
        "subresource_uris", "media", "/2010-04-01/Accounts/AC1/Messages/", fake_sid(),
        "/Media.json", "to", "+15005550010", "uri", "/2010-04-01/Accounts/AC1/Messages/",
        fake_sid(), ".json");
    assert_non_null(expected);
    assert_int_equal(response.status, 201);
    assert_true(json_equal(response.json, expected));
    assert_string_equal(response_header(&response, "Content-Type"), "application/json");
    json_decref(expected);
    response_fini(&response);
}

static void the_trace_that_a_message_is_part_of_is_handed_on(void **state)
{
    static const char trace[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    struct world *world = *state;
    char header[128];

    snprintf(header, sizeof(header), "traceparent: %s\r\n", trace);
    struct request *request = posted(world, header, GOOD);
    assert_string_equal(request->traceparent, trace);
    fake_answer_snapshot(request, ANSWER_OK, false, queued(request));
    struct response response = peer_read(&world->peer);
    expect_text(&response, 201, "status", "queued");
}

static void the_input_is_canonical_and_holds_no_secret(void **state)
{
    struct world *world = *state;
    struct request *request =
        posted(world, "",
               "Body=A%20b+c&StatusCallback=https%3A%2F%2Fx.example%2Fs&Ignored=1"
               "&To=%2B15005550010&MessagingServiceSid=MG1&ValidityPeriod=60"
               "&MediaUrl=https%3A%2F%2Fx.example%2Fa&MediaUrl=http%3A%2F%2Fy.example");
    char *input = strndup((const char *)request->input.data, request->input.size);

    assert_string_equal(
        input, "{\"account_sid\":\"AC1\",\"body\":\"A b c\",\"media_url\":[\"https://x.example/a\","
               "\"http://y.example\"],\"messaging_service_sid\":\"MG1\",\"status_callback\":"
               "\"https://x.example/s\",\"to\":\"+15005550010\",\"validity_period\":60}");
    free(input);
    fake_answer_snapshot(request, ANSWER_OK, false, queued(request));
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "num_media"), "2");
    assert_string_equal(response_text(&response, "from"), "null");
    expect_text(&response, 201, "messaging_service_sid", "MG1");
}

static void the_key_is_passed_on_bare_or_quoted(void **state)
{
    struct world *world = *state;
    struct request *request = posted(world, "Idempotency-Key: \"a-key\"\r\n", GOOD);

    assert_string_equal(request->key, "a-key");
    fake_answer_snapshot(request, ANSWER_OK, false, queued(request));
    struct response response = peer_read(&world->peer);
    assert_null(response_header(&response, "Idempotent-Replayed"));
    expect_text(&response, 201, "sid", fake_sid());
}

static void a_replay_says_so_and_gives_the_same_sid(void **state)
{
    struct world *world = *state;
    struct request *request = posted(world, "Idempotency-Key: a\r\n", GOOD);

    fake_answer_snapshot(request, ANSWER_REPLAYED, false, queued(request));
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_header(&response, "Idempotent-Replayed"), "true");
    expect_text(&response, 201, "sid", fake_sid());
}

static void a_replay_of_a_refused_message_gives_the_same_error(void **state)
{
    struct world *world = *state;
    struct request *request = posted(world, "Idempotency-Key: a\r\n", GOOD);
    struct snapshot *snapshot = refused(request, "21610", "The recipient has opted out.");

    snapshot->phase = SAGA_COMPENSATED;
    fake_answer_snapshot(request, ANSWER_REPLAYED, false, snapshot);
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_header(&response, "Idempotent-Replayed"), "true");
    assert_string_equal(response_text(&response, "message"), "The recipient has opted out.");
    assert_string_equal(response_text(&response, "sid"), fake_sid());
    expect_text(&response, 400, "code", "21610");
}

static void another_request_with_the_key_is_a_conflict_that_names_the_original(void **state)
{
    struct world *world = *state;
    struct request *request = posted(world, "Idempotency-Key: a\r\n", GOOD);

    fake_answer_snapshot(request, ANSWER_CONFLICT, false, fake_snapshot());
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "sid"), fake_sid());
    expect_text(&response, 422, "code", "20422");
}

/* ---- refusals of the services ---- */

static void each_code_has_its_status(void **state)
{
    static const struct {
        const char *code;
        unsigned status;
    } codes[] = {
        {"20003", 401}, {"20430", 429}, {"21211", 400}, {"21212", 400},
        {"21606", 400}, {"21610", 400}, {"21611", 429}, {"21612", 400},
        {"21614", 400}, {"21621", 402}, {"30001", 429}, {"21999", 400},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        struct request *request = posted(world, "", GOOD);
        fake_answer_snapshot(request, ANSWER_OK, false, refused(request, codes[i].code, "No."));
        struct response response = peer_read(&world->peer);
        assert_string_equal(response_text(&response, "message"), "No.");
        assert_string_equal(response_text(&response, "sid"), fake_sid());
        expect_text(&response, codes[i].status, "code", codes[i].code);
    }
}

static void what_is_no_number_is_a_failure_of_ours(void **state)
{
    struct world *world = *state;
    struct request *request = posted(world, "", GOOD);
    struct snapshot *snapshot = refused(request, "unavailable", "connection refused");

    snapshot->turn_reason = SAGA_TURN_EXHAUSTED;
    fake_answer_snapshot(request, ANSWER_OK, false, snapshot);
    expect_code(world, 500, "20500");
}

static void a_full_queue_asks_to_retry_later(void **state)
{
    struct world *world = *state;
    struct request *request = posted(world, "", GOOD);

    fake_answer_snapshot(request, ANSWER_OK, false, refused(request, "21611", ""));
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_header(&response, "Retry-After"), "1");
    expect_text(&response, 429, "message", "The queue of the 'From' number is full.");
}

static void a_text_that_is_not_utf_8_is_repaired(void **state)
{
    struct world *world = *state;
    struct request *request = posted(world, "", GOOD);

    fake_answer_snapshot(request, ANSWER_OK, false, refused(request, "21211", "bad \xff text"));
    struct response response = peer_read(&world->peer);
    expect_text(&response, 400, "message", "bad ? text");
}

static void a_message_that_an_operator_cancelled_is_canceled(void **state)
{
    struct world *world = *state;
    struct request *request = posted(world, "", GOOD);
    struct snapshot *snapshot = turned_for_service(request);

    snapshot->turned_for_service = false;
    fake_answer_snapshot(request, ANSWER_OK, false, snapshot);
    struct response response = peer_read(&world->peer);
    expect_text(&response, 201, "status", "canceled");
}

/* ---- nothing was started ---- */

static void wrong_forms_have_their_codes(void **state)
{
    static const struct {
        const char *form;
        unsigned status;
        const char *code;
    } forms[] = {
        {"From=%2B1&Body=Hi", 400, "21604"},
        {"To=&From=%2B1&Body=Hi", 400, "21604"},
        {"To=%2B1&Body=Hi", 400, "21603"},
        {"To=%2B1&From=%2B1", 400, "21602"},
        {"To=%2B1&From=%2B1&Body=Hi&MediaUrl=ftp%3A%2F%2Fx", 400, "21620"},
        {"To=%2B1&From=%2B1&Body=Hi&StatusCallback=x", 400, "21609"},
        {"To=%2B1&To=%2B2&From=%2B1&Body=Hi", 400, "20400"},
        {"To=%2B1&From=%2B1&Body=Hi&ValidityPeriod=0", 400, "20400"},
        {"To=%2B1&From=%2B1&Body=%ff", 400, "20400"},
        {"To=%2B1&From=%2B1&Body=%4", 400, "20400"},
        {"{\"To\":1}", 400, "20400"},
        {"", 400, "21604"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        post(world, "", forms[i].form);
        struct response response = peer_read(&world->peer);
        assert_string_equal(response_text(&response, "sid"), "(absent)");
        expect_text(&response, forms[i].status, "code", forms[i].code);
        assert_true(fake_is_idle(world->inbox));
    }
}

static void a_body_of_1600_characters_is_the_longest(void **state)
{
    struct world *world = *state;
    char form[8192];
    size_t length = (size_t)snprintf(form, sizeof(form), "To=%%2B1&From=%%2B1&Body=");

    /* Each is one character of two bytes. */
    for (unsigned i = 0; i < 1600; i++)
        length += (size_t)snprintf(form + length, sizeof(form) - length, "%%C3");
    for (unsigned i = 0; i < 1600; i++)
        memcpy(form + strlen("To=%2B1&From=%2B1&Body=") + i * 3, "%41", 3);
    struct request *request = posted(world, "", form);
    fake_answer_snapshot(request, ANSWER_OK, false, queued(request));
    struct response response = peer_read(&world->peer);
    expect_text(&response, 201, "num_segments", "11");
    snprintf(form + length, sizeof(form) - length, "%%C3%%A9");
    post(world, "", form);
    expect_code(world, 400, "21617");
}

static void wrong_credentials_are_all_the_same_error(void **state)
{
    static const char *const headers[] = {
        "",
        "Authorization: Basic QUMxOndyb25n\r\n",     /* AC1:wrong */
        "Authorization: Basic QUM5OnNlY3JldDE=\r\n", /* AC9:secret1 */
        "Authorization: Basic !!!\r\n",
        "Authorization: Basic QUMx\r\n", /* AC1, no colon */
        "Authorization: Digest x\r\n",
        AS_AC2,
        AS_ADMIN,
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        world_ask(world, "POST", CREATE, headers[i], GOOD);
        struct response response = peer_read(&world->peer);
        assert_string_equal(response_header(&response, "WWW-Authenticate"),
                            "Basic realm=\"sagad\"");
        expect_text(&response, 401, "code", "20003");
        assert_true(fake_is_idle(world->inbox));
    }
}

static void malformed_keys_are_refused(void **state)
{
    static const char *const keys[] = {"Idempotency-Key: a b\r\n", "Idempotency-Key: \"a\r\n",
                                       "Idempotency-Key: \"\"\r\n",
                                       "Idempotency-Key: \xc3\xa9\r\n",
                                       "Idempotency-Key: a\r\nIdempotency-Key: b\r\n"};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        post(world, keys[i], GOOD);
        expect_code(world, 400, "20400");
    }
}

static void json_is_not_a_form(void **state)
{
    struct world *world = *state;

    world_ask(world, "POST", CREATE, AS_AC1 JSON, "{}");
    expect_code(world, 415, "20415");
}

static void refusals_of_the_engine_are_passed_on(void **state)
{
    static const struct {
        enum answer_status answer;
        unsigned status;
        const char *code;
    } refusals[] = {
        {ANSWER_SHED, 429, "20429"},
        {ANSWER_FULL, 507, "20507"},
        {ANSWER_TOO_LARGE, 413, "20413"},
        {ANSWER_NO_DEFINITION, 404, "20404"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        fake_answer_plainly(posted(world, "", GOOD), refusals[i].answer);
        struct response response = peer_read(&world->peer);
        assert_string_equal(response_text(&response, "sid"), "(absent)");
        expect_text(&response, refusals[i].status, "code", refusals[i].code);
    }
}

static void a_full_inbox_is_answered_at_once(void **state)
{
    struct world *world = *state;

    fake_refuse(world->inbox, true);
    post(world, "", GOOD);
    expect_code(world, 429, "20429");
}

static void a_stopping_server_starts_nothing(void **state)
{
    struct world *world = *state;

    gateway_set_stopping(world->gateway);
    post(world, "", GOOD);
    expect_code(world, 503, "20503");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_queued_message_is_created_with_every_field),
        CASE(the_trace_that_a_message_is_part_of_is_handed_on),
        CASE(the_input_is_canonical_and_holds_no_secret),
        CASE(the_key_is_passed_on_bare_or_quoted),
        CASE(a_replay_says_so_and_gives_the_same_sid),
        CASE(a_replay_of_a_refused_message_gives_the_same_error),
        CASE(another_request_with_the_key_is_a_conflict_that_names_the_original),
        CASE(each_code_has_its_status),
        CASE(what_is_no_number_is_a_failure_of_ours),
        CASE(a_full_queue_asks_to_retry_later),
        CASE(a_text_that_is_not_utf_8_is_repaired),
        CASE(a_message_that_an_operator_cancelled_is_canceled),
        CASE(wrong_forms_have_their_codes),
        CASE(a_body_of_1600_characters_is_the_longest),
        CASE(wrong_credentials_are_all_the_same_error),
        CASE(malformed_keys_are_refused),
        CASE(json_is_not_a_form),
        CASE(refusals_of_the_engine_are_passed_on),
        CASE(a_full_inbox_is_answered_at_once),
        CASE(a_stopping_server_starts_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
