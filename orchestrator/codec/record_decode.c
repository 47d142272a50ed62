/*
 * Bytes as a record, strictly.
 *
 * The message is unpacked into a bounded arena, every number is checked before it becomes an index
 * or an enumeration, and at the end the record is packed again: only the very same bytes pass.
 * That refuses unknown fields, texts with a NUL inside, over-long numbers and doubled fields alike.
 */
#include "codec/record_arena.h"
#include "codec/record.h"
#include "codec/record_message.h"

#include "base/fault.h"
#include "core/input.h"

#include <assert.h>
#include <saga/v1/journal.pb-c.h>
#include <string.h>

/* A record with every step and every text takes under 20 KiB; the rest is for protobuf-c. */
#define RECORD_ARENA_SIZE 49152u

static bool copy_text(const char *text, size_t size, char *ret_text)
{
    size_t length = strlen(text);

    if (length >= size)
        return false;
    memcpy(ret_text, text, length + 1);
    return true;
}

static bool copy_bytes(ProtobufCBinaryData data, size_t size, uint8_t *ret_data)
{
    if (data.len != size)
        return false;
    memcpy(ret_data, data.data, size);
    return true;
}

static bool copy_u8(uint32_t value, uint32_t count, uint8_t *ret_value)
{
    assert(count <= UINT8_MAX + 1u);
    if (value >= count)
        return false;
    *ret_value = (uint8_t)value;
    return true;
}

static bool copy_u16(uint32_t value, uint16_t *ret_value)
{
    if (value > UINT16_MAX)
        return false;
    *ret_value = (uint16_t)value;
    return true;
}

/* The page holds index + 1; 0 means no step. */
static bool copy_step(uint32_t number, uint32_t step_count_max, uint8_t *ret_step)
{
    if (number > step_count_max)
        return false;
    *ret_step = number == 0 ? DEFINITION_NO_STEP : (uint8_t)(number - 1);
    return true;
}

static bool read_call(const Saga__V1__JournalCall *message, struct saga_call *ret_call)
{
    if (message == NULL)
        return true;
    ret_call->wake_ms = message->wake_ms;
    ret_call->patience_ms = message->patience_ms;
    ret_call->since_ms = message->since_ms;
    return copy_u16(message->attempt, &ret_call->attempt) &&
           copy_u16(message->counted, &ret_call->counted);
}

static bool read_step(const Saga__V1__JournalStep *message, struct saga_step *ret_step)
{
    if (message->flags > RECORD_STEP_FLAGS)
        return false;
    ret_step->touched = (message->flags & RECORD_STEP_TOUCHED) != 0;
    ret_step->doubt_earlier = (message->flags & RECORD_STEP_DOUBT_EARLIER) != 0;
    ret_step->working = (message->flags & RECORD_STEP_WORKING) != 0;
    ret_step->fencing = (message->flags & RECORD_STEP_FENCING) != 0;
    ret_step->has_output = (message->flags & RECORD_STEP_HAS_OUTPUT) != 0;
    if (message->route >= SAGA_ROUTES_MAX && message->route != UINT8_MAX)
        return false;
    ret_step->route = (uint8_t)message->route;
    return copy_u8(message->do_state, SAGA_DO_COUNT, &ret_step->do_state) &&
           copy_u8(message->undo_state, SAGA_UNDO_COUNT, &ret_step->undo_state) &&
           copy_u8(message->generation, UINT8_MAX + 1u, &ret_step->generation) &&
           read_call(message->forward, &ret_step->forward) &&
           read_call(message->backward, &ret_step->backward);
}

/* Steps come in rising order, so that none comes twice. */
static bool read_steps(const Saga__V1__Record *message, uint32_t step_count_max,
                       struct saga_event *ret_event)
{
    uint32_t next = 0;

    for (size_t i = 0; i < message->n_steps; i++) {
        const Saga__V1__JournalStep *step = message->steps[i];
        if (step->step < next || step->step >= step_count_max)
            return false;
        if (!read_step(step, &ret_event->steps[step->step]))
            return false;
        ret_event->changed |= 1u << step->step;
        next = step->step + 1;
    }
    return true;
}

static bool read_state(const Saga__V1__JournalState *message, uint32_t step_count_max,
                       struct saga_state *ret_state)
{
    if (message == NULL || message->flags > RECORD_STATE_FLAGS)
        return false;
    ret_state->created_ms = message->created_ms;
    ret_state->updated_ms = message->updated_ms;
    ret_state->deadline_ms = message->deadline_ms;
    ret_state->held_ms = message->held_ms;
    ret_state->events_limit = message->events_limit;
    ret_state->paused = (message->flags & RECORD_STATE_PAUSED) != 0;
    ret_state->overdue = (message->flags & RECORD_STATE_OVERDUE) != 0;
    ret_state->turned_for_service = (message->flags & RECORD_STATE_TURNED_FOR_SERVICE) != 0;
    return copy_u8(message->phase, SAGA_PHASE_COUNT, &ret_state->phase) &&
           copy_u8(message->turn_reason, SAGA_TURN_COUNT, &ret_state->turn_reason) &&
           copy_step(message->turn_step, step_count_max, &ret_state->turn_step) &&
           copy_u8(message->parked, SAGA_PARK_COUNT, &ret_state->parked) &&
           copy_step(message->parked_step, step_count_max, &ret_state->parked_step);
}

