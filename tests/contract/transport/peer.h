/*
 * A peer of the participants' listener that uses nothing of the product: a plain socket, the
 * greeting, and frames, as docs/reference/protocol.md describes them for other languages.
 */
#ifndef TESTS_CONTRACT_TRANSPORT_PEER_H
#define TESTS_CONTRACT_TRANSPORT_PEER_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

struct peer {
    int fd;
    bool ipc;
};

/* Connect only; false when nobody listens. */
bool peer_connect(const char *url, struct peer *ret_peer);

/* Connect and greet; false without the listener's greeting in time. */
bool peer_open(const char *url, uint32_t patience_ms, struct peer *ret_peer);
void peer_close(struct peer *peer);

/* Close with a reset instead of a farewell, as a crashed machine does. */
void peer_reset(struct peer *peer);

/* Send one request; the id's top bit is set here. False when the connection is gone. */
bool peer_send(struct peer *peer, uint32_t id, struct bytes body);

/* The next reply: replaces @body. False when none comes in time, or the connection is gone. */
bool peer_receive(struct peer *peer, uint32_t patience_ms, uint32_t *ret_id,
                  struct buffer *body);

/* Make the frame that peer_send sends. */
void peer_frame(bool ipc, uint32_t id, struct bytes body, struct buffer *frame);

#endif
