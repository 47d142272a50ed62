/* Exchanges: nng contexts that receive a request, park it, and send its reply. */
#include "base/clock.h"
#include "base/fault.h"
#include "transport/transport_intake.h"
#include "transport/transport_nng.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>

#define QUIET_MS 20
#define QUIET_ROUNDS_MAX 20u
#define STUCK_MS 5000u /* A peer that takes no reply for so long is closed. */

static void receive(struct nng_exchange *exchange)
{
    struct transport_nng *transport = exchange->owner;

    pthread_mutex_lock(&transport->lock);
    bool resting = transport->closing || transport->pausing;
    exchange->state = resting ? NNG_EXCHANGE_RESTING : NNG_EXCHANGE_RECEIVING;
    exchange->sending_since_ms = 0;
    if (!resting)
        transport->receiving++;
    pthread_mutex_unlock(&transport->lock);

    if (!resting)
        nng_ctx_recv(exchange->context, exchange->aio);
}

static nng_msg *message_of(struct bytes body)
{
    nng_msg *message = NULL;

    if (body.size == 0 || nng_msg_alloc(&message, 0) != 0)
        return NULL;
    if (nng_msg_append(message, body.data, body.size) != 0) {
        nng_msg_free(message);
        return NULL;
    }
    return message;
}

/* Without memory for the reply the exchange is given up; the peer has a time-out of its own. */
static void send_body(struct nng_exchange *exchange, struct bytes body)
{
    struct transport_nng *transport = exchange->owner;
    nng_msg *message = message_of(body);

    assert(body.size <= WIRE_MESSAGE_MAX);
    if (message == NULL) {
        receive(exchange);
        return;
    }
    pthread_mutex_lock(&transport->lock);
    exchange->state = NNG_EXCHANGE_SENDING;
    exchange->sending_since_ms = instant_now().monotonic_ms;
    pthread_mutex_unlock(&transport->lock);

    nng_aio_set_msg(exchange->aio, message);
    nng_ctx_send(exchange->context, exchange->aio);
}

static void sent(struct nng_exchange *exchange)
{
    if (nng_aio_result(exchange->aio) != 0)
        nng_msg_free(nng_aio_get_msg(exchange->aio));
    else
        atomic_fetch_add(&exchange->owner->counts.replies, 1);
    receive(exchange);
}

/* What became of a delivery. */
enum parking { PARKING_DONE, PARKING_PIPE_GONE, PARKING_FULL };

static enum parking park_locked(struct nng_exchange *exchange,
                                struct transport_delivery *delivery)
{
    struct transport_nng *transport = exchange->owner;

    if (transport->closing || !transport_pipes_ask(&transport->pipes, exchange->pipe))
        return PARKING_PIPE_GONE;
    delivery->pipe = exchange->pipe;
    delivery->exchange =
        transport_parked_put(&transport->parked, exchange->place, exchange->pipe);
    if (delivery->exchange == 0)
        return PARKING_FULL;
    exchange->state = NNG_EXCHANGE_PARKED;
    return PARKING_DONE;
}

/* Once the sink has it, the exchange may be answered at any moment, by another thread. */
static enum parking park(struct nng_exchange *exchange, struct transport_delivery *delivery)
{
    struct transport_nng *transport = exchange->owner;

    pthread_mutex_lock(&transport->delivering);
    pthread_mutex_lock(&transport->lock);
    enum parking parking = park_locked(exchange, delivery);
    pthread_mutex_unlock(&transport->lock);
    if (parking == PARKING_DONE)
        transport->sink.deliver(transport->sink.context, delivery);
    pthread_mutex_unlock(&transport->delivering);
    return parking;
}

static void deliver(struct nng_exchange *exchange, struct transport_delivery *delivery)
{
    struct buffer answer = {0};

    atomic_fetch_add(&exchange->owner->counts.requests, 1);
    switch (park(exchange, delivery)) {
    case PARKING_DONE:
        return;
    case PARKING_PIPE_GONE:
        transport_delivery_free(delivery);
        receive(exchange);
        return;
    case PARKING_FULL:
        transport_delivery_free(delivery);
        transport_intake_overloaded(&answer);
        send_body(exchange, bytes_of(answer.data, answer.size));
        buffer_fini(&answer);
        return;
    }
}

static void take_in(struct nng_exchange *exchange, struct bytes body)
{
    struct transport_delivery *delivery = NULL;
    struct buffer answer = {0};

    switch (transport_intake(body, &answer, &delivery)) {
    case TRANSPORT_INTAKE_DELIVER:
        deliver(exchange, delivery);
        return;
    case TRANSPORT_INTAKE_MALFORMED:
        atomic_fetch_add(&exchange->owner->counts.malformed, 1);
        break;
    case TRANSPORT_INTAKE_ANSWER:
        break;
    }
    send_body(exchange, bytes_of(answer.data, answer.size));
    buffer_fini(&answer);
}

