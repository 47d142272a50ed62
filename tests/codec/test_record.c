/*
 * Records go to bytes and back, and bytes that encoding would not have made are refused.
 */
#include "codec/record.h"
#include "codec/record_sample.h"

#include "base/fault.h"
#include "core/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <saga/v1/journal.pb-c.h>
#include <sodium.h>
#include <string.h>

#define RANDOM_RECORDS 2000u

/* An encoder's output, and how the decoder takes it. */
static int decode(const struct buffer *body, uint32_t sequence, struct record *ret_record)
{
    return record_decode(SAMPLE_NUMBER, sequence, SAGA_STEPS_MAX,
                         bytes_of(body->data, body->size), ret_record);
}

static void expect_same_call(const struct saga_call *a, const struct saga_call *b)
{
    assert_true(a->wake_ms == b->wake_ms);
    assert_true(a->patience_ms == b->patience_ms);
    assert_true(a->since_ms == b->since_ms);
    assert_int_equal(a->attempt, b->attempt);
    assert_int_equal(a->counted, b->counted);
}

static void expect_same_step(const struct saga_step *a, const struct saga_step *b)
{
    expect_same_call(&a->forward, &b->forward);
    expect_same_call(&a->backward, &b->backward);
    assert_int_equal(a->do_state, b->do_state);
    assert_int_equal(a->undo_state, b->undo_state);
    assert_int_equal(a->route, b->route);
    assert_int_equal(a->generation, b->generation);
    assert_int_equal(a->touched, b->touched);
    assert_int_equal(a->doubt_earlier, b->doubt_earlier);
    assert_int_equal(a->resent, b->resent);
    assert_int_equal(a->working, b->working);
    assert_int_equal(a->fencing, b->fencing);
    assert_int_equal(a->has_output, b->has_output);
}

static void expect_same_state(const struct saga_state *a, const struct saga_state *b)
{
    assert_true(a->created_ms == b->created_ms);
    assert_true(a->updated_ms == b->updated_ms);
    assert_true(a->deadline_ms == b->deadline_ms);
    assert_true(a->held_ms == b->held_ms);
    assert_int_equal(a->events_limit, b->events_limit);
    assert_int_equal(a->phase, b->phase);
    assert_int_equal(a->turn_reason, b->turn_reason);
    assert_int_equal(a->turn_step, b->turn_step);
    assert_int_equal(a->parked, b->parked);
    assert_int_equal(a->parked_step, b->parked_step);
    assert_int_equal(a->paused, b->paused);
    assert_int_equal(a->overdue, b->overdue);
    assert_int_equal(a->turned_for_service, b->turned_for_service);
}

static void expect_same_event(const struct saga_event *a, const struct saga_event *b)
{
    assert_true(a->time_ms == b->time_ms);
    assert_int_equal(a->sequence, b->sequence);
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->step, b->step);
    assert_int_equal(a->direction, b->direction);
    assert_int_equal(a->verdict, b->verdict);
    assert_int_equal(a->verb, b->verb);
    assert_int_equal(a->attempt, b->attempt);
    assert_int_equal(a->late, b->late);
    expect_same_state(&a->state, &b->state);
    assert_int_equal(a->changed, b->changed);
    assert_int_equal(a->called, b->called);
    for (size_t i = 0; i < SAGA_STEPS_MAX; i++)
        expect_same_step(&a->steps[i], &b->steps[i]);
}

static void expect_same_submission(const struct record_submission *a,
                                   const struct record_submission *b)
{
    assert_true(id_equal(a->id, b->id));
    assert_true(id_equal(a->previous, b->previous));
    assert_string_equal(a->tenant, b->tenant);
    assert_string_equal(a->key, b->key);
    assert_memory_equal(a->request_hash, b->request_hash, sizeof a->request_hash);
    assert_string_equal(a->definition, b->definition);
    assert_memory_equal(a->definition_hash, b->definition_hash, sizeof a->definition_hash);
    assert_string_equal(a->traceparent, b->traceparent);
}

