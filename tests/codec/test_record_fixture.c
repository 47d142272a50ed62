/*
 * What every release wrote is read and folded by this one to the same state (invariant I-09), and
 * the example of docs/reference/journal.md is true to the byte.
 */
#include "codec/record.h"
#include "core/saga.h"
#include "record_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 65536u

/* A line of a fixture. */
struct line {
    uint64_t stream;
    uint32_t sequence;
    uint8_t digest[RECORD_DIGEST_SIZE];
    size_t body_size, payload_size;
    bool has_payload;
    uint8_t body[RECORD_BODY_MAX];
    uint8_t payload[RECORD_BODY_MAX];
};

static struct bytes body_of(const struct line *line)
{
    return bytes_of(line->body, line->body_size);
}

static struct bytes payload_of(const struct line *line)
{
    return bytes_of(line->has_payload ? line->payload : NULL, line->payload_size);
}

static size_t read_hex(const char *text, uint8_t *data)
{
    size_t size = strlen(text) / 2;

    assert_true(size <= RECORD_BODY_MAX);
    assert_true(hex_decode(text, size, data));
    return size;
}

static bool read_line(FILE *file, struct line *line)
{
    static char text[LINE_SIZE], digest[LINE_SIZE], body[LINE_SIZE], payload[LINE_SIZE];

    if (fgets(text, sizeof text, file) == NULL)
        return false;
    memset(line, 0, sizeof *line);
    int fields = sscanf(text, "%" SCNx64 " %" SCNu32 " %65535s %65535s %65535s", &line->stream,
                        &line->sequence, digest, body, payload);
    assert_int_equal(fields, 5);
    assert_int_equal(read_hex(digest, line->digest), RECORD_DIGEST_SIZE);
    line->body_size = read_hex(body, line->body);
    line->has_payload = strcmp(payload, "-") != 0;
    if (line->has_payload)
        line->payload_size = read_hex(payload, line->payload);
    return true;
}

/* ---- folding ---- */

static void expect_system_record(const struct line *line)
{
    struct record_definition definition;

    if (line->stream == 1) {
        assert_int_equal(record_decode_server(body_of(line), payload_of(line)), 0);
        return;
    }
    assert_int_equal(record_decode_definition(body_of(line), payload_of(line), &definition), 0);
    assert_string_equal(definition.name, "send_message");
}

static void fold_record(struct saga *saga, const struct line *line)
{
    static struct record record;

    assert_true(line->stream == STORY_NUMBER);
    assert_int_equal(record_decode(line->stream, line->sequence, saga->definition->step_count,
                                   body_of(line), &record), 0);
    assert_true(record_payload_fits(&record, payload_of(line)));
    const struct story_event *story = &story_events[line->sequence - 1];
    assert_string_equal(record.code, story->code == NULL ? "" : story->code);
    assert_string_equal(record.text, story->text == NULL ? "" : story->text);
    assert_string_equal(record.actor, story->actor == NULL ? "" : story->actor);
    assert_string_equal(record.reason, story->reason == NULL ? "" : story->reason);
    assert_true(record.event.time_ms == story->input.time_ms);
    if (line->sequence == 1)
        assert_true(record.submission.id.nonce == STORY_NONCE);
    saga_apply(saga, &record.event);
}

static void expect_end_of_story(const struct saga *saga)
{
    static const uint8_t done[] = {
        SAGA_DO_DONE, SAGA_DO_DONE, SAGA_DO_DONE, SAGA_DO_REJECTED, SAGA_DO_NOT_RUN,
    };
    static const uint8_t undone[] = {
        SAGA_UNDO_NONE, SAGA_UNDO_DONE, SAGA_UNDO_DONE, SAGA_UNDO_NONE, SAGA_UNDO_NONE,
    };

    assert_int_equal(saga->sequence, STORY_EVENTS);
    assert_int_equal(saga->state.phase, SAGA_COMPENSATED);
    assert_int_equal(saga->state.turn_reason, SAGA_TURN_REJECTED);
    assert_int_equal(saga->state.turn_step, 3);
    assert_true(saga->state.created_ms == STORY_TIME_MS);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(saga->steps[i].do_state, done[i]);
        assert_int_equal(saga->steps[i].undo_state, undone[i]);
    }
    assert_int_equal(saga->steps[1].forward.attempt, 2);
    assert_true(saga_wants(saga).finished);
}

static void fold_fixture(const char *path)
{
    static struct line line;
    uint8_t links[3][RECORD_DIGEST_SIZE] = {{0}}; /* Server, definitions, the saga. */
    struct definition definition;
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    story_definition(&definition);
    struct saga *saga = calloc(1, saga_size(definition.step_count));
    assert_non_null(saga);
    saga_init(saga, &definition, STORY_NONCE);
    while (read_line(file, &line)) {
        uint8_t *link = links[line.stream < 3 ? line.stream - 1 : 2];
        record_chain(link, line.stream, line.sequence, body_of(&line), link);
        assert_memory_equal(link, line.digest, RECORD_DIGEST_SIZE);
        if (line.stream < 3)
            expect_system_record(&line);
        else
            fold_record(saga, &line);
    }
    expect_end_of_story(saga);
    free(saga);
    fclose(file);
}

static void records_of_every_release_fold_to_the_same_state(void **state)
{
    (void)state;
    glob_t paths;

    assert_int_equal(glob(FIXTURES "/release-*.hex", 0, NULL, &paths), 0);
    assert_true(paths.gl_pathc > 0);
    for (size_t i = 0; i < paths.gl_pathc; i++)
        fold_fixture(paths.gl_pathv[i]);
    globfree(&paths);
}

