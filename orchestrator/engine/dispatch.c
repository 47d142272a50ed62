/*
 * Dispatch: hand the queued calls of each participant to its parked polls, undo first.
 *
 * Runs after the commit, so a call that leaves is durable. When much is queued, it is shared out
 * among the polls that are parked; a little goes out in one piece.
 */
#include "engine/engine_state.h"

#include "base/fault.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define SHARE_MIN 16u /* Fewer calls than this are not worth two messages. */

/* A message of so many calls, and the strings that the wire borrows. */
struct parcel {
    struct wire_call calls[WIRE_CALLS_MAX];
    char operation_ids[WIRE_CALLS_MAX][WIRE_OPERATION_ID_SIZE];
    char sagas[WIRE_CALLS_MAX][ID_TEXT_SIZE];
    char sids[WIRE_CALLS_MAX][ID_SID_SIZE];
    struct wire_output outputs[WIRE_CALLS_MAX * 4];
    size_t call_count;
    size_t output_count;
    size_t bytes; /* Of inputs and outputs: bounds the message. */
};

#define PARCEL_BYTES_MAX (WIRE_MESSAGE_MAX / 2)

_Static_assert(ID_TEXT_SIZE + SAGA_NAME_SIZE + sizeof "/do.255" <= WIRE_OPERATION_ID_SIZE,
               "the longest operation id fits");

static char *add_text(char *end, const char *text)
{
    size_t size = strlen(text);

    memcpy(end, text, size + 1);
    return end + size;
}

static void add_number(char *end, uint8_t number)
{
    if (number >= 100)
        *end++ = (char)('0' + number / 100);
    if (number >= 10)
        *end++ = (char)('0' + number / 10 % 10);
    *end++ = (char)('0' + number % 10);
    *end = '\0';
}

/* "saga_…/step/do.0" or "saga_…/step/undo" */
void operation_id(const struct live *live, uint8_t step, enum saga_direction direction,
                  char ret_id[WIRE_OPERATION_ID_SIZE])
{
    char *end = ret_id + ID_TEXT_SIZE - 1;

    id_text(live->id, ret_id);
    *end++ = '/';
    end = add_text(end, live->saga->definition->steps[step].name);
    if (direction == SAGA_UNDO)
        add_text(end, "/undo");
    else
        add_number(add_text(end, "/do."), live->saga->steps[step].generation);
}

void call_token(const struct engine *engine, const char *operation, uint32_t attempt,
                const char *participant, uint8_t ret_token[WIRE_TOKEN_SIZE])
{
    crypto_generichash_state state;
    uint8_t number[4] = {(uint8_t)(attempt >> 24), (uint8_t)(attempt >> 16),
                         (uint8_t)(attempt >> 8), (uint8_t)attempt};

    crypto_generichash_init(&state, engine->secret, sizeof engine->secret, WIRE_TOKEN_SIZE);
    crypto_generichash_update(&state, (const uint8_t *)operation, strlen(operation) + 1);
    crypto_generichash_update(&state, (const uint8_t *)participant, strlen(participant) + 1);
    crypto_generichash_update(&state, number, sizeof number);
    crypto_generichash_final(&state, ret_token, WIRE_TOKEN_SIZE);
}

int send_reply(struct engine *engine, uint64_t exchange, const struct wire_reply *reply)
{
    int r = wire_encode_reply(reply, &engine->reply);

    if (r < 0)
        return pass(r);
    transport_reply(engine->options.transport, exchange,
                    bytes_of(engine->reply.data, engine->reply.size));
    return 0;
}

int refuse(struct engine *engine, uint64_t exchange, const char *code, const char *text)
{
    struct wire_reply reply = {.type = WIRE_REFUSAL};

    reply.refusal.code = code;
    reply.refusal.text = text;
    reply.refusal.after_ms = 1000;
    return send_reply(engine, exchange, &reply);
}

static bool is_undo(const struct call *call)
{
    return call->direction == SAGA_UNDO;
}

/* The outputs of the steps that this one needs. */
static void add_outputs(struct parcel *parcel, const struct call *call, struct wire_call *wire)
{
    const struct live *live = call->live;
    const struct definition *definition = live->saga->definition;
    uint32_t needs = definition->steps[call->step].needs;

    wire->outputs = &parcel->outputs[parcel->output_count];
    for (uint8_t i = 0; i < definition->step_count; i++) {
        if (!(needs & 1u << i) || live->outputs[i].data == NULL)
            continue;
        parcel->outputs[parcel->output_count++] =
            (struct wire_output){.step = definition->steps[i].name, .output = live->outputs[i]};
        parcel->bytes += live->outputs[i].size;
        wire->output_count++;
    }
}

static uint32_t ms_left(const struct engine *engine, const struct call *call)
{
    const struct saga_step *step = &call->live->saga->steps[call->step];
    uint64_t wake_ms = is_undo(call) ? step->backward.wake_ms : step->forward.wake_ms;
    uint64_t left = wake_ms > engine->now_ms ? wake_ms - engine->now_ms : 0;

    return left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
}