/* Fewer receive than should: opening more can fail, and then the next request tries again. */
static void received(struct nng_exchange *exchange)
{
    struct transport_nng *transport = exchange->owner;
    int r = nng_aio_result(exchange->aio);
    nng_msg *message = r == 0 ? nng_aio_get_msg(exchange->aio) : NULL;

    pthread_mutex_lock(&transport->lock);
    assert(transport->receiving > 0);
    transport->receiving--;
    if (message != NULL)
        exchange->pipe = (uint32_t)nng_pipe_id(nng_msg_get_pipe(message));
    pthread_mutex_unlock(&transport->lock);
    if (r == NNG_ECLOSED || r == NNG_ECANCELED)
        return;
    (void)nng_exchange_open_all(transport);
    if (message == NULL) {
        receive(exchange);
        return;
    }
    nng_aio_set_msg(exchange->aio, NULL);
    take_in(exchange, bytes_of(nng_msg_body(message), nng_msg_len(message)));
    nng_msg_free(message);
}

/* nng's callback, on one of its threads. */
static void completed(void *argument)
{
    struct nng_exchange *exchange = argument;

    pthread_mutex_lock(&exchange->owner->lock);
    bool sending = exchange->state == NNG_EXCHANGE_SENDING;
    pthread_mutex_unlock(&exchange->owner->lock);
    if (sending)
        sent(exchange);
    else
        received(exchange);
}

/* ---- opening and closing ---- */

static struct nng_exchange *exchange_open(struct transport_nng *transport)
{
    struct nng_exchange *exchange = calloc(1, sizeof *exchange);

    if (exchange == NULL)
        return NULL;
    exchange->owner = transport;
    exchange->state = NNG_EXCHANGE_RECEIVING;
    if (nng_aio_alloc(&exchange->aio, completed, exchange) != 0)
        goto failed;
    if (nng_ctx_open(&exchange->context, transport->socket) != 0)
        goto failed;
    return exchange;
failed:
    if (exchange->aio != NULL)
        nng_aio_free(exchange->aio);
    free(exchange);
    return NULL;
}

static bool more_wanted(struct transport_nng *transport)
{
    pthread_mutex_lock(&transport->lock);
    bool wanted = !transport->closing && !transport->pausing &&
                  transport->exchange_count < TRANSPORT_PLACES &&
                  transport->receiving < TRANSPORT_SPARE;
    pthread_mutex_unlock(&transport->lock);
    return wanted;
}

static void enter(struct transport_nng *transport, struct nng_exchange *exchange)
{
    pthread_mutex_lock(&transport->lock);
    assert(transport->exchange_count < TRANSPORT_PLACES);
    exchange->place = transport->exchange_count++;
    transport->exchanges[exchange->place] = exchange;
    pthread_mutex_unlock(&transport->lock);
}

/* One more, if one is wanted: 0 and NULL when none is. */
static int exchange_add(struct transport_nng *transport, struct nng_exchange **ret_exchange)
{
    struct nng_exchange *exchange = NULL;

    pthread_mutex_lock(&transport->opening);
    bool wanted = more_wanted(transport);
    if (wanted)
        exchange = exchange_open(transport);
    if (exchange != NULL)
        enter(transport, exchange);
    pthread_mutex_unlock(&transport->opening);
    if (wanted && exchange == NULL)
        return fault(FAULT_MEMORY);
    *ret_exchange = exchange;
    return 0;
}

int nng_exchange_open_all(struct transport_nng *transport)
{
    struct nng_exchange *exchange = NULL;
    int r;

    while ((r = exchange_add(transport, &exchange)) == 0 && exchange != NULL)
        receive(exchange);
    return pass(r);
}

static uint32_t receiving_now(struct transport_nng *transport)
{
    pthread_mutex_lock(&transport->lock);
    uint32_t receiving = transport->receiving;
    pthread_mutex_unlock(&transport->lock);
    return receiving;
}

/* No receive is posted, so this ends when the last context is used up, if not before. */
static void wait_for_quiet(struct transport_nng *transport)
{
    uint32_t before = UINT32_MAX, now = receiving_now(transport);

    for (unsigned i = 0; i < QUIET_ROUNDS_MAX && now != before; i++) {
        before = now;
        poll(NULL, 0, QUIET_MS);
        now = receiving_now(transport);
    }
}