static void expect_same(const struct record *a, const struct record *b)
{
    expect_same_event(&a->event, &b->event);
    expect_same_submission(&a->submission, &b->submission);
    assert_true(a->wall_skew_ms == b->wall_skew_ms);
    assert_string_equal(a->code, b->code);
    assert_string_equal(a->text, b->text);
    assert_string_equal(a->actor, b->actor);
    assert_string_equal(a->reason, b->reason);
    assert_int_equal(a->has_payload, b->has_payload);
    assert_int_equal(a->payload_size, b->payload_size);
    assert_memory_equal(a->payload_digest, b->payload_digest, sizeof a->payload_digest);
}

static void every_record_that_fits_comes_back_the_same(void **state)
{
    (void)state;
    struct buffer body = {0};

    for (uint64_t seed = 0; seed < RANDOM_RECORDS; seed++) {
        static struct record record, back;
        record = sample_random(seed);
        assert_int_equal(record_encode(&record, &body), 0);
        assert_int_equal(decode(&body, record.event.sequence, &back), 0);
        expect_same(&record, &back);
    }
    buffer_fini(&body);
}

/* What protobuf makes of the same messages, read and written by another hand. */
static void every_record_is_a_protobuf_message(void **state)
{
    (void)state;
    static uint8_t packed[RECORD_BODY_MAX];
    struct buffer body = {0};

    for (uint64_t seed = 0; seed < RANDOM_RECORDS; seed++) {
        struct record record = sample_random(seed);
        assert_int_equal(record_encode(&record, &body), 0);
        Saga__V1__Record *message = saga__v1__record__unpack(NULL, body.size, body.data);
        assert_non_null(message);
        assert_int_equal(message->base.n_unknown_fields, 0);
        assert_int_equal(message->time_ms, record.event.time_ms);
        assert_int_equal(message->wall_skew_ms, record.wall_skew_ms);
        assert_int_equal(message->state->deadline_ms, record.event.state.deadline_ms);
        assert_int_equal(saga__v1__record__get_packed_size(message), body.size);
        saga__v1__record__pack(message, packed);
        assert_memory_equal(packed, body.data, body.size);
        saga__v1__record__free_unpacked(message, NULL);
    }
    buffer_fini(&body);
}

/* Whatever is accepted after a change is another record, never the same one in disguise. */
static void a_changed_byte_is_refused_or_reads_as_itself(void **state)
{
    (void)state;
    struct record record = sample_submit(), back;
    struct buffer body = {0}, again = {0};

    assert_int_equal(record_encode(&record, &body), 0);
    for (size_t i = 0; i < body.size; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            body.data[i] ^= (uint8_t)(1u << bit);
            if (decode(&body, 1, &back) == 0) {
                assert_int_equal(record_encode(&back, &again), 0);
                assert_true(bytes_equal(bytes_of(body.data, body.size),
                                        bytes_of(again.data, again.size)));
            }
            body.data[i] ^= (uint8_t)(1u << bit);
        }
    }
    buffer_fini(&again);
    buffer_fini(&body);
}

static void a_changed_byte_in_a_body_breaks_the_chain(void **state)
{
    (void)state;
    static const uint8_t start[RECORD_DIGEST_SIZE];
    struct record record = sample_submit();
    struct buffer body = {0};
    uint8_t link[RECORD_DIGEST_SIZE], other[RECORD_DIGEST_SIZE];

    assert_int_equal(record_encode(&record, &body), 0);
    struct bytes bytes = bytes_of(body.data, body.size);
    record_chain(start, SAMPLE_NUMBER, 1, bytes, link);
    for (size_t i = 0; i < body.size; i++) {
        body.data[i] ^= 1;
        record_chain(start, SAMPLE_NUMBER, 1, bytes, other);
        assert_memory_not_equal(link, other, sizeof link);
        body.data[i] ^= 1;
    }
    record_chain(start, SAMPLE_NUMBER, 2, bytes, other);
    assert_memory_not_equal(link, other, sizeof link);
    record_chain(start, SAMPLE_NUMBER + 1, 1, bytes, other);
    assert_memory_not_equal(link, other, sizeof link);
    record_chain(link, SAMPLE_NUMBER, 1, bytes, other);
    assert_memory_not_equal(link, other, sizeof link);
    buffer_fini(&body);
}

