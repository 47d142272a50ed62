/*
 * The dialer: requests that go to a server and come back, over one connection that is made again.
 *
 *   dialer_ask ──▶ WAITING ──connected──▶ OUT ──reply───────────────▶ ANSWERED
 *                     │                    ├────connection broke────▶ LOST
 *                     └──deadline──────────┴────deadline────────────▶ TIMED_OUT
 *
 * Nothing is sent twice: whether a lost call may be repeated is the asker's to know. A call that
 * waits when a connection breaks was never sent, and waits for the next.
 *
 * Any thread may ask. One thread of the dialer's own dials, reads, and sends what an asker could
 * not send at once. Under the dialer's lock are the calls that are out and the way out; the asker
 * has no say over a call until it has ended.
 */
#ifndef ORCHESTRATOR_TRANSPORT_DIALER_H
#define ORCHESTRATOR_TRANSPORT_DIALER_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define DIALER_FOR_EVER UINT64_MAX

struct dialer;

enum dialer_outcome {
    DIALER_ANSWERED,
    DIALER_LOST,      /* It may have arrived. */
    DIALER_TIMED_OUT, /* It may have arrived, unless it was still waiting. */
};

/* A call; all zero but for what the asker fills in, and used again as often as wanted. */
struct dialer_call {
    /* Called once, by the dialer's thread with its lock held: short, and asks for nothing. */
    void (*ended)(struct dialer_call *call, enum dialer_outcome outcome);
    uint64_t deadline_ms; /* Of the monotonic clock, or DIALER_FOR_EVER. */
    uint32_t answer_ms;   /* If not 0 the deadline becomes this long from when it is OUT. */
    struct buffer answer; /* Owned by the asker; filled when it is ANSWERED. */

    /* The dialer's. */
    struct buffer question;
    struct dialer_call *next;
    uint32_t request;
    bool out;
    uint64_t end; /* Where its last byte lies among those of its connection. */
};

/*
 * Connect to a url in the background, now and after each loss.
 * 0; FAULT_INPUT for what is no ipc:// or tcp:// url; FAULT_MEMORY; FAULT_SYSTEM.
 */
int dialer_open(const char *url, struct dialer **ret_dialer);

/* Calls that are out are forgotten without a word. Takes NULL; returns NULL. */
struct dialer *dialer_close(struct dialer *dialer);

/* @body is copied. 0, or FAULT_MEMORY with the call as it was. */
int dialer_ask(struct dialer *dialer, struct dialer_call *call, struct bytes body);

/* Whether some byte of the call has not left this process yet. */
bool dialer_is_sending(struct dialer *dialer, const struct dialer_call *call);

/* After its last use, when it has ended or its dialer is closed. */
void dialer_call_fini(struct dialer_call *call);

bool dialer_is_connected(struct dialer *dialer);

/* Rises when a connection is lost: what was sent before may not have arrived. */
uint64_t dialer_losses(struct dialer *dialer);

#endif
