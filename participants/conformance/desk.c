#include "desk.h"

#include "base/clock.h"
#include "base/fault.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DESK_KEEP_ALIVE_MS 10000u /* A parked poll is answered after so long. */
#define DESK_PUMP_MS 200u

uint64_t desk_now(void)
{
    return instant_now().monotonic_ms;
}

__attribute__((format(printf, 2, 3))) static void wrong(struct desk *desk, const char *format, ...)
{
    va_list arguments;

    if (desk->wrong[0] != '\0')
        return;
    va_start(arguments, format);
    vsnprintf(desk->wrong, sizeof desk->wrong, format, arguments);
    va_end(arguments);
}

/* ---- answering ---- */

static struct transport_delivery *take_poll(struct desk *desk, size_t index)
{
    struct transport_delivery *delivery = desk->polls[index].delivery;

    assert(index < desk->poll_count);
    memmove(&desk->polls[index], &desk->polls[index + 1],
            (desk->poll_count - index - 1) * sizeof desk->polls[0]);
    desk->poll_count--;
    return delivery;
}

/* Answer a poll; when memory is short it is dropped, and the participant asks again. */
static void answer(struct desk *desk, size_t index, const struct wire_reply *reply)
{
    struct transport_delivery *delivery = take_poll(desk, index);
    struct buffer body = {.data = NULL};

    if (wire_encode_reply(reply, &body) == 0)
        host_answer(desk->host, delivery, bytes_of(body.data, body.size));
    else
        transport_delivery_free(delivery);
    buffer_fini(&body);
}

static void answer_work(struct desk *desk, size_t index, const struct wire_call *calls,
                        size_t count)
{
    struct wire_reply reply = {
        .type = WIRE_WORK,
        .work = {.calls = calls,
                 .call_count = count,
                 .acknowledged = (const uint8_t(*)[WIRE_TOKEN_SIZE])desk->acknowledged,
                 .acknowledged_count = desk->acknowledged_count},
    };

    answer(desk, index, &reply);
    desk->acknowledged_count = 0;
}

void desk_clear(struct desk *desk)
{
    while (desk->poll_count > 0)
        answer_work(desk, 0, NULL, 0);
}

void desk_refuse(struct desk *desk, const char *code, uint32_t after_ms)
{
    struct wire_reply reply = {.type = WIRE_REFUSAL};

    reply.refusal.code = code;
    reply.refusal.text = "This is a test.";
    reply.refusal.after_ms = after_ms;
    while (desk->poll_count > 0)
        answer(desk, 0, &reply);
}

void desk_acknowledge(struct desk *desk, const uint8_t token[WIRE_TOKEN_SIZE])
{
    if (desk->acknowledged_count < WIRE_RESULTS_MAX)
        memcpy(desk->acknowledged[desk->acknowledged_count++], token, WIRE_TOKEN_SIZE);
}

/* ---- what comes ---- */

static struct errand *find_errand(struct desk *desk, const uint8_t *token)
{
    struct errand *errand = desk->errands;

    while (errand != NULL && memcmp(errand->token, token, WIRE_TOKEN_SIZE) != 0)
        errand = errand->next;
    return errand;
}

static bool is_same_result(const struct wire_result *a, const struct wire_result *b)
{
    return a->verdict == b->verdict && bytes_equal(a->output, b->output) &&
           strcmp(a->code, b->code) == 0;
}

static void keep_result(struct errand *errand, const struct wire_result *result)
{
    uint8_t *output = malloc(result->output.size + 1);

    if (output == NULL)
        return;
    if (result->output.size > 0)
        memcpy(output, result->output.data, result->output.size);
    errand->output = output;
    errand->result = *result;
    errand->result.operation_id = errand->operation_id;
    errand->result.output = bytes_of(output, result->output.size);
    snprintf(errand->code, sizeof errand->code, "%s", result->code);
    snprintf(errand->text, sizeof errand->text, "%s", result->text);
    errand->result.code = errand->code;
    errand->result.text = errand->text;
    errand->seen = 1;
}

static void take_result(struct desk *desk, const struct wire_result *result)
{
    struct errand *errand = find_errand(desk, result->token);

    if (errand == NULL) {
        wrong(desk, "a result for %s has a token that no call had", result->operation_id);
        return;
    }
    if (strcmp(result->operation_id, errand->operation_id) != 0)
        wrong(desk, "the call of this token was %s, and its result is for %s", errand->operation_id,
              result->operation_id);
    if (result->attempt != errand->attempt)
        wrong(desk, "attempt %u was answered as attempt %u", errand->attempt, result->attempt);
    if (!desk->withholding)
        desk_acknowledge(desk, result->token);
    if (errand->seen == 0) {
        keep_result(errand, result);
        return;
    }
    errand->seen++;
    if (!is_same_result(&errand->result, result))
        wrong(desk, "the result for %s was sent again and had changed", result->operation_id);
}

static void look_at_poll(struct desk *desk, const struct wire_poll *poll)
{
    const struct options *options = desk->options;
    struct bytes secret = bytes_of(options->secret.data, options->secret.size);

    if (options->participant != NULL && strcmp(poll->participant, options->participant) != 0)
        wrong(desk, "it calls itself \"%s\", not \"%s\"", poll->participant, options->participant);
    if (secret.size > 0 && !bytes_equal(poll->credential, secret))
        wrong(desk, "a poll has a credential of %zu bytes that is not the secret",
              poll->credential.size);
    if (poll->worker == 0)
        wrong(desk, "a poll has no worker number");
    if (desk->worker != 0 && poll->worker != desk->worker && !desk->may_be_new)
        wrong(desk, "its worker number changed while its process went on");
    desk->worker = poll->worker;
    for (size_t i = 0; i < poll->result_count; i++)
        take_result(desk, &poll->results[i]);
}