static void a_changed_byte_in_a_payload_does_not_fit(void **state)
{
    (void)state;
    struct record record = sample_submit();
    uint8_t payload[256];
    size_t size = sample_input().size;

    assert_true(size < sizeof payload);
    memcpy(payload, sample_input().data, size);
    assert_true(record_payload_fits(&record, bytes_of(payload, size)));
    for (size_t i = 0; i < size; i++) {
        payload[i] ^= 1;
        assert_false(record_payload_fits(&record, bytes_of(payload, size)));
        payload[i] ^= 1;
    }
    assert_false(record_payload_fits(&record, bytes_of(payload, size - 1)));
    assert_false(record_payload_fits(&record, bytes_of(payload, size + 1)));
    assert_false(record_payload_fits(&record, (struct bytes){0}));
}

static void an_empty_payload_is_a_payload(void **state)
{
    (void)state;
    struct record record = sample_submit(), back;
    struct buffer body = {0};

    record_set_payload(&record, bytes_of("", 0));
    assert_int_equal(record_encode(&record, &body), 0);
    assert_int_equal(decode(&body, 1, &back), 0);
    assert_true(back.has_payload);
    assert_int_equal(back.payload_size, 0);
    assert_true(record_payload_fits(&back, bytes_of("", 0)));
    assert_false(record_payload_fits(&back, (struct bytes){0}));
    back.has_payload = false;
    assert_true(record_payload_fits(&back, (struct bytes){0}));
    assert_false(record_payload_fits(&back, bytes_of("", 0)));
    buffer_fini(&body);
}

static void expect_corrupt(const struct record *record, uint32_t sequence, uint32_t steps)
{
    struct buffer body = {0};
    struct record back;

    assert_int_equal(record_encode(record, &body), 0);
    assert_int_equal(record_decode(SAMPLE_NUMBER, sequence, steps,
                                   bytes_of(body.data, body.size), &back), fault(FAULT_CORRUPT));
    buffer_fini(&body);
}

static void steps_beyond_the_definition_are_corrupt(void **state)
{
    (void)state;
    struct record record = sample_result();

    record.event.called = 1u << SAMPLE_STEPS;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
    record = sample_result();
    record.event.changed = 1u << SAMPLE_STEPS;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
    record = sample_result();
    record.event.step = SAMPLE_STEPS;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
    record = sample_result();
    record.event.state.turn_step = SAMPLE_STEPS;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
    record = sample_result();
    record.event.state.parked_step = SAMPLE_STEPS;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
}

static void values_outside_their_enumeration_are_corrupt(void **state)
{
    (void)state;
    struct record good = sample_result(), record;

    record = good, record.event.direction = SAGA_DIRECTION_COUNT;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
    record = good, record.event.verdict = SAGA_VERDICT_COUNT;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
    record = good, record.event.verb = SAGA_VERB_COUNT;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
    record = good, record.event.state.phase = SAGA_PHASE_COUNT;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
    record = good, record.event.state.turn_reason = SAGA_TURN_COUNT;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
    record = good, record.event.state.parked = SAGA_PARK_COUNT;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
    record = good, record.event.steps[0].do_state = SAGA_DO_COUNT;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
    record = good, record.event.steps[1].undo_state = SAGA_UNDO_COUNT;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
    record = good, record.event.steps[1].route = SAGA_ROUTES_MAX;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
    record = good, record.payload_size = SAGA_INPUT_MAX + 1;
    expect_corrupt(&record, 2, SAMPLE_STEPS);
}

