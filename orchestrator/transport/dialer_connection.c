#include "transport/dialer_connection.h"

#include "base/fault.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define READ_SIZE 65536u
#define PAUSE_MIN_MS 50u
#define PAUSE_MAX_MS 1000u
#define CONNECT_MS 10000u
#define SILENCE_MS 10000 /* How long TCP tries to reach a machine that does not answer. */

/* ---- coming and going ---- */

/* Somewhere between a half and the whole, so that many who lost a server do not return at once. */
static uint32_t spread(uint32_t pause_ms)
{
    uint32_t number = 0;

    if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number)
        return pause_ms;
    return pause_ms / 2 + number % (pause_ms / 2 + 1);
}

void dialer_connection_wait(struct dialer_connection *connection, uint64_t now_ms)
{
    uint32_t pause_ms = connection->pause_ms * 2;

    if (pause_ms < PAUSE_MIN_MS)
        pause_ms = PAUSE_MIN_MS;
    if (pause_ms > PAUSE_MAX_MS)
        pause_ms = PAUSE_MAX_MS;
    connection->pause_ms = pause_ms;
    connection->next_ms = now_ms + spread(pause_ms);
}

/* Without these, the loss of a machine would be noticed by time-outs alone. */
static void configure(int fd)
{
    int on = 1, silence_ms = SILENCE_MS, idle_s = SILENCE_MS / 1000;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence_ms, sizeof silence_ms);
}

void dialer_connection_dial(struct dialer_connection *connection,
                            const struct transport_address *address, uint64_t now_ms)
{
    assert(connection->state == DIALER_AWAY);
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) {
        dialer_connection_wait(connection, now_ms);
        return;
    }
    if (!connection->ipc)
        configure(fd);
    if (connect(fd, (const struct sockaddr *)&address->storage, address->size) != 0 &&
        errno != EINPROGRESS) {
        close(fd);
        dialer_connection_wait(connection, now_ms);
        return;
    }
    connection->fd = fd;
    connection->state = DIALER_DIALLING;
    connection->next_ms = now_ms + CONNECT_MS;
}

void dialer_connection_drop(struct dialer_connection *connection, uint64_t now_ms)
{
    if (connection->state == DIALER_AWAY)
        return;
    close(connection->fd);
    connection->fd = -1;
    connection->state = DIALER_AWAY;
    buffer_fini(&connection->in);
    transport_out_fini(&connection->out);
    dialer_connection_wait(connection, now_ms);
}

void dialer_connection_fini(struct dialer_connection *connection)
{
    dialer_connection_drop(connection, 0);
}

bool dialer_connection_greet(struct dialer_connection *connection)
{
    int error = 0;
    socklen_t size = sizeof error;

    assert(connection->state == DIALER_DIALLING);
    if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
        return false;
    connection->state = DIALER_GREETING;
    return send(connection->fd, transport_asker_greeting, TRANSPORT_GREETING_SIZE,
                MSG_NOSIGNAL) == (ssize_t)TRANSPORT_GREETING_SIZE;
}

bool dialer_connection_enter(struct dialer_connection *connection)
{
    size_t used = 0;

    assert(connection->state == DIALER_GREETING);
    switch (transport_greeting_read(bytes_of(connection->in.data, connection->in.size),
                                    transport_answerer_greeting, &used)) {
    case TRANSPORT_FRAME_INCOMPLETE:
        return true;
    case TRANSPORT_FRAME_NONSENSE:
        return false;
    case TRANSPORT_FRAME_TAKEN:
        break;
    }
    dialer_connection_consume(connection, used);
    connection->state = DIALER_CONNECTED;
    connection->pause_ms = 0;
    return true;
}

uint64_t dialer_connection_next(const struct dialer_connection *connection)
{
    switch (connection->state) {
    case DIALER_AWAY:
    case DIALER_DIALLING:
    case DIALER_GREETING:
        return connection->next_ms;
    case DIALER_CONNECTED:
        return transport_out_waits(&connection->out)
                   ? connection->out.progress_ms + TRANSPORT_STUCK_MS
                   : UINT64_MAX;
    }
    return UINT64_MAX;
}

bool dialer_connection_is_late(const struct dialer_connection *connection, uint64_t now_ms)
{
    return connection->state != DIALER_AWAY && now_ms >= dialer_connection_next(connection);
}

short dialer_connection_events(const struct dialer_connection *connection)
{
    switch (connection->state) {
    case DIALER_AWAY:
        return 0;
    case DIALER_DIALLING:
        return POLLOUT;
    case DIALER_GREETING:
        return POLLIN;
    case DIALER_CONNECTED:
        return transport_out_waits(&connection->out) ? POLLIN | POLLOUT : POLLIN;
    }
    return 0;
}

/* ---- bytes ---- */

void dialer_connection_consume(struct dialer_connection *connection, size_t size)
{
    struct buffer *in = &connection->in;

    assert(size <= in->size);
    if (size > 0)
        memmove(in->data, in->data + size, in->size - size);
    in->size -= size;
    if (in->size == 0 && in->capacity > 2 * TRANSPORT_KEEP_MAX)
        buffer_fini(in);
}

bool dialer_connection_read(struct dialer_connection *connection)
{
    uint8_t *place = buffer_reserve(&connection->in, READ_SIZE);

    if (place == NULL)
        return false;
    ssize_t r = recv(connection->fd, place, READ_SIZE, MSG_DONTWAIT);
    if (r < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    connection->in.size += (size_t)r;
    return r > 0;
}

int dialer_connection_append(struct dialer_connection *connection, struct transport_frame frame,
                             uint64_t now_ms, uint64_t *ret_end)
{
    int r = transport_out_append(&connection->out, connection->ipc, frame, now_ms);

    if (r == 0)
        *ret_end = connection->out.before + connection->out.bytes.size;
    return pass(r);
}

uint64_t dialer_connection_sent(const struct dialer_connection *connection)
{
    return connection->out.before + connection->out.done;
}

bool dialer_connection_write(struct dialer_connection *connection, uint64_t now_ms)
{
    return transport_out_write(&connection->out, connection->fd, now_ms);
}
