/*
 * The desk: where the polls of the egress workers wait for the engine's reply.
 *
 *   worker ──egress_desk_ask──▶ sink (the inbox) ──▶ engine
 *                                                      │ transport_reply
 *   worker ◀──egress_desk_take── desk ◀──exchange is ours── junction ──is not──▶ the network's
 *
 * The junction is the transport that the engine is given: it tells by the exchange's number whose
 * reply it is, so the engine knows of one transport and nothing of HTTP. Exchanges and pipes of
 * the desk have their top bit set, which those of the network never reach.
 *
 * The lock covers the polls; replies come from the engine's thread, all else from the egress
 * thread. A reply on a worker's newer pipe proves that the engine has seen the older one vanish,
 * so its polls are forgotten then, and not before.
 */
#ifndef ORCHESTRATOR_EGRESS_EGRESS_DESK_H
#define ORCHESTRATOR_EGRESS_EGRESS_DESK_H

#include "transport/transport.h"

#include <pthread.h>

#define EGRESS_NUMBER_BIT (UINT64_C(1) << 63)

struct egress_worker;

/* One poll, parked at the engine until it is answered. */
struct egress_poll {
    struct egress_poll *next;
    struct egress_worker *worker; /* Borrowed. */
    uint64_t exchange;
    uint64_t pipe;
    uint32_t slots;
    bool answered;
    bool unread;         /* Answered, but there was no memory for it. */
    struct buffer reply; /* Owned. */
};

struct egress_desk {
    struct transport junction;
    struct transport *network; /* Borrowed. */
    struct transport_sink sink;
    void (*wake)(void *context); /* Called after a reply, on the engine's thread. */
    void *context;
    pthread_mutex_t lock;
    struct egress_poll *polls; /* Owned, oldest first. */
    uint64_t last_number;
};

void egress_desk_init(struct egress_desk *desk, struct transport *network,
                      struct transport_sink sink, void (*wake)(void *context), void *context);

/* Nobody replies any more. */
void egress_desk_fini(struct egress_desk *desk);

/* A number for a pipe that was never used before. */
uint64_t egress_desk_number(struct egress_desk *desk);

/* Send a poll for a worker, over a pipe. 0, or a fault: then nothing was sent. */
int egress_desk_ask(struct egress_desk *desk, struct egress_worker *worker, uint64_t pipe,
                    const struct wire_poll *poll);

/* Tell the engine that a pipe has vanished. 0 or FAULT_MEMORY. */
int egress_desk_vanish(struct egress_desk *desk, uint64_t pipe);

/* The oldest poll that was answered, for the caller to free; NULL when there is none. */
struct egress_poll *egress_desk_take(struct egress_desk *desk);
void egress_poll_free(struct egress_poll *poll);

#endif
