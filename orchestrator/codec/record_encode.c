/*
 * A record as bytes. The messages live on the stack and borrow everything; only the bytes stay.
 */
#include "codec/record.h"
#include "codec/record_message.h"

#include "base/fault.h"

#include <assert.h>
#include <saga/v1/journal.pb-c.h>
#include <string.h>

/* A record's messages, side by side, because protobuf-c wants pointers to them. */
struct messages {
    Saga__V1__Record record;
    Saga__V1__JournalState state;
    Saga__V1__JournalSubmission submission;
    Saga__V1__JournalStep steps[SAGA_STEPS_MAX];
    Saga__V1__JournalStep *step_list[SAGA_STEPS_MAX];
    Saga__V1__JournalCall calls[2 * SAGA_STEPS_MAX];
};

/* protobuf-c does not write to what it packs, but its structs do not say so. */
static char *borrowed(const char *text)
{
    return (char *)(uintptr_t)text;
}

static ProtobufCBinaryData borrowed_bytes(const uint8_t *data, size_t size)
{
    return (ProtobufCBinaryData){.len = size, .data = (uint8_t *)(uintptr_t)data};
}

/* Index + 1 on the page, so that "none" costs nothing. */
static uint32_t step_number(uint8_t step)
{
    assert(step == DEFINITION_NO_STEP || step < SAGA_STEPS_MAX);
    return step == DEFINITION_NO_STEP ? 0 : step + 1u;
}

static bool call_is_blank(const struct saga_call *call)
{
    return call->wake_ms == 0 && call->patience_ms == 0 && call->since_ms == 0 &&
           call->attempt == 0 && call->counted == 0;
}

static Saga__V1__JournalCall *fill_call(Saga__V1__JournalCall *message,
                                        const struct saga_call *call)
{
    if (call_is_blank(call))
        return NULL;
    saga__v1__journal_call__init(message);
    message->wake_ms = call->wake_ms;
    message->patience_ms = call->patience_ms;
    message->since_ms = call->since_ms;
    message->attempt = call->attempt;
    message->counted = call->counted;
    return message;
}

static uint32_t step_flags(const struct saga_step *step)
{
    return (step->touched ? RECORD_STEP_TOUCHED : 0u) |
           (step->doubt_earlier ? RECORD_STEP_DOUBT_EARLIER : 0u) |
           (step->working ? RECORD_STEP_WORKING : 0u) |
           (step->fencing ? RECORD_STEP_FENCING : 0u) |
           (step->has_output ? RECORD_STEP_HAS_OUTPUT : 0u);
}

static void fill_steps(struct messages *messages, const struct saga_event *event)
{
    size_t count = 0;

    for (uint32_t i = 0; i < SAGA_STEPS_MAX; i++) {
        if ((event->changed >> i & 1u) == 0)
            continue;
        const struct saga_step *step = &event->steps[i];
        Saga__V1__JournalStep *message = &messages->steps[count];
        saga__v1__journal_step__init(message);
        message->step = i;
        message->forward = fill_call(&messages->calls[2 * count], &step->forward);
        message->backward = fill_call(&messages->calls[2 * count + 1], &step->backward);
        message->do_state = step->do_state;
        message->undo_state = step->undo_state;
        message->route = step->route;
        message->generation = step->generation;
        message->flags = step_flags(step);
        messages->step_list[count++] = message;
    }
    messages->record.n_steps = count;
    messages->record.steps = messages->step_list;
}

static void fill_state(Saga__V1__JournalState *message, const struct saga_state *state)
{
    saga__v1__journal_state__init(message);
    message->created_ms = state->created_ms;
    message->updated_ms = state->updated_ms;
    message->deadline_ms = state->deadline_ms;
    message->held_ms = state->held_ms;
    message->events_limit = state->events_limit;
    message->phase = state->phase;
    message->turn_reason = state->turn_reason;
    message->turn_step = step_number(state->turn_step);
    message->parked = state->parked;
    message->parked_step = step_number(state->parked_step);
    message->flags = (state->paused ? RECORD_STATE_PAUSED : 0u) |
                     (state->overdue ? RECORD_STATE_OVERDUE : 0u) |
                     (state->turned_for_service ? RECORD_STATE_TURNED_FOR_SERVICE : 0u);
}

static void fill_submission(Saga__V1__JournalSubmission *message,
                            const struct record_submission *submission)
{
    saga__v1__journal_submission__init(message);
    message->nonce = submission->id.nonce;
    message->previous_number = submission->previous.number;
    message->previous_nonce = submission->previous.nonce;
    message->tenant = borrowed(submission->tenant);
    message->key = borrowed(submission->key);
    message->request_hash = borrowed_bytes(submission->request_hash, RECORD_DIGEST_SIZE);
    message->definition = borrowed(submission->definition);
    message->definition_hash = borrowed_bytes(submission->definition_hash, DEFINITION_HASH_SIZE);
    message->traceparent = borrowed(submission->traceparent);
}

static void fill_event(Saga__V1__Record *message, const struct saga_event *event)
{
    message->time_ms = event->time_ms;
    message->type = event->type;
    message->step = step_number(event->step);
    message->direction = event->direction;
    message->verdict = event->verdict;
    message->verb = event->verb;
    message->attempt = event->attempt;
    message->late = event->late;
    message->called = event->called;
}

static void fill_words(Saga__V1__Record *message, const struct record *record)
{
    message->wall_skew_ms = record->wall_skew_ms;
    message->code = borrowed(record->code);
    message->text = borrowed(record->text);
    message->actor = borrowed(record->actor);
    message->reason = borrowed(record->reason);
    if (record->has_payload) {
        message->payload_digest = borrowed_bytes(record->payload_digest, RECORD_DIGEST_SIZE);
        message->payload_size = record->payload_size;
    }
}

size_t record_pack(const struct record *record, uint8_t ret_body[RECORD_BODY_MAX])
{
    struct messages messages;
    Saga__V1__Record *message = &messages.record;

    saga__v1__record__init(message);
    message->schema = RECORD_SCHEMA;
    fill_event(message, &record->event);
    fill_words(message, record);
    fill_state(&messages.state, &record->event.state);
    message->state = &messages.state;
    fill_steps(&messages, &record->event);
    if (record->event.type == SAGA_EVENT_SUBMITTED) {
        fill_submission(&messages.submission, &record->submission);
        message->submission = &messages.submission;
    }
    assert(saga__v1__record__get_packed_size(message) <= RECORD_BODY_MAX);
    return saga__v1__record__pack(message, ret_body);
}

int record_encode(const struct record *record, struct buffer *body)
{
    assert(record->event.type < SAGA_EVENT_COUNT);
    assert((record->event.type == SAGA_EVENT_SUBMITTED) == (record->event.sequence == 1));

    buffer_clear(body);
    uint8_t *end = buffer_reserve(body, RECORD_BODY_MAX);
    if (end == NULL)
        return fault(FAULT_MEMORY);
    body->size = record_pack(record, end);
    assert(body->size > 0);
    return 0;
}
