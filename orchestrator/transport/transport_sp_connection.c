/* One connection: the greeting, frames in, frames out. docs/protocol.md has the bytes. */
#include "base/clock.h"
#include "transport/transport_intake.h"
#include "transport/transport_sp.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define READ_SIZE 65536u
#define OUT_MAX (16u * 1024u * 1024u) /* A peer that leaves more than this is not reading. */
#define KEEP_MAX 65536u               /* An empty buffer larger than this is given back. */
#define STUCK_MS 5000u
#define ID_SIZE 4u

static const uint8_t greeting[8] = {0x00, 'S', 'P', 0x00, 0x00, 0x31, 0x00, 0x00};
static const uint8_t expected[8] = {0x00, 'S', 'P', 0x00, 0x00, 0x30, 0x00, 0x00};

static uint64_t load_big_endian(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void store_big_endian(uint64_t value, unsigned size, uint8_t *bytes)
{
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8u * (size - 1 - i)));
}

/* ---- the way out, under the lock ---- */

static void drop_sent(struct sp_connection *connection)
{
    connection->out_done = 0;
    buffer_clear(&connection->out);
    if (connection->out.capacity > KEEP_MAX)
        buffer_fini(&connection->out);
}

static bool write_locked(struct sp_connection *connection)
{
    while (connection->out_done < connection->out.size) {
        ssize_t r = send(connection->fd, connection->out.data + connection->out_done,
                         connection->out.size - connection->out_done,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        connection->out_done += (size_t)r;
        connection->progress_ms = instant_now().monotonic_ms;
    }
    drop_sent(connection);
    return true;
}

static bool append_frame(struct transport_sp *transport, struct sp_connection *connection,
                         uint32_t request, struct bytes body)
{
    uint8_t head[1 + 8 + ID_SIZE] = {0x01};
    size_t skip = transport->ipc ? 0 : 1;

    if (connection->out.size - connection->out_done + body.size > OUT_MAX)
        return false;
    store_big_endian(body.size + ID_SIZE, 8, head + 1);
    store_big_endian(request, ID_SIZE, head + 9);
    return buffer_append(&connection->out, head + skip, sizeof head - skip) == 0 &&
           buffer_append(&connection->out, body.data, body.size) == 0;
}

/* When all of it cannot go at once, the thread is woken and waits for the socket. */
static void send_locked(struct transport_sp *transport, struct sp_connection *connection,
                        uint32_t request, struct bytes body)
{
    bool idle = connection->out.size == 0;

    if (connection->broken)
        return;
    if (idle)
        connection->progress_ms = instant_now().monotonic_ms;
    if (!append_frame(transport, connection, request, body) ||
        (idle && !write_locked(connection)))
        connection->broken = true;
    if (connection->broken || (idle && connection->out.size > 0))
        sp_wake(transport);
}

static void answer_at_once(struct transport_sp *transport, struct sp_connection *connection,
                           uint32_t request, struct buffer *answer)
{
    pthread_mutex_lock(&transport->lock);
    if (answer->size > 0)
        send_locked(transport, connection, request, bytes_of(answer->data, answer->size));
    pthread_mutex_unlock(&transport->lock);
    if (answer->size > 0)
        atomic_fetch_add(&transport->counts.replies, 1);
    buffer_fini(answer);
}

void sp_connection_reply(struct transport_sp *transport, uint64_t exchange, struct bytes body)
{
    uint32_t place = 0;

    pthread_mutex_lock(&transport->lock);
    bool parked = transport_parked_take(&transport->parked, exchange, &place);
    if (parked) {
        const struct sp_asker *asker = &transport->askers[place];
        send_locked(transport, asker->connection, asker->request, body);
    }
    pthread_mutex_unlock(&transport->lock);
    if (parked)
        atomic_fetch_add(&transport->counts.replies, 1);
}

bool sp_connection_write(struct transport_sp *transport, struct sp_connection *connection)
{
    pthread_mutex_lock(&transport->lock);
    bool good = !connection->broken && write_locked(connection);
    pthread_mutex_unlock(&transport->lock);
    return good;
}

bool sp_connection_is_lost(struct transport_sp *transport, struct sp_connection *connection,
                           uint64_t now_ms)
{
    pthread_mutex_lock(&transport->lock);
    bool stuck = connection->out.size > 0 && now_ms > connection->progress_ms + STUCK_MS;
    bool lost = connection->broken || stuck;
    pthread_mutex_unlock(&transport->lock);
    return lost;
}

void sp_connection_watch(struct transport_sp *transport, struct sp_connection *connection)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};

    pthread_mutex_lock(&transport->lock);
    bool pending = connection->out.size > 0;
    pthread_mutex_unlock(&transport->lock);
    if (pending == connection->watched)
        return;
    if (pending)
        event.events |= EPOLLOUT;
    connection->watched = pending;
    epoll_ctl(transport->epoll, EPOLL_CTL_MOD, connection->fd, &event);
}

/* ---- frames in: the thread's ---- */

/* The place's next exchange, or 0 when enough are parked. */
static uint64_t park_locked(struct transport_sp *transport, struct sp_connection *connection,
                            uint32_t request)
{
    uint32_t place = transport->next_place;

    if (transport->parked.count == TRANSPORT_EXCHANGES_MAX)
        return 0;
    while (!transport_parked_free(&transport->parked, place))
        place = (place + 1) % TRANSPORT_PLACES;
    transport->next_place = (place + 1) % TRANSPORT_PLACES;
    transport->askers[place] = (struct sp_asker){connection, request};
    return transport_parked_put(&transport->parked, place, connection->pipe);
}

