/* Peers of the local twin: numbers of pipes, and a list of the replies that came. */
#include "contract/transport/rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

struct reply {
    struct reply *next;
    uint64_t exchange;
    struct buffer body;
};

struct local_state {
    struct transport *transport; /* Borrowed. */
    struct reply *replies;       /* Owned. */
    uint64_t pipes;
};

struct rig_peer {
    struct local_state *state;
    uint64_t pipe;
};

static void receive(void *context, uint64_t exchange, struct bytes body)
{
    struct local_state *state = context;
    struct reply *reply = calloc(1, sizeof *reply);

    assert_non_null(reply);
    reply->exchange = exchange;
    reply->next = state->replies;
    state->replies = reply;
    assert_int_equal(buffer_append(&reply->body, body.data, body.size), 0);
}

static void local_open(struct transport_sink sink, void **ret_state,
                       struct transport **ret_transport)
{
    struct local_state *state = calloc(1, sizeof *state);

    assert_non_null(state);
    assert_int_equal(transport_local_open(sink, receive, state, &state->transport), 0);
    *ret_state = state;
    *ret_transport = state->transport;
}

static void local_close(void *opaque)
{
    struct local_state *state = opaque;

    while (state->replies != NULL) {
        struct reply *next = state->replies->next;
        buffer_fini(&state->replies->body);
        free(state->replies);
        state->replies = next;
    }
    free(state);
}

static struct rig_peer *local_peer_open(void *state)
{
    struct rig_peer *peer = calloc(1, sizeof *peer);

    assert_non_null(peer);
    peer->state = state;
    peer->pipe = ++peer->state->pipes;
    return peer;
}

static void local_peer_close(struct rig_peer *peer)
{
    transport_local_vanish(peer->state->transport, peer->pipe);
    free(peer);
}

static uint64_t local_peer_send(struct rig_peer *peer, struct bytes body)
{
    return transport_local_send(peer->state->transport, peer->pipe, body);
}

static bool local_peer_receive(struct rig_peer *peer, uint64_t ticket, uint32_t patience_ms,
                               struct buffer *body)
{
    (void)patience_ms;
    for (struct reply **at = &peer->state->replies; *at != NULL; at = &(*at)->next) {
        struct reply *reply = *at;
        if (reply->exchange != ticket)
            continue;
        *at = reply->next;
        buffer_fini(body);
        *body = reply->body;
        free(reply);
        return true;
    }
    return false;
}

const struct rig_backend rig_local = {
    .name = "local",
    .open = local_open,
    .close = local_close,
    .peer_open = local_peer_open,
    .peer_close = local_peer_close,
    .peer_send = local_peer_send,
    .peer_receive = local_peer_receive,
};
