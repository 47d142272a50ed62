#include "contract/transport/rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void deliver(void *context, struct transport_delivery *delivery)
{
    struct rig *rig = context;

    pthread_mutex_lock(&rig->lock);
    delivery->next = NULL;
    *rig->last = delivery;
    rig->last = &delivery->next;
    rig->delivered++;
    pthread_cond_signal(&rig->arrived);
    pthread_mutex_unlock(&rig->lock);
}

void rig_open(struct rig *rig, const struct rig_backend *backend)
{
    *rig = (struct rig){.backend = backend, .last = &rig->first};
    pthread_mutex_init(&rig->lock, NULL);
    pthread_cond_init(&rig->arrived, NULL);
    backend->open((struct transport_sink){deliver, rig}, &rig->state, &rig->transport);
    assert_non_null(rig->transport);
}

void rig_close(struct rig *rig)
{
    struct transport_delivery *delivery;

    rig->transport = transport_close(rig->transport);
    uint64_t delivered = rig->delivered;
    rig->backend->close(rig->state);
    assert_int_equal(rig->delivered, delivered);
    while ((delivery = rig_next(rig, 0)) != NULL)
        transport_delivery_free(delivery);
    pthread_cond_destroy(&rig->arrived);
    pthread_mutex_destroy(&rig->lock);
}

struct transport_delivery *rig_next(struct rig *rig, uint32_t patience_ms)
{
    struct timespec until;
    int r = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += patience_ms / 1000;
    until.tv_nsec += (long)(patience_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&rig->lock);
    while (rig->first == NULL && patience_ms > 0 && r != ETIMEDOUT)
        r = pthread_cond_timedwait(&rig->arrived, &rig->lock, &until);
    struct transport_delivery *delivery = rig->first;
    if (delivery != NULL && (rig->first = delivery->next) == NULL)
        rig->last = &rig->first;
    pthread_mutex_unlock(&rig->lock);
    return delivery;
}

uint64_t rig_ask(struct rig *rig, struct rig_peer *peer, uint64_t number)
{
    struct wire_request request = {.type = WIRE_POLL};
    struct buffer body = {0};

    request.poll.participant = "billing";
    request.poll.worker = number;
    request.poll.slots = 4;
    assert_int_equal(wire_encode_request(&request, &body), 0);
    uint64_t ticket = rig->backend->peer_send(peer, bytes_of(body.data, body.size));
    buffer_fini(&body);
    return ticket;
}

uint64_t rig_ping(struct rig *rig, struct rig_peer *peer)
{
    struct wire_request request = {.type = WIRE_PING};
    struct buffer body = {0};

    assert_int_equal(wire_encode_request(&request, &body), 0);
    uint64_t ticket = rig->backend->peer_send(peer, bytes_of(body.data, body.size));
    buffer_fini(&body);
    return ticket;
}

uint64_t rig_expect_question(struct rig *rig, uint64_t number, uint64_t *ret_pipe)
{
    struct transport_delivery *delivery = rig_next(rig, RIG_PATIENCE_MS);

    assert_non_null(delivery);
    assert_int_equal(delivery->type, TRANSPORT_REQUEST);
    assert_int_equal(delivery->request.type, WIRE_POLL);
    assert_string_equal(delivery->request.poll.participant, "billing");
    assert_int_equal(delivery->request.poll.worker, number);
    assert_int_not_equal(delivery->pipe, 0);
    uint64_t exchange = delivery->exchange;
    if (ret_pipe != NULL)
        *ret_pipe = delivery->pipe;
    transport_delivery_free(delivery);
    return exchange;
}

void rig_answer(struct rig *rig, uint64_t exchange, uint32_t number)
{
    struct wire_reply reply = {.type = WIRE_REFUSAL};
    struct buffer body = {0};

    reply.refusal.code = "stopping";
    reply.refusal.after_ms = number;
    assert_int_equal(wire_encode_reply(&reply, &body), 0);
    transport_reply(rig->transport, exchange, bytes_of(body.data, body.size));
    buffer_fini(&body);
}

static struct wire_reply expect_reply(struct rig *rig, struct rig_peer *peer, uint64_t ticket)
{
    struct buffer body = {0};
    struct wire_reply reply;

    assert_true(rig->backend->peer_receive(peer, ticket, RIG_PATIENCE_MS, &body));
    assert_int_equal(wire_decode_reply(bytes_of(body.data, body.size), &reply), 0);
    buffer_fini(&body);
    return reply;
}

void rig_expect_answer(struct rig *rig, struct rig_peer *peer, uint64_t ticket, uint32_t number)
{
    struct wire_reply reply = expect_reply(rig, peer, ticket);

    assert_int_equal(reply.type, WIRE_REFUSAL);
    assert_string_equal(reply.refusal.code, "stopping");
    assert_int_equal(reply.refusal.after_ms, number);
    wire_reply_free(&reply);
}

void rig_expect_refusal(struct rig *rig, struct rig_peer *peer, uint64_t ticket,
                        const char *code)
{
    struct wire_reply reply = expect_reply(rig, peer, ticket);

    assert_int_equal(reply.type, WIRE_REFUSAL);
    assert_string_equal(reply.refusal.code, code);
    wire_reply_free(&reply);
}

void rig_expect_pong(struct rig *rig, struct rig_peer *peer, uint64_t ticket)
{
    struct wire_reply reply = expect_reply(rig, peer, ticket);

    assert_int_equal(reply.type, WIRE_PONG);
    wire_reply_free(&reply);
}
