#include "contract/transport/peer.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MESSAGE_MAX (8u * 1024u * 1024u)

static const uint8_t greeting[8] = {0, 'S', 'P', 0, 0, 0x30, 0, 0};
static const uint8_t answer_to_greeting[8] = {0, 'S', 'P', 0, 0, 0x31, 0, 0};

static bool connect_ipc(const char *path, struct peer *peer)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    assert(strlen(path) < sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    peer->ipc = true;
    peer->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return peer->fd >= 0 &&
           connect(peer->fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

static bool connect_tcp(const char *where, struct peer *peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)atoi(strrchr(where, ':') + 1));
    peer->ipc = false;
    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return peer->fd >= 0 &&
           connect(peer->fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

bool peer_connect(const char *url, struct peer *ret_peer)
{
    bool connected = strncmp(url, "ipc://", 6) == 0 ? connect_ipc(url + 6, ret_peer)
                                                    : connect_tcp(url + 6, ret_peer);

    if (!connected)
        peer_close(ret_peer);
    return connected;
}

static bool write_all(struct peer *peer, const uint8_t *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t r = send(peer->fd, data + done, size - done, MSG_NOSIGNAL);
        if (r <= 0)
            return false;
        done += (size_t)r;
    }
    return true;
}

static bool read_all(struct peer *peer, uint64_t until_ms, uint8_t *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        struct pollfd poller = {.fd = peer->fd, .events = POLLIN};
        uint64_t now_ms = instant_now().monotonic_ms;
        if (now_ms >= until_ms || poll(&poller, 1, (int)(until_ms - now_ms)) != 1)
            return false;
        ssize_t r = recv(peer->fd, data + done, size - done, 0);
        if (r <= 0)
            return false;
        done += (size_t)r;
    }
    return true;
}

bool peer_open(const char *url, uint32_t patience_ms, struct peer *ret_peer)
{
    uint8_t answer[8];
    uint64_t until_ms = instant_now().monotonic_ms + patience_ms;

    if (!peer_connect(url, ret_peer))
        return false;
    if (write_all(ret_peer, greeting, sizeof greeting) &&
        read_all(ret_peer, until_ms, answer, sizeof answer) &&
        memcmp(answer, answer_to_greeting, sizeof answer) == 0)
        return true;
    peer_close(ret_peer);
    return false;
}

void peer_close(struct peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    peer->fd = -1;
}

void peer_reset(struct peer *peer)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    shutdown(peer->fd, SHUT_RDWR);
    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    peer_close(peer);
}

static void append_big_endian(struct buffer *buffer, uint64_t value, unsigned size)
{
    for (unsigned i = size; i > 0; i--) {
        uint8_t byte = (uint8_t)(value >> (8u * (i - 1)));
        int r = buffer_append(buffer, &byte, 1);
        assert(r == 0);
    }
}

void peer_frame(bool ipc, uint32_t id, struct bytes body, struct buffer *frame)
{
    buffer_clear(frame);
    if (ipc)
        append_big_endian(frame, 1, 1);
    append_big_endian(frame, body.size + 4, 8);
    append_big_endian(frame, id | 0x80000000u, 4);
    int r = buffer_append(frame, body.data, body.size);
    assert(r == 0);
}

bool peer_send(struct peer *peer, uint32_t id, struct bytes body)
{
    struct buffer frame = {0};

    peer_frame(peer->ipc, id, body, &frame);
    bool sent = write_all(peer, frame.data, frame.size);
    buffer_fini(&frame);
    return sent;
}

static uint64_t load_big_endian(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

bool peer_receive(struct peer *peer, uint32_t patience_ms, uint32_t *ret_id,
                  struct buffer *body)
{
    uint64_t until_ms = instant_now().monotonic_ms + patience_ms;
    uint8_t head[9], id[4];
    unsigned skip = peer->ipc ? 1 : 0;

    if (!read_all(peer, until_ms, head, 8 + skip) || (peer->ipc && head[0] != 1))
        return false;
    uint64_t length = load_big_endian(head + skip, 8);
    if (length < 4 || length > MESSAGE_MAX || !read_all(peer, until_ms, id, sizeof id))
        return false;
    buffer_clear(body);
    uint8_t *place = buffer_reserve(body, length - 4);
    if (place == NULL || !read_all(peer, until_ms, place, length - 4))
        return false;
    body->size = length - 4;
    *ret_id = (uint32_t)load_big_endian(id, 4) & 0x7FFFFFFFu;
    return true;
}