static void deliver(struct transport_sp *transport, struct sp_connection *connection,
                    uint32_t request, struct transport_delivery *delivery)
{
    struct buffer answer = {0};

    atomic_fetch_add(&transport->counts.requests, 1);
    pthread_mutex_lock(&transport->lock);
    delivery->exchange = park_locked(transport, connection, request);
    pthread_mutex_unlock(&transport->lock);
    delivery->pipe = connection->pipe;
    if (delivery->exchange == 0) {
        transport_delivery_free(delivery);
        transport_intake_overloaded(&answer);
        answer_at_once(transport, connection, request, &answer);
        return;
    }
    connection->asked = true;
    transport->sink.deliver(transport->sink.context, delivery);
}

static void take_request(struct transport_sp *transport, struct sp_connection *connection,
                         uint32_t request, struct bytes body)
{
    struct transport_delivery *delivery = NULL;
    struct buffer answer = {0};

    switch (transport_intake(body, &answer, &delivery)) {
    case TRANSPORT_INTAKE_DELIVER:
        deliver(transport, connection, request, delivery);
        return;
    case TRANSPORT_INTAKE_MALFORMED:
        atomic_fetch_add(&transport->counts.malformed, 1);
        break;
    case TRANSPORT_INTAKE_ANSWER:
        break;
    }
    answer_at_once(transport, connection, request, &answer);
}

enum frame { FRAME_TAKEN, FRAME_INCOMPLETE, FRAME_NONSENSE };

/* Take one frame from the front of the bytes; the length is believed only below the limit. */
static enum frame take_frame(struct transport_sp *transport, struct sp_connection *connection,
                             struct bytes bytes, size_t *ret_used)
{
    size_t skip = transport->ipc ? 1 : 0, head = skip + 8;

    if (bytes.size < head)
        return FRAME_INCOMPLETE;
    uint64_t length = load_big_endian(bytes.data + skip, 8);
    if ((skip > 0 && bytes.data[0] != 0x01) || length < ID_SIZE ||
        length > WIRE_MESSAGE_MAX + ID_SIZE)
        return FRAME_NONSENSE;
    if (bytes.size < head + length)
        return FRAME_INCOMPLETE;
    uint32_t request = (uint32_t)load_big_endian(bytes.data + head, ID_SIZE);
    if (request >> 31 == 0)
        return FRAME_NONSENSE;
    take_request(transport, connection, request,
                 bytes_of(bytes.data + head + ID_SIZE, (size_t)length - ID_SIZE));
    *ret_used = head + (size_t)length;
    return FRAME_TAKEN;
}

static enum frame take_greeting(struct sp_connection *connection, struct bytes bytes,
                                size_t *ret_used)
{
    if (bytes.size < sizeof expected)
        return FRAME_INCOMPLETE;
    if (memcmp(bytes.data, expected, sizeof expected) != 0)
        return FRAME_NONSENSE;
    connection->greeted = true;
    *ret_used = sizeof expected;
    return FRAME_TAKEN;
}

/* Take all that is whole, and keep the rest at the front. */
static bool take_frames(struct transport_sp *transport, struct sp_connection *connection)
{
    struct buffer *in = &connection->in;
    enum frame frame = FRAME_TAKEN;
    size_t used = 0;

    while (frame == FRAME_TAKEN) {
        struct bytes rest = bytes_of(in->data + used, in->size - used);
        size_t taken = 0;
        frame = connection->greeted ? take_frame(transport, connection, rest, &taken)
                                    : take_greeting(connection, rest, &taken);
        used += taken;
    }
    if (used > 0)
        memmove(in->data, in->data + used, in->size - used);
    in->size -= used;
    if (in->size == 0 && in->capacity > KEEP_MAX)
        buffer_fini(in);
    return frame == FRAME_INCOMPLETE;
}

bool sp_connection_read(struct transport_sp *transport, struct sp_connection *connection)
{
    uint8_t *place = buffer_reserve(&connection->in, READ_SIZE);

    if (place == NULL)
        return false;
    ssize_t r = recv(connection->fd, place, READ_SIZE, MSG_DONTWAIT);
    if (r < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (r == 0)
        return false;
    connection->in.size += (size_t)r;
    return take_frames(transport, connection);
}

/* ---- opening and closing: the thread's ---- */

struct sp_connection *sp_connection_open(struct transport_sp *transport, int fd)
{
    struct sp_connection *connection = calloc(1, sizeof *connection);
    int on = 1;

    if (connection == NULL)
        goto failed;
    if (!transport->ipc)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection->fd = fd;
    connection->pipe = ++transport->pipes;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (send(fd, greeting, sizeof greeting, MSG_NOSIGNAL) != (ssize_t)sizeof greeting ||
        epoll_ctl(transport->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        goto failed;
    return connection;
failed:
    close(fd);
    free(connection);
    return NULL;
}

void sp_connection_close(struct transport_sp *transport, struct sp_connection *connection)
{
    uint32_t place = 0;

    pthread_mutex_lock(&transport->lock);
    while (transport_parked_take_pipe(&transport->parked, connection->pipe, place, &place))
        transport->askers[place] = (struct sp_asker){0};
    close(connection->fd);
    pthread_mutex_unlock(&transport->lock);

    struct transport_delivery *delivery = NULL;
    if (connection->asked && !transport->stopping)
        delivery = transport_intake_gone(connection->pipe);
    if (delivery != NULL)
        transport->sink.deliver(transport->sink.context, delivery);
    buffer_fini(&connection->in);
    buffer_fini(&connection->out);
    free(connection);
}
