#include "gateway/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 20000 /* Reached only by a failure. */
#define READ_SIZE 65536u

struct peer peer_connect(const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    const char *colon = strrchr(address, ':');
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_non_null(colon);
    assert_true(s >= 0);
    to.sin_port = htons((uint16_t)atoi(colon + 1));
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof(to)), 0);
    return (struct peer){.socket = s};
}

void peer_close(struct peer *peer)
{
    close(peer->socket);
    free(peer->unread);
    *peer = (struct peer){.socket = -1};
}

bool peer_try_send(struct peer *peer, const void *data, size_t size)
{
    const char *at = data;

    while (size > 0) {
        ssize_t sent = send(peer->socket, at, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

void peer_send(struct peer *peer, const void *data, size_t size)
{
    assert_true(peer_try_send(peer, data, size));
}

void peer_print(struct peer *peer, const char *format, ...)
{
    char text[8192];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    assert_true(length >= 0 && (size_t)length < sizeof(text));
    peer_send(peer, text, (size_t)length);
}

void peer_ask(struct peer *peer, const char *method, const char *target, const char *headers,
              const char *body)
{
    peer_print(peer, "%s %s HTTP/1.1\r\nHost: test\r\n%s", method, target, headers);
    if (body)
        peer_print(peer, "Content-Length: %zu\r\n", strlen(body));
    peer_print(peer, "\r\n");
    if (body)
        peer_send(peer, body, strlen(body));
}

bool peer_has_answer(struct peer *peer, int ms)
{
    struct pollfd ready = {.fd = peer->socket, .events = POLLIN};

    return peer->unread_size > 0 || poll(&ready, 1, ms) > 0;
}

/* More bytes at the end of unread; 0 at the end of the connection. */
static size_t read_more(struct peer *peer)
{
    assert_true(peer_has_answer(peer, PATIENCE_MS) || peer->unread_size > 0);
    peer->unread = realloc(peer->unread, peer->unread_size + READ_SIZE + 1);
    assert_non_null(peer->unread);
    ssize_t size = recv(peer->socket, peer->unread + peer->unread_size, READ_SIZE, 0);
    if (size <= 0)
        return 0;
    peer->unread_size += (size_t)size;
    peer->unread[peer->unread_size] = '\0';
    return (size_t)size;
}

static void drop_read(struct peer *peer, size_t size)
{
    peer->unread_size -= size;
    memmove(peer->unread, peer->unread + size, peer->unread_size);
    peer->unread[peer->unread_size] = '\0';
}

static char *copy_of(const char *text, size_t size)
{
    char *copy = malloc(size + 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

static void read_head(struct peer *peer, struct response *response)
{
    char *end;

    while (!peer->unread || !(end = strstr(peer->unread, "\r\n\r\n")))
        assert_true(read_more(peer) > 0);
    size_t size = (size_t)(end - peer->unread) + 4;
    response->head = copy_of(peer->unread, size);
    assert_int_equal(sscanf(response->head, "HTTP/1.1 %u", &response->status), 1);
    drop_read(peer, size);
}

struct response peer_read(struct peer *peer)
{
    struct response response = {0};

    do {
        free(response.head);
        read_head(peer, &response);
    } while (response.status == 100);
    const char *length = response_header(&response, "Content-Length");
    response.body_size = length ? strtoul(length, NULL, 10) : 0;
    while (peer->unread_size < response.body_size)
        assert_true(read_more(peer) > 0);
    response.body = copy_of(peer->unread ? peer->unread : "", response.body_size);
    drop_read(peer, response.body_size);
    response.json = json_loadb(response.body, response.body_size, JSON_REJECT_DUPLICATES, NULL);
    return response;
}

struct response peer_read_head(struct peer *peer)
{
    struct response response = {0};

    read_head(peer, &response);
    return response;
}

unsigned peer_read_status(struct peer *peer)
{
    unsigned status = 0;

    while (!peer->unread || !strstr(peer->unread, "\r\n"))
        if (read_more(peer) == 0)
            return 0;
    assert_int_equal(sscanf(peer->unread, "HTTP/1.%*u %u", &status), 1);
    return status;
}

void peer_expect_end(struct peer *peer)
{
    assert_int_equal(peer->unread_size, 0);
    assert_int_equal(read_more(peer), 0);
}

void response_fini(struct response *response)
{
    json_decref(response->json);
    free(response->head);
    free(response->body);
    *response = (struct response){0};
}

const char *response_header(const struct response *response, const char *name)
{
    static char value[512];
    size_t length = strlen(name);

    for (const char *line = strstr(response->head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) != 0 || line[length] != ':')
            continue;
        const char *start = line + length + 1;
        start += strspn(start, " ");
        size_t size = strcspn(start, "\r");
        assert_true(size < sizeof(value));
        memcpy(value, start, size);
        value[size] = '\0';
        return value;
    }
    return NULL;
}

static const json_t *walk(const json_t *json, const char *path)
{
    char name[64];

    while (*path) {
        size_t size = strcspn(path, ".");
        assert_true(size < sizeof(name));
        memcpy(name, path, size);
        name[size] = '\0';
        json = json_is_array(json) ? json_array_get(json, strtoul(name, NULL, 10))
                                   : json_object_get(json, name);
        path += size + (path[size] == '.');
    }
    return json;
}

const char *response_text(const struct response *response, const char *path)
{
    static char text[1024];
    const json_t *json = walk(response->json, path);

    if (!json)
        return "(absent)";
    if (json_is_string(json))
        return json_string_value(json);
    char *dumped = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    snprintf(text, sizeof(text), "%s", dumped);
    free(dumped);
    return text;
}
