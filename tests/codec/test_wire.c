/* What is encoded is what is decoded: every field of every message, with values that differ. */
#include "base/fault.h"
#include "codec/wire.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static const uint8_t token_a[WIRE_TOKEN_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const uint8_t token_b[WIRE_TOKEN_SIZE] = {0xFF, 0xFE, 0, 0xFC};
static const struct saga_id an_id = {0x0123456789abcdefu, 0xfedcba9876543210u};

static struct wire_request there_and_back_request(const struct wire_request *request)
{
    struct buffer body = {0};
    struct wire_request decoded;

    assert_int_equal(wire_encode_request(request, &body), 0);
    assert_int_equal(wire_decode_request(bytes_of(body.data, body.size), &decoded), 0);
    buffer_fini(&body); /* What was decoded borrows nothing from the bytes. */
    assert_int_equal(decoded.type, request->type);
    assert_non_null(decoded.arena);
    return decoded;
}

static struct wire_reply there_and_back_reply(const struct wire_reply *reply)
{
    struct buffer body = {0};
    struct wire_reply decoded;

    assert_int_equal(wire_encode_reply(reply, &body), 0);
    assert_int_equal(wire_decode_reply(bytes_of(body.data, body.size), &decoded), 0);
    buffer_fini(&body);
    assert_int_equal(decoded.type, reply->type);
    return decoded;
}

static void assert_bytes(struct bytes bytes, const char *text)
{
    assert_true(bytes_equal(bytes, bytes_of_text(text)));
}

static void poll_keeps_every_field(void **state)
{
    struct wire_result results[] = {
        {"saga_1/queue/do.0", {0}, 3, SAGA_VERDICT_DONE, bytes_of_text("{\"sid\":1}"), "", "", 0},
        {"saga_2/queue/undo", {0}, 1, SAGA_VERDICT_REJECTED, bytes_of(NULL, 0), "21611",
         "the queue is full", 1500},
    };
    struct wire_request request = {.type = WIRE_POLL};
    (void)state;

    memcpy(results[0].token, token_a, sizeof token_a);
    memcpy(results[1].token, token_b, sizeof token_b);
    request.poll = (struct wire_poll){"messaging", 0xdeadbeefcafef00du, bytes_of_text("secret"),
                                      17, 2, results};
    struct wire_request decoded = there_and_back_request(&request);
    const struct wire_poll *poll = &decoded.poll;
    assert_string_equal(poll->participant, "messaging");
    assert_int_equal(poll->worker, 0xdeadbeefcafef00du);
    assert_bytes(poll->credential, "secret");
    assert_int_equal(poll->slots, 17);
    assert_int_equal(poll->result_count, 2);
    assert_string_equal(poll->results[0].operation_id, "saga_1/queue/do.0");
    assert_memory_equal(poll->results[0].token, token_a, sizeof token_a);
    assert_int_equal(poll->results[0].attempt, 3);
    assert_int_equal(poll->results[0].verdict, SAGA_VERDICT_DONE);
    assert_bytes(poll->results[0].output, "{\"sid\":1}");
    assert_string_equal(poll->results[0].code, "");
    assert_memory_equal(poll->results[1].token, token_b, sizeof token_b);
    assert_int_equal(poll->results[1].verdict, SAGA_VERDICT_REJECTED);
    assert_string_equal(poll->results[1].code, "21611");
    assert_string_equal(poll->results[1].text, "the queue is full");
    assert_int_equal(poll->results[1].after_ms, 1500);
    wire_request_free(&decoded);
    assert_null(decoded.arena);
}

static void every_verdict_arrives_as_it_was_sent(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SAGA_VERDICT_COUNT; i++) {
        struct wire_result result = {.operation_id = "o", .verdict = (enum saga_verdict)i};
        struct wire_request request = {.type = WIRE_POLL};
        request.poll.participant = "p";
        request.poll.result_count = 1;
        request.poll.results = &result;
        struct wire_request decoded = there_and_back_request(&request);
        assert_int_equal(decoded.poll.results[0].verdict, i);
        wire_request_free(&decoded);
    }
}

