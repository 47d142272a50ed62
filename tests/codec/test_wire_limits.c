/* What does not fit: refused as a whole, or made to fit where one part must not cost a batch. */
#include "base/fault.h"
#include "codec/wire.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static char longer[2 * SAGA_TEXT_SIZE + 1]; /* Filled with x; tests cut it to length. */

static const char *text_of(size_t length)
{
    return longer + sizeof longer - 1 - length;
}

static struct wire_result a_result(void)
{
    return (struct wire_result){.operation_id = "saga_1/queue/do.0",
                                .verdict = SAGA_VERDICT_DONE};
}

static struct wire_request poll_with(struct wire_result *result)
{
    struct wire_request request = {.type = WIRE_POLL};

    request.poll.participant = "messaging";
    request.poll.result_count = 1;
    request.poll.results = result;
    return request;
}

static int try_request(const struct wire_request *request, struct wire_request *ret_decoded)
{
    struct buffer body = {0};
    struct wire_request decoded;

    assert_int_equal(wire_encode_request(request, &body), 0);
    int r = wire_decode_request(bytes_of(body.data, body.size), &decoded);
    buffer_fini(&body);
    if (r == 0 && ret_decoded != NULL)
        *ret_decoded = decoded;
    else if (r == 0)
        wire_request_free(&decoded);
    return r;
}

static int try_reply(const struct wire_reply *reply)
{
    struct buffer body = {0};
    struct wire_reply decoded;

    assert_int_equal(wire_encode_reply(reply, &body), 0);
    int r = wire_decode_reply(bytes_of(body.data, body.size), &decoded);
    buffer_fini(&body);
    if (r == 0)
        wire_reply_free(&decoded);
    return r;
}

static void poll_fits_up_to_its_limits(void **state)
{
    static const uint8_t credential[WIRE_CREDENTIAL_MAX + 1];
    struct wire_result result = a_result();
    struct wire_request request = poll_with(&result);
    (void)state;

    request.poll.participant = text_of(SAGA_NAME_SIZE - 1);
    request.poll.credential = bytes_of(credential, WIRE_CREDENTIAL_MAX);
    result.operation_id = text_of(WIRE_OPERATION_ID_SIZE - 1);
    assert_int_equal(try_request(&request, NULL), 0);

    request.poll.participant = text_of(SAGA_NAME_SIZE);
    assert_int_equal(try_request(&request, NULL), fault(FAULT_INPUT));
    request.poll.participant = "";
    assert_int_equal(try_request(&request, NULL), fault(FAULT_INPUT));
    request.poll.participant = "p";
    request.poll.credential = bytes_of(credential, sizeof credential);
    assert_int_equal(try_request(&request, NULL), fault(FAULT_INPUT));
    request.poll.credential = bytes_of(NULL, 0);
    result.operation_id = text_of(WIRE_OPERATION_ID_SIZE);
    assert_int_equal(try_request(&request, NULL), fault(FAULT_INPUT));
    result.operation_id = "";
    assert_int_equal(try_request(&request, NULL), fault(FAULT_INPUT));
}

static void output_that_is_too_large_becomes_retry(void **state)
{
    uint8_t *output = calloc(1, SAGA_OUTPUT_MAX + 1);
    struct wire_result result = a_result();
    struct wire_request request = poll_with(&result), decoded;
    (void)state;

    assert_non_null(output);
    result.output = bytes_of(output, SAGA_OUTPUT_MAX);
    assert_int_equal(try_request(&request, &decoded), 0);
    assert_int_equal(decoded.poll.results[0].verdict, SAGA_VERDICT_DONE);
    assert_int_equal(decoded.poll.results[0].output.size, SAGA_OUTPUT_MAX);
    wire_request_free(&decoded);

    result.output = bytes_of(output, SAGA_OUTPUT_MAX + 1);
    assert_int_equal(try_request(&request, &decoded), 0);
    assert_int_equal(decoded.poll.results[0].verdict, SAGA_VERDICT_RETRY);
    assert_string_equal(decoded.poll.results[0].code, WIRE_OUTPUT_TOO_LARGE);
    assert_int_equal(decoded.poll.results[0].output.size, 0);
    wire_request_free(&decoded);
    free(output);
}

