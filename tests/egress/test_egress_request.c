/*
 * A call as HTTP: address, head and body, to the byte.
 */
#include "egress/egress_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TRACE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static const struct egress_endpoint parcel = {.name = "parcel",
                                              .url = "https://parcel.example/saga",
                                              .limit = 1};

static const struct wire_output outputs[] = {
    {.step = "check", .output = {.data = (const uint8_t *)"{\"n\":1.50}", .size = 10}},
    {.step = "quiet", .output = {.data = NULL, .size = 0}},
};

static struct wire_call call_of(enum saga_direction direction)
{
    return (struct wire_call){
        .operation_id = "saga_1/book/do.0",
        .saga = "saga_1",
        .sid = "SM1",
        .definition = "ship",
        .step = "book",
        .operation = "book",
        .direction = direction,
        .attempt = 2,
        .ms_left = 950,
        .input = bytes_of_text("{\"street\": \"Elm 1\"}"),
        .traceparent = TRACE,
        .tenant = "A\"C",
        .horizon_ms = 604800000,
    };
}

static void expect_header(const struct egress_request *request, const char *line, bool is_there)
{
    const char *at = (const char *)request->headers.data, *end = at + request->headers.size;
    bool found = false;

    for (; at < end; at += strlen(at) + 1)
        found = found || strcmp(at, line) == 0;
    if (found != is_there)
        fail_msg("%s is %s", line, found ? "there" : "missing");
}

static void expect_body(const struct egress_request *request, const char *expected)
{
    if (request->body.size != strlen(expected) ||
        memcmp(request->body.data, expected, request->body.size) != 0)
        fail_msg("%.*s", (int)request->body.size, (const char *)request->body.data);
}

#define START                                                                                     \
    "{\"operation_id\":\"saga_1/book/do.0\",\"saga\":\"saga_1\",\"sid\":\"SM1\","                 \
    "\"definition\":\"ship\",\"step\":\"book\",\"operation\":\"book\","

static void a_do_says_what_is_asked(void **state)
{
    struct egress_request request = {0};
    struct wire_call call = call_of(SAGA_DO);

    (void)state;
    call.outputs = outputs;
    call.output_count = 2;
    assert_int_equal(egress_request_write(&parcel, &call, &request), 0);
    assert_string_equal((const char *)request.url.data, "https://parcel.example/saga/book");
    expect_header(&request, "Content-Type: application/json", true);
    expect_header(&request, "Accept: application/json", true);
    expect_header(&request, "Idempotency-Key: saga_1/book/do.0", true);
    expect_header(&request, "Saga-Attempt: 2", true);
    expect_header(&request, "Saga-Ms-Left: 950", true);
    expect_header(&request, "traceparent: " TRACE, true);
    expect_header(&request, "Authorization: ", false);
    expect_body(&request, START "\"direction\":\"do\",\"tenant\":\"A\\\"C\","
                                "\"horizon_ms\":604800000,\"input\":{\"street\": \"Elm 1\"},"
                                "\"outputs\":{\"check\":{\"n\":1.50},\"quiet\":null}}");
    egress_request_fini(&request);
}

static void an_undo_says_what_its_do_answered(void **state)
{
    struct egress_request known = {0}, unknown = {0};
    struct wire_call call = call_of(SAGA_UNDO);

    (void)state;
    call.input = bytes_of(NULL, 0);
    assert_int_equal(egress_request_write(&parcel, &call, &unknown), 0);
    expect_body(&unknown, START "\"direction\":\"undo\",\"tenant\":\"A\\\"C\","
                                "\"horizon_ms\":604800000,\"input\":null,\"outputs\":{},"
                                "\"outcome_known\":false,\"own_output\":null}");
    call.outcome_known = true;
    call.own_output = bytes_of_text("[7]");
    assert_int_equal(egress_request_write(&parcel, &call, &known), 0);
    expect_body(&known, START "\"direction\":\"undo\",\"tenant\":\"A\\\"C\","
                              "\"horizon_ms\":604800000,\"input\":null,\"outputs\":{},"
                              "\"outcome_known\":true,\"own_output\":[7]}");
    egress_request_fini(&known);
    egress_request_fini(&unknown);
}