static void submit_keeps_every_field(void **state)
{
    static const char trace[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    struct wire_submission submissions[] = {
        {"send_message", "key-1", bytes_of_text("{}"), trace},
        {"refund", "", bytes_of_text("[1]"), ""},
    };
    struct wire_request request = {.type = WIRE_SUBMIT};
    (void)state;

    request.submit = (struct wire_submit){"AC1", bytes_of_text("token"), 42, 2, submissions};
    struct wire_request decoded = there_and_back_request(&request);
    assert_string_equal(decoded.submit.account, "AC1");
    assert_bytes(decoded.submit.credential, "token");
    assert_int_equal(decoded.submit.client, 42);
    assert_int_equal(decoded.submit.submission_count, 2);
    assert_string_equal(decoded.submit.submissions[0].definition, "send_message");
    assert_string_equal(decoded.submit.submissions[0].key, "key-1");
    assert_string_equal(decoded.submit.submissions[0].traceparent, trace);
    assert_bytes(decoded.submit.submissions[1].input, "[1]");
    assert_string_equal(decoded.submit.submissions[1].key, "");
    wire_request_free(&decoded);
}

static void get_await_and_ping_keep_every_field(void **state)
{
    struct wire_request get = {.type = WIRE_GET}, await = {.type = WIRE_AWAIT};
    struct wire_request ping = {.type = WIRE_PING};
    (void)state;

    get.get = (struct wire_get){"AC1", bytes_of_text("x"), an_id, 30000};
    struct wire_request decoded = there_and_back_request(&get);
    assert_string_equal(decoded.get.account, "AC1");
    assert_bytes(decoded.get.credential, "x");
    assert_true(id_equal(decoded.get.id, an_id));
    assert_int_equal(decoded.get.wait_ms, 30000);
    wire_request_free(&decoded);

    await.await = (struct wire_await){"AC2", bytes_of_text("y"), 7, 100};
    decoded = there_and_back_request(&await);
    assert_string_equal(decoded.await.account, "AC2");
    assert_bytes(decoded.await.credential, "y");
    assert_int_equal(decoded.await.client, 7);
    assert_int_equal(decoded.await.wait_ms, 100);
    wire_request_free(&decoded);

    decoded = there_and_back_request(&ping);
    wire_request_free(&decoded);
}

static struct wire_call full_call(const struct wire_output *outputs)
{
    struct wire_call call = {
        .operation_id = "saga_1/reserve_quota/undo",
        .saga = "saga_01h2xcejqtf2nbrexx3vqjhp41",
        .sid = "SM0123456789abcdef0123456789abcdef",
        .definition = "send_message",
        .step = "reserve_quota",
        .operation = "release_quota",
        .direction = SAGA_UNDO,
        .attempt = 4,
        .ms_left = 900,
        .input = bytes_of_text("{\"To\":\"+1\"}"),
        .output_count = 2,
        .outputs = outputs,
        .own_output = bytes_of_text("{\"units\":2}"),
        .outcome_known = true,
        .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        .tenant = "AC1",
        .horizon_ms = 0x123456789abu,
    };

    memcpy(call.token, token_a, sizeof token_a);
    return call;
}

static void work_keeps_every_field(void **state)
{
    const struct wire_output outputs[] = {{"validate", bytes_of_text("1")},
                                          {"price", bytes_of(NULL, 0)}};
    const uint8_t acknowledged[2][WIRE_TOKEN_SIZE] = {{9, 8}, {7}};
    struct wire_call calls[3] = {full_call(outputs), full_call(NULL), full_call(outputs)};
    struct wire_reply reply = {.type = WIRE_WORK};
    (void)state;

    calls[1].output_count = 0;
    calls[1].direction = SAGA_FENCE;
    calls[2].direction = SAGA_DO;
    reply.work = (struct wire_work){3, calls, 2, acknowledged};
    struct wire_reply decoded = there_and_back_reply(&reply);
    const struct wire_work *work = &decoded.work;
    assert_int_equal(work->call_count, 3);
    assert_int_equal(work->acknowledged_count, 2);
    assert_memory_equal(work->acknowledged, acknowledged, sizeof acknowledged);
    const struct wire_call *call = &work->calls[0];
    assert_string_equal(call->operation_id, calls[0].operation_id);
    assert_string_equal(call->saga, calls[0].saga);
    assert_string_equal(call->sid, calls[0].sid);
    assert_string_equal(call->definition, "send_message");
    assert_string_equal(call->step, "reserve_quota");
    assert_string_equal(call->operation, "release_quota");
    assert_int_equal(call->direction, SAGA_UNDO);
    assert_int_equal(call->attempt, 4);
    assert_int_equal(call->ms_left, 900);
    assert_bytes(call->input, "{\"To\":\"+1\"}");
    assert_int_equal(call->output_count, 2);
    assert_string_equal(call->outputs[0].step, "validate");
    assert_bytes(call->outputs[0].output, "1");
    assert_string_equal(call->outputs[1].step, "price");
    assert_int_equal(call->outputs[1].output.size, 0);
    assert_bytes(call->own_output, "{\"units\":2}");
    assert_true(call->outcome_known);
    assert_string_equal(call->traceparent, calls[0].traceparent);
    assert_string_equal(call->tenant, "AC1");
    assert_int_equal(call->horizon_ms, 0x123456789abu);
    assert_memory_equal(call->token, token_a, sizeof token_a);
    assert_int_equal(work->calls[1].direction, SAGA_FENCE);
    assert_int_equal(work->calls[1].output_count, 0);
    assert_int_equal(work->calls[2].direction, SAGA_DO);
    assert_string_equal(work->calls[2].outputs[1].step, "price");
    wire_reply_free(&decoded);
}

static void empty_work_is_a_keep_alive(void **state)
{
    struct wire_reply reply = {.type = WIRE_WORK};
    (void)state;

    struct wire_reply decoded = there_and_back_reply(&reply);
    assert_int_equal(decoded.work.call_count, 0);
    assert_int_equal(decoded.work.acknowledged_count, 0);
    wire_reply_free(&decoded);
}

static void submitted_keeps_every_field(void **state)
{
    const struct wire_submit_result results[] = {
        {WIRE_STARTED, an_id, "running", "", ""},
        {WIRE_REPLAYED, an_id, "completed", "", ""},
        {WIRE_CONFLICT, an_id, "", "key_conflict", "used for another request"},
        {WIRE_REFUSED, {0, 0}, "", "20429", "shedding"},
    };
    struct wire_reply reply = {.type = WIRE_SUBMITTED};
    (void)state;

    reply.submitted.count = 4;
    reply.submitted.results = results;
    struct wire_reply decoded = there_and_back_reply(&reply);
    assert_int_equal(decoded.submitted.count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct wire_submit_result *result = &decoded.submitted.results[i];
        assert_int_equal(result->status, results[i].status);
        assert_true(id_equal(result->id, results[i].id));
        assert_string_equal(result->phase, results[i].phase);
        assert_string_equal(result->code, results[i].code);
        assert_string_equal(result->text, results[i].text);
    }
    wire_reply_free(&decoded);
}

static void outcomes_keep_every_field(void **state)
{
    const struct wire_outcome outcomes[] = {{an_id, "completed", "", "", true},
                                            {{5, 6}, "compensated", "21611", "full", true}};
    struct wire_reply one = {.type = WIRE_OUTCOME}, many = {.type = WIRE_OUTCOMES};
    (void)state;

    one.outcome = (struct wire_outcome){{0, 0}, "", "", "", false};
    struct wire_reply decoded = there_and_back_reply(&one);
    assert_false(decoded.outcome.found);
    assert_int_equal(decoded.outcome.id.number, 0);
    wire_reply_free(&decoded);

    many.outcomes.count = 2;
    many.outcomes.outcomes = outcomes;
    decoded = there_and_back_reply(&many);
    assert_int_equal(decoded.outcomes.count, 2);
    assert_true(id_equal(decoded.outcomes.outcomes[0].id, an_id));
    assert_true(decoded.outcomes.outcomes[0].found);
    assert_int_equal(decoded.outcomes.outcomes[1].id.nonce, 6);
    assert_string_equal(decoded.outcomes.outcomes[1].phase, "compensated");
    assert_string_equal(decoded.outcomes.outcomes[1].code, "21611");
    assert_string_equal(decoded.outcomes.outcomes[1].text, "full");
    wire_reply_free(&decoded);
}

static void refusal_and_pong_keep_every_field(void **state)
{
    struct wire_reply refusal = {.type = WIRE_REFUSAL}, pong = {.type = WIRE_PONG};
    (void)state;

    refusal.refusal.code = "overloaded";
    refusal.refusal.text = "later";
    refusal.refusal.after_ms = 250;
    struct wire_reply decoded = there_and_back_reply(&refusal);
    assert_string_equal(decoded.refusal.code, "overloaded");
    assert_string_equal(decoded.refusal.text, "later");
    assert_int_equal(decoded.refusal.after_ms, 250);
    wire_reply_free(&decoded);
    decoded = there_and_back_reply(&pong);
    wire_reply_free(&decoded);
}

static void missing_texts_are_sent_as_empty(void **state)
{
    struct wire_reply reply = {.type = WIRE_REFUSAL};
    (void)state;

    struct wire_reply decoded = there_and_back_reply(&reply);
    assert_string_equal(decoded.refusal.code, "");
    assert_string_equal(decoded.refusal.text, "");
    wire_reply_free(&decoded);
}

static void buffer_is_used_again(void **state)
{
    struct wire_request ping = {.type = WIRE_PING};
    struct buffer body = {0};
    (void)state;

    assert_int_equal(buffer_append(&body, "left over", 9), 0);
    assert_int_equal(wire_encode_request(&ping, &body), 0);
    assert_int_equal(body.size, 2);
    assert_memory_equal(body.data, "\x0a\x00", 2);
    buffer_fini(&body);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(poll_keeps_every_field),
        cmocka_unit_test(every_verdict_arrives_as_it_was_sent),
        cmocka_unit_test(submit_keeps_every_field),
        cmocka_unit_test(get_await_and_ping_keep_every_field),
        cmocka_unit_test(work_keeps_every_field),
        cmocka_unit_test(empty_work_is_a_keep_alive),
        cmocka_unit_test(submitted_keeps_every_field),
        cmocka_unit_test(outcomes_keep_every_field),
        cmocka_unit_test(refusal_and_pong_keep_every_field),
        cmocka_unit_test(missing_texts_are_sent_as_empty),
        cmocka_unit_test(buffer_is_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
