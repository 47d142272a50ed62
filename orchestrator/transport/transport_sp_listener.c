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

static int bind_to(struct transport_sp *transport)
{
    const struct transport_address *address = &transport->address;
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
    struct transport_address *address = &transport->address;
    char *colon = strrchr(transport->url, ':');

    address->size = sizeof address->storage;
    if (getsockname(transport->listener, (struct sockaddr *)&address->storage,
                    &address->size) != 0)
        return fault(FAULT_SYSTEM);
    assert(colon != NULL);
    size_t room = sizeof transport->url - (size_t)(colon - transport->url);
    int length = snprintf(colon, room, ":%u", port_of(&address->storage));
    return (size_t)length < room ? 0 : fault(FAULT_INPUT);
}

/* Which file the socket is, so that no other is ever removed in its stead. */
static int note_file(struct transport_sp *transport)
{
    return lstat(transport_address_path(transport->url), &transport->file) == 0
               ? 0
               : fault(FAULT_SYSTEM);
}

static int listen_at_address(struct transport_sp *transport)
{
    if (transport->ipc &&
        !make_way(transport_address_path(transport->url), &transport->address))
        return fault(FAULT_INPUT);
    int r = bind_to(transport);
    if (r == 0)
        r = transport->ipc ? note_file(transport) : note_port(transport);
    if (r != 0 && transport->listener >= 0) {
        close(transport->listener);
        transport->listener = -1;
    }
    return pass(r);
}

int sp_listener_open(struct transport_sp *transport, const char *url)
{
    if (strlen(url) >= sizeof transport->url ||
        !transport_address_to_bind(url, &transport->address))
        return fault(FAULT_INPUT);
    memcpy(transport->url, url, strlen(url) + 1);
    transport->ipc = transport_address_path(url) != NULL;
    return listen_at_address(transport);
}

/* The old socket is closed first: then its file is a dead one, and its port is free. */
int sp_listener_reopen(struct transport_sp *transport)
{
    if (transport->listener >= 0)
        close(transport->listener);
    transport->listener = -1;
    return listen_at_address(transport);
}

static bool file_is_ours(const struct transport_sp *transport, const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && status.st_dev == transport->file.st_dev &&
           status.st_ino == transport->file.st_ino;
}

void sp_listener_close(struct transport_sp *transport)
{
    const char *path = transport_address_path(transport->url);

    if (transport->listener < 0)
        return;
    if (path != NULL && file_is_ours(transport, path))
        unlink(path);
    close(transport->listener);
    transport->listener = -1;
}
