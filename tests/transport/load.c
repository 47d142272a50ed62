#include "load.h"

#include "base/clock.h"
#include "contract/transport/peer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OUT 32u /* Requests that each peer has out. */
#define PATIENCE_MS 10000u

/* Every poll is answered at once, by empty work. */
static void deliver(void *context, struct transport_delivery *delivery)
{
    static const uint8_t work[] = {0x12, 0x00};
    struct load *load = context;

    if (delivery->type == TRANSPORT_REQUEST)
        transport_reply(load->transport, delivery->exchange, bytes_of(work, sizeof work));
    else
        atomic_fetch_add(&load->gone, 1);
    transport_delivery_free(delivery);
}

static void ask_until_lost(struct load *load, struct peer *peer)
{
    struct bytes body = bytes_of(load->poll.data, load->poll.size);
    struct buffer reply = {0};
    uint32_t id = 0, answered = 0;
    bool there = true;

    for (uint32_t i = 0; i < OUT && there; i++)
        there = peer_send(peer, i, body);
    while (there && !load->stopping && peer_receive(peer, PATIENCE_MS, &id, &reply)) {
        atomic_fetch_add(&load->answered, 1);
        there = ++answered != load->requests_each && peer_send(peer, id, body);
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
        atomic_fetch_add(&load->connected, 1);
        ask_until_lost(load, &peer);
        peer_close(&peer);
    }
    return NULL;
}

void load_start(struct load *load, unsigned requests_each)
{
    struct wire_request request = {.type = WIRE_POLL};

    *load = (struct load){.folder = "/tmp/load.XXXXXX", .requests_each = requests_each};
    assert_non_null(mkdtemp(load->folder));
    snprintf(load->url, sizeof load->url, "ipc://%s/s", load->folder);
    request.poll.participant = "billing";
    assert_int_equal(wire_encode_request(&request, &load->poll), 0);
    struct transport_sink sink = {deliver, load};
    assert_int_equal(transport_sp_open(load->url, sink, &load->transport), 0);
    for (unsigned i = 0; i < LOAD_PEERS; i++)
        assert_int_equal(pthread_create(&load->threads[i], NULL, ask, load), 0);
}

void load_stop(struct load *load)
{
    load->stopping = true;
    for (unsigned i = 0; i < LOAD_PEERS; i++)
        pthread_join(load->threads[i], NULL);
}

void load_remove(struct load *load)
{
    buffer_fini(&load->poll);
    assert_int_equal(rmdir(load->folder), 0);
}

bool load_answers(struct load *load, uint64_t count)
{
    uint64_t until_ms = instant_now().monotonic_ms + PATIENCE_MS, before = load->answered;

    while (load->answered < before + count && instant_now().monotonic_ms < until_ms)
        poll(NULL, 0, 5);
    return load->answered >= before + count;
}

bool load_pipes_fall_to(const struct load *load, uint64_t count)
{
    uint64_t until_ms = instant_now().monotonic_ms + PATIENCE_MS;

    while (transport_counters(load->transport).pipes_open > count &&
           instant_now().monotonic_ms < until_ms)
        poll(NULL, 0, 5);
    return transport_counters(load->transport).pipes_open <= count;
}
