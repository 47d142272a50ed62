#include "fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_SIZE 2048u
#define PIECE_SIZE 65536u
#define NAMED_LENGTH "\r\nContent-Length: "

void fetch_init(struct fetch *fetch, const char *http)
{
    *fetch = (struct fetch){.file = -1};
    text_copy(http, sizeof fetch->http, fetch->http);
}

static void hang_up(struct fetch *fetch)
{
    if (fetch->file >= 0)
        close(fetch->file);
    fetch->file = -1;
}

void fetch_fini(struct fetch *fetch)
{
    hang_up(fetch);
    buffer_fini(&fetch->text);
}

/* As the scene's configuration asked for: a port of the loopback. */
static bool dial(struct fetch *fetch)
{
    const char *colon = strrchr(fetch->http, ':');
    struct sockaddr_in address = {.sin_family = AF_INET};

    if (fetch->file >= 0)
        return true;
    if (colon == NULL)
        return false;
    address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fetch->file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fetch->file < 0)
        return false;
    return connect(fetch->file, (struct sockaddr *)&address, sizeof address) == 0;
}

static bool ask(const struct fetch *fetch, const char *target, const char *authorization)
{
    char request[REQUEST_SIZE];
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n\r\n", target,
                        fetch->http, authorization);

    return size > 0 && (size_t)size < sizeof request &&
           send(fetch->file, request, (size_t)size, MSG_NOSIGNAL) == size;
}

/* Read until there are @size bytes, or, when it is 0, the end of the head. */
static bool read_until(struct fetch *fetch, size_t size)
{
    while (size > 0 ? fetch->text.size < size
                    : fetch->text.size == 0 ||
                          strstr((const char *)fetch->text.data, "\r\n\r\n") == NULL) {
        uint8_t *place = buffer_reserve(&fetch->text, PIECE_SIZE + 1);
        if (place == NULL || fetch->text.size > FETCH_BODY_MAX)
            return false;
        ssize_t got = read(fetch->file, place, PIECE_SIZE);
        if (got <= 0)
            return false;
        fetch->text.size += (size_t)got;
        place[got] = '\0';
    }
    return true;
}

static bool read_answer(struct fetch *fetch)
{
    buffer_clear(&fetch->text);
    if (!read_until(fetch, 0))
        return false;
    const char *text = (const char *)fetch->text.data;
    const char *length = strstr(text, NAMED_LENGTH);
    if (length == NULL || strncmp(text, "HTTP/1.1 ", 9) != 0)
        return false;
    size_t head = (size_t)(strstr(text, "\r\n\r\n") - text) + 4;
    size_t body = strtoul(length + sizeof NAMED_LENGTH - 1, NULL, 10);
    if (body > FETCH_BODY_MAX || !read_until(fetch, head + body))
        return false;
    fetch->body = (const char *)fetch->text.data + head;
    fetch->status = (unsigned)strtoul((const char *)fetch->text.data + 9, NULL, 10);
    return true;
}

bool fetch_get(struct fetch *fetch, const char *target, const char *authorization)
{
    if (dial(fetch) && ask(fetch, target, authorization) && read_answer(fetch))
        return true;
    hang_up(fetch);
    return false;
}