/* ---- any byte ---- */

/* A flipped byte shows in the chain, in the payload's digest, or in the decoder. */
static bool is_noticed(const struct line *line, const uint8_t previous[RECORD_DIGEST_SIZE])
{
    static struct record record;
    uint8_t link[RECORD_DIGEST_SIZE];

    record_chain(previous, line->stream, line->sequence, body_of(line), link);
    if (memcmp(link, line->digest, sizeof link) != 0)
        return true;
    assert_int_equal(record_decode(line->stream, line->sequence, 5, body_of(line), &record), 0);
    return !record_payload_fits(&record, payload_of(line));
}

static void expect_noticed(const struct line *line, uint8_t *data, size_t size,
                           const uint8_t previous[RECORD_DIGEST_SIZE])
{
    for (size_t i = 0; i < size; i++) {
        data[i] ^= 0x20;
        assert_true(is_noticed(line, previous));
        data[i] ^= 0x20;
    }
}

static void a_changed_byte_anywhere_in_the_journal_is_noticed(void **state)
{
    (void)state;
    static struct line line;
    uint8_t previous[RECORD_DIGEST_SIZE] = {0};
    FILE *file = fopen(FIXTURES "/release-0.1.hex", "r");

    assert_non_null(file);
    while (read_line(file, &line)) {
        if (line.stream != STORY_NUMBER)
            continue;
        assert_false(is_noticed(&line, previous));
        expect_noticed(&line, line.body, line.body_size, previous);
        expect_noticed(&line, line.payload, line.payload_size, previous);
        expect_noticed(&line, line.digest, sizeof line.digest, previous);
        memcpy(previous, line.digest, sizeof previous);
    }
    fclose(file);
}

/* ---- the page about it ---- */

/* The bytes of the fenced block ```name: hexadecimal pairs up to "|" or the line's end. */
static size_t read_block(const char *name, uint8_t *data, size_t capacity)
{
    char line[512], fence[64];
    size_t size = 0;
    FILE *page = fopen(JOURNAL_PAGE, "r");

    assert_non_null(page);
    snprintf(fence, sizeof fence, "```%s\n", name);
    while (fgets(line, sizeof line, page) != NULL && strcmp(line, fence) != 0)
        continue;
    while (fgets(line, sizeof line, page) != NULL && strcmp(line, "```\n") != 0) {
        line[strcspn(line, "|\n")] = '\0';
        for (char *pair = strtok(line, " "); pair != NULL; pair = strtok(NULL, " ")) {
            assert_true(size < capacity);
            assert_true(hex_decode(pair, 1, &data[size++]));
        }
    }
    fclose(page);
    return size;
}

static void the_pages_example_is_true_to_the_byte(void **state)
{
    (void)state;
    static struct record record;
    uint8_t body[256], previous[RECORD_DIGEST_SIZE], link[RECORD_DIGEST_SIZE];
    uint8_t computed[RECORD_DIGEST_SIZE];

    struct bytes bytes = bytes_of(body, read_block("body", body, sizeof body));
    assert_int_equal(bytes.size, 72);
    assert_int_equal(read_block("previous", previous, sizeof previous), sizeof previous);
    assert_int_equal(read_block("link", link, sizeof link), sizeof link);
    record_chain(previous, STORY_NUMBER, 4, bytes, computed);
    assert_memory_equal(computed, link, sizeof link);

    assert_int_equal(record_decode(STORY_NUMBER, 4, 5, bytes, &record), 0);
    assert_int_equal(record.event.type, SAGA_EVENT_TIMER);
    assert_true(record.event.time_ms == 1750000001000u);
    assert_true(record.wall_skew_ms == -2);
    assert_int_equal(record.event.called, 2);
    assert_int_equal(record.event.changed, 2);
    assert_int_equal(record.event.steps[1].do_state, SAGA_DO_CALLING);
    assert_int_equal(record.event.steps[1].forward.attempt, 2);
    assert_true(record.event.steps[1].forward.wake_ms == 1750000002000u);
    assert_true(record.event.steps[1].touched && record.event.steps[1].doubt_earlier);
}

/* The same formula, from the page's words alone. */
static void the_chain_is_the_pages_formula(void **state)
{
    (void)state;
    static const char word[] = "sagad.chain";
    static const uint8_t place[] = {0, 0x40, 0x0a, 0x70, 0x97, 1, 0, 0, 4, 0, 0, 0};
    uint8_t all[512], body[256], link[RECORD_DIGEST_SIZE], computed[RECORD_DIGEST_SIZE];
    size_t size = sizeof word;

    memcpy(all, word, sizeof word);
    size += read_block("previous", all + size, RECORD_DIGEST_SIZE);
    memcpy(all + size, place, sizeof place);
    size += sizeof place;
    size_t body_size = read_block("body", body, sizeof body);
    memcpy(all + size, body, body_size);
    crypto_generichash(computed, sizeof computed, all, size + body_size, NULL, 0);
    read_block("link", link, sizeof link);
    assert_memory_equal(computed, link, sizeof link);
}

static int start_sodium(void **state)
{
    (void)state;
    return sodium_init() < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_every_release_fold_to_the_same_state),
        cmocka_unit_test(a_changed_byte_anywhere_in_the_journal_is_noticed),
        cmocka_unit_test(the_pages_example_is_true_to_the_byte),
        cmocka_unit_test(the_chain_is_the_pages_formula),
    };

    return cmocka_run_group_tests(tests, start_sodium, NULL);
}
