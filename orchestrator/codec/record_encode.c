/*
 * A record as bytes, in one pass: each field with the number that journal.proto gives it.
 */
#include "codec/pen.h"
#include "codec/record.h"
#include "codec/record_message.h"

#include "base/fault.h"

#include <assert.h>

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

static void write_call(struct pen *pen, uint32_t field, const struct saga_call *call)
{
    if (call_is_blank(call))
        return;
    uint8_t *opened = pen_open(pen, field);
    pen_number(pen, 1, call->wake_ms);
    pen_number(pen, 2, call->patience_ms);
    pen_number(pen, 3, call->since_ms);
    pen_number(pen, 4, call->attempt);
    pen_number(pen, 5, call->counted);
    pen_close(pen, opened);
}

static uint32_t step_flags(const struct saga_step *step)
{
    return (step->touched ? RECORD_STEP_TOUCHED : 0u) |
           (step->doubt_earlier ? RECORD_STEP_DOUBT_EARLIER : 0u) |
           (step->working ? RECORD_STEP_WORKING : 0u) |
           (step->fencing ? RECORD_STEP_FENCING : 0u) |
           (step->has_output ? RECORD_STEP_HAS_OUTPUT : 0u) |
           (step->resent ? RECORD_STEP_RESENT : 0u);
}

static void write_step(struct pen *pen, uint32_t number, const struct saga_step *step)
{
    uint8_t *opened = pen_open(pen, 22);

    pen_number(pen, 1, number);
    write_call(pen, 2, &step->forward);
    write_call(pen, 3, &step->backward);
    pen_number(pen, 4, step->do_state);
    pen_number(pen, 5, step->undo_state);
    pen_number(pen, 6, step->route);
    pen_number(pen, 7, step->generation);
    pen_number(pen, 8, step_flags(step));
    pen_close(pen, opened);
}

static void write_steps(struct pen *pen, const struct saga_event *event)
{
    for (uint32_t i = 0; i < SAGA_STEPS_MAX; i++)
        if ((event->changed >> i & 1u) != 0)
            write_step(pen, i, &event->steps[i]);
}

static void write_state(struct pen *pen, const struct saga_state *state)
{
    uint8_t *opened = pen_open(pen, 20);

    pen_number(pen, 1, state->created_ms);
    pen_number(pen, 2, state->updated_ms);
    pen_number(pen, 3, state->deadline_ms);
    pen_number(pen, 4, state->held_ms);
    pen_number(pen, 5, state->events_limit);
    pen_number(pen, 6, state->phase);
    pen_number(pen, 7, state->turn_reason);
    pen_number(pen, 8, step_number(state->turn_step));
    pen_number(pen, 9, state->parked);
    pen_number(pen, 10, step_number(state->parked_step));
    pen_number(pen, 11, (state->paused ? RECORD_STATE_PAUSED : 0u) |
                            (state->overdue ? RECORD_STATE_OVERDUE : 0u) |
                            (state->turned_for_service ? RECORD_STATE_TURNED_FOR_SERVICE : 0u));
    pen_close(pen, opened);
}

static void write_submission(struct pen *pen, const struct record_submission *submission)
{
    uint8_t *opened = pen_open(pen, 23);

    pen_fixed(pen, 1, submission->id.nonce);
    pen_text(pen, 2, submission->tenant);
    pen_text(pen, 3, submission->key);
    pen_bytes(pen, 4, bytes_of(submission->request_hash, RECORD_DIGEST_SIZE));
    pen_text(pen, 5, submission->definition);
    pen_bytes(pen, 6, bytes_of(submission->definition_hash, DEFINITION_HASH_SIZE));
    pen_text(pen, 7, submission->traceparent);
    pen_fixed(pen, 8, submission->previous.number);
    pen_fixed(pen, 9, submission->previous.nonce);
    pen_close(pen, opened);
}

static void write_event(struct pen *pen, const struct saga_event *event)
{
    pen_number(pen, 4, event->type);
    pen_number(pen, 5, step_number(event->step));
    pen_number(pen, 6, event->direction);
    pen_number(pen, 7, event->verdict);
    pen_number(pen, 8, event->verb);
    pen_number(pen, 9, event->attempt);
    pen_number(pen, 10, event->late);
}

static void write_words(struct pen *pen, const struct record *record)
{
    pen_text(pen, 11, record->code);
    pen_text(pen, 12, record->text);
    pen_text(pen, 13, record->actor);
    pen_text(pen, 14, record->reason);
}

static void write_payload(struct pen *pen, const struct record *record)
{
    if (!record->has_payload)
        return;
    pen_bytes(pen, 30, bytes_of(record->payload_digest, RECORD_DIGEST_SIZE));
    pen_number(pen, 31, record->payload_size);
}

size_t record_pack(const struct record *record, uint8_t ret_body[RECORD_BODY_MAX])
{
    struct pen pen = {.at = ret_body, .end = ret_body + RECORD_BODY_MAX};
    const struct saga_event *event = &record->event;

    pen_number(&pen, 1, RECORD_SCHEMA);
    pen_number(&pen, 2, event->time_ms);
    pen_signed(&pen, 3, record->wall_skew_ms);
    write_event(&pen, event);
    write_words(&pen, record);
    write_state(&pen, &event->state);
    pen_number(&pen, 21, event->called);
    write_steps(&pen, event);
    if (event->type == SAGA_EVENT_SUBMITTED)
        write_submission(&pen, &record->submission);
    write_payload(&pen, record);
    return (size_t)(pen.at - ret_body);
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
