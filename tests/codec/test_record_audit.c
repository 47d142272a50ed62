/*
 * Entries of the audit, as bytes: each comes back the same, and no others are accepted.
 */
#include "base/fault.h"
#include "codec/record_audit.h"
#include "record_sample.h"
#include "saga/v1/journal.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define RANDOM_ENTRIES 2000u
#define LINE_SIZE 16384u

static struct bytes bytes_in(const struct buffer *buffer)
{
    return bytes_of(buffer->data, buffer->size);
}

static void expect_same_view(const struct record_view *a, const struct record_view *b)
{
    assert_int_equal(a->phase, b->phase);
    assert_int_equal(a->parked, b->parked);
    assert_int_equal(a->condition, b->condition);
    assert_int_equal(a->do_state, b->do_state);
    assert_int_equal(a->undo_state, b->undo_state);
    assert_int_equal(a->paused, b->paused);
    assert_int_equal(a->overdue, b->overdue);
}

static void expect_same(const struct record_audit *a, const struct record_audit *b)
{
    assert_true(a->wall_ms == b->wall_ms);
    assert_true(id_equal(a->saga, b->saga));
    assert_int_equal(a->verb, b->verb);
    assert_string_equal(a->act, b->act);
    assert_int_equal(a->outcome, b->outcome);
    assert_int_equal(a->force, b->force);
    assert_string_equal(a->actor, b->actor);
    assert_string_equal(a->credential, b->credential);
    assert_string_equal(a->role, b->role);
    assert_string_equal(a->reason, b->reason);
    assert_string_equal(a->step, b->step);
    assert_int_equal(a->sequence, b->sequence);
    assert_int_equal(a->has_event, b->has_event);
    assert_memory_equal(a->event_digest, b->event_digest, sizeof a->event_digest);
    expect_same_view(&a->before, &b->before);
    expect_same_view(&a->after, &b->after);
    assert_string_equal(a->text, b->text);
}

static void every_entry_that_fits_comes_back_the_same(void **state)
{
    (void)state;
    struct buffer body = {0};

    for (uint64_t seed = 0; seed < RANDOM_ENTRIES; seed++) {
        struct record_audit audit = sample_random_audit(seed), back;
        assert_int_equal(record_encode_audit(&audit, &body), 0);
        assert_int_equal(record_decode_audit(bytes_in(&body), &back), 0);
        expect_same(&audit, &back);
    }
    buffer_fini(&body);
}

static void every_entry_is_a_protobuf_message(void **state)
{
    (void)state;
    static uint8_t packed[RECORD_AUDIT_MAX];
    struct buffer body = {0};

    for (uint64_t seed = 0; seed < RANDOM_ENTRIES; seed++) {
        struct record_audit audit = sample_random_audit(seed);
        assert_int_equal(record_encode_audit(&audit, &body), 0);
        Saga__V1__AuditRecord *message =
            saga__v1__audit_record__unpack(NULL, body.size, body.data);
        assert_non_null(message);
        assert_int_equal(message->base.n_unknown_fields, 0);
        assert_true(message->saga_number == audit.saga.number);
        assert_int_equal(message->outcome, audit.outcome);
        assert_int_equal(saga__v1__audit_record__get_packed_size(message), body.size);
        saga__v1__audit_record__pack(message, packed);
        assert_memory_equal(packed, body.data, body.size);
        saga__v1__audit_record__free_unpacked(message, NULL);
    }
    buffer_fini(&body);
}

/* Refused, or read as the very bytes that it is. */
static void expect_itself_or_refused(struct bytes body)
{
    struct record_audit back;
    struct buffer again = {0};
    int r = record_decode_audit(body, &back);

    assert_true(r == 0 || r == fault(FAULT_CORRUPT) || r == fault(FAULT_VERSION));
    if (r == 0) {
        assert_int_equal(record_encode_audit(&back, &again), 0);
        assert_true(bytes_equal(bytes_in(&again), body));
    }
    buffer_fini(&again);
}

static void a_changed_byte_or_a_cut_is_refused_or_reads_as_itself(void **state)
{
    (void)state;
    struct buffer body = {0};

    for (size_t index = 0; index < SAMPLE_AUDITS; index++) {
        struct record_audit audit = sample_audit(index);
        assert_int_equal(record_encode_audit(&audit, &body), 0);
        for (size_t i = 0; i < 8 * body.size; i++) {
            body.data[i / 8] ^= (uint8_t)(1u << i % 8);
            expect_itself_or_refused(bytes_in(&body));
            body.data[i / 8] ^= (uint8_t)(1u << i % 8);
        }
        for (size_t size = 0; size < body.size; size++)
            expect_itself_or_refused(bytes_of(body.data, size));
    }
    buffer_fini(&body);
}

/* The entry's bytes with one occurrence of @from, of this size, replaced. */
static int decode_changed(const struct record_audit *audit, const char *from, const char *to,
                          size_t size)
{
    struct buffer body = {0};
    struct record_audit back;

    assert_int_equal(record_encode_audit(audit, &body), 0);
    uint8_t *at = memmem(body.data, body.size, from, size);
    assert_non_null(at);
    memcpy(at, to, size);
    int r = record_decode_audit(bytes_in(&body), &back);
    buffer_fini(&body);
    return r;
}

