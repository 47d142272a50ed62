/*
 * Encoding: the struct is mirrored into protobuf-c's, which borrow all its strings and bytes, and
 * packed straight into the caller's buffer. One allocation per message holds all the mirrors.
 */
#include "base/fault.h"
#include "codec/wire.h"
#include "codec/wire_arena.h"
#include "codec/wire_tables.h"

#include <assert.h>

/* protobuf-c's fields are not const, but packing only reads. */
static ProtobufCBinaryData borrowed(struct bytes bytes)
{
    return (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)(uintptr_t)bytes.data};
}

static ProtobufCBinaryData borrowed_token(const uint8_t token[WIRE_TOKEN_SIZE])
{
    return borrowed(bytes_of(token, WIRE_TOKEN_SIZE));
}

static char *text(const char *characters)
{
    return (char *)(uintptr_t)characters;
}

static int pack(const ProtobufCMessage *message, struct buffer *body)
{
    size_t size = protobuf_c_message_get_packed_size(message);

    if (size > WIRE_MESSAGE_MAX)
        return fault(FAULT_LIMIT);
    buffer_clear(body);
    uint8_t *end = buffer_reserve(body, size);
    if (end == NULL)
        return fault(FAULT_MEMORY);
    body->size = protobuf_c_message_pack(message, end);
    assert(body->size == size);
    return 0;
}

/* ---- requests ---- */

static void mirror_result(const struct wire_result *result, Saga__V1__Result *out)
{
    saga__v1__result__init(out);
    out->operation_id = text(result->operation_id);
    out->token = borrowed_token(result->token);
    out->attempt = result->attempt;
    out->verdict = wire_verdict_out(result->verdict);
    out->output = borrowed(result->output);
    out->code = text(result->code);
    out->text = text(result->text);
    out->after_ms = result->after_ms;
}

/* Filled by the callers: @count messages of @size, then the pointers to them. */
static struct wire_arena *arena_for(size_t count, size_t size)
{
    return wire_arena_open_exact(count * (size + sizeof(void *)), 2);
}

static int encode_poll(const struct wire_poll *poll, struct buffer *body)
{
    assert(poll->result_count <= WIRE_RESULTS_MAX);
    size_t count = poll->result_count;
    struct wire_arena *arena = arena_for(count, sizeof(Saga__V1__Result));

    if (arena == NULL)
        return fault(FAULT_MEMORY);
    Saga__V1__Result *mirrors = wire_arena_take(arena, count * sizeof *mirrors);
    Saga__V1__Result **pointers = wire_arena_take(arena, count * sizeof *pointers);
    for (size_t i = 0; i < count; i++) {
        mirror_result(&poll->results[i], &mirrors[i]);
        pointers[i] = &mirrors[i];
    }

    Saga__V1__Poll out = SAGA__V1__POLL__INIT;
    out.participant = text(poll->participant);
    out.worker = poll->worker;
    out.credential = borrowed(poll->credential);
    out.slots = poll->slots;
    out.n_results = count;
    out.results = pointers;
    Saga__V1__Request request = SAGA__V1__REQUEST__INIT;
    request.ask_case = SAGA__V1__REQUEST__ASK_POLL;
    request.poll = &out;
    int r = pack(&request.base, body);
    wire_arena_close(arena);
    return pass(r);
}

static void mirror_submission(const struct wire_submission *submission,
                              Saga__V1__Submission *out)
{
    saga__v1__submission__init(out);
    out->definition = text(submission->definition);
    out->key = text(submission->key);
    out->input = borrowed(submission->input);
    out->traceparent = text(submission->traceparent);
}

