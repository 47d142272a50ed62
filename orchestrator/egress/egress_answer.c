#include "egress/egress_answer.h"

#include "base/fault.h"
#include "base/utf8.h"
#include "codec/wire.h"
#include "egress/egress_json.h"
#include "egress/egress_reason.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define DATE_SIZE 64u

/* ---- taking it in ---- */

static bool begins(struct bytes line, const char *word)
{
    return line.size >= strlen(word) &&
           strncasecmp((const char *)line.data, word, strlen(word)) == 0;
}

/* "HTTP/1.1 201 Created": an interim answer comes before the real one and is forgotten. */
static void take_status_line(struct egress_answer *answer, struct bytes line)
{
    const uint8_t *space = memchr(line.data, ' ', line.size);
    size_t left = space != NULL ? line.size - (size_t)(space + 1 - line.data) : 0;
    uint32_t status = 0;

    for (size_t i = 0; i < 3 && i < left && space[1 + i] >= '0' && space[1 + i] <= '9'; i++)
        status = status * 10 + (space[1 + i] - '0');
    answer->status = status;
    answer->retry_after = false;
    answer->retry_after_ms = 0;
}

/* Seconds from now, as a number or as a date in the one form that senders may write. */
static bool parse_retry_after(const char *text, uint64_t wall_ms, uint32_t *ret_ms)
{
    uint64_t ms = 0;
    struct tm date = {0};
    size_t digits = strspn(text, "0123456789");

    if (digits > 0 && text[digits] == '\0') {
        for (size_t i = 0; i < digits && ms < SAGA_AFTER_MS_MAX; i++)
            ms = ms * 10 + (uint64_t)(text[i] - '0') * 1000u;
    } else {
        const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &date);
        if (end == NULL || *end != '\0')
            return false;
        time_t at = timegm(&date);
        uint64_t at_ms = at > 0 ? (uint64_t)at * 1000u : 0;
        ms = at_ms > wall_ms ? at_ms - wall_ms : 0;
    }
    *ret_ms = ms < SAGA_AFTER_MS_MAX ? (uint32_t)ms : SAGA_AFTER_MS_MAX;
    return true;
}

static void take_retry_after(struct egress_answer *answer, struct bytes value, uint64_t wall_ms)
{
    char text[DATE_SIZE];
    size_t size = value.size;
    const uint8_t *data = value.data;

    while (size > 0 && (data[size - 1] == '\r' || data[size - 1] == '\n' || data[size - 1] == ' '))
        size--;
    while (size > 0 && (*data == ' ' || *data == '\t')) {
        data++;
        size--;
    }
    if (size == 0 || size >= sizeof text || memchr(data, '\0', size) != NULL)
        return;
    memcpy(text, data, size);
    text[size] = '\0';
    answer->retry_after = parse_retry_after(text, wall_ms, &answer->retry_after_ms);
}

bool egress_answer_line(struct egress_answer *answer, struct bytes line, uint64_t wall_ms)
{
    static const char name[] = "retry-after:";

    answer->header_bytes += line.size;
    if (answer->header_bytes > EGRESS_HEADERS_BYTES_MAX) {
        answer->is_cut = true;
        return false;
    }
    if (begins(line, "HTTP/")) {
        take_status_line(answer, line);
    } else if (begins(line, name)) {
        size_t size = strlen(name);
        take_retry_after(answer, bytes_of(line.data + size, line.size - size), wall_ms);
    }
    return true;
}

bool egress_answer_piece(struct egress_answer *answer, struct bytes piece)
{
    assert(answer->body.size <= SAGA_OUTPUT_MAX);
    size_t room = SAGA_OUTPUT_MAX - answer->body.size;
    size_t size = piece.size < room ? piece.size : room;

    if (buffer_append(&answer->body, piece.data, size) != 0 || size < piece.size)
        answer->is_cut = true;
    return !answer->is_cut;
}

void egress_answer_fini(struct egress_answer *answer)
{
    buffer_fini(&answer->body);
}

/* ---- judging it ---- */