static void the_first_record_and_no_other_is_the_submit(void **state)
{
    (void)state;
    struct record submit = sample_submit(), result = sample_result();

    expect_corrupt(&submit, 2, SAMPLE_STEPS);
    expect_corrupt(&result, 1, SAMPLE_STEPS);
}

/* The encoder's bytes, changed in place of `from` (which occurs once) to `to`, of equal length. */
static int decode_changed(const struct record *record, const char *from, const char *to,
                          size_t size)
{
    struct buffer body = {0};
    struct record back;

    assert_int_equal(record_encode(record, &body), 0);
    uint8_t *place = memmem(body.data, body.size, from, size);
    assert_non_null(place);
    memcpy(place, to, size);
    int r = decode(&body, record->event.sequence, &back);
    buffer_fini(&body);
    return r;
}

static void a_text_with_a_nul_is_corrupt(void **state)
{
    (void)state;
    struct record record = sample_submit();

    assert_int_equal(decode_changed(&record, "order-17", "order_17", 8), 0);
    assert_int_equal(decode_changed(&record, "order-17", "order\0" "17", 8),
                     fault(FAULT_CORRUPT));
}

static void a_newer_schema_is_another_version_not_corruption(void **state)
{
    (void)state;
    struct record record = sample_submit();

    assert_int_equal(decode_changed(&record, "\x08\x01\x10", "\x08\x02\x10", 3),
                     fault(FAULT_VERSION));
    assert_int_equal(decode_changed(&record, "\x08\x01\x10", "\x08\x00\x10", 3),
                     fault(FAULT_CORRUPT));
}

/* A cut between two fields can read as a smaller record; the chain tells the difference. */
static void a_cut_is_refused_or_reads_as_itself(void **state)
{
    (void)state;
    struct record record = sample_submit(), back;
    struct buffer body = {0}, again = {0};

    assert_int_equal(record_encode(&record, &body), 0);
    size_t size = body.size;
    for (body.size = 0; body.size < size; body.size++) {
        if (decode(&body, 1, &back) != 0)
            continue;
        assert_int_equal(record_encode(&back, &again), 0);
        assert_int_equal(again.size, body.size);
    }
    buffer_fini(&again);
    buffer_fini(&body);
}

static void what_is_left_over_is_corrupt(void **state)
{
    (void)state;
    struct record record = sample_submit(), back;
    struct buffer body = {0};

    assert_int_equal(record_encode(&record, &body), 0);
    assert_int_equal(buffer_append(&body, "\xf8\x07\x01", 3), 0); /* An unknown field. */
    assert_int_equal(decode(&body, 1, &back), fault(FAULT_CORRUPT));
    body.size -= 3;
    assert_int_equal(decode(&body, 1, &back), 0);
    assert_int_equal(buffer_append(&body, "\xf8", 1), 0);
    assert_int_equal(decode(&body, 1, &back), fault(FAULT_CORRUPT));
    buffer_fini(&body);
}

static void a_body_over_the_limit_is_corrupt_unread(void **state)
{
    (void)state;
    static const uint8_t bytes[RECORD_BODY_MAX + 1];
    struct record back;

    assert_int_equal(record_decode(SAMPLE_NUMBER, 1, SAMPLE_STEPS,
                                   bytes_of(bytes, sizeof bytes), &back), fault(FAULT_CORRUPT));
    assert_int_equal(record_decode(SAMPLE_NUMBER, 1, SAMPLE_STEPS, bytes_of(bytes, 0), &back),
                     fault(FAULT_CORRUPT));
}

static void a_body_of_nothing_but_steps_is_corrupt(void **state)
{
    (void)state;
    uint8_t bytes[RECORD_BODY_MAX];
    struct record back;

    for (size_t i = 0; i < sizeof bytes; i += 4)
        memcpy(bytes + i, "\xb2\x01\x00\x00", 4);
    assert_int_equal(record_decode(SAMPLE_NUMBER, 2, SAMPLE_STEPS,
                                   bytes_of(bytes, sizeof bytes), &back), fault(FAULT_CORRUPT));
    for (size_t i = 0; i + 3 <= sizeof bytes; i += 3)
        memcpy(bytes + i, "\xb2\x01\x00", 3);
    assert_int_equal(record_decode(SAMPLE_NUMBER, 2, SAMPLE_STEPS,
                                   bytes_of(bytes, sizeof bytes / 3 * 3), &back),
                     fault(FAULT_CORRUPT));
}

