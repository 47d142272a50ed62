/* One connection: the greeting, frames in, frames out. docs/reference/protocol.md has the bytes. */
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

/* ---- the way out, under the lock ---- */

static bool write_locked(struct sp_connection *connection)
{
    return transport_out_write(&connection->out, connection->fd, instant_now().monotonic_ms);
}

static bool append_frame(struct transport_sp *transport, struct sp_connection *connection,
                         struct transport_frame frame)
{
    if (transport_out_left(&connection->out) + frame.body.size > OUT_MAX)
        return false;
    return transport_out_append(&connection->out, transport->ipc, frame,
                                instant_now().monotonic_ms) == 0;
}

/* When all of it cannot go at once, the thread is woken and waits for the socket. */
static void send_locked(struct transport_sp *transport, struct sp_connection *connection,
                        uint32_t request, struct bytes body)
{
    bool idle = !transport_out_waits(&connection->out);

    if (connection->broken)
        return;
    if (!append_frame(transport, connection, (struct transport_frame){request, body}) ||
        (idle && !write_locked(connection)))
        connection->broken = true;
    if (connection->broken || (idle && transport_out_waits(&connection->out)))
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
    bool stuck = transport_out_waits(&connection->out) &&
                 now_ms > connection->out.progress_ms + TRANSPORT_STUCK_MS;
    bool lost = connection->broken || stuck;
    pthread_mutex_unlock(&transport->lock);
    return lost;
}

void sp_connection_watch(struct transport_sp *transport, struct sp_connection *connection)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};

    pthread_mutex_lock(&transport->lock);
    bool pending = transport_out_waits(&connection->out);
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

static enum transport_frame_result take_one(struct transport_sp *transport,
                                            struct sp_connection *connection,
                                            struct bytes bytes, size_t *ret_used)
{
    struct transport_frame frame;
    enum transport_frame_result r;

    if (connection->greeted) {
        r = transport_frame_read(bytes, transport->ipc, &frame, ret_used);
        if (r == TRANSPORT_FRAME_TAKEN)
            take_request(transport, connection, frame.request, frame.body);
        return r;
    }
    r = transport_greeting_read(bytes, transport_asker_greeting, ret_used);
    connection->greeted = r == TRANSPORT_FRAME_TAKEN;
    return r;
}

/* Take all that is whole, and keep the rest at the front. */
static bool take_frames(struct transport_sp *transport, struct sp_connection *connection)
{
    struct buffer *in = &connection->in;
    enum transport_frame_result r = TRANSPORT_FRAME_TAKEN;
    size_t used = 0;

    while (r == TRANSPORT_FRAME_TAKEN) {
        size_t taken = 0;
        r = take_one(transport, connection, bytes_of(in->data + used, in->size - used), &taken);
        used += taken;
    }
    if (used > 0)
        memmove(in->data, in->data + used, in->size - used);
    in->size -= used;
    if (in->size == 0 && in->capacity > TRANSPORT_KEEP_MAX)
        buffer_fini(in);
    return r == TRANSPORT_FRAME_INCOMPLETE;
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
    if (send(fd, transport_answerer_greeting, TRANSPORT_GREETING_SIZE, MSG_NOSIGNAL) !=
            (ssize_t)TRANSPORT_GREETING_SIZE ||
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
    transport_out_fini(&connection->out);
    free(connection);
}
