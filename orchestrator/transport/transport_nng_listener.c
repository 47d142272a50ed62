/*
 * The listener: opened once, and again when the watchdog finds it deaf.
 *
 * Its limits are set before it starts; a socket of the file system is its owner's alone.
 */
#include "base/fault.h"
#include "transport/transport_nng.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET_MODE 0600
#define REOPEN_TRIES 25
#define REOPEN_PAUSE_MS 20

static int fault_of(int error)
{
    switch (error) {
    case NNG_ENOMEM:
        return fault(FAULT_MEMORY);
    case NNG_EADDRINUSE:
    case NNG_EADDRINVAL:
    case NNG_ENOTSUP:
    case NNG_EINVAL:
    case NNG_ENOENT:
    case NNG_EPERM:
        return fault(FAULT_INPUT);
    default:
        return fault(FAULT_SYSTEM);
    }
}

/* True when somebody answers the door: then the socket is not ours to remove. */
static bool is_served(const struct nng_dial_address *address)
{
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return true;
    int r = connect(fd, (const struct sockaddr *)&address->storage, address->size);
    bool refused = r != 0 && (errno == ECONNREFUSED || errno == ENOENT);
    close(fd);
    return !refused;
}

/* A killed server leaves its socket behind; nothing but such a socket is removed. */
static void remove_leftover(const char *url, const struct nng_dial_address *address)
{
    const char *path = nng_address_path(url);
    struct stat status;

    if (path == NULL || lstat(path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return;
    if (!is_served(address))
        unlink(path);
}

static int start(nng_socket socket, struct nng_endpoint *endpoint)
{
    nng_listener listener;
    int r = nng_listener_create(&listener, socket, endpoint->url);

    if (r != 0)
        return r;
    if (nng_address_path(endpoint->url) != NULL)
        r = nng_listener_set_int(listener, NNG_OPT_IPC_PERMISSIONS, SOCKET_MODE);
    if (r == 0)
        r = nng_listener_start(listener, 0);
    if (r != 0) {
        nng_listener_close(listener);
        return r;
    }
    endpoint->listener = listener;
    endpoint->listening = true;
    return 0;
}

/* Port 0 asked for any: write down which one it became. */
static int note_port(struct nng_endpoint *endpoint)
{
    char *colon = strrchr(endpoint->url, ':');
    int port = 0;

    if (nng_address_path(endpoint->url) != NULL)
        return 0;
    int r = nng_listener_get_int(endpoint->listener, NNG_OPT_TCP_BOUND_PORT, &port);
    if (r != 0)
        return r;
    assert(colon != NULL);
    size_t room = sizeof endpoint->url - (size_t)(colon - endpoint->url);
    int length = snprintf(colon, room, ":%d", port);
    return length > 0 && (size_t)length < room ? 0 : NNG_EADDRINVAL;
}

int nng_endpoint_open(nng_socket socket, const char *url, struct nng_endpoint *endpoint)
{
    assert(!endpoint->listening);
    size_t length = strlen(url);

    if (length >= sizeof endpoint->url)
        return fault(FAULT_INPUT);
    memcpy(endpoint->url, url, length + 1);
    if (!nng_address_of(endpoint->url, &endpoint->address))
        return fault(FAULT_INPUT);
    remove_leftover(endpoint->url, &endpoint->address);

    int r = start(socket, endpoint);
    if (r == 0)
        r = note_port(endpoint);
    if (r != 0)
        return fault_of(r);
    if (!nng_address_of(endpoint->url, &endpoint->address))
        return fault(FAULT_SYSTEM);
    return 0;
}

/* The old descriptor is closed a moment after nng says so; until then the address is busy. */
int nng_endpoint_reopen(nng_socket socket, struct nng_endpoint *endpoint)
{
    const char *path = nng_address_path(endpoint->url);
    int r = 0;

    if (endpoint->listening)
        nng_listener_close(endpoint->listener);
    endpoint->listening = false;
    for (int i = 0; i < REOPEN_TRIES; i++) {
        if (path != NULL)
            unlink(path);
        r = start(socket, endpoint);
        if (r == 0)
            return 0;
        poll(NULL, 0, REOPEN_PAUSE_MS);
    }
    return fault_of(r);
}

void nng_endpoint_remove(const struct nng_endpoint *endpoint)
{
    const char *path = nng_address_path(endpoint->url);

    if (path != NULL && endpoint->listening)
        unlink(path);
}