static int encode_submit(const struct wire_submit *submit, struct buffer *body)
{
    assert(submit->submission_count <= WIRE_SUBMISSIONS_MAX);
    size_t count = submit->submission_count;
    struct wire_arena *arena = arena_for(count, sizeof(Saga__V1__Submission));

    if (arena == NULL)
        return fault(FAULT_MEMORY);
    Saga__V1__Submission *mirrors = wire_arena_take(arena, count * sizeof *mirrors);
    Saga__V1__Submission **pointers = wire_arena_take(arena, count * sizeof *pointers);
    for (size_t i = 0; i < count; i++) {
        mirror_submission(&submit->submissions[i], &mirrors[i]);
        pointers[i] = &mirrors[i];
    }

    Saga__V1__Submit out = SAGA__V1__SUBMIT__INIT;
    out.account = text(submit->account);
    out.credential = borrowed(submit->credential);
    out.client = submit->client;
    out.n_submissions = count;
    out.submissions = pointers;
    Saga__V1__Request request = SAGA__V1__REQUEST__INIT;
    request.ask_case = SAGA__V1__REQUEST__ASK_SUBMIT;
    request.submit = &out;
    int r = pack(&request.base, body);
    wire_arena_close(arena);
    return pass(r);
}

static int encode_get(const struct wire_get *get, struct buffer *body)
{
    uint8_t id[ID_BYTES_SIZE];
    Saga__V1__Get out = SAGA__V1__GET__INIT;
    Saga__V1__Request request = SAGA__V1__REQUEST__INIT;

    id_bytes(get->id, id);
    out.account = text(get->account);
    out.credential = borrowed(get->credential);
    out.id = borrowed(bytes_of(id, sizeof id));
    out.wait_ms = get->wait_ms;
    request.ask_case = SAGA__V1__REQUEST__ASK_GET;
    request.get = &out;
    return pack(&request.base, body);
}

static int encode_await(const struct wire_await *await, struct buffer *body)
{
    Saga__V1__Await out = SAGA__V1__AWAIT__INIT;
    Saga__V1__Request request = SAGA__V1__REQUEST__INIT;

    out.account = text(await->account);
    out.credential = borrowed(await->credential);
    out.client = await->client;
    out.wait_ms = await->wait_ms;
    request.ask_case = SAGA__V1__REQUEST__ASK_AWAIT;
    request.await = &out;
    return pack(&request.base, body);
}

static int encode_ping(struct buffer *body)
{
    Saga__V1__Ping out = SAGA__V1__PING__INIT;
    Saga__V1__Request request = SAGA__V1__REQUEST__INIT;

    request.ask_case = SAGA__V1__REQUEST__ASK_PING;
    request.ping = &out;
    return pack(&request.base, body);
}

int wire_encode_request(const struct wire_request *request, struct buffer *body)
{
    assert(body != NULL);

    switch (request->type) {
    case WIRE_PING:
        return encode_ping(body);
    case WIRE_POLL:
        return encode_poll(&request->poll, body);
    case WIRE_SUBMIT:
        return encode_submit(&request->submit, body);
    case WIRE_GET:
        return encode_get(&request->get, body);
    case WIRE_AWAIT:
        return encode_await(&request->await, body);
    }
    assert(false);
    return fault(FAULT_INPUT);
}

/* ---- replies ---- */

static void mirror_call(const struct wire_call *call, Saga__V1__Call *out)
{
    saga__v1__call__init(out);
    out->operation_id = text(call->operation_id);
    out->saga = text(call->saga);
    out->sid = text(call->sid);
    out->definition = text(call->definition);
    out->step = text(call->step);
    out->operation = text(call->operation);
    out->direction = wire_direction_out(call->direction);
    out->attempt = call->attempt;
    out->ms_left = call->ms_left;
    out->input = borrowed(call->input);
    out->own_output = borrowed(call->own_output);
    out->outcome_known = call->outcome_known;
    out->traceparent = text(call->traceparent);
    out->tenant = text(call->tenant);
    out->horizon_ms = call->horizon_ms;
    out->token = borrowed_token(call->token);
}

/* Uses the next places of @mirrors and @pointers; returns how many. */
static size_t mirror_outputs(const struct wire_call *call, Saga__V1__Output *mirrors,
                             Saga__V1__Output **pointers)
{
    assert(call->output_count <= SAGA_STEPS_MAX);

    for (size_t i = 0; i < call->output_count; i++) {
        saga__v1__output__init(&mirrors[i]);
        mirrors[i].step = text(call->outputs[i].step);
        mirrors[i].output = borrowed(call->outputs[i].output);
        pointers[i] = &mirrors[i];
    }
    return call->output_count;
}

