/* The listening socket: its address, its rights, and what a killed server left there. */
#include "base/fault.h"
#include "transport/transport_sp.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 256
#define SOCKET_MODE 0600

/* A killed server leaves its socket behind. Nothing but such a socket is removed. */
static bool make_way(const char *path, const struct transport_address *address)
{
    struct stat status;

    if (lstat(path, &status) != 0)
        return true;
    if (!S_ISSOCK(status.st_mode) || !transport_address_is_dead(address))
        return false;
    return unlink(path) == 0;
}

static int bind_to(struct transport_sp *transport, const struct transport_address *address)
{
    int on = 1;

    transport->listener = socket(address->storage.ss_family,
                                 SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (transport->listener < 0)
        return fault(FAULT_SYSTEM);
    /* The mode of an unbound socket is what its file is made with: it is never open to others. */
    if (transport->ipc)
        fchmod(transport->listener, SOCKET_MODE);
    else
        setsockopt(transport->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(transport->listener, (const struct sockaddr *)&address->storage, address->size) != 0)
        return fault(FAULT_INPUT);
    return listen(transport->listener, BACKLOG) == 0 ? 0 : fault(FAULT_INPUT);
}

static unsigned port_of(const struct sockaddr_storage *storage)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    if (storage->ss_family == AF_INET6) {
        memcpy(&in6, storage, sizeof in6);
        return ntohs(in6.sin6_port);
    }
    memcpy(&in, storage, sizeof in);
    return ntohs(in.sin_port);
}

/* Port 0 asked for any: write down which one it became. */
static int note_port(struct transport_sp *transport)
{
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    char *colon = strrchr(transport->url, ':');

    if (getsockname(transport->listener, (struct sockaddr *)&bound, &size) != 0)
        return fault(FAULT_SYSTEM);
    assert(colon != NULL);
    size_t room = sizeof transport->url - (size_t)(colon - transport->url);
    int length = snprintf(colon, room, ":%u", port_of(&bound));
    return (size_t)length < room ? 0 : fault(FAULT_INPUT);
}

int sp_listener_open(struct transport_sp *transport, const char *url)
{
    const char *path = transport_address_path(url);
    struct transport_address address;

    if (strlen(url) >= sizeof transport->url || !transport_address_to_bind(url, &address))
        return fault(FAULT_INPUT);
    memcpy(transport->url, url, strlen(url) + 1);
    transport->ipc = path != NULL;
    if (path != NULL && !make_way(path, &address))
        return fault(FAULT_INPUT);
    int r = bind_to(transport, &address);
    if (r == 0 && path == NULL)
        r = note_port(transport);
    if (r != 0 && transport->listener >= 0) {
        close(transport->listener);
        transport->listener = -1;
    }
    return pass(r);
}

void sp_listener_close(struct transport_sp *transport)
{
    if (transport->listener < 0)
        return;
    if (transport->ipc)
        unlink(transport_address_path(transport->url));
    close(transport->listener);
    transport->listener = -1;
}