static bool read_event(const Saga__V1__Record *message, uint32_t step_count_max,
                       struct saga_event *ret_event)
{
    uint64_t beyond = ~(uint64_t)0 << step_count_max;

    if ((message->called & beyond) != 0)
        return false;
    ret_event->time_ms = message->time_ms;
    ret_event->late = message->late != 0;
    ret_event->called = message->called;
    return copy_u8(message->type, SAGA_EVENT_COUNT, &ret_event->type) &&
           copy_step(message->step, step_count_max, &ret_event->step) &&
           copy_u8(message->direction, SAGA_DIRECTION_COUNT, &ret_event->direction) &&
           copy_u8(message->verdict, SAGA_VERDICT_COUNT, &ret_event->verdict) &&
           copy_u8(message->verb, SAGA_VERB_COUNT, &ret_event->verb) &&
           copy_u16(message->attempt, &ret_event->attempt) &&
           read_state(message->state, step_count_max, &ret_event->state) &&
           read_steps(message, step_count_max, ret_event);
}

static bool read_submission(const Saga__V1__JournalSubmission *message, uint64_t stream,
                            struct record_submission *ret_submission)
{
    ret_submission->id = (struct saga_id){.number = stream, .nonce = message->nonce};
    ret_submission->previous = (struct saga_id){
        .number = message->previous_number,
        .nonce = message->previous_nonce,
    };
    return copy_text(message->tenant, SAGA_TENANT_SIZE, ret_submission->tenant) &&
           copy_text(message->key, SAGA_KEY_SIZE, ret_submission->key) &&
           copy_text(message->definition, SAGA_NAME_SIZE, ret_submission->definition) &&
           copy_text(message->traceparent, RECORD_TRACEPARENT_SIZE,
                     ret_submission->traceparent) &&
           copy_bytes(message->request_hash, RECORD_DIGEST_SIZE, ret_submission->request_hash) &&
           copy_bytes(message->definition_hash, DEFINITION_HASH_SIZE,
                      ret_submission->definition_hash);
}

static bool read_words(const Saga__V1__Record *message, struct record *ret_record)
{
    ret_record->wall_skew_ms = message->wall_skew_ms;
    ret_record->has_payload = message->payload_digest.len > 0;
    ret_record->payload_size = message->payload_size;
    if (message->payload_size > SAGA_INPUT_MAX)
        return false;
    if (ret_record->has_payload &&
        !copy_bytes(message->payload_digest, RECORD_DIGEST_SIZE, ret_record->payload_digest))
        return false;
    return copy_text(message->code, SAGA_CODE_SIZE, ret_record->code) &&
           copy_text(message->text, SAGA_TEXT_SIZE, ret_record->text) &&
           copy_text(message->actor, SAGA_NAME_SIZE, ret_record->actor) &&
           copy_text(message->reason, SAGA_TEXT_SIZE, ret_record->reason);
}

/* The first record of a saga, and no other, is the submit. */
static bool read_record(const Saga__V1__Record *message, uint64_t stream, uint32_t step_count_max,
                        struct record *ret_record)
{
    bool first = ret_record->event.sequence == 1;

    if (!read_event(message, step_count_max, &ret_record->event))
        return false;
    if (first != (ret_record->event.type == SAGA_EVENT_SUBMITTED))
        return false;
    if (first != (message->submission != NULL))
        return false;
    if (first && !read_submission(message->submission, stream, &ret_record->submission))
        return false;
    return read_words(message, ret_record);
}

static bool packs_to(const struct record *record, struct bytes body)
{
    uint8_t packed[RECORD_BODY_MAX];
    size_t size = record_pack(record, packed);

    return bytes_equal(bytes_of(packed, size), body);
}

int record_decode(uint64_t stream, uint32_t sequence, uint32_t step_count_max,
                  struct bytes body, struct record *ret_record)
{
    assert(sequence > 0);
    assert(step_count_max > 0 && step_count_max <= SAGA_STEPS_MAX);
    _Alignas(RECORD_ARENA_ALIGNMENT) uint8_t storage[RECORD_ARENA_SIZE];
    struct record_arena arena;
    struct record record = {.event.sequence = sequence};

    if (body.size == 0 || body.size > RECORD_BODY_MAX)
        return fault(FAULT_CORRUPT);
    record_arena_init(&arena, storage, sizeof storage);
    Saga__V1__Record *message = saga__v1__record__unpack(&arena.allocator, body.size, body.data);
    if (message == NULL)
        return fault(FAULT_CORRUPT);
    if (message->schema > RECORD_SCHEMA)
        return fault(FAULT_VERSION);
    if (message->schema != RECORD_SCHEMA)
        return fault(FAULT_CORRUPT);
    if (!read_record(message, stream, step_count_max, &record) || !packs_to(&record, body))
        return fault(FAULT_CORRUPT);
    *ret_record = record;
    return 0;
}
