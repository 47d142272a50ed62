/*
 * The transport: the port between the engine and those who ask it for work.
 *
 *   worker ──request──▶ transport ──deliver──▶ sink (the inbox)      the request is parked
 *   worker ◀──reply──── transport ◀── transport_reply ── engine      until somebody answers it
 *   pipe vanished ────▶ transport ──deliver──▶ sink
 *
 * Requests are decoded and bounded before they are delivered; what is malformed, and pings, are
 * answered here. Deliveries come from the transport's own threads, at any time between open and
 * close, one at a time; the sink only queues. No request of a pipe comes after its GONE, but
 * requests of one pipe may overtake each other. A reply to a peer that has gone is dropped
 * silently: whoever needs to know has a deadline of his own.
 */
#ifndef ORCHESTRATOR_TRANSPORT_TRANSPORT_H
#define ORCHESTRATOR_TRANSPORT_TRANSPORT_H

#include "base/bytes.h"
#include "codec/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSPORT_PIPES_MAX 1024u    /* Connections; one more is closed at once. */
#define TRANSPORT_EXCHANGES_MAX 4096u /* Requests that are parked at once. */
#define TRANSPORT_URL_SIZE 160u

enum transport_delivery_type {
    TRANSPORT_REQUEST, /* Somebody asks; answer it by transport_reply, once. */
    TRANSPORT_GONE,    /* A pipe that had asked vanished, and with it its parked requests. */
};

/* One delivery. Owned by the sink, which ends it with transport_delivery_free. */
struct transport_delivery {
    struct transport_delivery *next; /* The sink's to use. */
    enum transport_delivery_type type;
    uint64_t pipe;     /* Which connection; never used twice. */
    uint64_t exchange; /* Which request, for transport_reply; never used twice. */
    struct wire_request request; /* Valid for REQUEST. */
};

struct transport_sink {
    void (*deliver)(void *context, struct transport_delivery *delivery); /* Takes it. */
    void *context;
};

/* `requests` are those delivered; `malformed` those refused unread. Pings are in neither. */
struct transport_counters {
    uint64_t requests, replies, malformed, too_many_pipes, relistens, pipes_open;
};

struct transport;

/*
 * Answer a parked request with an encoded reply; @body is borrowed until return. Thread: any.
 * An exchange that is gone or already answered is ignored.
 */
void transport_reply(struct transport *transport, uint64_t exchange, struct bytes body);

/* The address that peers dial, once open. */
const char *transport_url(const struct transport *transport);

struct transport_counters transport_counters(const struct transport *transport);

/* No delivery comes after it returns; nobody replies while it runs. Takes NULL; returns NULL. */
struct transport *transport_close(struct transport *transport);

void transport_delivery_free(struct transport_delivery *delivery);

/* ---- what a backend provides ---- */

struct transport_ops {
    void (*reply)(struct transport *transport, uint64_t exchange, struct bytes body);
    const char *(*url)(const struct transport *transport);
    struct transport_counters (*counters)(const struct transport *transport);
    void (*close)(struct transport *transport);
};

struct transport {
    const struct transport_ops *ops;
};

/*
 * Listen on ipc:// or tcp:// (port 0 picks one), speaking the Scalability Protocols over plain
 * sockets as any REP does (docs/decisions/transport-own-sockets.md). When its own listener does not
 * answer it any more it listens again; connections live on.
 * 0; FAULT_INPUT for a bad or busy address; FAULT_SYSTEM; FAULT_MEMORY.
 */
int transport_sp_open(const char *url, struct transport_sink sink,
                      struct transport **ret_transport);

/*
 * A transport inside the process, for tests and the simulator: single-threaded, deliveries happen
 * inside transport_local_send and transport_local_vanish, replies are handed to @receive.
 */
typedef void transport_local_receiver(void *context, uint64_t exchange, struct bytes body);
int transport_local_open(struct transport_sink sink, transport_local_receiver *receive,
                         void *context, struct transport **ret_transport);

/* Send encoded request bytes from a pipe; returns the exchange's number. */
uint64_t transport_local_send(struct transport *transport, uint64_t pipe, struct bytes body);
void transport_local_vanish(struct transport *transport, uint64_t pipe);

#endif
