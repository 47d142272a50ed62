/*
 * The transport over plain sockets, speaking the Scalability Protocols as REP does.
 * One thread, one epoll set; docs/decisions/transport-own-sockets.md says why.
 */
#include "transport/transport_sp.h"

#include "base/clock.h"
#include "base/fault.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS_MAX 64
#define SWEEP_MS 500

static struct transport_sp *sp_of(struct transport *transport)
{
    return (struct transport_sp *)transport;
}

/* ---- the thread ---- */

static int watch(struct transport_sp *transport, int fd, void *mark)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = mark};

    return epoll_ctl(transport->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : fault(FAULT_SYSTEM);
}

static void watch_listener(struct transport_sp *transport, bool accepting)
{
    struct epoll_event event = {.events = accepting ? EPOLLIN : 0, .data.ptr = NULL};

    transport->accepting = accepting;
    epoll_ctl(transport->epoll, EPOLL_CTL_MOD, transport->listener, &event);
}

static void enter(struct transport_sp *transport, int fd)
{
    if (transport->connection_count == TRANSPORT_PIPES_MAX) {
        atomic_fetch_add(&transport->counts.too_many_pipes, 1);
        close(fd);
        return;
    }
    struct sp_connection *connection = sp_connection_open(transport, fd);
    if (connection == NULL)
        return;
    connection->index = transport->connection_count;
    transport->connections[connection->index] = connection;
    atomic_fetch_add(&transport->connection_count, 1);
}

static void leave(struct transport_sp *transport, struct sp_connection *connection)
{
    size_t last = transport->connection_count - 1;

    assert(transport->connections[connection->index] == connection);
    transport->connections[connection->index] = transport->connections[last];
    transport->connections[connection->index]->index = connection->index;
    transport->connections[last] = NULL;
    atomic_fetch_sub(&transport->connection_count, 1);
    sp_connection_close(transport, connection);
}

/* A peer that has gone while it waited is its own loss; a lack of descriptors passes. */
static void accept_all(struct transport_sp *transport)
{
    for (;;) {
        int fd = accept4(transport->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            enter(transport, fd);
            continue;
        }
        if (errno == ECONNABORTED || errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            watch_listener(transport, false);
        return;
    }
}

static void serve(struct transport_sp *transport, struct sp_connection *connection,
                  uint32_t events)
{
    bool good = true;

    if (events & EPOLLOUT)
        good = sp_connection_write(transport, connection);
    if (good && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        good = sp_connection_read(transport, connection);
    if (good)
        sp_connection_watch(transport, connection);
    else
        leave(transport, connection);
}

/* Connections stay as they are. Where that fails, the watchdog will ask for it again. */
static void listen_again(struct transport_sp *transport)
{
    if (sp_listener_reopen(transport) != 0 || watch(transport, transport->listener, NULL) != 0)
        return;
    transport->accepting = true;
    atomic_fetch_add(&transport->counts.relistens, 1);
}

/* From the last to the first: who leaves is replaced by one that was looked at already. */
static void sweep(struct transport_sp *transport)
{
    uint64_t now_ms = instant_now().monotonic_ms;

    for (size_t i = transport->connection_count; i > 0; i--) {
        struct sp_connection *connection = transport->connections[i - 1];
        if (sp_connection_is_lost(transport, connection, now_ms))
            leave(transport, connection);
        else
            sp_connection_watch(transport, connection);
    }
    if (atomic_exchange(&transport->deaf, false))
        listen_again(transport);
    if (!transport->accepting)
        watch_listener(transport, true);
}

void sp_wake(const struct transport_sp *transport)
{
    uint64_t one = 1;
    ssize_t written = write(transport->wake, &one, sizeof one);

    (void)written; /* Full: then it is awake. */
}

static void drain_wake(const struct transport_sp *transport)
{
    uint64_t count;
    ssize_t r = read(transport->wake, &count, sizeof count);

    assert(r == (ssize_t)sizeof count || errno == EAGAIN);
}

/* The descriptor of each connection has one event at most, so none is served after it has left. */
static void *run(void *argument)
{
    struct transport_sp *transport = argument;
    struct epoll_event events[EVENTS_MAX];
    uint64_t sweep_at_ms = 0;

    while (!transport->stopping) {
        int count = epoll_wait(transport->epoll, events, EVENTS_MAX, SWEEP_MS);
        bool due = instant_now().monotonic_ms >= sweep_at_ms;
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL) {
                accept_all(transport);
            } else if (events[i].data.ptr == transport) {
                drain_wake(transport);
                due = true;
            } else {
                serve(transport, events[i].data.ptr, events[i].events);
            }
        }
        if (due) {
            sweep(transport);
            sweep_at_ms = instant_now().monotonic_ms + SWEEP_MS;
        }
    }
    return NULL;
}

