/* The worked example of docs/reference/protocol.md is what really travels, byte for byte. */
#include "base/id.h"
#include "codec/wire.h"
#include "transport/transport_frame.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROTOCOL FIXTURES "/../../../docs/reference/protocol.md"
#define LINE_SIZE 256
#define EXCHANGE 0x80000001u /* The request's id in the example. */

static const struct saga_id example = {0x019a9d5c80000001u, 0x8899aabbccddeeffu};
static const char saga_text[] = "saga_01kaens000000rh6daqf6dvvqz";

/* The bytes of the line: after its offset, pairs of digits with one space between them. */
static void read_line(const char *line, struct buffer *bytes)
{
    const char *at = line + 4;
    unsigned value = 0;
    int used = 0;

    while (at[0] == ' ' && (at == line + 4 ? at[1] == ' ' : isxdigit((unsigned char)at[1]))) {
        if (at == line + 4)
            at++;
        if (sscanf(at, " %2x%n", &value, &used) != 1)
            break;
        uint8_t byte = (uint8_t)value;
        assert_int_equal(buffer_append(bytes, &byte, 1), 0);
        at += used;
    }
}

/* All bytes of the block that begins with "```hexdump NAME". */
static struct buffer read_dump(const char *name)
{
    char line[LINE_SIZE], head[LINE_SIZE];
    struct buffer bytes = {0};
    FILE *file = fopen(PROTOCOL, "r");
    bool inside = false;

    assert_non_null(file);
    snprintf(head, sizeof head, "```hexdump %s\n", name);
    while (fgets(line, sizeof line, file) != NULL) {
        if (inside && strncmp(line, "```", 3) == 0)
            break;
        if (inside)
            read_line(line, &bytes);
        else
            inside = strcmp(line, head) == 0;
    }
    fclose(file);
    assert_true(inside);
    return bytes;
}

/* The page's block is these bytes. */
static void assert_block(const char *name, struct bytes bytes)
{
    struct buffer dump = read_dump(name);

    assert_int_equal(dump.size, bytes.size);
    assert_memory_equal(dump.data, bytes.data, bytes.size);
    buffer_fini(&dump);
}

/* The frame as the transport sends it; frees the body. */
static void assert_dump(const char *name, bool ipc, struct buffer *body)
{
    struct buffer frame = {0};
    struct transport_frame sent = {EXCHANGE, bytes_of(body->data, body->size)};

    assert_int_equal(transport_frame_append(&frame, ipc, sent), 0);
    assert_block(name, bytes_of(frame.data, frame.size));
    buffer_fini(&frame);
    buffer_fini(body);
}

static void fill(uint8_t token[WIRE_TOKEN_SIZE], uint8_t first)
{
    for (unsigned i = 0; i < WIRE_TOKEN_SIZE; i++)
        token[i] = (uint8_t)(first + i);
}

static void greetings_and_pings_of_the_example_are_those_that_are_sent(void **state)
{
    struct wire_request ping = {.type = WIRE_PING};
    struct wire_reply pong = {.type = WIRE_PONG};
    struct buffer body = {0};
    (void)state;

    assert_block("greeting-asker", bytes_of(transport_asker_greeting, TRANSPORT_GREETING_SIZE));
    assert_block("greeting-server",
                 bytes_of(transport_answerer_greeting, TRANSPORT_GREETING_SIZE));
    assert_int_equal(wire_encode_request(&ping, &body), 0);
    assert_dump("ping", false, &body);
    assert_int_equal(wire_encode_reply(&pong, &body), 0);
    assert_dump("pong-ipc", true, &body);
}

static void poll_of_the_example_is_what_is_sent(void **state)
{
    char operation_id[WIRE_OPERATION_ID_SIZE];
    struct wire_result result = {.operation_id = operation_id, .attempt = 1,
                                 .verdict = SAGA_VERDICT_DONE,
                                 .output = bytes_of_text("{\"units\":1}")};
    struct wire_request request = {.type = WIRE_POLL};
    struct buffer body = {0};
    (void)state;

    snprintf(operation_id, sizeof operation_id, "%s/reserve_quota/do.0", saga_text);
    fill(result.token, 0xa0);
    request.poll = (struct wire_poll){"billing", 0x0102030405060708u, bytes_of_text("s3cret"),
                                      8, 1, &result};
    assert_int_equal(wire_encode_request(&request, &body), 0);
    assert_dump("poll", false, &body);
}

static void work_of_the_example_is_what_is_answered(void **state)
{
    char operation_id[WIRE_OPERATION_ID_SIZE], sid[ID_SID_SIZE];
    const struct wire_output output = {"reserve_quota", bytes_of_text("{\"units\":1}")};
    uint8_t acknowledged[1][WIRE_TOKEN_SIZE];
    struct wire_call call = {
        .operation_id = operation_id, .saga = saga_text, .sid = sid,
        .definition = "send_message", .step = "reserve_balance",
        .operation = "reserve_balance", .direction = SAGA_DO, .attempt = 1, .ms_left = 1000,
        .input = bytes_of_text("{\"Body\":\"hi\"}"), .output_count = 1, .outputs = &output,
        .tenant = "AC1", .horizon_ms = 604800000,
    };
    struct wire_reply reply = {.type = WIRE_WORK};
    struct buffer body = {0};
    (void)state;

    snprintf(operation_id, sizeof operation_id, "%s/reserve_balance/do.0", saga_text);
    id_sid(example, sid);
    fill(call.token, 0xb0);
    fill(acknowledged[0], 0xa0);
    reply.work.call_count = 1;
    reply.work.calls = &call;
    reply.work.acknowledged_count = 1;
    reply.work.acknowledged = (const uint8_t(*)[WIRE_TOKEN_SIZE])acknowledged;
    assert_int_equal(wire_encode_reply(&reply, &body), 0);
    assert_dump("work", false, &body);
}

static void id_of_the_example_is_an_id(void **state)
{
    struct saga_id id;
    char text[ID_TEXT_SIZE];
    (void)state;

    id_text(example, text);
    assert_string_equal(text, saga_text);
    assert_true(id_parse(saga_text, &id));
    assert_true(id_equal(id, example));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(greetings_and_pings_of_the_example_are_those_that_are_sent),
        cmocka_unit_test(poll_of_the_example_is_what_is_sent),
        cmocka_unit_test(work_of_the_example_is_what_is_answered),
        cmocka_unit_test(id_of_the_example_is_an_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
