/*
 * Frames: how requests and replies lie on a connection. docs/reference/protocol.md has the bytes.
 *
 *   ipc  │ 01 │ length, 8 bytes │ request, 4 bytes │ body
 *   tcp       │ length, 8 bytes │ request, 4 bytes │ body
 *
 * Numbers are big-endian; the length counts the request and the body. The request's highest bit is
 * set. A reply carries the request that it answers. Before its first frame each side greets.
 */
#ifndef ORCHESTRATOR_TRANSPORT_TRANSPORT_FRAME_H
#define ORCHESTRATOR_TRANSPORT_TRANSPORT_FRAME_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSPORT_GREETING_SIZE 8u
#define TRANSPORT_REQUEST_BIT 0x80000000u

/* What those greet with who ask (REQ), and those who answer (REP). */
extern const uint8_t transport_asker_greeting[TRANSPORT_GREETING_SIZE];
extern const uint8_t transport_answerer_greeting[TRANSPORT_GREETING_SIZE];

enum transport_frame_result {
    TRANSPORT_FRAME_TAKEN,
    TRANSPORT_FRAME_INCOMPLETE,
    TRANSPORT_FRAME_NONSENSE, /* Whoever sent this is to be left. */
};

struct transport_frame {
    uint32_t request;
    struct bytes body; /* Borrowed from the bytes that were read. */
};

/* Read one frame from the front; a length is believed only below WIRE_MESSAGE_MAX. */
enum transport_frame_result transport_frame_read(struct bytes bytes, bool ipc,
                                                 struct transport_frame *ret_frame,
                                                 size_t *ret_used);

/* Read the other side's greeting from the front. */
enum transport_frame_result
transport_greeting_read(struct bytes bytes, const uint8_t expected[TRANSPORT_GREETING_SIZE],
                        size_t *ret_used);

/* Append a whole frame, or nothing. 0 or FAULT_MEMORY. */
int transport_frame_append(struct buffer *buffer, bool ipc, struct transport_frame frame);

#endif
