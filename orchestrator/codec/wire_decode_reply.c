/* Replies, from bytes: what workers and clients read. The server is not trusted here either. */
#include "base/fault.h"
#include "codec/wire_read.h"

#include <assert.h>

static void read_outputs(struct wire_reader *reader, const Saga__V1__Call *from,
                         struct wire_call *call)
{
    struct wire_output *outputs =
        wire_read_array(reader, from->n_outputs, SAGA_STEPS_MAX, sizeof *outputs);

    if (outputs == NULL)
        return;
    for (size_t i = 0; i < from->n_outputs; i++) {
        outputs[i].step = wire_read_name(reader, from->outputs[i]->step, SAGA_NAME_SIZE);
        outputs[i].output = wire_read_bytes(reader, from->outputs[i]->output, SAGA_OUTPUT_MAX);
    }
    call->output_count = from->n_outputs;
    call->outputs = outputs;
}

static void read_call(struct wire_reader *reader, const Saga__V1__Call *from,
                      struct wire_call *call)
{
    call->operation_id = wire_read_name(reader, from->operation_id, WIRE_OPERATION_ID_SIZE);
    call->saga = wire_read_text(reader, from->saga, ID_TEXT_SIZE);
    call->sid = wire_read_text(reader, from->sid, ID_SID_SIZE);
    call->definition = wire_read_text(reader, from->definition, SAGA_NAME_SIZE);
    call->step = wire_read_text(reader, from->step, SAGA_NAME_SIZE);
    call->operation = wire_read_name(reader, from->operation, SAGA_NAME_SIZE);
    if (!wire_direction_in(from->direction, &call->direction))
        reader->unfit = true;
    call->attempt = from->attempt;
    call->ms_left = from->ms_left;
    call->input = wire_read_bytes(reader, from->input, SAGA_INPUT_MAX);
    read_outputs(reader, from, call);
    call->own_output = wire_read_bytes(reader, from->own_output, SAGA_OUTPUT_MAX);
    call->outcome_known = from->outcome_known;
    call->traceparent = wire_read_text(reader, from->traceparent, WIRE_TRACEPARENT_SIZE);
    call->tenant = wire_read_text(reader, from->tenant, SAGA_TENANT_SIZE);
    call->horizon_ms = from->horizon_ms;
    wire_read_token(reader, from->token, call->token);
}

static void read_work(struct wire_reader *reader, const Saga__V1__Work *from,
                      struct wire_work *work)
{
    struct wire_call *calls =
        wire_read_array(reader, from->n_calls, WIRE_CALLS_MAX, sizeof *calls);
    uint8_t(*acknowledged)[WIRE_TOKEN_SIZE] =
        wire_read_array(reader, from->n_acknowledged, WIRE_RESULTS_MAX, sizeof *acknowledged);

    if (calls == NULL || acknowledged == NULL)
        return;
    for (size_t i = 0; i < from->n_calls; i++)
        read_call(reader, from->calls[i], &calls[i]);
    for (size_t i = 0; i < from->n_acknowledged; i++)
        wire_read_token(reader, from->acknowledged[i], acknowledged[i]);
    work->call_count = from->n_calls;
    work->calls = calls;
    work->acknowledged_count = from->n_acknowledged;
    work->acknowledged = (const uint8_t(*)[WIRE_TOKEN_SIZE])acknowledged;
}

/* Only a saga that exists has an id. */
static void read_submit_result(struct wire_reader *reader, const Saga__V1__SubmitResult *from,
                               struct wire_submit_result *result)
{
    if (!wire_status_in(from->status, &result->status))
        reader->unfit = true;
    if (from->id.len > 0 || result->status == WIRE_STARTED || result->status == WIRE_REPLAYED)
        result->id = wire_read_id(reader, from->id);
    result->phase = wire_read_text(reader, from->phase, SAGA_NAME_SIZE);
    result->code = wire_read_text(reader, from->code, SAGA_CODE_SIZE);
    result->text = wire_read_text(reader, from->text, SAGA_TEXT_SIZE);
}

static void read_submitted(struct wire_reader *reader, const Saga__V1__Submitted *from,
                           struct wire_reply *reply)
{
    struct wire_submit_result *results =
        wire_read_array(reader, from->n_results, WIRE_SUBMISSIONS_MAX, sizeof *results);

