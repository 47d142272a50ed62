/*
 * Bytes as a record, strictly.
 *
 * Every number is checked before it becomes an index or an enumeration, and at the end the record
 * is packed again: only the very same bytes pass. That refuses over-long numbers and fields that
 * are zero but there.
 */
#include "codec/record.h"
#include "codec/record_message.h"
#include "codec/scan.h"

#include "base/fault.h"
#include "core/input.h"

#include <assert.h>
#include <string.h>

/* One of so many values. */
static uint8_t read_value(struct scan *scan, uint32_t field, uint32_t count)
{
    assert(count > 0 && count <= UINT8_MAX + 1u);
    return (uint8_t)scan_number(scan, field, count - 1);
}

/* The page holds index + 1; 0 means no step. */
static uint8_t read_step_index(struct scan *scan, uint32_t field, uint32_t step_count_max)
{
    uint64_t number = scan_number(scan, field, step_count_max);

    return number == 0 ? DEFINITION_NO_STEP : (uint8_t)(number - 1);
}

static void read_call(struct scan *scan, uint32_t field, struct saga_call *ret_call)
{
    const uint8_t *outer = scan_open(scan, field);

    if (outer == NULL)
        return;
    ret_call->wake_ms = scan_number(scan, 1, UINT64_MAX);
    ret_call->patience_ms = scan_number(scan, 2, UINT64_MAX);
    ret_call->since_ms = scan_number(scan, 3, UINT64_MAX);
    ret_call->attempt = (uint16_t)scan_number(scan, 4, UINT16_MAX);
    ret_call->counted = (uint16_t)scan_number(scan, 5, UINT16_MAX);
    scan_close(scan, outer);
}

static void read_step_flags(struct scan *scan, struct saga_step *ret_step)
{
    uint64_t flags = scan_number(scan, 8, RECORD_STEP_FLAGS);

    ret_step->touched = (flags & RECORD_STEP_TOUCHED) != 0;
    ret_step->doubt_earlier = (flags & RECORD_STEP_DOUBT_EARLIER) != 0;
    ret_step->working = (flags & RECORD_STEP_WORKING) != 0;
    ret_step->fencing = (flags & RECORD_STEP_FENCING) != 0;
    ret_step->has_output = (flags & RECORD_STEP_HAS_OUTPUT) != 0;
    ret_step->resent = (flags & RECORD_STEP_RESENT) != 0;
}

static void read_step(struct scan *scan, struct saga_step *ret_step)
{
    read_call(scan, 2, &ret_step->forward);
    read_call(scan, 3, &ret_step->backward);
    ret_step->do_state = read_value(scan, 4, SAGA_DO_COUNT);
    ret_step->undo_state = read_value(scan, 5, SAGA_UNDO_COUNT);
    ret_step->route = read_value(scan, 6, UINT8_MAX + 1u);
    if (ret_step->route >= SAGA_ROUTES_MAX && ret_step->route != UINT8_MAX)
        scan_refuse(scan);
    ret_step->generation = read_value(scan, 7, UINT8_MAX + 1u);
    read_step_flags(scan, ret_step);
}

/* Steps come in rising order, so that none comes twice. */
static void read_steps(struct scan *scan, uint32_t step_count_max, struct saga_event *ret_event)
{
    const uint8_t *outer;
    uint32_t next = 0;

    while ((outer = scan_open(scan, 22)) != NULL) {
        uint32_t step = (uint32_t)scan_number(scan, 1, step_count_max - 1);
        if (step < next)
            scan_refuse(scan);
        read_step(scan, &ret_event->steps[step]);
        ret_event->changed |= 1u << step;
        next = step + 1;
        scan_close(scan, outer);
    }
}

static void read_state_flags(struct scan *scan, struct saga_state *ret_state)
{
    uint64_t flags = scan_number(scan, 11, RECORD_STATE_FLAGS);

    ret_state->paused = (flags & RECORD_STATE_PAUSED) != 0;
    ret_state->overdue = (flags & RECORD_STATE_OVERDUE) != 0;
    ret_state->turned_for_service = (flags & RECORD_STATE_TURNED_FOR_SERVICE) != 0;
}

static void read_state(struct scan *scan, uint32_t step_count_max, struct saga_state *ret_state)
{
    const uint8_t *outer = scan_open(scan, 20);

    if (outer == NULL) {
        scan_refuse(scan);
        return;
    }
    ret_state->created_ms = scan_number(scan, 1, UINT64_MAX);
    ret_state->updated_ms = scan_number(scan, 2, UINT64_MAX);
    ret_state->deadline_ms = scan_number(scan, 3, UINT64_MAX);
    ret_state->held_ms = scan_number(scan, 4, UINT64_MAX);
    ret_state->events_limit = (uint32_t)scan_number(scan, 5, UINT32_MAX);
    ret_state->phase = read_value(scan, 6, SAGA_PHASE_COUNT);
    ret_state->turn_reason = read_value(scan, 7, SAGA_TURN_COUNT);
    ret_state->turn_step = read_step_index(scan, 8, step_count_max);
    ret_state->parked = read_value(scan, 9, SAGA_PARK_COUNT);
    ret_state->parked_step = read_step_index(scan, 10, step_count_max);
    read_state_flags(scan, ret_state);
    scan_close(scan, outer);
}

