/*
 * Peers that ask as fast as they can, over connections that they make again when they are lost.
 */
#ifndef TESTS_TRANSPORT_LOAD_H
#define TESTS_TRANSPORT_LOAD_H

#include "transport/transport.h"

#include <pthread.h>
#include <stdatomic.h>

#define LOAD_PEERS 3u

struct load {
    struct transport *transport; /* Owned by the test, which closes it. */
    char folder[32];
    char url[64];
    struct buffer poll; /* An encoded poll. */
    atomic_bool stopping;
    atomic_uint_fast64_t answered, gone, connected;
    unsigned requests_each; /* Then a peer drops its connection in the middle; 0: never. */
    pthread_t threads[LOAD_PEERS];
};

/* Open a transport on a socket in a folder of its own, and let the peers loose. */
void load_start(struct load *load, unsigned requests_each);
void load_stop(struct load *load); /* The peers only. */
void load_remove(struct load *load); /* After the transport is closed and the peers stopped. */

/* True when @count more answers come in time. */
bool load_answers(struct load *load, uint64_t count);

/* True when so few connections are open in time. */
bool load_pipes_fall_to(const struct load *load, uint64_t count);

#endif
