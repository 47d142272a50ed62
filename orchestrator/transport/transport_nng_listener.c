/*
 * The listener: opened once, and again when the watchdog finds it deaf.
 *
 * Its limits are set before it starts; a socket of the file system is its owner's alone.
 */
#include "base/fault.h"
#include "transport/transport_nng.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET_MODE 0600
#define POLITE_MS 1000u
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

/*
 * A killed server leaves its socket behind. Only such a socket is removed: nng itself would remove
 * any file. A server that lives is asked politely first, since connecting and closing, which is how
 * to tell a dead socket, is what makes nng deaf.
 */
static bool make_way(const struct nng_endpoint *endpoint)
{
    const char *path = transport_address_path(endpoint->url);
    struct stat status;

    if (path == NULL || lstat(path, &status) != 0)
        return true;
    if (!S_ISSOCK(status.st_mode))
        return false;
    if (nng_watchdog_ping(&endpoint->address, true, POLITE_MS) ||
        !transport_address_is_dead(&endpoint->address))
        return false;
    return unlink(path) == 0;
}

static int start(nng_socket socket, struct nng_endpoint *endpoint)
{
    nng_listener listener;
    int r = nng_listener_create(&listener, socket, endpoint->url);

    if (r != 0)
        return r;
    if (transport_address_path(endpoint->url) != NULL)
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

    if (transport_address_path(endpoint->url) != NULL)
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
    if (!transport_address_to_dial(endpoint->url, &endpoint->address))
        return fault(FAULT_INPUT);
    if (!make_way(endpoint))
        return fault(FAULT_INPUT);

    int r = start(socket, endpoint);
    if (r == 0)
        r = note_port(endpoint);
    if (r != 0)
        return fault_of(r);
    if (!transport_address_to_dial(endpoint->url, &endpoint->address))
        return fault(FAULT_SYSTEM);
    return 0;
}

/* The old descriptor is closed a moment after nng says so; until then the address is busy. */
int nng_endpoint_reopen(nng_socket socket, struct nng_endpoint *endpoint)
{
    const char *path = transport_address_path(endpoint->url);
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
    const char *path = transport_address_path(endpoint->url);

    if (path != NULL && endpoint->listening)
        unlink(path);
}
