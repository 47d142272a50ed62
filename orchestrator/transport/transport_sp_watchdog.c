/*
 * The watchdog: finds out that nobody can get in any more, and has the listener opened again.
 *
 *   every 2 s: dial, greet, ping ──pong──▶ fine
 *                                └─no pong─▶ once more ──no pong──▶ listen again
 *
 * A listener does not notice that its socket file was removed, or that another took its place. Only
 * a new connection can tell, so each ping makes one, as any worker would.
 */
#include "base/clock.h"
#include "base/fault.h"
#include "transport/transport_sp.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define INTERVAL_MS 2000
#define PATIENCE_MS 1000u
#define PONG_MAX 73u /* A pong is two bytes of message behind thirteen or so of framing. */

struct line {
    int fd;
    uint64_t until_ms;
};

/* Wait until the socket can be read or written; false when the time is up. */
static bool line_wait(const struct line *line, short events)
{
    struct pollfd poller = {.fd = line->fd, .events = events};
    uint64_t now_ms = instant_now().monotonic_ms;

    if (now_ms >= line->until_ms)
        return false;
    return poll(&poller, 1, (int)(line->until_ms - now_ms)) == 1;
}

static bool line_dial(const struct line *line, const struct transport_address *address)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (connect(line->fd, (const struct sockaddr *)&address->storage, address->size) == 0)
        return true;
    return errno == EINPROGRESS && line_wait(line, POLLOUT) &&
           getsockopt(line->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

/* All that is written fits into an empty socket buffer. */
static bool line_write(const struct line *line, const uint8_t *data, size_t size)
{
    return line_wait(line, POLLOUT) &&
           send(line->fd, data, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static bool line_read(const struct line *line, uint8_t *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        if (!line_wait(line, POLLIN))
            return false;
        ssize_t r = recv(line->fd, data + done, size - done, 0);
        if (r <= 0)
            return false;
        done += (size_t)r;
    }
    return true;
}

/* One whole frame, which a pong is; whatever is larger is none. */
static bool line_read_frame(const struct line *line, bool ipc, uint8_t frame[PONG_MAX],
                            struct transport_frame *ret_frame)
{
    size_t size = 0, used = 0;

    while (size < PONG_MAX && line_read(line, frame + size, 1)) {
        size++;
        enum transport_frame_result r =
            transport_frame_read(bytes_of(frame, size), ipc, ret_frame, &used);
        if (r != TRANSPORT_FRAME_INCOMPLETE)
            return r == TRANSPORT_FRAME_TAKEN;
    }
    return false;
}

static bool line_ask(const struct line *line, bool ipc)
{
    static const uint8_t ping[] = {0x0a, 0x00};
    struct transport_frame ask = {TRANSPORT_REQUEST_BIT | 1u, bytes_of(ping, sizeof ping)};
    struct buffer question = {.data = NULL};
    struct transport_frame answer;
    struct wire_reply reply;
    uint8_t frame[PONG_MAX];

    bool answered = transport_frame_append(&question, ipc, ask) == 0 &&
                    line_write(line, question.data, question.size) &&
                    line_read_frame(line, ipc, frame, &answer);
    buffer_fini(&question);
    if (!answered || answer.request != ask.request || wire_decode_reply(answer.body, &reply) != 0)
        return false;
    bool pong = reply.type == WIRE_PONG;
    wire_reply_free(&reply);
    return pong;
}

/* True when the watchdog is to end. */
static bool wait_for_stop(const struct transport_sp *transport, int ms)
{
    struct pollfd poller = {.fd = transport->watchdog_stop, .events = POLLIN};

    return poll(&poller, 1, ms) == 1;
}

static bool pings(const struct transport_sp *transport, const struct line *line)
{
    uint8_t answer[TRANSPORT_GREETING_SIZE];

    return line_dial(line, &transport->dial) &&
           line_write(line, transport_asker_greeting, sizeof answer) &&
           line_read(line, answer, sizeof answer) &&
           memcmp(answer, transport_answerer_greeting, sizeof answer) == 0 &&
           line_ask(line, transport->ipc);
}

/*
 * Whoever turns others away for want of room is there, whether the ping was among them or not. And
 * without a descriptor to ask with nothing is learned; listening again would need one too.
 */
static bool hears(const struct transport_sp *transport)
{
    uint64_t turned_away = atomic_load(&transport->counts.too_many_pipes);
    struct line line = {.until_ms = instant_now().monotonic_ms + PATIENCE_MS};

    line.fd = socket(transport->dial.storage.ss_family,
                     SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (line.fd < 0)
        return true;
    bool heard = pings(transport, &line);
    close(line.fd);
    return heard || atomic_load(&transport->counts.too_many_pipes) != turned_away;
}

/* One lost ping can have a reason that is over. */
static void *watch(void *argument)
{
    struct transport_sp *transport = argument;

    while (!wait_for_stop(transport, INTERVAL_MS)) {
        if (hears(transport) || wait_for_stop(transport, 0) || hears(transport))
            continue;
        transport->deaf = true;
        sp_wake(transport);
    }
    return NULL;
}

int sp_watchdog_open(struct transport_sp *transport)
{
    if (!transport_address_to_dial(transport->url, &transport->dial))
        return fault(FAULT_INPUT);
    transport->watchdog_stop = eventfd(0, EFD_CLOEXEC);
    if (transport->watchdog_stop < 0)
        return fault(FAULT_SYSTEM);
    if (pthread_create(&transport->watchdog, NULL, watch, transport) == 0)
        return 0;
    close(transport->watchdog_stop);
    transport->watchdog_stop = -1;
    return fault(FAULT_SYSTEM);
}

void sp_watchdog_close(struct transport_sp *transport)
{
    uint64_t one = 1;

    if (transport->watchdog_stop < 0)
        return;
    ssize_t written = write(transport->watchdog_stop, &one, sizeof one);
    assert(written == (ssize_t)sizeof one);
    pthread_join(transport->watchdog, NULL);
    close(transport->watchdog_stop);
    transport->watchdog_stop = -1;
}
