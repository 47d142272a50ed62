/* Peers of the real listener: one connection each, many requests on it. */
#include "contract/transport/peer.h"
#include "contract/transport/rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TICKETS_MAX 8192u

struct nng_state {
    struct transport *transport; /* Borrowed. */
    char folder[64];             /* "" for tcp. */
};

struct rig_peer {
    struct peer peer;
    uint32_t tickets;
    struct buffer replies[TICKETS_MAX]; /* Those that came while another was waited for. */
};

static void nng_open(const char *url, struct nng_state *state, struct transport_sink sink,
                     void **ret_state, struct transport **ret_transport)
{
    assert_int_equal(transport_nng_open(url, sink, &state->transport), 0);
    *ret_state = state;
    *ret_transport = state->transport;
}

static void ipc_open(struct transport_sink sink, void **ret_state,
                     struct transport **ret_transport)
{
    struct nng_state *state = calloc(1, sizeof *state);
    char url[128];

    assert_non_null(state);
    snprintf(state->folder, sizeof state->folder, "/tmp/transport.XXXXXX");
    assert_non_null(mkdtemp(state->folder));
    snprintf(url, sizeof url, "ipc://%s/participants", state->folder);
    nng_open(url, state, sink, ret_state, ret_transport);
}

static void tcp_open(struct transport_sink sink, void **ret_state,
                     struct transport **ret_transport)
{
    struct nng_state *state = calloc(1, sizeof *state);

    assert_non_null(state);
    nng_open("tcp://127.0.0.1:0", state, sink, ret_state, ret_transport);
}

/* The transport has removed its socket, so the folder is empty. */
static void nng_close(void *opaque)
{
    struct nng_state *state = opaque;

    if (state->folder[0] != '\0')
        assert_int_equal(rmdir(state->folder), 0);
    free(state);
}

static struct rig_peer *nng_peer_open(void *opaque)
{
    const struct nng_state *state = opaque;
    struct rig_peer *peer = calloc(1, sizeof *peer);

    assert_non_null(peer);
    assert_true(peer_open(transport_url(state->transport), RIG_PATIENCE_MS, &peer->peer));
    return peer;
}

static void nng_peer_close(struct rig_peer *peer)
{
    peer_close(&peer->peer);
    for (uint32_t i = 0; i < TICKETS_MAX; i++)
        buffer_fini(&peer->replies[i]);
    free(peer);
}

static uint64_t nng_peer_send(struct rig_peer *peer, struct bytes body)
{
    uint32_t ticket = ++peer->tickets;

    assert_true(ticket < TICKETS_MAX);
    /* A message that is too large may be cut off in the middle; the test looks at what follows. */
    (void)peer_send(&peer->peer, ticket, body);
    return ticket;
}

static bool nng_peer_receive(struct rig_peer *peer, uint64_t ticket, uint32_t patience_ms,
                             struct buffer *body)
{
    struct buffer *reply = &peer->replies[ticket];
    struct buffer other = {0};
    uint32_t id = 0;

    while (reply->size == 0 && peer_receive(&peer->peer, patience_ms, &id, &other)) {
        assert_true(id < TICKETS_MAX);
        assert_int_equal(peer->replies[id].size, 0);
        peer->replies[id] = other;
        other = (struct buffer){0};
    }
    buffer_fini(&other);
    buffer_fini(body);
    *body = *reply;
    *reply = (struct buffer){0};
    return body->size > 0;
}

const struct rig_backend rig_ipc = {
    .name = "ipc",
    .open = ipc_open,
    .close = nng_close,
    .peer_open = nng_peer_open,
    .peer_close = nng_peer_close,
    .peer_send = nng_peer_send,
    .peer_receive = nng_peer_receive,
};

const struct rig_backend rig_tcp = {
    .name = "tcp",
    .open = tcp_open,
    .close = nng_close,
    .peer_open = nng_peer_open,
    .peer_close = nng_peer_close,
    .peer_send = nng_peer_send,
    .peer_receive = nng_peer_receive,
};
