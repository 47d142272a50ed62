#include "egress/service.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64u
#define REQUEST_MAX 65536u
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

struct connection {
    int fd;
    size_t size;
    char data[REQUEST_MAX];
};

struct service {
    pthread_t thread;
    enum service_deed (*script)(uint32_t number);
    atomic_uint requests;
    uint16_t port;
    int listener, end;
    size_t count;
    struct connection *connections[CONNECTIONS_MAX];
};

/* The bytes of the first whole request; 0: more must come. */
static size_t request_size(struct connection *connection)
{
    connection->data[connection->size] = '\0';
    const char *end = strstr(connection->data, "\r\n\r\n");
    const char *length = strcasestr(connection->data, "Content-Length: ");

    if (end == NULL || length == NULL)
        return 0;
    size_t size = (size_t)(end + 4 - connection->data) + strtoul(length + 16, NULL, 10);
    return size <= connection->size ? size : 0;
}

/* False when the connection is to end. */
static bool serve(struct service *service, struct connection *connection)
{
    ssize_t got = recv(connection->fd, connection->data + connection->size,
                       sizeof connection->data - 1 - connection->size, 0);
    size_t size;

    if (got <= 0)
        return false;
    connection->size += (size_t)got;
    while ((size = request_size(connection)) > 0) {
        memmove(connection->data, connection->data + size, connection->size - size);
        connection->size -= size;
        switch (service->script(atomic_fetch_add(&service->requests, 1))) {
        case SERVICE_ANSWERS:
            if (send(connection->fd, ANSWER, strlen(ANSWER), MSG_NOSIGNAL) < 0)
                return false;
            break;
        case SERVICE_CUTS:
            return false;
        case SERVICE_KEEPS_SILENT:
            break;
        }
    }
    return true;
}

static void end_connection(struct service *service, size_t index)
{
    close(service->connections[index]->fd);
    free(service->connections[index]);
    service->connections[index] = service->connections[--service->count];
}

static void enter(struct service *service)
{
    int fd = accept(service->listener, NULL, NULL);
    struct connection *connection =
        fd >= 0 && service->count < CONNECTIONS_MAX ? calloc(1, sizeof *connection) : NULL;

    if (connection == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    connection->fd = fd;
    service->connections[service->count++] = connection;
}

static void *run(void *context)
{
    struct service *service = context;
    struct pollfd files[CONNECTIONS_MAX + 2];

    for (;;) {
        files[0] = (struct pollfd){.fd = service->end, .events = POLLIN};
        files[1] = (struct pollfd){.fd = service->listener, .events = POLLIN};
        size_t count = service->count;
        for (size_t i = 0; i < count; i++)
            files[2 + i] =
                (struct pollfd){.fd = service->connections[i]->fd, .events = POLLIN};
        poll(files, 2 + count, -1);
        if (files[0].revents != 0)
            return NULL;
        for (size_t i = count; i-- > 0;)
            if (files[2 + i].revents != 0 && !serve(service, service->connections[i]))
                end_connection(service, i);
        if (files[1].revents != 0)
            enter(service);
    }
}

static bool listen_on(struct service *service, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int yes = 1;

    service->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    service->end = eventfd(0, EFD_CLOEXEC);
    if (service->listener < 0 || service->end < 0 ||
        setsockopt(service->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(service->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(service->listener, 64) != 0 ||
        getsockname(service->listener, (struct sockaddr *)&address, &size) != 0)
        return false;
    service->port = ntohs(address.sin_port);
    return true;
}

struct service *service_open(uint16_t port, enum service_deed (*script)(uint32_t number))
{
    struct service *service = calloc(1, sizeof *service);

    if (service == NULL)
        return NULL;
    service->script = script;
    if (!listen_on(service, port) ||
        pthread_create(&service->thread, NULL, run, service) != 0) {
        close(service->listener);
        close(service->end);
        free(service);
        return NULL;
    }
    return service;
}

uint16_t service_port(const struct service *service)
{
    return service->port;
}

uint32_t service_requests(const struct service *service)
{
    return atomic_load(&service->requests);
}

struct service *service_close(struct service *service)
{
    uint64_t one = 1;

    if (service == NULL)
        return NULL;
    if (write(service->end, &one, sizeof one) != (ssize_t)sizeof one)
        abort();
    pthread_join(service->thread, NULL);
    while (service->count > 0)
        end_connection(service, 0);
    close(service->listener);
    close(service->end);
    free(service);
    return NULL;
}