/* ---- the port ---- */

static void reply(struct transport *transport, uint64_t exchange, struct bytes body)
{
    sp_connection_reply(sp_of(transport), exchange, body);
}

static const char *url_of(const struct transport *transport)
{
    return ((const struct transport_sp *)transport)->url;
}

static struct transport_counters counters(const struct transport *transport)
{
    const struct transport_sp *sp = (const struct transport_sp *)transport;

    return (struct transport_counters){
        .requests = atomic_load(&sp->counts.requests),
        .replies = atomic_load(&sp->counts.replies),
        .malformed = atomic_load(&sp->counts.malformed),
        .too_many_pipes = atomic_load(&sp->counts.too_many_pipes),
        .relistens = atomic_load(&sp->counts.relistens),
        .pipes_open = atomic_load(&sp->connection_count),
    };
}

static void stop_thread(struct transport_sp *transport)
{
    if (!transport->running)
        return;
    transport->stopping = true;
    sp_wake(transport);
    pthread_join(transport->thread, NULL);
}

static void close_sp(struct transport *transport)
{
    struct transport_sp *sp = sp_of(transport);

    sp_watchdog_close(sp);
    stop_thread(sp);
    while (sp->connection_count > 0)
        leave(sp, sp->connections[sp->connection_count - 1]);
    sp_listener_close(sp);
    if (sp->epoll >= 0)
        close(sp->epoll);
    if (sp->wake >= 0)
        close(sp->wake);
    pthread_mutex_destroy(&sp->lock);
    free(sp);
}

static const struct transport_ops sp_ops = {
    .reply = reply,
    .url = url_of,
    .counters = counters,
    .close = close_sp,
};

/* ---- opening ---- */

static int start(struct transport_sp *transport)
{
    transport->epoll = epoll_create1(EPOLL_CLOEXEC);
    transport->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (transport->epoll < 0 || transport->wake < 0 ||
        watch(transport, transport->listener, NULL) != 0 ||
        watch(transport, transport->wake, transport) != 0)
        return fault(FAULT_SYSTEM);
    transport->accepting = true;
    if (pthread_create(&transport->thread, NULL, run, transport) != 0)
        return fault(FAULT_SYSTEM);
    transport->running = true;
    return sp_watchdog_open(transport);
}

int transport_sp_open(const char *url, struct transport_sink sink,
                      struct transport **ret_transport)
{
    assert(url != NULL);
    assert(sink.deliver != NULL);
    struct transport_sp *transport = calloc(1, sizeof *transport);

    if (transport == NULL)
        return fault(FAULT_MEMORY);
    transport->base.ops = &sp_ops;
    transport->sink = sink;
    transport->listener = transport->epoll = transport->wake = transport->watchdog_stop = -1;
    pthread_mutex_init(&transport->lock, NULL);
    int r = sp_listener_open(transport, url);
    if (r == 0)
        r = start(transport);
    if (r != 0) {
        close_sp(&transport->base);
        return pass(r);
    }
    *ret_transport = &transport->base;
    return 0;
}