static void a_fence_never_goes_where_the_work_is_done(void **state)
{
    struct egress_request request = {0};
    struct wire_call call = call_of(SAGA_FENCE);

    (void)state;
    assert_int_equal(egress_request_write(&parcel, &call, &request), 0);
    assert_string_equal((const char *)request.url.data, "https://parcel.example/saga/book/fence");
    egress_request_fini(&request);
}

static void every_attempt_has_the_same_body(void **state)
{
    struct egress_request first = {0}, second = {0};
    struct wire_call call = call_of(SAGA_DO);

    (void)state;
    assert_int_equal(egress_request_write(&parcel, &call, &first), 0);
    call.attempt = 3;
    call.ms_left = 1;
    assert_int_equal(egress_request_write(&parcel, &call, &second), 0);
    assert_true(bytes_equal(bytes_of(first.body.data, first.body.size),
                            bytes_of(second.body.data, second.body.size)));
    expect_header(&second, "Saga-Attempt: 3", true);
    egress_request_fini(&first);
    egress_request_fini(&second);
}

static void what_is_no_json_cannot_be_asked(void **state)
{
    static const struct wire_output odd = {.step = "check",
                                           .output = {(const uint8_t *)"{}x", 3}};
    struct egress_request input = {0}, output = {0}, own = {0};
    struct wire_call call = call_of(SAGA_DO);

    (void)state;
    call.input = bytes_of_text("To=%2B1555");
    assert_int_equal(egress_request_write(&parcel, &call, &input), EGRESS_NOT_JSON);
    call = call_of(SAGA_DO);
    call.outputs = &odd;
    call.output_count = 1;
    assert_int_equal(egress_request_write(&parcel, &call, &output), EGRESS_NOT_JSON);
    call = call_of(SAGA_UNDO);
    call.own_output = bytes_of_text("\xff");
    assert_int_equal(egress_request_write(&parcel, &call, &own), EGRESS_NOT_JSON);
    egress_request_fini(&input);
    egress_request_fini(&output);
    egress_request_fini(&own);
}

static void a_trace_that_is_none_is_left_out(void **state)
{
    static const char *const odd[] = {"", "00-short", TRACE "\r\nX: y",
                                      "zz-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct egress_request request = {0};
        struct wire_call call = call_of(SAGA_DO);
        call.traceparent = odd[i];
        assert_int_equal(egress_request_write(&parcel, &call, &request), 0);
        const char *at = (const char *)request.headers.data, *end = at + request.headers.size;
        for (; at < end; at += strlen(at) + 1)
            assert_int_not_equal(strncmp(at, "traceparent", 11), 0);
        egress_request_fini(&request);
    }
}

static void the_service_is_shown_who_asks(void **state)
{
    struct egress_request request = {0};
    struct egress_endpoint endpoint = parcel;
    struct wire_call call = call_of(SAGA_DO);

    (void)state;
    strcpy(endpoint.authorization, "Bearer swordfish");
    assert_int_equal(egress_request_write(&endpoint, &call, &request), 0);
    expect_header(&request, "Authorization: Bearer swordfish", true);
    egress_request_fini(&request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_do_says_what_is_asked),
        cmocka_unit_test(an_undo_says_what_its_do_answered),
        cmocka_unit_test(a_fence_never_goes_where_the_work_is_done),
        cmocka_unit_test(every_attempt_has_the_same_body),
        cmocka_unit_test(what_is_no_json_cannot_be_asked),
        cmocka_unit_test(a_trace_that_is_none_is_left_out),
        cmocka_unit_test(the_service_is_shown_who_asks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