static void keys_of_two_tenants_have_nothing_in_common(void **state)
{
    (void)state;
    uint8_t a[RECORD_KEY_SIZE], b[RECORD_KEY_SIZE];

    record_key_digest("AC1", "k", a);
    record_key_digest("AC1", "k", b);
    assert_memory_equal(a, b, sizeof a);
    record_key_digest("AC2", "k", b);
    assert_memory_not_equal(a, b, sizeof a);
    record_key_digest("AC1k", "", b);
    assert_memory_not_equal(a, b, sizeof a);
    record_key_digest("AC", "1k", b);
    assert_memory_not_equal(a, b, sizeof a);
}

static void a_request_is_its_definition_and_its_input(void **state)
{
    (void)state;
    uint8_t a[RECORD_DIGEST_SIZE], b[RECORD_DIGEST_SIZE];

    record_request_hash("send", bytes_of_text("{}"), a);
    record_request_hash("send", bytes_of_text("{}"), b);
    assert_memory_equal(a, b, sizeof a);
    record_request_hash("send", bytes_of_text("[]"), b);
    assert_memory_not_equal(a, b, sizeof a);
    record_request_hash("sen", bytes_of_text("d{}"), b);
    assert_memory_not_equal(a, b, sizeof a);
}

static void to_run_a_saga_again_is_another_request(void **state)
{
    (void)state;
    uint8_t submit[RECORD_DIGEST_SIZE], a[RECORD_DIGEST_SIZE], b[RECORD_DIGEST_SIZE];

    record_request_hash("send", bytes_of_text("{}"), submit);
    memcpy(a, submit, sizeof a);
    memcpy(b, submit, sizeof b);
    record_rerun_hash((struct saga_id){1024, 7}, a);
    assert_memory_not_equal(a, submit, sizeof a);
    record_rerun_hash((struct saga_id){1024, 7}, b);
    assert_memory_equal(a, b, sizeof a);
    memcpy(b, submit, sizeof b);
    record_rerun_hash((struct saga_id){1024, 8}, b);
    assert_memory_not_equal(a, b, sizeof a);
}

static int start_sodium(void **state)
{
    (void)state;
    return sodium_init() < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_that_fits_comes_back_the_same),
        cmocka_unit_test(every_record_is_a_protobuf_message),
        cmocka_unit_test(a_changed_byte_is_refused_or_reads_as_itself),
        cmocka_unit_test(a_changed_byte_in_a_body_breaks_the_chain),
        cmocka_unit_test(a_changed_byte_in_a_payload_does_not_fit),
        cmocka_unit_test(an_empty_payload_is_a_payload),
        cmocka_unit_test(steps_beyond_the_definition_are_corrupt),
        cmocka_unit_test(values_outside_their_enumeration_are_corrupt),
        cmocka_unit_test(the_first_record_and_no_other_is_the_submit),
        cmocka_unit_test(a_text_with_a_nul_is_corrupt),
        cmocka_unit_test(a_newer_schema_is_another_version_not_corruption),
        cmocka_unit_test(a_cut_is_refused_or_reads_as_itself),
        cmocka_unit_test(what_is_left_over_is_corrupt),
        cmocka_unit_test(a_body_over_the_limit_is_corrupt_unread),
        cmocka_unit_test(a_body_of_nothing_but_steps_is_corrupt),
        cmocka_unit_test(keys_of_two_tenants_have_nothing_in_common),
        cmocka_unit_test(a_request_is_its_definition_and_its_input),
        cmocka_unit_test(to_run_a_saga_again_is_another_request),
    };

    return cmocka_run_group_tests(tests, start_sodium, NULL);
}