static void code_and_text_of_a_result_are_cut(void **state)
{
    struct wire_result result = a_result();
    struct wire_request request = poll_with(&result), decoded;
    (void)state;

    result.code = text_of(SAGA_CODE_SIZE);
    result.text = text_of(2 * SAGA_TEXT_SIZE);
    assert_int_equal(try_request(&request, &decoded), 0);
    assert_int_equal(strlen(decoded.poll.results[0].code), SAGA_CODE_SIZE - 1);
    assert_int_equal(strlen(decoded.poll.results[0].text), SAGA_TEXT_SIZE - 1);
    wire_request_free(&decoded);
}

static void text_is_cut_between_two_characters(void **state)
{
    char text[SAGA_TEXT_SIZE + 3];
    struct wire_result result = a_result();
    struct wire_request request = poll_with(&result), decoded;
    (void)state;

    memset(text, 'x', sizeof text);
    memcpy(text + SAGA_TEXT_SIZE - 3, "\xe2\x82\xac", 3); /* One byte too long to fit whole. */
    memcpy(text + SAGA_TEXT_SIZE, "\xc3\xa9", 3);
    result.text = text;
    assert_int_equal(try_request(&request, &decoded), 0);
    assert_int_equal(strlen(decoded.poll.results[0].text), SAGA_TEXT_SIZE - 3);
    wire_request_free(&decoded);
}

static void numbers_are_lowered_to_their_limits(void **state)
{
    struct wire_result result = a_result();
    struct wire_request request = poll_with(&result), decoded;
    (void)state;

    request.poll.slots = UINT32_MAX;
    result.after_ms = UINT32_MAX;
    assert_int_equal(try_request(&request, &decoded), 0);
    assert_int_equal(decoded.poll.slots, WIRE_CALLS_MAX);
    assert_int_equal(decoded.poll.results[0].after_ms, SAGA_AFTER_MS_MAX);
    wire_request_free(&decoded);
}

static void input_that_is_too_large_is_kept_for_the_engine_to_refuse(void **state)
{
    uint8_t *input = calloc(1, SAGA_INPUT_MAX + 1);
    struct wire_submission submissions[2] = {{"a", "k", bytes_of(input, SAGA_INPUT_MAX + 1), ""},
                                             {"b", "l", bytes_of_text("{}"), ""}};
    struct wire_request request = {.type = WIRE_SUBMIT}, decoded;
    (void)state;

    assert_non_null(input);
    request.submit.account = "AC1";
    request.submit.submission_count = 2;
    request.submit.submissions = submissions;
    assert_int_equal(try_request(&request, &decoded), 0);
    assert_int_equal(decoded.submit.submission_count, 2);
    assert_int_equal(decoded.submit.submissions[0].input.size, SAGA_INPUT_MAX + 1);
    wire_request_free(&decoded);
    free(input);
}

static void traceparent_that_is_too_long_is_ignored(void **state)
{
    struct wire_submission submission = {"a", "k", bytes_of_text("{}"),
                                         text_of(WIRE_TRACEPARENT_SIZE)};
    struct wire_request request = {.type = WIRE_SUBMIT}, decoded;
    (void)state;

    request.submit.account = "AC1";
    request.submit.submission_count = 1;
    request.submit.submissions = &submission;
    assert_int_equal(try_request(&request, &decoded), 0);
    assert_string_equal(decoded.submit.submissions[0].traceparent, "");
    wire_request_free(&decoded);
}

static void submission_fits_up_to_its_limits(void **state)
{
    struct wire_submission submission = {text_of(SAGA_NAME_SIZE - 1), text_of(SAGA_KEY_SIZE - 1),
                                         bytes_of_text("{}"), ""};
    struct wire_request request = {.type = WIRE_SUBMIT};
    (void)state;

    request.submit.account = text_of(SAGA_TENANT_SIZE - 1);
    request.submit.submission_count = 1;
    request.submit.submissions = &submission;
    assert_int_equal(try_request(&request, NULL), 0);
    submission.key = text_of(SAGA_KEY_SIZE);
    assert_int_equal(try_request(&request, NULL), fault(FAULT_INPUT));
    submission.key = "k";
    submission.definition = text_of(SAGA_NAME_SIZE);
    assert_int_equal(try_request(&request, NULL), fault(FAULT_INPUT));
    submission.definition = "d";
    request.submit.account = text_of(SAGA_TENANT_SIZE);
    assert_int_equal(try_request(&request, NULL), fault(FAULT_INPUT));
}

