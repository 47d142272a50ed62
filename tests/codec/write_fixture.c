/*
 * Writes this release's fixture to stdout: run once, when a release is made, and never again.
 *
 *     write_fixture > tests/codec/fixtures/release-X.Y.hex
 *     write_fixture audit > tests/codec/fixtures/audit-X.Y.hex
 *
 * A line is: stream sequence digest body payload, in hexadecimal, "-" where there is no payload.
 */
#include "codec/record.h"
#include "core/saga.h"
#include "record_sample.h"
#include "record_story.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEX_SIZE (2u * RECORD_BODY_MAX + 1u)

struct stream {
    uint64_t number;
    uint32_t sequence;
    uint8_t link[RECORD_DIGEST_SIZE];
};

static void print_hex(struct bytes data)
{
    static char hex[HEX_SIZE];

    assert(data.size <= RECORD_BODY_MAX);
    hex_encode(data.data, data.size, hex);
    fputs(data.data == NULL ? "-" : hex, stdout);
}

static void print_record(struct stream *stream, const struct buffer *body, struct bytes payload)
{
    struct bytes bytes = bytes_of(body->data, body->size);

    stream->sequence++;
    record_chain(stream->link, stream->number, stream->sequence, bytes, stream->link);
    printf("%016" PRIx64 " %" PRIu32 " ", stream->number, stream->sequence);
    print_hex(bytes_of(stream->link, sizeof stream->link));
    putchar(' ');
    print_hex(bytes);
    putchar(' ');
    print_hex(payload);
    putchar('\n');
}

static void fill_submission(struct record_submission *submission)
{
    *submission = (struct record_submission){
        .id = {.number = STORY_NUMBER, .nonce = STORY_NONCE},
        .previous = {.number = STORY_NUMBER - 1, .nonce = 77},
        .tenant = "AC5ef8732a3c49700934481addd5ce1659",
        .key = "order-17",
        .definition = "send_message",
        .traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    };
    record_request_hash("send_message", bytes_of_text(story_events[0].payload),
                        submission->request_hash);
    record_digest(bytes_of_text("send_message"), submission->definition_hash);
}

static void copy_word(char *to, size_t size, const char *word)
{
    snprintf(to, size, "%s", word == NULL ? "" : word);
}

static void write_event(struct stream *stream, struct saga *saga, const struct story_event *event)
{
    struct record record = {.wall_skew_ms = -2};
    struct saga_refusal refusal;
    struct buffer body = {0};

    int r = saga_judge(saga, &event->input, &record.event, &refusal);
    assert(r == 0);
    saga_apply(saga, &record.event);
    copy_word(record.code, sizeof record.code, event->code);
    copy_word(record.text, sizeof record.text, event->text);
    copy_word(record.actor, sizeof record.actor, event->actor);
    copy_word(record.reason, sizeof record.reason, event->reason);
    if (event->payload != NULL)
        record_set_payload(&record, bytes_of_text(event->payload));
    if (record.event.sequence == 1)
        fill_submission(&record.submission);
    r = record_encode(&record, &body);
    assert(r == 0);
    print_record(stream, &body, event->payload == NULL ? (struct bytes){0}
                                                       : bytes_of_text(event->payload));
    buffer_fini(&body);
}

static void write_saga(void)
{
    struct stream stream = {.number = STORY_NUMBER};
    struct definition definition;

    story_definition(&definition);
    struct saga *saga = calloc(1, saga_size(definition.step_count));
    assert(saga != NULL);
    saga_init(saga, &definition, STORY_NONCE);
    for (size_t i = 0; i < STORY_EVENTS; i++)
        write_event(&stream, saga, &story_events[i]);
    free(saga);
}

static void write_system(void)
{
    struct stream server = {.number = 1}, definitions = {.number = 2};
    struct record_definition definition = {.wall_ms = STORY_TIME_MS, .name = "send_message"};
    struct bytes text = bytes_of_text("saga: send_message\n");
    uint8_t secret[RECORD_SECRET_SIZE];
    struct buffer body = {0};

    for (size_t i = 0; i < sizeof secret; i++)
        secret[i] = (uint8_t)(i * 7);
    int r = record_encode_server(STORY_TIME_MS, secret, &body);
    assert(r == 0);
    print_record(&server, &body, bytes_of(secret, sizeof secret));
    record_digest(text, definition.hash);
    r = record_encode_definition(&definition, text, &body);
    assert(r == 0);
    print_record(&definitions, &body, text);
    buffer_fini(&body);
}

static void write_audit(void)
{
    struct stream stream = {.number = 3};
    struct buffer body = {0};

    for (size_t i = 0; i < SAMPLE_AUDITS; i++) {
        struct record_audit audit = sample_audit(i);
        int r = record_encode_audit(&audit, &body);
        assert(r == 0);
        print_record(&stream, &body, (struct bytes){0});
    }
    buffer_fini(&body);
}

int main(int count, char **arguments)
{
    if (sodium_init() < 0)
        return 1;
    if (count == 2 && strcmp(arguments[1], "audit") == 0) {
        write_audit();
        return 0;
    }
    write_system();
    write_saga();
    return 0;
}
