/* Peers of the real listeners: one connection each, many requests on it. */
#include "contract/transport/peer.h"
#include "contract/transport/rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TICKETS_MAX 8192u

struct net_state {
    struct transport *transport; /* Borrowed. */
    char folder[64];             /* "" for tcp. */
};

struct rig_peer {
    struct peer peer;
    uint32_t tickets;
    struct buffer replies[TICKETS_MAX]; /* Those that came while another was waited for. */
};

static void open_with(const char *url, struct net_state *state, struct transport_sink sink,
                      void **ret_state, struct transport **ret_transport)
{
    assert_int_equal(transport_sp_open(url, sink, &state->transport), 0);
    *ret_state = state;
    *ret_transport = state->transport;
}

static void ipc_open(struct transport_sink sink, void **ret_state,
                     struct transport **ret_transport)
{
    struct net_state *state = calloc(1, sizeof *state);
    char url[128];

    assert_non_null(state);
    snprintf(state->folder, sizeof state->folder, "/tmp/transport.XXXXXX");
    assert_non_null(mkdtemp(state->folder));
    snprintf(url, sizeof url, "ipc://%s/participants", state->folder);
    open_with(url, state, sink, ret_state, ret_transport);
}

static void tcp_open(struct transport_sink sink, void **ret_state,
                     struct transport **ret_transport)
{
    struct net_state *state = calloc(1, sizeof *state);

    assert_non_null(state);
    open_with("tcp://127.0.0.1:0", state, sink, ret_state, ret_transport);
}

/* The transport has removed its socket, so the folder is empty. */
static void net_close(void *opaque)
{
    struct net_state *state = opaque;

    if (state->folder[0] != '\0')
        assert_int_equal(rmdir(state->folder), 0);
    free(state);
}

static struct rig_peer *net_peer_open(void *opaque)
{
    const struct net_state *state = opaque;
    struct rig_peer *peer = calloc(1, sizeof *peer);

    assert_non_null(peer);
    assert_true(peer_open(transport_url(state->transport), RIG_PATIENCE_MS, &peer->peer));
    return peer;
}

static void net_peer_close(struct rig_peer *peer)
{
    peer_close(&peer->peer);
    for (uint32_t i = 0; i < TICKETS_MAX; i++)
        buffer_fini(&peer->replies[i]);
    free(peer);
}

static uint64_t net_peer_send(struct rig_peer *peer, struct bytes body)
{
    uint32_t ticket = ++peer->tickets;

    assert_true(ticket < TICKETS_MAX);
    /* A message that is too large may be cut off in the middle; the test looks at what follows. */
    (void)peer_send(&peer->peer, ticket, body);
    return ticket;
}

static bool net_peer_receive(struct rig_peer *peer, uint64_t ticket, uint32_t patience_ms,
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
    .close = net_close,
    .peer_open = net_peer_open,
    .peer_close = net_peer_close,
    .peer_send = net_peer_send,
    .peer_receive = net_peer_receive,
};

const struct rig_backend rig_tcp = {
    .name = "tcp",
    .open = tcp_open,
    .close = net_close,
    .peer_open = net_peer_open,
    .peer_close = net_peer_close,
    .peer_send = net_peer_send,
    .peer_receive = net_peer_receive,
};
