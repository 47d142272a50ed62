/*
 * Any bytes, as a request and as a reply: refused, or decoded within every limit; and what was
 * decoded encodes to bytes that decode to the same.
 */
#include "base/fault.h"
#include "codec/wire.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_poll(const struct wire_poll *poll)
{
    assert(strlen(poll->participant) < SAGA_NAME_SIZE);
    assert(poll->slots <= WIRE_CALLS_MAX);
    assert(poll->result_count <= WIRE_RESULTS_MAX);
    for (size_t i = 0; i < poll->result_count; i++) {
        assert(strlen(poll->results[i].operation_id) < WIRE_OPERATION_ID_SIZE);
        assert(strlen(poll->results[i].code) < SAGA_CODE_SIZE);
        assert(strlen(poll->results[i].text) < SAGA_TEXT_SIZE);
        assert(poll->results[i].verdict < SAGA_VERDICT_COUNT);
        assert(poll->results[i].output.size <= SAGA_OUTPUT_MAX);
    }
}

static void check_request(const struct wire_request *request)
{
    switch (request->type) {
    case WIRE_POLL:
        check_poll(&request->poll);
        break;
    case WIRE_SUBMIT:
        assert(request->submit.submission_count <= WIRE_SUBMISSIONS_MAX);
        for (size_t i = 0; i < request->submit.submission_count; i++)
            assert(strlen(request->submit.submissions[i].key) < SAGA_KEY_SIZE);
        break;
    case WIRE_PING:
    case WIRE_GET:
    case WIRE_AWAIT:
        break;
    }
}

static void check_reply(const struct wire_reply *reply)
{
    if (reply->type != WIRE_WORK)
        return;
    assert(reply->work.call_count <= WIRE_CALLS_MAX);
    for (size_t i = 0; i < reply->work.call_count; i++) {
        assert(strlen(reply->work.calls[i].operation) < SAGA_NAME_SIZE);
        assert(reply->work.calls[i].input.size <= SAGA_INPUT_MAX);
        assert(reply->work.calls[i].output_count <= SAGA_STEPS_MAX);
    }
}

/* Encoding is canonical from the first decode on. */
static void request_again(const struct wire_request *request)
{
    struct buffer once = {0}, twice = {0};
    struct wire_request decoded;
    int r = wire_encode_request(request, &once);

    if (r == fault(FAULT_LIMIT))
        goto out;
    assert(r == 0);
    r = wire_decode_request(bytes_of(once.data, once.size), &decoded);
    assert(r == 0);
    r = wire_encode_request(&decoded, &twice);
    assert(r == 0);
    assert(bytes_equal(bytes_of(once.data, once.size), bytes_of(twice.data, twice.size)));
    wire_request_free(&decoded);
out:
    buffer_fini(&once);
    buffer_fini(&twice);
}

static void reply_again(const struct wire_reply *reply)
{
    struct buffer once = {0}, twice = {0};
    struct wire_reply decoded;
    int r = wire_encode_reply(reply, &once);

    if (r == fault(FAULT_LIMIT))
        goto out;
    assert(r == 0);
    r = wire_decode_reply(bytes_of(once.data, once.size), &decoded);
    assert(r == 0);
    r = wire_encode_reply(&decoded, &twice);
    assert(r == 0);
    assert(bytes_equal(bytes_of(once.data, once.size), bytes_of(twice.data, twice.size)));
    wire_reply_free(&decoded);
out:
    buffer_fini(&once);
    buffer_fini(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_request request;
    struct wire_reply reply;

    if (wire_decode_request(bytes_of(data, size), &request) == 0) {
        check_request(&request);
        request_again(&request);
        wire_request_free(&request);
    }
    if (wire_decode_reply(bytes_of(data, size), &reply) == 0) {
        check_reply(&reply);
        reply_again(&reply);
        wire_reply_free(&reply);
    }
    return 0;
}
