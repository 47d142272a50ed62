#include "gateway/gateway.h"

#include "base/fault.h"
#include "gateway/exchange.h"
#include "gateway/http.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024
#define MESSAGES_WAIT_MS 400u
#define MESSAGES_ANSWER_MS 480u
#define ANSWER_GRACE_MS 10000u
#define CONNECTIONS_MAX 2048u
#define CONNECTIONS_PER_ADDRESS 1024u
#define IDLE_TIMEOUT_S 15u

struct gateway {
    struct service service;
    struct http *http; /* Owned. */
    char address[GATEWAY_ADDRESS_SIZE];
};

union socket_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_storage storage;
};

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value > 0 ? value : fallback;
}

static void fill_defaults(struct gateway_options *options)
{
    options->messages_wait_ms = or_default(options->messages_wait_ms, MESSAGES_WAIT_MS);
    options->messages_answer_ms = or_default(options->messages_answer_ms, MESSAGES_ANSWER_MS);
    options->answer_grace_ms = or_default(options->answer_grace_ms, ANSWER_GRACE_MS);
    options->connections_max = or_default(options->connections_max, CONNECTIONS_MAX);
    options->connections_per_address =
        or_default(options->connections_per_address, CONNECTIONS_PER_ADDRESS);
    options->idle_timeout_s = or_default(options->idle_timeout_s, IDLE_TIMEOUT_S);
}

/* ---- the address ---- */

static bool parse_port(const char *text, in_port_t *ret_port)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0')
        return false;
    unsigned long port = strtoul(text, NULL, 10);
    if (port > 65535)
        return false;
    *ret_port = htons((uint16_t)port);
    return true;
}

/* "127.0.0.1:80", "localhost:80" or "[::1]:80". Names are not resolved: bind to what is meant. */
static bool parse_address(const char *text, union socket_address *ret_address, socklen_t *ret_size)
{
    char host[GATEWAY_ADDRESS_SIZE];
    const char *colon = strrchr(text, ':');
    in_port_t port;
    if (!colon || (size_t)(colon - text) >= sizeof(host) || !parse_port(colon + 1, &port))
        return false;
    size_t length = (size_t)(colon - text);
    memcpy(host, text, length);
    host[length] = '\0';
    *ret_address = (union socket_address){0};
    if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        ret_address->v6.sin6_family = AF_INET6;
        ret_address->v6.sin6_port = port;
        *ret_size = sizeof(ret_address->v6);
        return inet_pton(AF_INET6, host + 1, &ret_address->v6.sin6_addr) == 1;
    }
    ret_address->v4.sin_family = AF_INET;
    ret_address->v4.sin_port = port;
    *ret_size = sizeof(ret_address->v4);
    const char *numeric = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    return inet_pton(AF_INET, numeric, &ret_address->v4.sin_addr) == 1;
}

static int listen_on(const union socket_address *address, socklen_t size, int *ret_listener)
{
    int yes = 1;
    int listener = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0)
        return fault(FAULT_SYSTEM);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(listener, &address->any, size) == 0 && listen(listener, BACKLOG) == 0) {
        *ret_listener = listener;
        return 0;
    }
    int error = errno;
    close(listener);
    if (error == EADDRINUSE)
        return GATEWAY_BUSY;
    return fault(error == EADDRNOTAVAIL || error == EACCES ? FAULT_INPUT : FAULT_SYSTEM);
}

static int describe_address(int listener, char ret_text[GATEWAY_ADDRESS_SIZE])
{
    union socket_address address = {0};
    socklen_t size = sizeof(address);
    char host[INET6_ADDRSTRLEN] = "";
    if (getsockname(listener, &address.any, &size) < 0)
        return fault(FAULT_SYSTEM);
    if (address.any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &address.v6.sin6_addr, host, sizeof(host));
        snprintf(ret_text, GATEWAY_ADDRESS_SIZE, "[%s]:%u", host,
                 (unsigned)ntohs(address.v6.sin6_port));
    } else {
        inet_ntop(AF_INET, &address.v4.sin_addr, host, sizeof(host));
        snprintf(ret_text, GATEWAY_ADDRESS_SIZE, "%s:%u", host,
                 (unsigned)ntohs(address.v4.sin_port));
    }
    return 0;
}

/* ---- open and close ---- */

static int open_listener(struct gateway *gateway, int *ret_listener)
{
    union socket_address address;
    socklen_t size;
    if (!parse_address(gateway->service.options.address, &address, &size))
        return fault(FAULT_INPUT);
    int r = listen_on(&address, size, ret_listener);
    if (r)
        return r;
    r = describe_address(*ret_listener, gateway->address);
    if (r)
        close(*ret_listener);
    return r;
}

static int open_parts(struct gateway *gateway)
{
    int listener = -1;
    int r = open_listener(gateway, &listener);
    if (r)
        return r;
    r = desk_open(gateway->service.options.inbox, http_wake, &gateway->service.desk);
    if (r == 0)
        r = http_open(&gateway->service, listener, &gateway->http);
    if (r) {
        gateway->service.desk = desk_close(gateway->service.desk);
        close(listener);
    }
    return r;
}

int gateway_open(const struct gateway_options *options, struct gateway **ret_gateway)
{
    assert(options->address && options->inbox && options->accounts && options->version);

    struct gateway *gateway = calloc(1, sizeof(*gateway));
    if (!gateway)
        return fault(FAULT_MEMORY);
    gateway->service.options = *options;
    fill_defaults(&gateway->service.options);
    int r = open_parts(gateway);
    if (r) {
        free(gateway);
        return r;
    }
    *ret_gateway = gateway;
    return 0;
}

const char *gateway_address(const struct gateway *gateway)
{
    return gateway->address;
}

void gateway_set_stopping(struct gateway *gateway)
{
    atomic_store(&gateway->service.stopping, true);
}

/* Suspended connections must be woken before the HTTP library stops; so the desk drains first. */
struct gateway *gateway_close(struct gateway *gateway)
{
    if (!gateway)
        return NULL;
    gateway_set_stopping(gateway);
    desk_drain(gateway->service.desk);
    gateway->http = http_close(gateway->http);
    gateway->service.desk = desk_close(gateway->service.desk);
    free(gateway);
    return NULL;
}
