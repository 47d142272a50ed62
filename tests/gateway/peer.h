/*
 * The other end of an HTTP connection, in plain sockets, so that a test sends exactly what it means
 * and sees exactly what came back.
 */
#ifndef TESTS_GATEWAY_PEER_H
#define TESTS_GATEWAY_PEER_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct peer {
    int socket;
    char *unread; /* What came after the end of the last response. */
    size_t unread_size;
};

struct response {
    unsigned status;
    char *head; /* Status line and headers, each ended by a line break. */
    char *body;
    size_t body_size;
    json_t *json; /* The body parsed; NULL when it is not JSON. */
};

/* Connect to "127.0.0.1:port". */
struct peer peer_connect(const char *address);
void peer_close(struct peer *peer);

void peer_send(struct peer *peer, const void *data, size_t size);
void peer_print(struct peer *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As much as the other end takes; false once it has closed. */
bool peer_try_send(struct peer *peer, const void *data, size_t size);

/*
 * Send a whole request. @headers are lines, each ended by \r\n, or ""; @body NULL: none.
 */
void peer_ask(struct peer *peer, const char *method, const char *target, const char *headers,
              const char *body);

/* Read one whole response, which must come. */
struct response peer_read(struct peer *peer);

/* Read the head of a response to HEAD, which has no body. */
struct response peer_read_head(struct peer *peer);

/* The status of the response that comes, or 0 when the other end closes without one. */
unsigned peer_read_status(struct peer *peer);

/* The other end closes without another byte. */
void peer_expect_end(struct peer *peer);

/* Something has come within @ms. */
bool peer_has_answer(struct peer *peer, int ms);

void response_fini(struct response *response);

/* A header's value, or NULL; each call overwrites the last. */
const char *response_header(const struct response *response, const char *name);

/* A member of the JSON body as text; numbers in decimal, null as "null"; a path is a.b. */
const char *response_text(const struct response *response, const char *path);

#endif
