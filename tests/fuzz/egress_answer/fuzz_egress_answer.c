/*
 * Whatever a service sends, in lines and pieces as curl hands them on, becomes a verdict that the
 * engine can store and people can read.
 *
 *   byte 0: the end and the direction; byte 1: the size of the body's pieces; then head and body
 */
#include "base/utf8.h"
#include "egress/egress_answer.h"
#include "egress/egress_json.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define NOW_MS UINT64_C(1700000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines up to the empty one; where the body begins. */
static size_t feed_head(struct egress_answer *answer, struct bytes given)
{
    size_t at = 0;

    while (at < given.size) {
        const uint8_t *end = memchr(given.data + at, '\n', given.size - at);
        size_t length = end != NULL ? (size_t)(end + 1 - given.data) - at : given.size - at;
        bool more = egress_answer_line(answer, bytes_of(given.data + at, length), NOW_MS);
        at += length;
        if (!more || length <= 2)
            break;
    }
    return at;
}

static void feed_body(struct egress_answer *answer, struct bytes body, size_t piece)
{
    bool more = true;

    for (size_t at = 0; at < body.size && more; at += piece) {
        size_t left = body.size - at;
        more = egress_answer_piece(answer,
                                   bytes_of(body.data + at, left < piece ? left : piece));
    }
}

static void check(const struct egress_answer *answer, const struct egress_verdict *verdict)
{
    assert(verdict->verdict < SAGA_VERDICT_COUNT);
    assert(verdict->verdict != SAGA_VERDICT_FENCED && verdict->verdict != SAGA_VERDICT_WORKING);
    assert(verdict->after_ms <= SAGA_AFTER_MS_MAX);
    assert(verdict->after_ms == 0 || verdict->verdict == SAGA_VERDICT_BUSY ||
           verdict->verdict == SAGA_VERDICT_RETRY || verdict->verdict == SAGA_VERDICT_REJECTED);
    assert(strlen(verdict->code) < SAGA_CODE_SIZE && strlen(verdict->text) < SAGA_TEXT_SIZE);
    assert(utf8_valid(bytes_of_text(verdict->code)) && utf8_valid(bytes_of_text(verdict->text)));
    assert(verdict->output.size <= SAGA_OUTPUT_MAX && answer->body.size <= SAGA_OUTPUT_MAX);
    assert(verdict->output.size == 0 || verdict->verdict == SAGA_VERDICT_DONE);
    assert(verdict->output.size == 0 || egress_json_valid(verdict->output));
    assert(verdict->verdict == SAGA_VERDICT_DONE || verdict->code[0] != '\0');
    assert(answer->end == EGRESS_ANSWERED || verdict->verdict != SAGA_VERDICT_DONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct egress_answer answer = {0};
    struct egress_verdict verdict;

    if (size < 2)
        return 0;
    answer.end = (enum egress_end)(data[0] % (EGRESS_UNASKABLE + 1));
    enum saga_direction direction = (enum saga_direction)(data[0] / 16 % SAGA_DIRECTION_COUNT);
    size_t head = feed_head(&answer, bytes_of(data + 2, size - 2));
    feed_body(&answer, bytes_of(data + 2 + head, size - 2 - head), 1u + data[1]);
    egress_answer_judge(&answer, direction, &verdict);
    check(&answer, &verdict);
    egress_answer_fini(&answer);
    return 0;
}