static void call_fits_up_to_its_limits(void **state)
{
    uint8_t *data = calloc(1, SAGA_INPUT_MAX + 1);
    struct wire_output output = {"price", bytes_of(data, SAGA_OUTPUT_MAX)};
    struct wire_call call = {.operation_id = "o", .operation = "reserve", .output_count = 1,
                             .outputs = &output, .input = bytes_of(data, SAGA_INPUT_MAX)};
    struct wire_reply reply = {.type = WIRE_WORK};
    (void)state;

    assert_non_null(data);
    reply.work.call_count = 1;
    reply.work.calls = &call;
    assert_int_equal(try_reply(&reply), 0);
    output.output.size++;
    assert_int_equal(try_reply(&reply), fault(FAULT_INPUT));
    output.output.size--;
    call.input.size++;
    assert_int_equal(try_reply(&reply), fault(FAULT_INPUT));
    call.input.size--;
    call.own_output = bytes_of(data, SAGA_OUTPUT_MAX + 1);
    assert_int_equal(try_reply(&reply), fault(FAULT_INPUT));
    call.own_output.size--;
    call.operation = "";
    assert_int_equal(try_reply(&reply), fault(FAULT_INPUT));
    free(data);
}

static int decode(const void *data, size_t size)
{
    struct wire_request request;
    int r = wire_decode_request(bytes_of(data, size), &request);

    if (r == 0)
        wire_request_free(&request);
    return r;
}

#define DECODE(literal) decode(literal, sizeof literal - 1)

