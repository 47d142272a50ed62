/*
 * The insides of the nng transport, shared by its files.
 *
 *            ┌────────────────────────── received ──────────────────────────┐
 *            ▼                                                              │
 *   RECEIVING ──delivered──▶ PARKED ──reply──▶ SENDING ──sent──▶ RECEIVING ─┘
 *       │                      └──pipe gone──▶ RECEIVING
 *       └──ping, malformed, overloaded──▶ SENDING
 *
 *   RESTING instead of RECEIVING during a pause
 *
 * An exchange is one nng context with its aio, at a fixed place; a context holds one request at a
 * time. Contexts are opened as they are needed, so that TRANSPORT_SPARE of them receive however
 * many are parked.
 *
 * Three locks. `opening` is held while a context is opened: one that is opened while nng closes the
 * socket would never be closed, and nng would wait for it. `delivering` is held from the look at
 * the pipe until the sink has the delivery, so that a request never follows its pipe's GONE. `lock`
 * covers the tables, is taken inside the others, and is never held across a call of nng or the
 * sink.
 */
#ifndef ORCHESTRATOR_TRANSPORT_TRANSPORT_NNG_H
#define ORCHESTRATOR_TRANSPORT_TRANSPORT_NNG_H

#include "transport/transport.h"
#include "transport/transport_address.h"
#include "transport/transport_parked.h"

#include <nng/nng.h>
#include <pthread.h>
#include <stdatomic.h>

struct transport_nng;

enum nng_exchange_state {
    NNG_EXCHANGE_RESTING,
    NNG_EXCHANGE_RECEIVING,
    NNG_EXCHANGE_PARKED,
    NNG_EXCHANGE_SENDING,
};

struct nng_exchange {
    struct transport_nng *owner; /* Borrowed. */
    nng_ctx context;
    nng_aio *aio; /* Owned. */
    uint32_t place;
    enum nng_exchange_state state;
    uint32_t pipe;             /* Whose request it holds. */
    uint64_t sending_since_ms; /* 0: not sending. */
};

struct nng_endpoint {
    char url[TRANSPORT_URL_SIZE]; /* With the port that was picked. */
    nng_listener listener;
    bool listening;
    struct transport_address address; /* Where the watchdog dials. */
};

struct nng_counts {
    atomic_uint_fast64_t requests, replies, malformed, too_many_pipes, relistens;
};

struct transport_nng {
    struct transport base;
    struct transport_sink sink;
    nng_socket socket;
    struct nng_endpoint endpoint; /* After open, the listener is the watchdog's alone. */
    struct nng_counts counts;

    pthread_mutex_t opening;
    pthread_mutex_t delivering;
    pthread_mutex_t lock;
    bool closing; /* For good. */
    bool pausing; /* For a moment. */
    struct transport_parked parked;
    struct transport_pipes pipes;
    struct nng_exchange *exchanges[TRANSPORT_PLACES]; /* Owned; the first exchange_count. */
    uint32_t exchange_count;
    uint32_t receiving;

    pthread_t watchdog;
    int watchdog_stop; /* An eventfd: readable when the watchdog is to end. */
};

/* ---- transport_nng_exchange.c ---- */

/* Open contexts until enough receive. 0; FAULT_MEMORY or FAULT_SYSTEM when there is none at all. */
int nng_exchange_open_all(struct transport_nng *transport);

/*
 * Post no receives, and wait until nothing more is received. Closing a pipe in the middle of a
 * message can leave nng waiting for that message for ever; a pipe whose messages nobody takes is at
 * rest. So every close is made in a pause. Replies go on.
 */
void nng_exchange_pause(struct transport_nng *transport);
void nng_exchange_resume(struct transport_nng *transport);

/* After the socket is closed: wait for the last callbacks, and free. */
void nng_exchange_close_all(struct transport_nng *transport);

/* Answer a parked exchange. */
void nng_exchange_reply(struct transport_nng *transport, uint64_t exchange, struct bytes body);

/* A pipe has gone: its exchanges receive again, and the sink hears of it. */
void nng_exchange_pipe_gone(struct transport_nng *transport, uint32_t pipe);

/* Close the pipes that have not taken a reply for too long: each holds a context. */
void nng_exchange_close_stuck(struct transport_nng *transport, uint64_t now_ms);

/* ---- transport_nng_listener.c ---- */

/* Listen; fills in the endpoint. 0; FAULT_INPUT; FAULT_SYSTEM; FAULT_MEMORY. */
int nng_endpoint_open(nng_socket socket, const char *url, struct nng_endpoint *endpoint);

/* Close the listener, and with it every accepted connection, and listen again. */
int nng_endpoint_reopen(nng_socket socket, struct nng_endpoint *endpoint);

/* Remove what is left on disk, after the socket is closed. */
void nng_endpoint_remove(const struct nng_endpoint *endpoint);

/* ---- transport_nng_watchdog.c ---- */

/* Ask once over a connection of its own, as any peer would; false without a pong in time. */
bool nng_watchdog_ping(const struct transport_address *address, bool framed, uint32_t patience_ms);

int nng_watchdog_open(struct transport_nng *transport);
void nng_watchdog_close(struct transport_nng *transport);

#endif
