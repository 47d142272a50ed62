/* Addresses: what a url means to a socket, for those who dial without nng. */
#include "transport/transport_nng.h"

#include <netdb.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#define IPC_SCHEME "ipc://"
#define TCP_SCHEME "tcp://"
#define HOST_SIZE 128u

const char *nng_address_path(const char *url)
{
    if (strncmp(url, IPC_SCHEME, strlen(IPC_SCHEME)) != 0)
        return NULL;
    return url + strlen(IPC_SCHEME);
}

static bool of_path(const char *path, struct nng_dial_address *ret_address)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);

    if (length == 0 || length >= sizeof address.sun_path)
        return false;
    memcpy(address.sun_path, path, length + 1);
    memcpy(&ret_address->storage, &address, sizeof address);
    ret_address->size = sizeof address;
    return true;
}

/* A listener on every address is dialled on loopback. */
static const char *dial_host(const char *host)
{
    if (host[0] == '\0' || strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0)
        return "127.0.0.1";
    if (strcmp(host, "::") == 0)
        return "::1";
    return host;
}

/* "host:port" or "[host]:port", taken apart. */
static bool split(const char *where, char host[HOST_SIZE], const char **ret_port)
{
    const char *colon = strrchr(where, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - where);

    if (colon == NULL || colon[1] == '\0' || length >= HOST_SIZE)
        return false;
    if (length >= 2 && where[0] == '[' && where[length - 1] == ']') {
        where++;
        length -= 2;
    }
    memcpy(host, where, length);
    host[length] = '\0';
    *ret_port = colon + 1;
    return true;
}

static bool of_host(const char *where, struct nng_dial_address *ret_address)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char host[HOST_SIZE];
    const char *port = NULL;

    if (!split(where, host, &port) || getaddrinfo(dial_host(host), port, &hints, &found) != 0)
        return false;
    memcpy(&ret_address->storage, found->ai_addr, found->ai_addrlen);
    ret_address->size = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

bool nng_address_of(const char *url, struct nng_dial_address *ret_address)
{
    const char *path = nng_address_path(url);

    if (path != NULL)
        return of_path(path, ret_address);
    if (strncmp(url, TCP_SCHEME, strlen(TCP_SCHEME)) != 0)
        return false;
    return of_host(url + strlen(TCP_SCHEME), ret_address);
}