static void take_request(struct desk *desk, struct transport_delivery *delivery)
{
    if (delivery->request.type != WIRE_POLL) {
        wrong(desk, "it asks for something that is no poll");
        transport_delivery_free(delivery);
        return;
    }
    if (desk->poll_count == DESK_POLLS_MAX) {
        wrong(desk, "more than %u polls are out at once", DESK_POLLS_MAX);
        answer_work(desk, 0, NULL, 0);
    }
    look_at_poll(desk, &delivery->request.poll);
    desk->polls_seen++;
    desk->last_poll_ms = desk_now();
    desk->polls[desk->poll_count++] =
        (struct desk_poll){.delivery = delivery, .since_ms = desk->last_poll_ms};
    if (desk->acknowledged_count > 0)
        answer_work(desk, desk->poll_count - 1, NULL, 0);
}

/* ---- time ---- */

bool desk_pump(struct desk *desk, uint64_t until_ms)
{
    while (desk->poll_count > 0 && desk_now() - desk->polls[0].since_ms > DESK_KEEP_ALIVE_MS)
        answer_work(desk, 0, NULL, 0);
    struct transport_delivery *delivery = host_next(desk->host, until_ms);
    if (delivery == NULL)
        return false;
    take_request(desk, delivery);
    return true;
}

/* Not longer at once than it takes for a poll to grow old. */
static void pump_a_while(struct desk *desk, uint64_t until_ms)
{
    uint64_t soon_ms = desk_now() + DESK_PUMP_MS;

    desk_pump(desk, soon_ms < until_ms ? soon_ms : until_ms);
}

void desk_pass(struct desk *desk, uint32_t for_ms)
{
    uint64_t until_ms = desk_now() + for_ms;

    while (desk_now() < until_ms)
        pump_a_while(desk, until_ms);
}

/* The first poll that can carry so many calls; poll_count when there is none. */
static size_t find_poll(const struct desk *desk, size_t slots)
{
    size_t index = 0;

    while (index < desk->poll_count && desk->polls[index].delivery->request.poll.slots < slots)
        index++;
    return index;
}

static bool wait_poll(struct desk *desk, size_t slots, size_t *ret_index)
{
    uint64_t until_ms = desk_now() + desk->options->patience_ms;

    while ((*ret_index = find_poll(desk, slots)) == desk->poll_count) {
        if (desk_now() >= until_ms)
            return false;
        pump_a_while(desk, until_ms);
    }
    return true;
}

bool desk_wait_polls(struct desk *desk, size_t count)
{
    uint64_t until_ms = desk_now() + desk->options->patience_ms;

    while (true) {
        size_t free_polls = 0;
        for (size_t i = 0; i < desk->poll_count; i++)
            free_polls += desk->polls[i].delivery->request.poll.slots > 0;
        if (free_polls >= count)
            return true;
        if (desk_now() >= until_ms)
            return false;
        pump_a_while(desk, until_ms);
    }
}

bool desk_wait_seen(struct desk *desk, const struct errand *errand, unsigned times)
{
    uint64_t until_ms = desk_now() + desk->options->patience_ms;

    while (errand->seen < times) {
        if (desk_now() >= until_ms)
            return false;
        pump_a_while(desk, until_ms);
    }
    return true;
}

/* ---- errands ---- */

struct errand *desk_expect(struct desk *desk, struct wire_call *call)
{
    struct errand *errand = calloc(1, sizeof *errand);

    if (errand == NULL)
        return NULL;
    /* The first bytes are enough to tell tokens apart; the others show that all come back. */
    uint64_t number = ++desk->tokens;
    memset(errand->token, 0xa5, sizeof errand->token);
    memcpy(errand->token, &number, sizeof number);
    memcpy(call->token, errand->token, sizeof call->token);
    snprintf(errand->operation_id, sizeof errand->operation_id, "%s", call->operation_id);
    errand->attempt = call->attempt;
    errand->next = desk->errands;
    desk->errands = errand;
    return errand;
}

bool desk_give(struct desk *desk, struct wire_call *calls, size_t count,
               struct errand **ret_errands)
{
    size_t index;

    for (size_t i = 0; i < count; i++) {
        ret_errands[i] = desk_expect(desk, &calls[i]);
        if (ret_errands[i] == NULL)
            return false;
    }
    if (!wait_poll(desk, count, &index))
        return false;
    answer_work(desk, index, calls, count);
    return true;
}

bool desk_give_bytes(struct desk *desk, struct bytes body)
{
    size_t index;

    if (!wait_poll(desk, 1, &index))
        return false;
    host_answer(desk->host, take_poll(desk, index), body);
    return true;
}

/* ---- life ---- */

int desk_open(const struct options *options, struct desk *ret_desk)
{
    *ret_desk = (struct desk){.options = options};
    return host_open(options->url, &ret_desk->host);
}

void desk_cut(struct desk *desk)
{
    host_cut(desk->host);
    while (desk->poll_count > 0)
        transport_delivery_free(take_poll(desk, 0));
}

bool desk_listen(struct desk *desk)
{
    return host_listen(desk->host) == 0;
}

void desk_close(struct desk *desk)
{
    desk_cut(desk);
    while (desk->errands != NULL) {
        struct errand *errand = desk->errands;
        desk->errands = errand->next;
        free(errand->output);
        free(errand);
    }
    desk->host = host_close(desk->host);
}
