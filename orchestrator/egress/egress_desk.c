#include "egress/egress_desk.h"

#include "base/fault.h"
#include "transport/transport_intake.h"

#include <assert.h>
#include <stdlib.h>

/* ---- the junction ---- */

static struct egress_desk *desk_of(struct transport *junction)
{
    return (struct egress_desk *)junction; /* Its first member. */
}

/* Under the lock. NULL: its pipe vanished, and it was forgotten. */
static struct egress_poll *find_poll(struct egress_desk *desk, uint64_t exchange)
{
    struct egress_poll *poll = desk->polls;

    while (poll != NULL && (poll->exchange != exchange || poll->answered))
        poll = poll->next;
    return poll;
}

static void junction_reply(struct transport *junction, uint64_t exchange, struct bytes body)
{
    struct egress_desk *desk = desk_of(junction);

    if ((exchange & EGRESS_NUMBER_BIT) == 0) {
        transport_reply(desk->network, exchange, body);
        return;
    }
    pthread_mutex_lock(&desk->lock);
    struct egress_poll *poll = find_poll(desk, exchange);
    if (poll != NULL) {
        poll->unread = buffer_append(&poll->reply, body.data, body.size) != 0;
        poll->answered = true;
    }
    pthread_mutex_unlock(&desk->lock);
    desk->wake(desk->context);
}

static const char *junction_url(const struct transport *junction)
{
    return transport_url(((const struct egress_desk *)junction)->network);
}

static struct transport_counters junction_counters(const struct transport *junction)
{
    return transport_counters(((const struct egress_desk *)junction)->network);
}

/* It owns nothing that has to be closed: the network's transport is somebody else's. */
static void junction_close(struct transport *junction)
{
    (void)junction;
}

static const struct transport_ops junction_ops = {
    .reply = junction_reply,
    .url = junction_url,
    .counters = junction_counters,
    .close = junction_close,
};

/* ---- the desk ---- */

void egress_desk_init(struct egress_desk *desk, struct transport *network,
                      struct transport_sink sink, void (*wake)(void *context), void *context)
{
    assert(network != NULL);
    assert(sink.deliver != NULL);
    *desk = (struct egress_desk){
        .junction = {.ops = &junction_ops},
        .network = network,
        .sink = sink,
        .wake = wake,
        .context = context,
    };
    pthread_mutex_init(&desk->lock, NULL);
}

void egress_poll_free(struct egress_poll *poll)
{
    if (poll == NULL)
        return;
    buffer_fini(&poll->reply);
    free(poll);
}

void egress_desk_fini(struct egress_desk *desk)
{
    while (desk->polls != NULL) {
        struct egress_poll *poll = desk->polls;
        desk->polls = poll->next;
        egress_poll_free(poll);
    }
    pthread_mutex_destroy(&desk->lock);
}

uint64_t egress_desk_number(struct egress_desk *desk)
{
    return EGRESS_NUMBER_BIT | ++desk->last_number;
}

static int encode_poll(const struct wire_poll *poll, struct transport_delivery **ret_delivery)
{
    const struct wire_request request = {.type = WIRE_POLL, .poll = *poll};
    struct buffer body = {0}, answer = {0};
    int r = wire_encode_request(&request, &body);

    if (r == 0) {
        enum transport_intake_result taken =
            transport_intake(bytes_of(body.data, body.size), &answer, ret_delivery);
        assert(taken != TRANSPORT_INTAKE_MALFORMED);
        r = taken == TRANSPORT_INTAKE_DELIVER ? 0 : fault(FAULT_MEMORY);
    }
    buffer_fini(&body);
    buffer_fini(&answer);
    return pass(r);
}

static void park(struct egress_desk *desk, struct egress_poll *poll)
{
    pthread_mutex_lock(&desk->lock);
    struct egress_poll **end = &desk->polls;
    while (*end != NULL)
        end = &(*end)->next;
    *end = poll;
    pthread_mutex_unlock(&desk->lock);
}

int egress_desk_ask(struct egress_desk *desk, struct egress_worker *worker, uint64_t pipe,
                    const struct wire_poll *poll)
{
    assert((pipe & EGRESS_NUMBER_BIT) != 0);
    struct transport_delivery *delivery = NULL;
    struct egress_poll *parked = calloc(1, sizeof *parked);

    if (parked == NULL)
        return fault(FAULT_MEMORY);
    int r = encode_poll(poll, &delivery);
    if (r < 0) {
        free(parked);
        return pass(r);
    }
    *parked = (struct egress_poll){
        .worker = worker,
        .exchange = egress_desk_number(desk),
        .pipe = pipe,
        .slots = poll->slots,
    };
    delivery->pipe = pipe;
    delivery->exchange = parked->exchange;
    park(desk, parked); /* Before it is delivered: the reply may come at once. */
    desk->sink.deliver(desk->sink.context, delivery);
    return 0;
}

int egress_desk_vanish(struct egress_desk *desk, uint64_t pipe)
{
    struct transport_delivery *delivery = transport_intake_gone(pipe);

    if (delivery == NULL)
        return fault(FAULT_MEMORY);
    desk->sink.deliver(desk->sink.context, delivery);
    return 0;
}

/* Under the lock. Polls of an older pipe of this worker will never be answered. */
static void forget_older(struct egress_desk *desk, const struct egress_poll *taken)
{
    struct egress_poll **at = &desk->polls;

    while (*at != NULL) {
        struct egress_poll *poll = *at;
        if (poll->worker == taken->worker && poll->pipe < taken->pipe && !poll->answered) {
            *at = poll->next;
            egress_poll_free(poll);
        } else {
            at = &poll->next;
        }
    }
}

struct egress_poll *egress_desk_take(struct egress_desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    struct egress_poll **at = &desk->polls;
    while (*at != NULL && !(*at)->answered)
        at = &(*at)->next;
    struct egress_poll *poll = *at;
    if (poll != NULL) {
        *at = poll->next;
        poll->next = NULL;
        forget_older(desk, poll);
    }
    pthread_mutex_unlock(&desk->lock);
    return poll;
}