void nng_exchange_pause(struct transport_nng *transport)
{
    pthread_mutex_lock(&transport->lock);
    assert(!transport->pausing);
    transport->pausing = true;
    pthread_mutex_unlock(&transport->lock);
    wait_for_quiet(transport);
}

/* The next exchange from the place @from on that rests: it is the caller's now. Or NULL. */
static struct nng_exchange *next_resting(struct transport_nng *transport, uint32_t *from)
{
    struct nng_exchange *exchange = NULL;

    pthread_mutex_lock(&transport->lock);
    while (exchange == NULL && *from < transport->exchange_count) {
        struct nng_exchange *candidate = transport->exchanges[(*from)++];
        if (candidate->state != NNG_EXCHANGE_RESTING)
            continue;
        candidate->state = NNG_EXCHANGE_RECEIVING;
        exchange = candidate;
    }
    pthread_mutex_unlock(&transport->lock);
    return exchange;
}

void nng_exchange_resume(struct transport_nng *transport)
{
    struct nng_exchange *exchange;
    uint32_t from = 0;

    pthread_mutex_lock(&transport->lock);
    assert(transport->pausing);
    transport->pausing = false;
    pthread_mutex_unlock(&transport->lock);
    while ((exchange = next_resting(transport, &from)) != NULL)
        receive(exchange);
}

/* A callback of one exchange may be posting another: all are stopped before any is freed. */
void nng_exchange_close_all(struct transport_nng *transport)
{
    assert(transport->closing);

    for (uint32_t i = 0; i < transport->exchange_count; i++)
        nng_aio_stop(transport->exchanges[i]->aio);
    for (uint32_t i = 0; i < transport->exchange_count; i++)
        nng_aio_free(transport->exchanges[i]->aio);
    for (uint32_t i = 0; i < transport->exchange_count; i++)
        free(transport->exchanges[i]);
    transport->exchange_count = 0;
}

/* ---- from outside ---- */

void nng_exchange_reply(struct transport_nng *transport, uint64_t exchange, struct bytes body)
{
    uint32_t place = 0;

    pthread_mutex_lock(&transport->lock);
    bool parked = !transport->closing &&
                  transport_parked_take(&transport->parked, exchange, &place);
    struct nng_exchange *holder = parked ? transport->exchanges[place] : NULL;
    pthread_mutex_unlock(&transport->lock);

    if (holder != NULL)
        send_body(holder, body);
}

/* The next exchange that the pipe has left behind, or NULL. */
static struct nng_exchange *left_behind(struct transport_nng *transport, uint32_t pipe,
                                        uint32_t *from)
{
    struct nng_exchange *exchange = NULL;

    pthread_mutex_lock(&transport->lock);
    if (transport_parked_take_pipe(&transport->parked, pipe, *from, from))
        exchange = transport->exchanges[*from];
    pthread_mutex_unlock(&transport->lock);
    return exchange;
}

static void tell_gone(struct transport_nng *transport, uint32_t pipe)
{
    pthread_mutex_lock(&transport->delivering);
    pthread_mutex_lock(&transport->lock);
    bool news = transport_pipes_remove(&transport->pipes, pipe) && !transport->closing;
    pthread_mutex_unlock(&transport->lock);
    struct transport_delivery *delivery = news ? transport_intake_gone(pipe) : NULL;
    if (delivery != NULL)
        transport->sink.deliver(transport->sink.context, delivery);
    pthread_mutex_unlock(&transport->delivering);
}

void nng_exchange_pipe_gone(struct transport_nng *transport, uint32_t pipe)
{
    uint32_t from = 0;
    struct nng_exchange *exchange;

    tell_gone(transport, pipe);
    while ((exchange = left_behind(transport, pipe, &from)) != NULL)
        receive(exchange);
}

/* The pipe of the next exchange, from the place @from on, that is stuck; 0 when none is. */
static uint32_t stuck_pipe(struct transport_nng *transport, uint64_t now_ms, uint32_t *from)
{
    uint32_t pipe = 0;

    pthread_mutex_lock(&transport->lock);
    while (pipe == 0 && *from < transport->exchange_count) {
        const struct nng_exchange *exchange = transport->exchanges[(*from)++];
        if (exchange->sending_since_ms != 0 && now_ms > exchange->sending_since_ms + STUCK_MS)
            pipe = exchange->pipe;
    }
    pthread_mutex_unlock(&transport->lock);
    return pipe;
}

void nng_exchange_close_stuck(struct transport_nng *transport, uint64_t now_ms)
{
    uint32_t from = 0, pipe;

    while ((pipe = stuck_pipe(transport, now_ms, &from)) != 0)
        nng_pipe_close((nng_pipe){.id = pipe});
}