static void mirror_calls(const struct wire_work *work, struct wire_arena *arena,
                         size_t output_count, Saga__V1__Work *out)
{
    Saga__V1__Call *mirrors = wire_arena_take(arena, work->call_count * sizeof *mirrors);
    Saga__V1__Call **pointers = wire_arena_take(arena, work->call_count * sizeof *pointers);
    Saga__V1__Output *outputs = wire_arena_take(arena, output_count * sizeof *outputs);
    Saga__V1__Output **output_pointers =
        wire_arena_take(arena, output_count * sizeof *output_pointers);
    size_t used = 0;

    for (size_t i = 0; i < work->call_count; i++) {
        mirror_call(&work->calls[i], &mirrors[i]);
        mirrors[i].outputs = output_pointers + used;
        mirrors[i].n_outputs =
            mirror_outputs(&work->calls[i], outputs + used, output_pointers + used);
        used += mirrors[i].n_outputs;
        pointers[i] = &mirrors[i];
    }
    assert(used == output_count);
    out->n_calls = work->call_count;
    out->calls = pointers;
}

static void mirror_acknowledged(const struct wire_work *work, struct wire_arena *arena,
                                Saga__V1__Work *out)
{
    size_t count = work->acknowledged_count;
    ProtobufCBinaryData *tokens = wire_arena_take(arena, count * sizeof *tokens);

    for (size_t i = 0; i < count; i++)
        tokens[i] = borrowed_token(work->acknowledged[i]);
    out->n_acknowledged = count;
    out->acknowledged = tokens;
}

static int encode_work(const struct wire_work *work, struct buffer *body)
{
    assert(work->call_count <= WIRE_CALLS_MAX);
    assert(work->acknowledged_count <= WIRE_RESULTS_MAX);
    size_t outputs = 0;

    for (size_t i = 0; i < work->call_count; i++)
        outputs += work->calls[i].output_count;
    struct wire_arena *arena = wire_arena_open_exact(
        work->call_count * (sizeof(Saga__V1__Call) + sizeof(void *)) +
            outputs * (sizeof(Saga__V1__Output) + sizeof(void *)) +
            work->acknowledged_count * sizeof(ProtobufCBinaryData), 5);
    if (arena == NULL)
        return fault(FAULT_MEMORY);

    Saga__V1__Work out = SAGA__V1__WORK__INIT;
    mirror_calls(work, arena, outputs, &out);
    mirror_acknowledged(work, arena, &out);
    Saga__V1__Reply reply = SAGA__V1__REPLY__INIT;
    reply.answer_case = SAGA__V1__REPLY__ANSWER_WORK;
    reply.work = &out;
    int r = pack(&reply.base, body);
    wire_arena_close(arena);
    return pass(r);
}

/* A refused submission has no id: its number is 0, and no bytes are sent. */
static void mirror_submit_result(const struct wire_submit_result *result, uint8_t id[ID_BYTES_SIZE],
                                 Saga__V1__SubmitResult *out)
{
    saga__v1__submit_result__init(out);
    id_bytes(result->id, id);
    out->status = wire_status_out(result->status);
    out->id = borrowed(bytes_of(id, result->id.number > 0 ? ID_BYTES_SIZE : 0));
    out->phase = text(result->phase);
    out->code = text(result->code);
    out->text = text(result->text);
}

static int encode_submitted(const struct wire_reply *from, struct buffer *body)
{
    size_t count = from->submitted.count;
    assert(count <= WIRE_SUBMISSIONS_MAX);
    struct wire_arena *arena = wire_arena_open_exact(
        count * (sizeof(Saga__V1__SubmitResult) + sizeof(void *) + ID_BYTES_SIZE), 3);

    if (arena == NULL)
        return fault(FAULT_MEMORY);
    Saga__V1__SubmitResult *mirrors = wire_arena_take(arena, count * sizeof *mirrors);
    Saga__V1__SubmitResult **pointers = wire_arena_take(arena, count * sizeof *pointers);
    uint8_t *ids = wire_arena_take(arena, count * ID_BYTES_SIZE);
    for (size_t i = 0; i < count; i++) {
        mirror_submit_result(&from->submitted.results[i], ids + i * ID_BYTES_SIZE, &mirrors[i]);
        pointers[i] = &mirrors[i];
    }

    Saga__V1__Submitted out = SAGA__V1__SUBMITTED__INIT;
    out.n_results = count;
    out.results = pointers;
    Saga__V1__Reply reply = SAGA__V1__REPLY__INIT;
    reply.answer_case = SAGA__V1__REPLY__ANSWER_SUBMITTED;
    reply.submitted = &out;
    int r = pack(&reply.base, body);
    wire_arena_close(arena);
    return pass(r);
}

