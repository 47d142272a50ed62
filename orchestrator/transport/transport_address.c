#include "transport/transport_address.h"

#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define IPC_SCHEME "ipc://"
#define TCP_SCHEME "tcp://"
#define HOST_SIZE 128u

const char *transport_address_path(const char *url)
{
    if (strncmp(url, IPC_SCHEME, strlen(IPC_SCHEME)) != 0)
        return NULL;
    return url + strlen(IPC_SCHEME);
}

static bool of_path(const char *path, struct transport_address *ret_address)
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

static bool is_wildcard(const char *host)
{
    return host[0] == '\0' || strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0;
}

/* A listener on every address is dialled on loopback. */
static const char *host_to_dial(const char *host)
{
    if (is_wildcard(host))
        return "127.0.0.1";
    return strcmp(host, "::") == 0 ? "::1" : host;
}

static const char *host_to_bind(const char *host)
{
    return is_wildcard(host) ? "0.0.0.0" : host;
}

/* getaddrinfo takes 99999 for 34463. */
static bool is_port(const char *text)
{
    char *end = NULL;
    long port = strtol(text, &end, 10);

    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && port <= 65535;
}

/* "host:port" or "[host]:port", taken apart. */
static bool split(const char *where, char host[HOST_SIZE], const char **ret_port)
{
    const char *colon = strrchr(where, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - where);

    if (colon == NULL || !is_port(colon + 1) || length >= HOST_SIZE)
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

static bool of_host(const char *where, const char *(*choose)(const char *host),
                    struct transport_address *ret_address)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char host[HOST_SIZE];
    const char *port = NULL;

    if (!split(where, host, &port) || getaddrinfo(choose(host), port, &hints, &found) != 0)
        return false;
    memcpy(&ret_address->storage, found->ai_addr, found->ai_addrlen);
    ret_address->size = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

static bool address_of(const char *url, const char *(*choose)(const char *host),
                       struct transport_address *ret_address)
{
    const char *path = transport_address_path(url);

    if (path != NULL)
        return of_path(path, ret_address);
    if (strncmp(url, TCP_SCHEME, strlen(TCP_SCHEME)) != 0)
        return false;
    return of_host(url + strlen(TCP_SCHEME), choose, ret_address);
}

bool transport_address_to_dial(const char *url, struct transport_address *ret_address)
{
    return address_of(url, host_to_dial, ret_address);
}

bool transport_address_to_bind(const char *url, struct transport_address *ret_address)
{
    return address_of(url, host_to_bind, ret_address);
}

bool transport_address_is_url(const char *url)
{
    struct transport_address address;
    const char *path = transport_address_path(url), *port = NULL;
    char host[HOST_SIZE];

    if (path != NULL)
        return of_path(path, &address);
    return strncmp(url, TCP_SCHEME, strlen(TCP_SCHEME)) == 0 &&
           split(url + strlen(TCP_SCHEME), host, &port);
}

bool transport_address_is_dead(const struct transport_address *address)
{
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return false;
    int r = connect(fd, (const struct sockaddr *)&address->storage, address->size);
    bool dead = r != 0 && errno == ECONNREFUSED;
    close(fd);
    return dead;
}
