/*
 * Egress: participants that do not ask for work but are called, over HTTP.
 *
 *   engine ──work──▶ desk ──▶ worker of "parcel" ──POST──▶ https://parcel.example/saga/book
 *     ▲                              │
 *     └── inbox ◀──poll, results─────┘ ◀──201, {"pickup": 7}──
 *
 * One thread does all of it, with curl's multi interface. To the engine each endpoint is one more
 * worker that polls with free slots and brings results, so queues, back-pressure, retries, undo,
 * deadlines and conditions are the same as for everybody, and the engine knows nothing of HTTP.
 *
 * What is durable: nothing here. A call was durable before it came; a result is durable once the
 * engine has taken it. When the process dies in between, the engine's next start makes the same
 * call again with the same Idempotency-Key.
 *
 *   egress_request   a call as HTTP         egress_answer   an answer as a verdict     (both pure)
 *   egress_call      one transfer           egress_worker   slots, polls, reachability
 *   egress_desk      the way to the engine  egress          the thread
 */
#ifndef ORCHESTRATOR_EGRESS_EGRESS_H
#define ORCHESTRATOR_EGRESS_EGRESS_H

#include "egress/egress_endpoint.h"
#include "transport/transport.h"

struct egress;

/*
 * Start calling. @endpoints and @network are borrowed and outlive it; so does whatever @sink leads
 * to. Each endpoint's name and secret must be known to the engine's accounts. @count is 1 to
 * EGRESS_ENDPOINTS_MAX.
 *
 * 0; FAULT_MEMORY; FAULT_SYSTEM.
 */
int egress_open(const struct egress_endpoint *endpoints, size_t count, struct transport *network,
                struct transport_sink sink, struct egress **ret_egress);

/* What the engine is given as its transport: the network's, and the way here. Borrowed. */
struct transport *egress_transport(struct egress *egress);

/* Cut off what is out, wait for the thread. Nobody replies any more. Takes NULL; returns NULL. */
struct egress *egress_close(struct egress *egress);

#endif