static void say(struct egress_verdict *verdict, enum saga_verdict name, const char *code,
                const char *text)
{
    verdict->verdict = name;
    snprintf(verdict->code, sizeof verdict->code, "%s", code);
    snprintf(verdict->text, sizeof verdict->text, "%s", text);
    utf8_repair(verdict->text);
}

static void judge_done(const struct egress_answer *answer, struct egress_verdict *verdict)
{
    struct bytes body = bytes_of(answer->body.data, answer->body.size);

    if (answer->is_cut) {
        say(verdict, SAGA_VERDICT_RETRY, WIRE_OUTPUT_TOO_LARGE,
            "it says that it is done, with more than an output may hold");
    } else if (body.size > 0 && !egress_json_valid(body)) {
        say(verdict, SAGA_VERDICT_RETRY, "output_not_json",
            "it says that it is done, with an output that is no JSON");
    } else {
        say(verdict, SAGA_VERDICT_DONE, "", "");
        verdict->output = body;
    }
}

/* These speak of the moment, of another request, or of our own credentials: not of this work. */
static bool is_refusal(uint32_t status)
{
    switch (status) {
    case 401: /* Unauthorized */
    case 407: /* Proxy Authentication Required */
    case 408: /* Request Timeout */
    case 409: /* Conflict: an earlier attempt is at work */
    case 425: /* Too Early */
    case 429: /* Too Many Requests */
        return false;
    case 501: /* Not Implemented */
        return true;
    default:
        return status >= 400 && status <= 499;
    }
}

/* A fence is new to most services, so only what was made for it says that it is closed. */
static enum saga_verdict verdict_of(const struct egress_answer *answer,
                                    enum saga_direction direction)
{
    uint32_t status = answer->status;
    bool gone = status == 404 || status == 410;

    if (status >= 200 && status <= 299)
        return SAGA_VERDICT_DONE;
    if (answer->retry_after && (status == 429 || status == 503))
        return SAGA_VERDICT_BUSY;
    if (direction == SAGA_FENCE)
        return status == 410 ? SAGA_VERDICT_REJECTED : SAGA_VERDICT_RETRY;
    if (direction == SAGA_UNDO && gone)
        return SAGA_VERDICT_DONE;
    return is_refusal(status) ? SAGA_VERDICT_REJECTED : SAGA_VERDICT_RETRY;
}

static void judge_answered(const struct egress_answer *answer, enum saga_direction direction,
                           struct egress_verdict *verdict)
{
    struct egress_reason reason;
    enum saga_verdict name = verdict_of(answer, direction);

    if (name == SAGA_VERDICT_DONE && answer->status <= 299) {
        judge_done(answer, verdict);
        return;
    }
    if (name == SAGA_VERDICT_DONE) { /* There was nothing to undo, or not any more. */
        say(verdict, name, "", "");
        return;
    }
    egress_reason_read(answer->status, bytes_of(answer->body.data, answer->body.size), &reason);
    say(verdict, name, reason.code, reason.text);
    verdict->after_ms = answer->retry_after ? answer->retry_after_ms : 0;
}

void egress_answer_judge(const struct egress_answer *answer, enum saga_direction direction,
                         struct egress_verdict *ret_verdict)
{
    *ret_verdict = (struct egress_verdict){.verdict = SAGA_VERDICT_RETRY};
    switch (answer->end) {
    case EGRESS_ANSWERED:
        judge_answered(answer, direction, ret_verdict);
        return;
    case EGRESS_NOT_SENT:
        say(ret_verdict, SAGA_VERDICT_BUSY, "not_sent", answer->what);
        return;
    case EGRESS_LOST:
        say(ret_verdict, SAGA_VERDICT_RETRY, "no_answer", answer->what);
        return;
    case EGRESS_TIMED_OUT:
        say(ret_verdict, SAGA_VERDICT_RETRY, "timeout", answer->what);
        return;
    case EGRESS_UNASKABLE:
        say(ret_verdict, SAGA_VERDICT_REJECTED, "input_not_json",
            "the saga's input or an output that the step needs is no JSON");
        return;
    }
}