static void bytes_that_are_no_message_are_refused(void **state)
{
    (void)state;
    assert_int_equal(DECODE("\x0a\x00"), 0);
    assert_int_equal(decode("", 0), fault(FAULT_INPUT));
    assert_int_equal(DECODE("\x00"), fault(FAULT_INPUT));
    assert_int_equal(DECODE("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), fault(FAULT_INPUT));
    assert_int_equal(DECODE("\x0a\x05"), fault(FAULT_INPUT));
    assert_int_equal(DECODE("\x7a\x00"), fault(FAULT_INPUT)); /* Field 15: nothing is asked. */
}

static void string_with_a_nul_is_refused(void **state)
{
    (void)state;
    assert_int_equal(DECODE("\x12\x05\x0a\x03" "abc"), 0);
    assert_int_equal(DECODE("\x12\x05\x0a\x03" "a\0c"), fault(FAULT_INPUT));
    assert_int_equal(DECODE("\x12\x05\x0a\x03" "ab\0"), fault(FAULT_INPUT));
}

static void string_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    assert_int_equal(DECODE("\x12\x05\x0a\x03\xe2\x82\xac"), 0);
    assert_int_equal(DECODE("\x12\x06\x0a\x04\xf0\x9f\x98\x80"), 0);
    assert_int_equal(DECODE("\x12\x04\x0a\x02\xc3\x28"), fault(FAULT_INPUT));
    assert_int_equal(DECODE("\x12\x04\x0a\x02\xe2\x82"), fault(FAULT_INPUT));
    assert_int_equal(DECODE("\x12\x04\x0a\x02\xc0\x80"), fault(FAULT_INPUT));
    assert_int_equal(DECODE("\x12\x05\x0a\x03\xed\xa0\x80"), fault(FAULT_INPUT));
    assert_int_equal(DECODE("\x12\x05\x0a\x03\xe0\x80\x80"), fault(FAULT_INPUT));
    assert_int_equal(DECODE("\x12\x06\x0a\x04\xf4\x90\x80\x80"), fault(FAULT_INPUT));
    assert_int_equal(DECODE("\x12\x06\x0a\x04\xf0\x80\x80\x80"), fault(FAULT_INPUT));
    assert_int_equal(DECODE("\x12\x03\x0a\x01\x80"), fault(FAULT_INPUT));
    assert_int_equal(DECODE("\x12\x03\x0a\x01\xf8"), fault(FAULT_INPUT));
}

/* A poll of "p" with one result "o" whose token has this many bytes. */
static int decode_with_token(size_t size)
{
    uint8_t body[64] = {0x12, 0, 0x0a, 1, 'p', 0x2a, 0, 0x0a, 1, 'o', 0x12, 0};

    body[11] = (uint8_t)size;
    body[6] = (uint8_t)(5 + size);
    body[1] = (uint8_t)(5 + body[6]);
    return decode(body, 12 + size);
}

static void token_has_exactly_sixteen_bytes(void **state)
{
    (void)state;
    assert_int_equal(decode_with_token(16), 0);
    assert_int_equal(decode_with_token(15), fault(FAULT_INPUT));
    assert_int_equal(decode_with_token(17), fault(FAULT_INPUT));
    assert_int_equal(decode_with_token(0), fault(FAULT_INPUT));
}

static void verdict_that_nobody_knows_is_retry(void **state)
{
    static const char body[] = "\x12\x1c\x0a\x01p\x2a\x17\x0a\x01o\x12\x10"
                               "0123456789abcdef\x20\x63";
    struct wire_request request;
    (void)state;

    assert_int_equal(wire_decode_request(bytes_of(body, sizeof body - 1), &request), 0);
    assert_int_equal(request.poll.results[0].verdict, SAGA_VERDICT_RETRY);
    wire_request_free(&request);
}

static void verdict_that_is_missing_is_retry(void **state)
{
    static const char body[] = "\x12\x1a\x0a\x01p\x2a\x15\x0a\x01o\x12\x10" "0123456789abcdef";
    struct wire_request request;
    (void)state;

    assert_int_equal(wire_decode_request(bytes_of(body, sizeof body - 1), &request), 0);
    assert_int_equal(request.poll.results[0].verdict, SAGA_VERDICT_RETRY);
    wire_request_free(&request);
}

static void direction_that_nobody_knows_is_refused(void **state)
{
    static const char known[] = "\x12\x1c\x0a\x1a\x0a\x01o\x2a\x01x\x30\x02\x72\x10"
                                "0123456789abcdef";
    char unknown[sizeof known];
    struct wire_reply reply;
    (void)state;

    assert_int_equal(wire_decode_reply(bytes_of(known, sizeof known - 1), &reply), 0);
    assert_int_equal(reply.work.calls[0].direction, SAGA_FENCE);
    wire_reply_free(&reply);
    memcpy(unknown, known, sizeof known);
    unknown[11] = 3;
    assert_int_equal(wire_decode_reply(bytes_of(unknown, sizeof known - 1), &reply),
                     fault(FAULT_INPUT));
}

/* @count empty submissions of two bytes each, in a submit. */
static int decode_submissions(size_t count)
{
    struct buffer body = {0};
    size_t size = 3 + 2 * count;
    uint8_t head[] = {0x1a, (uint8_t)(size & 0x7f) | 0x80, (uint8_t)(size >> 7 & 0x7f) | 0x80,
                      (uint8_t)(size >> 14), 0x0a, 1, 'a'};

    assert_int_equal(buffer_append(&body, head, sizeof head), 0);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(buffer_append(&body, "\x22\x00", 2), 0);
    int r = decode(body.data, body.size);
    buffer_fini(&body);
    return r;
}

static void counts_are_limited(void **state)
{
    (void)state;
    assert_int_equal(decode_submissions(WIRE_SUBMISSIONS_MAX), 0);
    assert_int_equal(decode_submissions(WIRE_SUBMISSIONS_MAX + 1), fault(FAULT_INPUT));
    assert_int_equal(decode_submissions(500000), fault(FAULT_INPUT));
}

static void message_beyond_the_limit_is_neither_sent_nor_read(void **state)
{
    uint8_t *data = calloc(1, WIRE_MESSAGE_MAX + 1);
    struct wire_result results[WIRE_RESULTS_MAX];
    struct wire_request request = {.type = WIRE_POLL};
    struct buffer body = {0};
    (void)state;

    assert_non_null(data);
    for (size_t i = 0; i < WIRE_RESULTS_MAX; i++) {
        results[i] = a_result();
        results[i].output = bytes_of(data, SAGA_OUTPUT_MAX);
    }
    request.poll.participant = "p";
    request.poll.result_count = WIRE_RESULTS_MAX;
    request.poll.results = results;
    assert_int_equal(wire_encode_request(&request, &body), fault(FAULT_LIMIT));
    request.poll.result_count = WIRE_RESULTS_MAX - 2;
    assert_int_equal(wire_encode_request(&request, &body), 0);
    assert_int_equal(decode(body.data, body.size), 0);
    assert_int_equal(decode(data, WIRE_MESSAGE_MAX + 1), fault(FAULT_INPUT));
    buffer_fini(&body);
    free(data);
}

/* Whoever adds these sizes up and stops at WIRE_BATCH_MAX has a message that fits. */
static void sizes_are_never_too_small(void **state)
{
    struct wire_output outputs[SAGA_STEPS_MAX];
    struct wire_call call = {.attempt = UINT32_MAX, .ms_left = UINT32_MAX,
                             .direction = SAGA_FENCE, .outcome_known = true,
                             .horizon_ms = UINT64_MAX, .output_count = SAGA_STEPS_MAX,
                             .outputs = outputs};
    struct wire_reply reply = {.type = WIRE_WORK};
    struct wire_result result = {.operation_id = text_of(127), .attempt = UINT32_MAX,
                                 .verdict = SAGA_VERDICT_WORKING, .after_ms = UINT32_MAX,
                                 .code = text_of(63), .text = text_of(255)};
    struct wire_request request = poll_with(&result);
    struct buffer body = {0};
    (void)state;

    call.operation_id = call.saga = call.sid = call.definition = text_of(127);
    call.step = call.operation = call.traceparent = call.tenant = text_of(127);
    call.input = call.own_output = bytes_of(longer, sizeof longer);
    for (size_t i = 0; i < SAGA_STEPS_MAX; i++)
        outputs[i] = (struct wire_output){text_of(63), bytes_of(longer, sizeof longer)};
    reply.work.call_count = 1;
    reply.work.calls = &call;
    assert_int_equal(wire_encode_reply(&reply, &body), 0);
    assert_true(wire_call_size(&call) >= body.size);

    result.output = bytes_of(longer, sizeof longer);
    assert_int_equal(wire_encode_request(&request, &body), 0);
    assert_true(wire_result_size(&result) + strlen("messaging") + 2 >= body.size);
    buffer_fini(&body);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(poll_fits_up_to_its_limits),
        cmocka_unit_test(output_that_is_too_large_becomes_retry),
        cmocka_unit_test(code_and_text_of_a_result_are_cut),
        cmocka_unit_test(text_is_cut_between_two_characters),
        cmocka_unit_test(numbers_are_lowered_to_their_limits),
        cmocka_unit_test(input_that_is_too_large_is_kept_for_the_engine_to_refuse),
        cmocka_unit_test(traceparent_that_is_too_long_is_ignored),
        cmocka_unit_test(submission_fits_up_to_its_limits),
        cmocka_unit_test(call_fits_up_to_its_limits),
        cmocka_unit_test(bytes_that_are_no_message_are_refused),
        cmocka_unit_test(string_with_a_nul_is_refused),
        cmocka_unit_test(string_that_is_not_utf8_is_refused),
        cmocka_unit_test(token_has_exactly_sixteen_bytes),
        cmocka_unit_test(verdict_that_nobody_knows_is_retry),
        cmocka_unit_test(verdict_that_is_missing_is_retry),
        cmocka_unit_test(direction_that_nobody_knows_is_refused),
        cmocka_unit_test(counts_are_limited),
        cmocka_unit_test(message_beyond_the_limit_is_neither_sent_nor_read),
        cmocka_unit_test(sizes_are_never_too_small),
    };

    memset(longer, 'x', sizeof longer - 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
