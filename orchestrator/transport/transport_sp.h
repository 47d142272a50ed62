/*
 * The insides of the transport that speaks the Scalability Protocols by itself.
 *
 *   accept ──▶ GREETING ──8 bytes──▶ OPEN ──frame──▶ intake ──▶ parked, delivered
 *                                     │  ◀──reply── out ◀───────── from any thread
 *                                     └──end, error, nonsense, stuck──▶ closed, GONE delivered
 *
 * One thread owns the listener, the epoll set, and what connections receive. What they send is
 * shared: `lock` covers the table of the parked, every connection's way out, and its descriptor's
 * being closed. Only the thread delivers, so a pipe's GONE comes after its last request.
 *
 * Another, the watchdog, is a peer of its own listener. When it is not heard it says so in `deaf`,
 * and the thread listens again; connections that were accepted know nothing of it.
 */
#ifndef ORCHESTRATOR_TRANSPORT_TRANSPORT_SP_H
#define ORCHESTRATOR_TRANSPORT_TRANSPORT_SP_H

#include "transport/transport.h"
#include "transport/transport_address.h"
#include "transport/transport_out.h"
#include "transport/transport_parked.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

struct sp_connection {
    int fd; /* Owned. */
    size_t index; /* Among the connections. */
    uint64_t pipe;
    bool greeted;
    bool asked;        /* Some request of it was delivered. */
    struct buffer in;  /* The thread's: bytes that are not yet a whole frame. */
    struct transport_out out; /* Under the lock. */
    bool watched;      /* The thread's: epoll tells when it can be written. */
    bool broken;       /* Under the lock: sending failed; the thread is to close it. */
};

/* Whose answer a parked exchange is. */
struct sp_asker {
    struct sp_connection *connection; /* Borrowed; parked exchanges are taken before it closes. */
    uint32_t request;
};

struct transport_sp {
    struct transport base;
    struct transport_sink sink;
    char url[TRANSPORT_URL_SIZE];
    bool ipc;
    struct transport_address address; /* Where it is bound, */
    struct stat file;                 /* by which file, for ipc, */
    struct transport_address dial;    /* and where the watchdog dials. */
    int listener, epoll, wake; /* Owned; -1 when not open. */
    bool accepting; /* False for a moment when no descriptors are left. */
    uint64_t pipes; /* How many there have ever been. */
    pthread_t thread;
    bool running;
    atomic_bool stopping;
    struct {
        atomic_uint_fast64_t requests, replies, malformed, too_many_pipes, relistens;
    } counts;

    pthread_t watchdog;
    int watchdog_stop; /* An eventfd: readable when the watchdog is to end; -1: there is none. */
    atomic_bool deaf;  /* The watchdog's word to the thread. */

    struct sp_connection *connections[TRANSPORT_PIPES_MAX]; /* Owned; the first of them. */
    atomic_size_t connection_count;

    pthread_mutex_t lock;
    struct transport_parked parked;
    struct sp_asker askers[TRANSPORT_PLACES];
    uint32_t next_place;
};

/* ---- transport_sp.c ---- */

/* From any thread: have the thread look around at once. */
void sp_wake(const struct transport_sp *transport);

/* ---- transport_sp_listener.c ---- */

/* Listen at a url; fills in url, ipc, address, file and listener. 0; FAULT_INPUT; FAULT_SYSTEM. */
int sp_listener_open(struct transport_sp *transport, const char *url);

/* The thread's: listen anew at the same address. On a fault there is no listener until the next. */
int sp_listener_reopen(struct transport_sp *transport);

/* The socket file goes too, if it is still this listener's. */
void sp_listener_close(struct transport_sp *transport);

/* ---- transport_sp_watchdog.c ---- */

int sp_watchdog_open(struct transport_sp *transport);
void sp_watchdog_close(struct transport_sp *transport);

/* ---- transport_sp_connection.c ---- */

/* The thread's. Takes @fd, also when it fails. NULL when memory is short or the peer is gone. */
struct sp_connection *sp_connection_open(struct transport_sp *transport, int fd);

/* The thread's: forget its parked requests, close it, and say that it has gone. */
void sp_connection_close(struct transport_sp *transport, struct sp_connection *connection);

/* The thread's: take what has come; false when the connection is to be closed. */
bool sp_connection_read(struct transport_sp *transport, struct sp_connection *connection);

/* Send what the peer can take now; false when the connection is to be closed. */
bool sp_connection_write(struct transport_sp *transport, struct sp_connection *connection);

/* True when it failed in another thread, or the peer has taken nothing for too long. */
bool sp_connection_is_lost(struct transport_sp *transport, struct sp_connection *connection,
                           uint64_t now_ms);

/* The thread's: have epoll tell when there is room for what is left to send. */
void sp_connection_watch(struct transport_sp *transport, struct sp_connection *connection);

/* From any thread: answer a parked exchange. */
void sp_connection_reply(struct transport_sp *transport, uint64_t exchange, struct bytes body);

#endif
