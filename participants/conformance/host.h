/*
 * The host: the listener that a participant under test connects to, by the server's own transport.
 *
 *   participant ──request──▶ transport ──▶ queue ──host_next──▶ who plays the server
 *               ◀────────────────────────────── host_answer ──┘
 *
 * The transport's threads only fill the queue; all else is for the thread that owns the host.
 */
#ifndef PARTICIPANTS_CONFORMANCE_HOST_H
#define PARTICIPANTS_CONFORMANCE_HOST_H

#include "transport/transport.h"

struct host;

/* Listen at the url; port 0 picks one. 0; FAULT_INPUT for a bad or busy address; a fault. */
int host_open(const char *url, struct host **ret_host);

/* Takes NULL; returns NULL. */
struct host *host_close(struct host *host);

/* Where it listens. */
const char *host_url(const struct host *host);

/* How many requests have come that make no sense; they were refused. */
uint64_t host_malformed(const struct host *host);

/* Stop listening and cut every connection; what was taken from the queue can only be freed. */
void host_cut(struct host *host);

/* Listen again at the same address. */
int host_listen(struct host *host);

/*
 * The next request that has come, which is the caller's; NULL when none has by @until_ms of the
 * monotonic clock.
 */
struct transport_delivery *host_next(struct host *host, uint64_t until_ms);

/* Answer a delivery and free it. An answer to a connection that is gone is dropped. */
void host_answer(struct host *host, struct transport_delivery *delivery, struct bytes body);

/*
 * For so long, let everybody connect who does, and end each connection at once: how many there
 * were, or a fault. Only while the host is cut.
 */
int host_count_visitors(const struct host *host, uint32_t for_ms);

#endif
