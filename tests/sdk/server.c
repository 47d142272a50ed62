#include "sdk/server.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void deliver(void *context, struct transport_delivery *delivery)
{
    struct server *server = context;

    if (delivery->type == TRANSPORT_GONE) {
        transport_delivery_free(delivery);
        return;
    }
    delivery->next = NULL;
    pthread_mutex_lock(&server->mutex);
    if (server->last != NULL)
        server->last->next = delivery;
    else
        server->first = delivery;
    server->last = delivery;
    pthread_cond_broadcast(&server->arrived);
    pthread_mutex_unlock(&server->mutex);
}

void server_init(struct server *server)
{
    pthread_condattr_t attributes;

    memset(server, 0, sizeof *server);
    snprintf(server->folder, sizeof server->folder, "/tmp/sagad-server-XXXXXX");
    assert_non_null(mkdtemp(server->folder));
    snprintf(server->url, sizeof server->url, "ipc://%s/s", server->folder);
    assert_int_equal(pthread_mutex_init(&server->mutex, NULL), 0);
    assert_int_equal(pthread_condattr_init(&attributes), 0);
    assert_int_equal(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC), 0);
    assert_int_equal(pthread_cond_init(&server->arrived, &attributes), 0);
    pthread_condattr_destroy(&attributes);
}

void server_listen(struct server *server)
{
    struct transport_sink sink = {.deliver = deliver, .context = server};

    assert_null(server->transport);
    assert_int_equal(transport_sp_open(server->url, sink, &server->transport), 0);
}

void server_vanish(struct server *server)
{
    server->transport = transport_close(server->transport);
    while (server->first != NULL) {
        struct transport_delivery *delivery = server->first;
        server->first = delivery->next;
        transport_delivery_free(delivery);
    }
    server->last = NULL;
}

void server_fini(struct server *server)
{
    server_vanish(server);
    pthread_cond_destroy(&server->arrived);
    pthread_mutex_destroy(&server->mutex);
    assert_int_equal(rmdir(server->folder), 0);
}

static struct transport_delivery *take_first(struct server *server)
{
    struct transport_delivery *delivery = server->first;

    server->first = delivery->next;
    if (server->first == NULL)
        server->last = NULL;
    return delivery;
}

struct transport_delivery *server_next(struct server *server, enum wire_request_type type)
{
    struct timespec deadline;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += SERVER_WAIT_MS / 1000;
    pthread_mutex_lock(&server->mutex);
    while (server->first == NULL) {
        int code = pthread_cond_timedwait(&server->arrived, &server->mutex, &deadline);
        if (code == ETIMEDOUT) {
            pthread_mutex_unlock(&server->mutex);
            fail_msg("no request came in time");
        }
    }
    struct transport_delivery *delivery = take_first(server);
    pthread_mutex_unlock(&server->mutex);
    assert_int_equal(delivery->request.type, type);
    return delivery;
}

bool server_has_request(struct server *server)
{
    pthread_mutex_lock(&server->mutex);
    bool has = server->first != NULL;
    pthread_mutex_unlock(&server->mutex);
    return has;
}

void server_answer_bytes(struct server *server, struct transport_delivery *delivery,
                         struct bytes body)
{
    transport_reply(server->transport, delivery->exchange, body);
    transport_delivery_free(delivery);
}

void server_answer(struct server *server, struct transport_delivery *delivery,
                   const struct wire_reply *reply)
{
    struct buffer body = {.data = NULL};

    assert_int_equal(wire_encode_reply(reply, &body), 0);
    server_answer_bytes(server, delivery, bytes_of(body.data, body.size));
    buffer_fini(&body);
}
