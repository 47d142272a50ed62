/* The transport without a network: everything happens inside the caller's call. */
#include "base/fault.h"
#include "transport/transport.h"
#include "transport/transport_intake.h"
#include "transport/transport_parked.h"

#include <assert.h>
#include <stdlib.h>

struct transport_local {
    struct transport base;
    struct transport_sink sink;
    transport_local_receiver *receive;
    void *receive_context; /* Borrowed. */
    struct transport_counters counters;
    struct transport_parked parked;
    struct transport_pipes pipes;
    uint32_t next_place;
    uint64_t unparked; /* Numbers for exchanges that are answered at once. */
};

static struct transport_local *local_of(struct transport *transport)
{
    return (struct transport_local *)transport;
}

static void local_reply(struct transport *transport, uint64_t exchange, struct bytes body)
{
    struct transport_local *local = local_of(transport);
    uint32_t place = 0;

    if (!transport_parked_take(&local->parked, exchange, &place))
        return;
    local->counters.replies++;
    local->receive(local->receive_context, exchange, body);
}

static const char *local_url(const struct transport *transport)
{
    (void)transport;
    return "local://";
}

static struct transport_counters local_counters(const struct transport *transport)
{
    const struct transport_local *local = (const struct transport_local *)transport;
    struct transport_counters counters = local->counters;

    counters.pipes_open = local->pipes.count;
    return counters;
}

static void local_close(struct transport *transport)
{
    free(local_of(transport));
}

static const struct transport_ops local_ops = {
    .reply = local_reply,
    .url = local_url,
    .counters = local_counters,
    .close = local_close,
};

int transport_local_open(struct transport_sink sink, transport_local_receiver *receive,
                         void *context, struct transport **ret_transport)
{
    assert(sink.deliver != NULL);
    assert(receive != NULL);
    struct transport_local *local = calloc(1, sizeof *local);

    if (local == NULL)
        return fault(FAULT_MEMORY);
    local->base.ops = &local_ops;
    local->sink = sink;
    local->receive = receive;
    local->receive_context = context;
    *ret_transport = &local->base;
    return 0;
}

/* Places are used in turn, so that a number just answered is not the next one handed out. */
static uint32_t free_place(struct transport_local *local)
{
    uint32_t place = local->next_place;

    while (!transport_parked_free(&local->parked, place))
        place = (place + 1) % TRANSPORT_PLACES;
    local->next_place = (place + 1) % TRANSPORT_PLACES;
    return place;
}

/* Place 0xFFFF does not exist, so these numbers are never those of a parked exchange. */
static uint64_t answer_at_once(struct transport_local *local, struct buffer *answer)
{
    uint64_t exchange = ++local->unparked << 16 | 0xFFFFu;

    if (answer->size > 0) {
        local->counters.replies++;
        local->receive(local->receive_context, exchange, bytes_of(answer->data, answer->size));
    }
    buffer_fini(answer);
    return exchange;
}

static uint64_t park(struct transport_local *local, uint64_t pipe,
                     struct transport_delivery *delivery, struct buffer *answer)
{
    uint64_t exchange = transport_parked_put(&local->parked, free_place(local), pipe);

    if (exchange == 0) {
        transport_delivery_free(delivery);
        transport_intake_overloaded(answer);
        return answer_at_once(local, answer);
    }
    buffer_fini(answer);
    transport_pipes_ask(&local->pipes, pipe);
    delivery->pipe = pipe;
    delivery->exchange = exchange;
    local->sink.deliver(local->sink.context, delivery);
    return exchange;
}

/* As the network does it: a message that is too large costs its pipe. */
static bool let_in(struct transport_local *local, uint64_t pipe, size_t size)
{
    if (!transport_pipes_has(&local->pipes, pipe) && !transport_pipes_add(&local->pipes, pipe)) {
        local->counters.too_many_pipes++;
        return false;
    }
    if (size > WIRE_MESSAGE_MAX) {
        transport_local_vanish(&local->base, pipe);
        return false;
    }
    return true;
}

uint64_t transport_local_send(struct transport *transport, uint64_t pipe, struct bytes body)
{
    assert(transport->ops == &local_ops);
    assert(pipe != 0);
    struct transport_local *local = local_of(transport);
    struct transport_delivery *delivery = NULL;
    struct buffer answer = {0};

    if (!let_in(local, pipe, body.size))
        return answer_at_once(local, &answer);
    switch (transport_intake(body, &answer, &delivery)) {
    case TRANSPORT_INTAKE_DELIVER:
        local->counters.requests++;
        return park(local, pipe, delivery, &answer);
    case TRANSPORT_INTAKE_MALFORMED:
        local->counters.malformed++;
        break;
    case TRANSPORT_INTAKE_ANSWER:
        break;
    }
    return answer_at_once(local, &answer);
}

void transport_local_vanish(struct transport *transport, uint64_t pipe)
{
    assert(transport->ops == &local_ops);
    struct transport_local *local = local_of(transport);
    uint32_t place = 0;

    bool asked = transport_pipes_remove(&local->pipes, pipe);
    while (transport_parked_take_pipe(&local->parked, pipe, place, &place))
        assert(transport_parked_free(&local->parked, place));
    if (!asked)
        return;
    struct transport_delivery *delivery = transport_intake_gone(pipe);
    if (delivery != NULL)
        local->sink.deliver(local->sink.context, delivery);
}
