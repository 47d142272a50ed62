/*
 * Bytes as a connection receives them, in pieces, through the real reading: whatever they are, each
 * frame is delivered, answered or the end of the connection, and nothing is left parked.
 *
 *   byte 0: bit 0 over ipc, bit 1 the greeting is given, bits 2..7 the size of the pieces
 */
#include "transport/transport_sp.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
    struct transport_sp *transport; /* Owned; without its threads: this one does their work. */
    int peer;
    uint64_t delivered, gone;
};

/* Every other question is answered at once; the rest are parked until the connection ends. */
static void deliver(void *context, struct transport_delivery *delivery)
{
    struct world *world = context;

    if (delivery->type == TRANSPORT_GONE) {
        world->gone++;
    } else {
        assert(world->gone == 0);
        assert(delivery->exchange != 0);
        if (world->delivered++ % 2 == 0)
            sp_connection_reply(world->transport, delivery->exchange, bytes_of("\x12\x00", 2));
    }
    transport_delivery_free(delivery);
}

static void drain(int fd)
{
    uint8_t answers[4096];

    while (recv(fd, answers, sizeof answers, MSG_DONTWAIT) > 0)
        ;
}

static struct sp_connection *enter(struct world *world, bool ipc)
{
    int pair[2];
    int r = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);

    assert(r == 0);
    world->transport = calloc(1, sizeof *world->transport);
    assert(world->transport != NULL);
    world->transport->sink = (struct transport_sink){deliver, world};
    world->transport->ipc = ipc;
    world->transport->epoll = epoll_create1(EPOLL_CLOEXEC);
    world->transport->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&world->transport->lock, NULL);
    world->peer = pair[1];
    struct sp_connection *connection = sp_connection_open(world->transport, pair[0]);
    assert(connection != NULL);
    return connection;
}

static void leave(struct world *world, struct sp_connection *connection)
{
    sp_connection_close(world->transport, connection);
    assert(world->transport->parked.count == 0);
    assert(world->gone == (world->delivered > 0 ? 1 : 0));
    close(world->peer);
    close(world->transport->epoll);
    close(world->transport->wake);
    pthread_mutex_destroy(&world->transport->lock);
    free(world->transport);
}

/* False when the connection is to be closed. */
static bool feed(struct world *world, struct sp_connection *connection, const void *data,
                 size_t size)
{
    ssize_t r = send(world->peer, data, size, MSG_NOSIGNAL);

    assert(r == (ssize_t)size);
    bool good = sp_connection_read(world->transport, connection);
    drain(world->peer);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world world = {.peer = -1};

    if (size == 0)
        return 0;
    struct sp_connection *connection = enter(&world, data[0] & 1);
    size_t piece = 1u + (data[0] >> 2) * (data[0] >> 2), done = 1;
    bool good = (data[0] & 2) == 0 || feed(&world, connection, "\0SP\0\0\x30\0\0", 8);
    while (good && done < size) {
        size_t next = size - done < piece ? size - done : piece;
        good = feed(&world, connection, data + done, next);
        done += next;
    }
    leave(&world, connection);
    return 0;
}
