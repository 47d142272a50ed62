#include "transport/transport_intake.h"

#include "base/fault.h"

#include <assert.h>
#include <stdlib.h>

#define OVERLOADED_AFTER_MS 500u

void transport_intake_refuse(const char *code, const char *text, uint32_t after_ms,
                             struct buffer *answer)
{
    struct wire_reply reply = {.type = WIRE_REFUSAL};

    reply.refusal.code = code;
    reply.refusal.text = text;
    reply.refusal.after_ms = after_ms;
    if (wire_encode_reply(&reply, answer) != 0)
        buffer_clear(answer);
}

void transport_intake_overloaded(struct buffer *answer)
{
    transport_intake_refuse("overloaded", "too many requests are waiting", OVERLOADED_AFTER_MS,
                            answer);
}

static void pong(struct buffer *answer)
{
    struct wire_reply reply = {.type = WIRE_PONG};

    if (wire_encode_reply(&reply, answer) != 0)
        buffer_clear(answer);
}

/* Bytes that were never read can be sent again; bytes that make no sense cannot. */
static enum transport_intake_result refuse(int r, struct buffer *answer)
{
    if (r == fault(FAULT_MEMORY)) {
        transport_intake_overloaded(answer);
        return TRANSPORT_INTAKE_ANSWER;
    }
    assert(r == fault(FAULT_INPUT));
    transport_intake_refuse("malformed", "the request does not follow the protocol", 0, answer);
    return TRANSPORT_INTAKE_MALFORMED;
}

enum transport_intake_result transport_intake(struct bytes body, struct buffer *answer,
                                              struct transport_delivery **ret_delivery)
{
    assert(ret_delivery != NULL);
    struct wire_request request;
    int r = wire_decode_request(body, &request);

    if (r != 0)
        return refuse(r, answer);
    if (request.type == WIRE_PING) {
        wire_request_free(&request);
        pong(answer);
        return TRANSPORT_INTAKE_ANSWER;
    }
    struct transport_delivery *delivery = calloc(1, sizeof *delivery);
    if (delivery == NULL) {
        wire_request_free(&request);
        return refuse(fault(FAULT_MEMORY), answer);
    }
    delivery->type = TRANSPORT_REQUEST;
    delivery->request = request;
    *ret_delivery = delivery;
    return TRANSPORT_INTAKE_DELIVER;
}

struct transport_delivery *transport_intake_gone(uint64_t pipe)
{
    struct transport_delivery *delivery = calloc(1, sizeof *delivery);

    if (delivery == NULL)
        return NULL;
    delivery->type = TRANSPORT_GONE;
    delivery->pipe = pipe;
    return delivery;
}
