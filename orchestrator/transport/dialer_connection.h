/*
 * The dialer's connection: the state it is in, and what moves it on.
 *
 *   AWAY ──dial──▶ DIALLING ──▶ GREETING ──8 bytes──▶ CONNECTED
 *    ▲  after a while │             │                    │
 *    └────────────────┴─────────────┴────end, nonsense, stuck
 *
 * Everything here is called with the dialer's lock held.
 */
#ifndef ORCHESTRATOR_TRANSPORT_DIALER_CONNECTION_H
#define ORCHESTRATOR_TRANSPORT_DIALER_CONNECTION_H

#include "transport/transport_address.h"
#include "transport/transport_out.h"

enum dialer_state { DIALER_AWAY, DIALER_DIALLING, DIALER_GREETING, DIALER_CONNECTED };

struct dialer_connection {
    enum dialer_state state;
    bool ipc;
    int fd;           /* Owned; -1 when AWAY. */
    uint64_t next_ms; /* When to dial next, or when to give up what is begun. */
    uint32_t pause_ms; /* Before the next dialling; grows while it is in vain. */
    struct buffer in; /* Bytes that are not yet a whole frame. */
    struct transport_out out;
};

/* Begin to connect, or wait longer when that fails. */
void dialer_connection_dial(struct dialer_connection *connection,
                            const struct transport_address *address, uint64_t now_ms);

/* AWAY: dial later. */
void dialer_connection_wait(struct dialer_connection *connection, uint64_t now_ms);

/* From any state: close, and dial again after a pause. */
void dialer_connection_drop(struct dialer_connection *connection, uint64_t now_ms);
void dialer_connection_fini(struct dialer_connection *connection);

/* Send what the server can take now; false when the connection is to be dropped. */
bool dialer_connection_write(struct dialer_connection *connection, uint64_t now_ms);

/* DIALLING, and the socket can be written: greet. False when it is to be dropped. */
bool dialer_connection_greet(struct dialer_connection *connection);

/* Read once into @in; false when it is to be dropped. */
bool dialer_connection_read(struct dialer_connection *connection);

/* GREETING: take the server's. False when it is nonsense. */
bool dialer_connection_enter(struct dialer_connection *connection);

/* Forget the first @size bytes of @in. */
void dialer_connection_consume(struct dialer_connection *connection, size_t size);

/* Append a frame to what is to be sent; ret_end: where its last byte lies. 0 or FAULT_MEMORY. */
int dialer_connection_append(struct dialer_connection *connection, struct transport_frame frame,
                             uint64_t now_ms, uint64_t *ret_end);

/* How many bytes of this connection have been sent. */
uint64_t dialer_connection_sent(const struct dialer_connection *connection);

/* What poll is to tell of. */
short dialer_connection_events(const struct dialer_connection *connection);

/* When there is something to do though nothing happens. */
uint64_t dialer_connection_next(const struct dialer_connection *connection);

/* True when what is begun has taken too long: connecting, or the server's taking bytes. */
bool dialer_connection_is_late(const struct dialer_connection *connection, uint64_t now_ms);

#endif
