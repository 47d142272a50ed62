/*
 * A small server for tests: it takes requests by the real transport, and the test answers them.
 *
 *   worker or client ──▶ transport ──▶ server_next ──▶ the test ──▶ server_answer
 *
 * Everything waits for at most SERVER_WAIT_MS and then fails the test.
 */
#ifndef TESTS_SDK_SERVER_H
#define TESTS_SDK_SERVER_H

#include "transport/transport.h"

#include <pthread.h>

#define SERVER_WAIT_MS 20000u

struct server {
    char folder[64];
    char url[TRANSPORT_URL_SIZE];
    struct transport *transport;
    pthread_mutex_t mutex;
    pthread_cond_t arrived;
    struct transport_delivery *first, *last; /* Requests nobody has taken yet. */
};

void server_init(struct server *server); /* It does not listen yet. */
void server_fini(struct server *server);

void server_listen(struct server *server);
void server_vanish(struct server *server); /* With every connection and parked request. */

/* The next request of this type; the caller ends it with transport_delivery_free. */
struct transport_delivery *server_next(struct server *server, enum wire_request_type type);

/* Whether a request waits to be taken right now. */
bool server_has_request(struct server *server);

/* Answer and free a delivery. */
void server_answer(struct server *server, struct transport_delivery *delivery,
                   const struct wire_reply *reply);
void server_answer_bytes(struct server *server, struct transport_delivery *delivery,
                         struct bytes body);

#endif