static void what_cannot_have_been_written_is_corrupt(void **state)
{
    (void)state;
    struct record_audit refused = sample_audit(1), act = sample_audit(4);

    assert_int_equal(decode_changed(&refused, "too late", "too soon", 8), 0);
    assert_int_equal(decode_changed(&refused, "too late", "too\0late", 8),
                     fault(FAULT_CORRUPT));
    /* An outcome that has an event, without one; and one that nobody knows. */
    assert_int_equal(decode_changed(&refused, "\x38\x01\x4a", "\x38\x00\x4a", 3),
                     fault(FAULT_CORRUPT));
    assert_int_equal(decode_changed(&refused, "\x38\x01\x4a", "\x38\x05\x4a", 3),
                     fault(FAULT_CORRUPT));
    assert_int_equal(decode_changed(&refused, "\x38\x01\x4a", "\x38\x02\x4a", 3), 0);
    /* An act that is a verb as well: "\x28" begins the verb, which an act has not. */
    struct record_audit started = sample_audit(0);
    started.verb = 0;
    started.force = false;
    memcpy(started.act, "rerun", 6);
    assert_int_equal(decode_changed(&started, "\x32\x05" "rerun", "\x32\x05" "renew", 7), 0);
    assert_int_equal(decode_changed(&started, "\x32\x05" "rerun", "\x28\x01\x32\x03" "run", 7),
                     fault(FAULT_CORRUPT));
    /* Neither upon a saga nor upon the server. */
    assert_int_equal(decode_changed(&act, "\x32\x06" "backup", "\x32\x06" "back\0p", 8),
                     fault(FAULT_CORRUPT));
}

static void a_newer_schema_is_another_version_not_corruption(void **state)
{
    (void)state;
    struct record_audit audit = sample_audit(0);

    assert_int_equal(decode_changed(&audit, "\x08\x01\x10", "\x08\x02\x10", 3),
                     fault(FAULT_VERSION));
    assert_int_equal(decode_changed(&audit, "\x08\x01\x10", "\x08\x00\x10", 3),
                     fault(FAULT_CORRUPT));
}

static void a_body_over_the_limit_is_corrupt_unread(void **state)
{
    (void)state;
    static const uint8_t bytes[RECORD_AUDIT_MAX + 1];
    struct record_audit back;

    assert_int_equal(record_decode_audit(bytes_of(bytes, sizeof bytes), &back),
                     fault(FAULT_CORRUPT));
    assert_int_equal(record_decode_audit(bytes_of(bytes, 0), &back), fault(FAULT_CORRUPT));
}

static void the_longest_entry_has_room(void **state)
{
    (void)state;
    struct record_audit audit = sample_audit(0);
    struct buffer body = {0};

    memset(audit.actor, 'a', sizeof audit.actor - 1);
    memset(audit.credential, 'a', sizeof audit.credential - 1);
    memset(audit.role, 'a', sizeof audit.role - 1);
    memset(audit.reason, 'a', sizeof audit.reason - 1);
    memset(audit.step, 'a', sizeof audit.step - 1);
    memset(audit.text, 'a', sizeof audit.text - 1);
    audit.wall_ms = UINT64_MAX;
    assert_int_equal(record_encode_audit(&audit, &body), 0);
    assert_true(body.size < RECORD_AUDIT_MAX / 2);
    buffer_fini(&body);
}

/* ---- what every release wrote ---- */

static void read_fixture(const char *path)
{
    static char text[LINE_SIZE], digest_hex[LINE_SIZE], body_hex[LINE_SIZE];
    uint8_t link[RECORD_DIGEST_SIZE] = {0}, digest[RECORD_DIGEST_SIZE], body[RECORD_AUDIT_MAX];
    FILE *file = fopen(path, "r");
    uint32_t sequence, count = 0;
    uint64_t stream;

    assert_non_null(file);
    for (; fgets(text, sizeof text, file) != NULL; count++) {
        struct record_audit audit, expected = sample_audit(count);
        assert_int_equal(sscanf(text, "%" SCNx64 " %" SCNu32 " %16383s %16383s -", &stream,
                                &sequence, digest_hex, body_hex), 4);
        size_t size = strlen(body_hex) / 2;
        assert_true(size <= sizeof body);
        assert_true(hex_decode(digest_hex, sizeof digest, digest));
        assert_true(hex_decode(body_hex, size, body));
        assert_int_equal(sequence, count + 1);
        record_chain(link, stream, sequence, bytes_of(body, size), link);
        assert_memory_equal(link, digest, sizeof link);
        assert_int_equal(record_decode_audit(bytes_of(body, size), &audit), 0);
        expect_same(&audit, &expected);
    }
    assert_int_equal(count, SAMPLE_AUDITS);
    fclose(file);
}

static void entries_of_every_release_are_read(void **state)
{
    (void)state;
    glob_t paths;

    assert_int_equal(glob(FIXTURES "/audit-*.hex", 0, NULL, &paths), 0);
    for (size_t i = 0; i < paths.gl_pathc; i++)
        read_fixture(paths.gl_pathv[i]);
    globfree(&paths);
}

static int start_sodium(void **state)
{
    (void)state;
    return sodium_init() < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_that_fits_comes_back_the_same),
        cmocka_unit_test(every_entry_is_a_protobuf_message),
        cmocka_unit_test(a_changed_byte_or_a_cut_is_refused_or_reads_as_itself),
        cmocka_unit_test(what_cannot_have_been_written_is_corrupt),
        cmocka_unit_test(a_newer_schema_is_another_version_not_corruption),
        cmocka_unit_test(a_body_over_the_limit_is_corrupt_unread),
        cmocka_unit_test(the_longest_entry_has_room),
        cmocka_unit_test(entries_of_every_release_are_read),
    };

    return cmocka_run_group_tests(tests, start_sodium, NULL);
}