static void add_call(struct engine *engine, struct parcel *parcel, const struct call *call)
{
    const struct live *live = call->live;
    const struct definition *definition = live->saga->definition;
    const struct definition_step *step = &definition->steps[call->step];
    const struct saga_step *state = &live->saga->steps[call->step];
    enum saga_direction direction = (enum saga_direction)call->direction;
    size_t at = parcel->call_count++;
    struct wire_call *wire = &parcel->calls[at];

    operation_id(live, call->step, direction, parcel->operation_ids[at]);
    id_text(live->id, parcel->sagas[at]);
    id_sid(live->id, parcel->sids[at]);
    *wire = (struct wire_call){
        .operation_id = parcel->operation_ids[at],
        .saga = parcel->sagas[at],
        .sid = parcel->sids[at],
        .definition = definition->name,
        .step = step->name,
        .operation = is_undo(call) ? step->undo : step->operation,
        .direction = direction,
        .attempt = call->attempt,
        .ms_left = ms_left(engine, call),
        .input = live->input,
        .traceparent = live->traceparent,
        .tenant = live->tenant,
        .horizon_ms = definition->deadline_ms + 2 * definition->patience_ms,
    };
    if (is_undo(call)) {
        wire->own_output = live->outputs[call->step];
        wire->outcome_known = state->do_state == SAGA_DO_DONE;
    }
    add_outputs(parcel, call, wire);
    parcel->bytes += live->input.size;
    call_token(engine, wire->operation_id, call->attempt,
               engine->roster.participants[call->participant].name, wire->token);
}

static struct call *next_queued(struct roster_participant *participant)
{
    struct call *undo = participant->queue[BULKHEAD_UNDO].first;

    return undo != NULL ? undo : participant->queue[BULKHEAD_FORWARD].first;
}

/* An ask of something that is being worked on is answered within the step's time-out, or never. */
static void expect_answer(struct engine *engine, struct call *call)
{
    struct live *live = call->live;

    if (!live->saga->steps[call->step].working)
        return;
    call->ask_ms = engine->now_ms + live->saga->definition->steps[call->step].timeout_ms;
    if (live->timer.place == 0 || call->ask_ms < live->timer.at_ms)
        timers_set(&engine->timers, &live->timer, call->ask_ms);
}

static bool has_space(const struct parcel *parcel, const struct call *call)
{
    size_t outputs = sizeof parcel->outputs / sizeof parcel->outputs[0];

    return parcel->output_count + call->live->saga->definition->step_count <= outputs &&
           (parcel->call_count == 0 ||
            parcel->bytes + call->live->input.size < PARCEL_BYTES_MAX);
}

/* Answer one poll with up to @most calls and all acknowledgements that its worker is owed. */
static int answer_poll(struct engine *engine, struct poll *poll, size_t most)
{
    static _Thread_local struct parcel parcel; /* Too large for the stack. */
    struct worker *worker = poll->worker;
    uint64_t exchange = poll->exchange;
    struct call *call;

    parcel.call_count = parcel.output_count = parcel.bytes = 0;
    while (parcel.call_count < most && (call = next_queued(worker->participant)) != NULL) {
        if (!has_space(&parcel, call))
            break;
        roster_hand(&engine->roster, call, worker);
        add_call(engine, &parcel, call);
        expect_answer(engine, call);
    }
    size_t acks = worker->ack_count < WIRE_RESULTS_MAX ? worker->ack_count : WIRE_RESULTS_MAX;
    struct wire_reply reply = {.type = WIRE_WORK};
    reply.work.call_count = parcel.call_count;
    reply.work.calls = parcel.calls;
    reply.work.acknowledged_count = acks;
    reply.work.acknowledged = (const uint8_t(*)[WIRE_TOKEN_SIZE])worker->acks;
    int r = send_reply(engine, exchange, &reply);
    if (r < 0)
        return pass(r);
    worker->ack_count -= acks;
    if (worker->ack_count > 0)
        memmove(worker->acks, worker->acks + acks, worker->ack_count * sizeof *worker->acks);
    roster_unpark(&engine->roster, poll, engine->now_ms);
    return 0;
}

int dispatch_nothing(struct engine *engine, struct poll *poll)
{
    return answer_poll(engine, poll, 0);
}

static size_t share_of(const struct roster_participant *participant, const struct poll *poll)
{
    size_t queued = participant->queue[0].count + participant->queue[1].count;
    size_t share = (queued + participant->poll_count - 1) / participant->poll_count;

    if (share < SHARE_MIN)
        share = queued;
    if (share > WIRE_CALLS_MAX)
        share = WIRE_CALLS_MAX;
    return share < poll->slots ? share : poll->slots;
}

/* The first parked poll that has a free slot. */
static struct poll *willing_poll(const struct roster_participant *participant)
{
    struct poll *poll = participant->first_poll;

    while (poll != NULL && poll->slots == 0)
        poll = poll->next;
    return poll;
}

int dispatch(struct engine *engine)
{
    if (engine->stopping)
        return 0;
    for (size_t i = 0; i < engine->roster.count; i++) {
        struct roster_participant *participant = &engine->roster.participants[i];
        struct poll *poll;
        while (next_queued(participant) != NULL &&
               (poll = willing_poll(participant)) != NULL) {
            int r = answer_poll(engine, poll, share_of(participant, poll));
            if (r < 0)
                return pass(r);
        }
    }
    return 0;
}