static void mirror_outcome(const struct wire_outcome *outcome, uint8_t id[ID_BYTES_SIZE],
                           Saga__V1__Outcome *out)
{
    saga__v1__outcome__init(out);
    id_bytes(outcome->id, id);
    out->id = borrowed(bytes_of(id, ID_BYTES_SIZE));
    out->phase = text(outcome->phase);
    out->code = text(outcome->code);
    out->text = text(outcome->text);
    out->found = outcome->found;
}

static int encode_outcome(const struct wire_outcome *outcome, struct buffer *body)
{
    uint8_t id[ID_BYTES_SIZE];
    Saga__V1__Outcome out;
    Saga__V1__Reply reply = SAGA__V1__REPLY__INIT;

    mirror_outcome(outcome, id, &out);
    reply.answer_case = SAGA__V1__REPLY__ANSWER_OUTCOME;
    reply.outcome = &out;
    return pack(&reply.base, body);
}

static int encode_outcomes(const struct wire_reply *from, struct buffer *body)
{
    size_t count = from->outcomes.count;
    assert(count <= WIRE_OUTCOMES_MAX);
    struct wire_arena *arena = wire_arena_open_exact(
        count * (sizeof(Saga__V1__Outcome) + sizeof(void *) + ID_BYTES_SIZE), 3);

    if (arena == NULL)
        return fault(FAULT_MEMORY);
    Saga__V1__Outcome *mirrors = wire_arena_take(arena, count * sizeof *mirrors);
    Saga__V1__Outcome **pointers = wire_arena_take(arena, count * sizeof *pointers);
    uint8_t *ids = wire_arena_take(arena, count * ID_BYTES_SIZE);
    for (size_t i = 0; i < count; i++) {
        mirror_outcome(&from->outcomes.outcomes[i], ids + i * ID_BYTES_SIZE, &mirrors[i]);
        pointers[i] = &mirrors[i];
    }

    Saga__V1__Outcomes out = SAGA__V1__OUTCOMES__INIT;
    out.n_outcomes = count;
    out.outcomes = pointers;
    Saga__V1__Reply reply = SAGA__V1__REPLY__INIT;
    reply.answer_case = SAGA__V1__REPLY__ANSWER_OUTCOMES;
    reply.outcomes = &out;
    int r = pack(&reply.base, body);
    wire_arena_close(arena);
    return pass(r);
}

static int encode_refusal(const struct wire_reply *from, struct buffer *body)
{
    Saga__V1__Refused out = SAGA__V1__REFUSED__INIT;
    Saga__V1__Reply reply = SAGA__V1__REPLY__INIT;

    out.code = text(from->refusal.code);
    out.text = text(from->refusal.text);
    out.after_ms = from->refusal.after_ms;
    reply.answer_case = SAGA__V1__REPLY__ANSWER_REFUSED;
    reply.refused = &out;
    return pack(&reply.base, body);
}

static int encode_pong(struct buffer *body)
{
    Saga__V1__Ping out = SAGA__V1__PING__INIT;
    Saga__V1__Reply reply = SAGA__V1__REPLY__INIT;

    reply.answer_case = SAGA__V1__REPLY__ANSWER_PONG;
    reply.pong = &out;
    return pack(&reply.base, body);
}

int wire_encode_reply(const struct wire_reply *reply, struct buffer *body)
{
    assert(body != NULL);

    switch (reply->type) {
    case WIRE_PONG:
        return encode_pong(body);
    case WIRE_WORK:
        return encode_work(&reply->work, body);
    case WIRE_SUBMITTED:
        return encode_submitted(reply, body);
    case WIRE_OUTCOME:
        return encode_outcome(&reply->outcome, body);
    case WIRE_OUTCOMES:
        return encode_outcomes(reply, body);
    case WIRE_REFUSAL:
        return encode_refusal(reply, body);
    }
    assert(false);
    return fault(FAULT_INPUT);
}
