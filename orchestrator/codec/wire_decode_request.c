/* Requests, from bytes. The order of checks: size, then memory, then every count and field. */
#include "base/fault.h"
#include "base/traceparent.h"
#include "codec/wire_read.h"

#include <assert.h>

/* An output that is too large may not cost its participant the other results of the poll. */
static void refuse_output(struct wire_result *result)
{
    result->verdict = SAGA_VERDICT_RETRY;
    result->code = WIRE_OUTPUT_TOO_LARGE;
    result->text = "the output is over the limit of 16384 bytes";
    result->output = bytes_of(NULL, 0);
}

static uint32_t at_most(uint32_t value, uint32_t max)
{
    return value < max ? value : max;
}

static void read_result(struct wire_reader *reader, const Saga__V1__Result *from,
                        struct wire_result *result)
{
    result->operation_id =
        wire_read_name(reader, from->operation_id, WIRE_OPERATION_ID_SIZE);
    wire_read_token(reader, from->token, result->token);
    result->attempt = from->attempt;
    result->verdict = wire_verdict_in(from->verdict);
    result->code = wire_read_cut(reader, from->code, SAGA_CODE_SIZE);
    result->text = wire_read_cut(reader, from->text, SAGA_TEXT_SIZE);
    result->after_ms = at_most(from->after_ms, SAGA_AFTER_MS_MAX);
    result->output = bytes_of(from->output.data, from->output.len);
    if (from->output.len > SAGA_OUTPUT_MAX)
        refuse_output(result);
}

static void read_poll(struct wire_reader *reader, const Saga__V1__Poll *from,
                      struct wire_poll *poll)
{
    poll->participant = wire_read_name(reader, from->participant, SAGA_NAME_SIZE);
    poll->worker = from->worker;
    poll->credential = wire_read_bytes(reader, from->credential, WIRE_CREDENTIAL_MAX);
    poll->slots = at_most(from->slots, WIRE_CALLS_MAX);
    poll->results =
        wire_read_array(reader, from->n_results, WIRE_RESULTS_MAX, sizeof *poll->results);
    if (poll->results == NULL)
        return;
    poll->result_count = from->n_results;
    for (size_t i = 0; i < from->n_results; i++)
        read_result(reader, from->results[i], &poll->results[i]);
}

/* A trace context that is malformed is to be ignored, says W3C; the submission counts. */
static const char *read_traceparent(struct wire_reader *reader, const char *text)
{
    struct wire_reader alone = {.arena = reader->arena};
    char parsed[TRACEPARENT_SIZE];

    if (text == NULL || !traceparent_parse(text, parsed))
        return "";
    return wire_read_text(&alone, text, WIRE_TRACEPARENT_SIZE);
}

static void read_submission(struct wire_reader *reader, const Saga__V1__Submission *from,
                            struct wire_submission *submission)
{
    submission->definition = wire_read_text(reader, from->definition, SAGA_NAME_SIZE);
    submission->key = wire_read_text(reader, from->key, SAGA_KEY_SIZE);
    submission->input = bytes_of(from->input.data, from->input.len);
    submission->traceparent = read_traceparent(reader, from->traceparent);
}

static void read_submit(struct wire_reader *reader, const Saga__V1__Submit *from,
                        struct wire_submit *submit)
{
    submit->account = wire_read_name(reader, from->account, SAGA_TENANT_SIZE);
    submit->credential = wire_read_bytes(reader, from->credential, WIRE_CREDENTIAL_MAX);
    submit->client = from->client;
    submit->submissions = wire_read_array(reader, from->n_submissions, WIRE_SUBMISSIONS_MAX,
                                          sizeof *submit->submissions);
    if (submit->submissions == NULL)
        return;
    submit->submission_count = from->n_submissions;
    for (size_t i = 0; i < from->n_submissions; i++)
        read_submission(reader, from->submissions[i], &submit->submissions[i]);
}

static void read_get(struct wire_reader *reader, const Saga__V1__Get *from, struct wire_get *get)
{
    get->account = wire_read_name(reader, from->account, SAGA_TENANT_SIZE);
    get->credential = wire_read_bytes(reader, from->credential, WIRE_CREDENTIAL_MAX);
    get->id = wire_read_id(reader, from->id);
    get->wait_ms = from->wait_ms;
}

static void read_await(struct wire_reader *reader, const Saga__V1__Await *from,
                       struct wire_await *await)
{
    await->account = wire_read_name(reader, from->account, SAGA_TENANT_SIZE);
    await->credential = wire_read_bytes(reader, from->credential, WIRE_CREDENTIAL_MAX);
    await->client = from->client;
    await->wait_ms = from->wait_ms;
}

static void read_request(struct wire_reader *reader, const Saga__V1__Request *from,
                         struct wire_request *request)
{
    switch (from->ask_case) {
    case SAGA__V1__REQUEST__ASK_PING:
        request->type = WIRE_PING;
        return;
    case SAGA__V1__REQUEST__ASK_POLL:
        request->type = WIRE_POLL;
        read_poll(reader, from->poll, &request->poll);
        return;
    case SAGA__V1__REQUEST__ASK_SUBMIT:
        request->type = WIRE_SUBMIT;
        read_submit(reader, from->submit, &request->submit);
        return;
    case SAGA__V1__REQUEST__ASK_GET:
        request->type = WIRE_GET;
        read_get(reader, from->get, &request->get);
        return;
    case SAGA__V1__REQUEST__ASK_AWAIT:
        request->type = WIRE_AWAIT;
        read_await(reader, from->await, &request->await);
        return;
    case SAGA__V1__REQUEST__ASK__NOT_SET:
    case _SAGA__V1__REQUEST__ASK__CASE_IS_INT_SIZE:
        break;
    }
    reader->unfit = true;
}

int wire_decode_request(struct bytes body, struct wire_request *ret_request)
{
    assert(ret_request != NULL);
    if (body.size == 0 || body.size > WIRE_MESSAGE_MAX)
        return fault(FAULT_INPUT);
    struct wire_reader reader = {.arena = wire_arena_open(body.size)};

    if (reader.arena == NULL)
        return fault(FAULT_MEMORY);
    struct wire_request request = {.arena = reader.arena};
    const Saga__V1__Request *unpacked =
        saga__v1__request__unpack(wire_arena_allocator(reader.arena), body.size, body.data);
    if (unpacked == NULL)
        reader.unfit = true;
    else
        read_request(&reader, unpacked, &request);

    if (!reader.unfit) {
        *ret_request = request;
        return 0;
    }
    bool starved = wire_arena_starved(reader.arena);
    wire_arena_close(reader.arena);
    return fault(starved ? FAULT_MEMORY : FAULT_INPUT);
}
