/*
 * The way out of a connection: frames that the peer has not taken yet.
 *
 *   append ──▶ │ sent before │ sent │ waits │ ──write──▶ the socket, as much as it takes
 *              0          before   +done   +size
 *
 * No thread of its own and no lock: whoever owns the connection sees to both. All zero is empty.
 */
#ifndef ORCHESTRATOR_TRANSPORT_TRANSPORT_OUT_H
#define ORCHESTRATOR_TRANSPORT_TRANSPORT_OUT_H

#include "transport/transport_frame.h"

#define TRANSPORT_KEEP_MAX 65536u /* An empty buffer larger than this is given back. */
#define TRANSPORT_STUCK_MS 5000u  /* A peer that takes nothing for so long is lost. */

struct transport_out {
    struct buffer bytes;  /* Owned. */
    size_t done;          /* How many of them are sent. */
    uint64_t before;      /* How many were sent before those. */
    uint64_t progress_ms; /* When the peer last took some, or had none to take. */
};

void transport_out_fini(struct transport_out *out);

/* Append a whole frame, or nothing. 0 or FAULT_MEMORY. */
int transport_out_append(struct transport_out *out, bool ipc, struct transport_frame frame,
                         uint64_t now_ms);

/* Send what the peer can take now; false when the connection is to be left. */
bool transport_out_write(struct transport_out *out, int fd, uint64_t now_ms);

/* Whether something waits, and how many bytes. */
bool transport_out_waits(const struct transport_out *out);
size_t transport_out_left(const struct transport_out *out);

#endif
