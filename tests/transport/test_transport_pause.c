/* Listening again, and closing, while peers ask as fast as they can: nothing is left behind. */
#include "base/clock.h"
#include "contract/transport/peer.h"
#include "transport/transport_nng.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PEERS 3u
#define OUT 32u /* Requests that each peer has out. */
#define TIMES 20u
#define PATIENCE_MS 10000u

struct load {
    struct transport *transport;
    char url[64];
    struct buffer poll; /* An encoded poll. */
    atomic_bool stopping;
    atomic_uint_fast64_t answered;
};

/* Every poll is answered at once, by empty work. */
static void deliver(void *context, struct transport_delivery *delivery)
{
    static const uint8_t work[] = {0x12, 0x00};
    struct load *load = context;

    if (delivery->type == TRANSPORT_REQUEST)
        transport_reply(load->transport, delivery->exchange, bytes_of(work, sizeof work));
    transport_delivery_free(delivery);
}

static void ask_until_lost(struct load *load, struct peer *peer)
{
    struct bytes poll_body = bytes_of(load->poll.data, load->poll.size);
    struct buffer reply = {0};
    uint32_t id = 0;
    bool there = true;

    for (uint32_t i = 0; i < OUT && there; i++)
        there = peer_send(peer, i, poll_body);
    while (there && !load->stopping && peer_receive(peer, PATIENCE_MS, &id, &reply)) {
        atomic_fetch_add(&load->answered, 1);
        there = peer_send(peer, id, poll_body);
    }
    buffer_fini(&reply);
}

static void *ask(void *argument)
{
    struct load *load = argument;
    struct peer peer;

    while (!load->stopping) {
        if (!peer_open(load->url, 1000, &peer)) {
            poll(NULL, 0, 5);
            continue;
        }
        ask_until_lost(load, &peer);
        peer_close(&peer);
    }
    return NULL;
}

static bool answers_more(struct load *load, uint64_t count)
{
    uint64_t until_ms = instant_now().monotonic_ms + PATIENCE_MS, before = load->answered;

    while (load->answered < before + count && instant_now().monotonic_ms < until_ms)
        poll(NULL, 0, 5);
    return load->answered >= before + count;
}

static bool pipes_fall_to(const struct load *load, uint64_t count)
{
    uint64_t until_ms = instant_now().monotonic_ms + PATIENCE_MS;

    while (transport_counters(load->transport).pipes_open > count &&
           instant_now().monotonic_ms < until_ms)
        poll(NULL, 0, 5);
    return transport_counters(load->transport).pipes_open <= count;
}

static void prepare(struct load *load)
{
    struct wire_request request = {.type = WIRE_POLL};

    request.poll.participant = "billing";
    assert_int_equal(wire_encode_request(&request, &load->poll), 0);
    assert_int_equal(
        transport_nng_open(load->url, (struct transport_sink){deliver, load}, &load->transport), 0);
}

static void listening_again_under_load_lets_go_of_every_connection(void **state)
{
    char folder[] = "/tmp/pause.XXXXXX";
    struct load load = {0};
    pthread_t threads[PEERS];
    (void)state;

    assert_non_null(mkdtemp(folder));
    snprintf(load.url, sizeof load.url, "ipc://%s/s", folder);
    prepare(&load);
    struct transport_nng *nng = (struct transport_nng *)load.transport;
    nng_watchdog_close(nng); /* This test does its work, and the two would collide. */
    for (unsigned i = 0; i < PEERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &load), 0);

    for (unsigned i = 0; i < TIMES; i++) {
        assert_true(answers_more(&load, 500));
        nng_exchange_pause(nng);
        assert_int_equal(nng_endpoint_reopen(nng->socket, &nng->endpoint), 0);
        nng_exchange_resume(nng);
    }
    assert_true(answers_more(&load, 500));
    assert_true(pipes_fall_to(&load, PEERS));

    /* The peers go on asking until the transport has closed. */
    transport_close(load.transport);
    load.stopping = true;
    for (unsigned i = 0; i < PEERS; i++)
        pthread_join(threads[i], NULL);
    buffer_fini(&load.poll);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(listening_again_under_load_lets_go_of_every_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