    if (results == NULL)
        return;
    for (size_t i = 0; i < from->n_results; i++)
        read_submit_result(reader, from->results[i], &results[i]);
    reply->submitted.count = from->n_results;
    reply->submitted.results = results;
}

static void read_outcome(struct wire_reader *reader, const Saga__V1__Outcome *from,
                         struct wire_outcome *outcome)
{
    outcome->id = wire_read_id(reader, from->id);
    outcome->phase = wire_read_text(reader, from->phase, SAGA_NAME_SIZE);
    outcome->code = wire_read_text(reader, from->code, SAGA_CODE_SIZE);
    outcome->text = wire_read_text(reader, from->text, SAGA_TEXT_SIZE);
    outcome->found = from->found;
}

static void read_outcomes(struct wire_reader *reader, const Saga__V1__Outcomes *from,
                          struct wire_reply *reply)
{
    struct wire_outcome *outcomes =
        wire_read_array(reader, from->n_outcomes, WIRE_OUTCOMES_MAX, sizeof *outcomes);

    if (outcomes == NULL)
        return;
    for (size_t i = 0; i < from->n_outcomes; i++)
        read_outcome(reader, from->outcomes[i], &outcomes[i]);
    reply->outcomes.count = from->n_outcomes;
    reply->outcomes.outcomes = outcomes;
}

static void read_refusal(struct wire_reader *reader, const Saga__V1__Refused *from,
                         struct wire_reply *reply)
{
    reply->refusal.code = wire_read_text(reader, from->code, SAGA_CODE_SIZE);
    reply->refusal.text = wire_read_text(reader, from->text, SAGA_TEXT_SIZE);
    reply->refusal.after_ms = from->after_ms;
    if (from->after_ms > SAGA_AFTER_MS_MAX)
        reply->refusal.after_ms = SAGA_AFTER_MS_MAX;
}

static void read_reply(struct wire_reader *reader, const Saga__V1__Reply *from,
                       struct wire_reply *reply)
{
    switch (from->answer_case) {
    case SAGA__V1__REPLY__ANSWER_PONG:
        reply->type = WIRE_PONG;
        return;
    case SAGA__V1__REPLY__ANSWER_WORK:
        reply->type = WIRE_WORK;
        read_work(reader, from->work, &reply->work);
        return;
    case SAGA__V1__REPLY__ANSWER_SUBMITTED:
        reply->type = WIRE_SUBMITTED;
        read_submitted(reader, from->submitted, reply);
        return;
    case SAGA__V1__REPLY__ANSWER_OUTCOME:
        reply->type = WIRE_OUTCOME;
        read_outcome(reader, from->outcome, &reply->outcome);
        return;
    case SAGA__V1__REPLY__ANSWER_OUTCOMES:
        reply->type = WIRE_OUTCOMES;
        read_outcomes(reader, from->outcomes, reply);
        return;
    case SAGA__V1__REPLY__ANSWER_REFUSED:
        reply->type = WIRE_REFUSAL;
        read_refusal(reader, from->refused, reply);
        return;
    case SAGA__V1__REPLY__ANSWER__NOT_SET:
    case _SAGA__V1__REPLY__ANSWER__CASE_IS_INT_SIZE:
        break;
    }
    reader->unfit = true;
}

int wire_decode_reply(struct bytes body, struct wire_reply *ret_reply)
{
    assert(ret_reply != NULL);
    if (body.size == 0 || body.size > WIRE_MESSAGE_MAX)
        return fault(FAULT_INPUT);
    struct wire_reader reader = {.arena = wire_arena_open(body.size)};

    if (reader.arena == NULL)
        return fault(FAULT_MEMORY);
    struct wire_reply reply = {.arena = reader.arena};
    const Saga__V1__Reply *unpacked =
        saga__v1__reply__unpack(wire_arena_allocator(reader.arena), body.size, body.data);
    if (unpacked == NULL)
        reader.unfit = true;
    else
        read_reply(&reader, unpacked, &reply);

    if (!reader.unfit) {
        *ret_reply = reply;
        return 0;
    }
    bool starved = wire_arena_starved(reader.arena);
    wire_arena_close(reader.arena);
    return fault(starved ? FAULT_MEMORY : FAULT_INPUT);
}