static void read_event(struct scan *scan, uint32_t step_count_max, struct saga_event *ret_event)
{
    ret_event->type = read_value(scan, 4, SAGA_EVENT_COUNT);
    ret_event->step = read_step_index(scan, 5, step_count_max);
    ret_event->direction = read_value(scan, 6, SAGA_DIRECTION_COUNT);
    ret_event->verdict = read_value(scan, 7, SAGA_VERDICT_COUNT);
    ret_event->verb = read_value(scan, 8, SAGA_VERB_COUNT);
    ret_event->attempt = (uint16_t)scan_number(scan, 9, UINT16_MAX);
    ret_event->late = scan_number(scan, 10, 1) != 0;
}

static void read_words(struct scan *scan, struct record *ret_record)
{
    scan_text(scan, 11, SAGA_CODE_SIZE, ret_record->code);
    scan_text(scan, 12, SAGA_TEXT_SIZE, ret_record->text);
    scan_text(scan, 13, SAGA_NAME_SIZE, ret_record->actor);
    scan_text(scan, 14, SAGA_TEXT_SIZE, ret_record->reason);
}

/* The first record of a saga, and no other, is the submit. */
static void read_submission(struct scan *scan, uint64_t stream, struct record *ret_record)
{
    struct record_submission *submission = &ret_record->submission;
    bool first = ret_record->event.sequence == 1;
    const uint8_t *outer = scan_open(scan, 23);

    if (first != (outer != NULL) || first != (ret_record->event.type == SAGA_EVENT_SUBMITTED))
        scan_refuse(scan);
    if (outer == NULL)
        return;
    submission->id = (struct saga_id){.number = stream, .nonce = scan_fixed(scan, 1)};
    scan_text(scan, 2, SAGA_TENANT_SIZE, submission->tenant);
    scan_text(scan, 3, SAGA_KEY_SIZE, submission->key);
    scan_exactly(scan, 4, RECORD_DIGEST_SIZE, submission->request_hash);
    scan_text(scan, 5, SAGA_NAME_SIZE, submission->definition);
    scan_exactly(scan, 6, DEFINITION_HASH_SIZE, submission->definition_hash);
    scan_text(scan, 7, RECORD_TRACEPARENT_SIZE, submission->traceparent);
    submission->previous.number = scan_fixed(scan, 8);
    submission->previous.nonce = scan_fixed(scan, 9);
    scan_close(scan, outer);
}

/* A digest without a size is that of an empty payload; a size without a digest is nothing. */
static void read_payload(struct scan *scan, struct record *ret_record)
{
    struct bytes digest = scan_bytes(scan, 30);

    ret_record->has_payload = digest.size > 0;
    ret_record->payload_size = (uint32_t)scan_number(scan, 31, SAGA_INPUT_MAX);
    if (digest.size == RECORD_DIGEST_SIZE)
        memcpy(ret_record->payload_digest, digest.data, RECORD_DIGEST_SIZE);
    else if (digest.size > 0)
        scan_refuse(scan);
}

/* All but the schema. */
static void read_record(struct scan *scan, uint64_t stream, uint32_t step_count_max,
                        struct record *ret_record)
{
    struct saga_event *event = &ret_record->event;

    event->time_ms = scan_number(scan, 2, UINT64_MAX);
    ret_record->wall_skew_ms = scan_signed(scan, 3);
    read_event(scan, step_count_max, event);
    read_words(scan, ret_record);
    read_state(scan, step_count_max, &event->state);
    event->called = (uint32_t)scan_number(scan, 21, UINT32_MAX >> (32 - step_count_max));
    read_steps(scan, step_count_max, event);
    read_submission(scan, stream, ret_record);
    read_payload(scan, ret_record);
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

    if (body.size == 0 || body.size > RECORD_BODY_MAX)
        return fault(FAULT_CORRUPT);
    struct scan scan = scan_of(body);
    uint64_t schema = scan_number(&scan, 1, UINT32_MAX);
    if (schema > RECORD_SCHEMA)
        return fault(FAULT_VERSION);
    if (schema != RECORD_SCHEMA)
        return fault(FAULT_CORRUPT);
    *ret_record = (struct record){.event.sequence = sequence};
    read_record(&scan, stream, step_count_max, ret_record);
    return scan_is_done(&scan) && packs_to(ret_record, body) ? 0 : fault(FAULT_CORRUPT);
}
