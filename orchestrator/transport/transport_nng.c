/*
 * The transport over nng: one REP socket, opened once. Closing goes the other way round: the
 * watchdog first, for it may be listening again; then no more deliveries, and a moment of quiet;
 * then nng, which waits for its pipes; then the aios, which wait for their callbacks; then the
 * memory.
 */
#include "transport/transport_nng.h"

#include "base/fault.h"

#include <assert.h>
#include <nng/protocol/reqrep0/rep.h>
#include <stdlib.h>

/* The limit is for nng's message, whose request id stands before the body. */
#define RECEIVE_MAX (WIRE_MESSAGE_MAX + 4u)

static struct transport_nng *nng_of(struct transport *transport)
{
    return (struct transport_nng *)transport;
}

/* ---- pipes ---- */

static void pipe_arrives(nng_pipe pipe, nng_pipe_ev event, void *argument)
{
    struct transport_nng *transport = argument;

    assert(event == NNG_PIPE_EV_ADD_PRE);
    pthread_mutex_lock(&transport->lock);
    bool added = transport_pipes_add(&transport->pipes, (uint32_t)nng_pipe_id(pipe));
    pthread_mutex_unlock(&transport->lock);
    if (added)
        return;
    atomic_fetch_add(&transport->counts.too_many_pipes, 1);
    nng_pipe_close(pipe);
}

static void pipe_leaves(nng_pipe pipe, nng_pipe_ev event, void *argument)
{
    assert(event == NNG_PIPE_EV_REM_POST);
    nng_exchange_pipe_gone(argument, (uint32_t)nng_pipe_id(pipe));
}

/* ---- the port ---- */

static void reply(struct transport *transport, uint64_t exchange, struct bytes body)
{
    nng_exchange_reply(nng_of(transport), exchange, body);
}

static const char *url_of(const struct transport *transport)
{
    return ((const struct transport_nng *)transport)->endpoint.url;
}

/* The counters change nothing that the caller can see, but reading the pipes takes the lock. */
static struct transport_counters counters(const struct transport *transport)
{
    struct transport_nng *nng = (struct transport_nng *)(uintptr_t)transport;

    pthread_mutex_lock(&nng->lock);
    size_t pipes_open = nng->pipes.count;
    pthread_mutex_unlock(&nng->lock);
    return (struct transport_counters){
        .requests = atomic_load(&nng->counts.requests),
        .replies = atomic_load(&nng->counts.replies),
        .malformed = atomic_load(&nng->counts.malformed),
        .too_many_pipes = atomic_load(&nng->counts.too_many_pipes),
        .relistens = atomic_load(&nng->counts.relistens),
        .pipes_open = pipes_open,
    };
}

/* With every lock in hand, nobody is in the middle of a delivery or of opening a context. */
static void stop(struct transport_nng *transport)
{
    pthread_mutex_lock(&transport->opening);
    pthread_mutex_lock(&transport->delivering);
    pthread_mutex_lock(&transport->lock);
    transport->closing = true;
    pthread_mutex_unlock(&transport->lock);
    pthread_mutex_unlock(&transport->delivering);
    pthread_mutex_unlock(&transport->opening);
}

static void close_nng(struct transport *transport)
{
    struct transport_nng *nng = nng_of(transport);

    nng_watchdog_close(nng);
    stop(nng);
    nng_exchange_pause(nng);
    nng_close(nng->socket);
    nng_exchange_close_all(nng);
    nng_endpoint_remove(&nng->endpoint);
    pthread_mutex_destroy(&nng->lock);
    pthread_mutex_destroy(&nng->delivering);
    pthread_mutex_destroy(&nng->opening);
    free(nng);
}

static const struct transport_ops nng_ops = {
    .reply = reply,
    .url = url_of,
    .counters = counters,
    .close = close_nng,
};

/* ---- opening ---- */

static int prepare_socket(struct transport_nng *transport)
{
    if (nng_socket_set_size(transport->socket, NNG_OPT_RECVMAXSZ, RECEIVE_MAX) != 0 ||
        nng_pipe_notify(transport->socket, NNG_PIPE_EV_ADD_PRE, pipe_arrives, transport) != 0 ||
        nng_pipe_notify(transport->socket, NNG_PIPE_EV_REM_POST, pipe_leaves, transport) != 0)
        return fault(FAULT_SYSTEM);
    return nng_exchange_open_all(transport);
}

static struct transport_nng *allocate(struct transport_sink sink)
{
    struct transport_nng *transport = calloc(1, sizeof *transport);

    if (transport == NULL)
        return NULL;
    if (nng_rep0_open(&transport->socket) != 0) {
        free(transport);
        return NULL;
    }
    transport->base.ops = &nng_ops;
    transport->sink = sink;
    transport->watchdog_stop = -1;
    pthread_mutex_init(&transport->lock, NULL);
    pthread_mutex_init(&transport->delivering, NULL);
    pthread_mutex_init(&transport->opening, NULL);
    return transport;
}

int transport_nng_open(const char *url, struct transport_sink sink,
                       struct transport **ret_transport)
{
    assert(url != NULL);
    assert(sink.deliver != NULL);
    struct transport_nng *transport = allocate(sink);

    if (transport == NULL)
        return fault(FAULT_MEMORY);
    int r = prepare_socket(transport);
    if (r == 0)
        r = nng_endpoint_open(transport->socket, url, &transport->endpoint);
    if (r == 0)
        r = nng_watchdog_open(transport);
    if (r != 0) {
        close_nng(&transport->base);
        return pass(r);
    }
    *ret_transport = &transport->base;
    return 0;
}
