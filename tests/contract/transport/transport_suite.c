#include "contract/transport/transport_suite.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define MANY 1000u
#define MANY_PEERS 4u

static const struct rig_backend *tested;

static int open_rig(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);

    assert_non_null(rig);
    rig_open(rig, tested);
    *state = rig;
    return 0;
}

static int close_rig(void **state)
{
    rig_close(*state);
    free(*state);
    return 0;
}

static struct rig_peer *join(struct rig *rig)
{
    return rig->backend->peer_open(rig->state);
}

static void leave(struct rig *rig, struct rig_peer *peer)
{
    rig->backend->peer_close(peer);
}

static void request_is_delivered_and_its_reply_comes_back(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *peer = join(rig);
    uint64_t ticket = rig_ask(rig, peer, 7);

    uint64_t exchange = rig_expect_question(rig, 7, NULL);
    rig_answer(rig, exchange, 70);
    rig_expect_answer(rig, peer, ticket, 70);

    struct transport_counters counters = transport_counters(rig->transport);
    assert_int_equal(counters.requests, 1);
    assert_int_equal(counters.malformed, 0);
    assert_int_equal(counters.pipes_open, 1);
    leave(rig, peer);
}

static void requests_follow_each_other_on_one_pipe(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *peer = join(rig);
    uint64_t first_pipe = 0, last_exchange = 0;

    for (uint32_t i = 1; i <= 200; i++) {
        uint64_t pipe = 0, ticket = rig_ask(rig, peer, i);
        uint64_t exchange = rig_expect_question(rig, i, &pipe);
        assert_int_not_equal(exchange, last_exchange);
        assert_true(first_pipe == 0 || pipe == first_pipe);
        rig_answer(rig, exchange, i);
        rig_expect_answer(rig, peer, ticket, i);
        first_pipe = pipe;
        last_exchange = exchange;
    }
    leave(rig, peer);
}

static void replies_out_of_order_reach_the_right_askers(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *left = join(rig), *right = join(rig);
    uint64_t left_pipe = 0, right_pipe = 0, same_pipe = 0;

    uint64_t first = rig_ask(rig, left, 1);
    uint64_t first_exchange = rig_expect_question(rig, 1, &left_pipe);
    uint64_t second = rig_ask(rig, right, 2);
    uint64_t second_exchange = rig_expect_question(rig, 2, &right_pipe);
    uint64_t third = rig_ask(rig, left, 3);
    uint64_t third_exchange = rig_expect_question(rig, 3, &same_pipe);
    assert_int_not_equal(left_pipe, right_pipe);
    assert_int_equal(left_pipe, same_pipe);

    rig_answer(rig, third_exchange, 30);
    rig_answer(rig, second_exchange, 20);
    rig_answer(rig, first_exchange, 10);
    rig_expect_answer(rig, left, first, 10);
    rig_expect_answer(rig, right, second, 20);
    rig_expect_answer(rig, left, third, 30);
    leave(rig, left);
    leave(rig, right);
}

/* Deliveries of different peers may overtake each other, so they are sorted by their number. */
static void take_questions(struct rig *rig, uint64_t *exchanges, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct transport_delivery *delivery = rig_next(rig, RIG_PATIENCE_MS);
        assert_non_null(delivery);
        assert_int_equal(delivery->type, TRANSPORT_REQUEST);
        uint64_t number = delivery->request.poll.worker;
        assert_true(number < count);
        assert_int_equal(exchanges[number], 0);
        exchanges[number] = delivery->exchange;
        transport_delivery_free(delivery);
    }
}

static void many_requests_are_parked_at_once(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *peers[MANY_PEERS];
    uint64_t tickets[MANY], exchanges[MANY] = {0};

    for (uint32_t i = 0; i < MANY_PEERS; i++)
        peers[i] = join(rig);
    for (uint32_t i = 0; i < MANY; i++)
        tickets[i] = rig_ask(rig, peers[i % MANY_PEERS], i);
    take_questions(rig, exchanges, MANY);

    for (uint32_t i = MANY; i > 0; i--)
        rig_answer(rig, exchanges[i - 1], i - 1);
    for (uint32_t i = 0; i < MANY; i++)
        rig_expect_answer(rig, peers[i % MANY_PEERS], tickets[i], i);
    for (uint32_t i = 0; i < MANY_PEERS; i++)
        leave(rig, peers[i]);
}

static void request_beyond_the_limit_is_refused_and_pings_still_answered(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *peer = join(rig), *late = join(rig);
    uint64_t *exchanges = calloc(TRANSPORT_EXCHANGES_MAX, sizeof *exchanges);

    assert_non_null(exchanges);
    for (uint32_t i = 0; i < TRANSPORT_EXCHANGES_MAX; i++)
        rig_ask(rig, peer, i);
    take_questions(rig, exchanges, TRANSPORT_EXCHANGES_MAX);
    for (uint32_t i = 0; i < 100; i++)
        rig_expect_refusal(rig, late, rig_ask(rig, late, 1), "overloaded");
    rig_expect_pong(rig, late, rig_ping(rig, late));
    assert_null(rig_next(rig, 0));

    rig_answer(rig, exchanges[0], 1);
    uint64_t ticket = rig_ask(rig, late, 5);
    rig_answer(rig, rig_expect_question(rig, 5, NULL), 50);
    rig_expect_answer(rig, late, ticket, 50);
    free(exchanges);
    leave(rig, peer);
    leave(rig, late);
}

static void vanished_pipe_is_delivered_once(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *peer = join(rig);
    uint64_t pipe = 0;

    rig_ask(rig, peer, 1);
    rig_expect_question(rig, 1, NULL);
    rig_ask(rig, peer, 2);
    rig_expect_question(rig, 2, &pipe);
    leave(rig, peer);

    struct transport_delivery *delivery = rig_next(rig, RIG_PATIENCE_MS);
    assert_non_null(delivery);
    assert_int_equal(delivery->type, TRANSPORT_GONE);
    assert_int_equal(delivery->pipe, pipe);
    transport_delivery_free(delivery);
    assert_null(rig_next(rig, 50));
    assert_int_equal(transport_counters(rig->transport).pipes_open, 0);
}

static void pipe_that_never_asked_is_not_missed(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *peer = join(rig);

    rig_expect_pong(rig, peer, rig_ping(rig, peer));
    leave(rig, peer);
    assert_null(rig_next(rig, 50));
}

static void reply_to_a_gone_exchange_is_ignored(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *peer = join(rig);

    rig_ask(rig, peer, 1);
    uint64_t exchange = rig_expect_question(rig, 1, NULL);
    leave(rig, peer);
    struct transport_delivery *delivery = rig_next(rig, RIG_PATIENCE_MS);
    assert_non_null(delivery);
    assert_int_equal(delivery->type, TRANSPORT_GONE);
    transport_delivery_free(delivery);
    rig_answer(rig, exchange, 10);

    struct rig_peer *next = join(rig);
    uint64_t ticket = rig_ask(rig, next, 2);
    uint64_t second = rig_expect_question(rig, 2, NULL);
    assert_int_not_equal(second, exchange);
    rig_answer(rig, exchange, 10);
    rig_answer(rig, second, 20);
    rig_expect_answer(rig, next, ticket, 20);
    leave(rig, next);
}

static void second_reply_is_ignored(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *peer = join(rig);
    uint64_t ticket = rig_ask(rig, peer, 1);
    uint64_t exchange = rig_expect_question(rig, 1, NULL);

    rig_answer(rig, exchange, 10);
    rig_answer(rig, exchange, 11);
    rig_expect_answer(rig, peer, ticket, 10);
    rig_answer(rig, exchange, 12);
    for (uint32_t i = 2; i < 80; i++) {
        ticket = rig_ask(rig, peer, i);
        uint64_t next = rig_expect_question(rig, i, NULL);
        rig_answer(rig, exchange, 13);
        rig_answer(rig, next, i);
        rig_expect_answer(rig, peer, ticket, i);
    }
    leave(rig, peer);
}

static void reply_to_an_exchange_that_never_was_is_ignored(void **state)
{
    struct rig *rig = *state;

    rig_answer(rig, 1, 10);
    rig_answer(rig, UINT64_MAX, 10);
    assert_int_equal(transport_counters(rig->transport).replies, 0);
}

static void malformed_request_is_refused_and_counted(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *peer = join(rig);

    uint64_t ticket = rig->backend->peer_send(peer, bytes_of_text("\xff\xff\xff"));
    rig_expect_refusal(rig, peer, ticket, "malformed");
    ticket = rig->backend->peer_send(peer, bytes_of_text("hello, is anybody there?"));
    rig_expect_refusal(rig, peer, ticket, "malformed");
    assert_int_equal(transport_counters(rig->transport).malformed, 2);
    assert_int_equal(transport_counters(rig->transport).requests, 0);

    ticket = rig_ask(rig, peer, 3);
    rig_answer(rig, rig_expect_question(rig, 3, NULL), 30);
    rig_expect_answer(rig, peer, ticket, 30);
    leave(rig, peer);
}

static void empty_request_is_refused(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *peer = join(rig);

    rig_expect_refusal(rig, peer, rig->backend->peer_send(peer, bytes_of(NULL, 0)), "malformed");
    leave(rig, peer);
}

static void ping_is_answered_without_a_delivery(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *peer = join(rig);

    for (unsigned i = 0; i < 100; i++)
        rig_expect_pong(rig, peer, rig_ping(rig, peer));
    assert_null(rig_next(rig, 0));
    assert_int_equal(transport_counters(rig->transport).requests, 0);
    leave(rig, peer);
}

static void oversize_request_costs_its_pipe_and_not_the_service(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *large = join(rig), *small = join(rig);
    size_t size = WIRE_MESSAGE_MAX + 1;
    uint8_t *data = calloc(1, size);
    struct buffer body = {0};

    assert_non_null(data);
    uint64_t ticket = rig->backend->peer_send(large, bytes_of(data, size));
    assert_false(rig->backend->peer_receive(large, ticket, RIG_PATIENCE_MS, &body));
    uint64_t second = rig_ask(rig, small, 4);
    rig_answer(rig, rig_expect_question(rig, 4, NULL), 40);
    rig_expect_answer(rig, small, second, 40);
    buffer_fini(&body);
    free(data);
    leave(rig, large);
    leave(rig, small);
}

static void largest_request_is_read(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *peer = join(rig);
    uint8_t *data = calloc(1, WIRE_MESSAGE_MAX);

    assert_non_null(data);
    rig_expect_refusal(rig, peer,
                       rig->backend->peer_send(peer, bytes_of(data, WIRE_MESSAGE_MAX)),
                       "malformed");
    free(data);
    leave(rig, peer);
}

/* The rig's close asserts that nothing is delivered afterwards; the sanitizers see the rest. */
static void closing_with_parked_requests_is_clean(void **state)
{
    struct rig *rig = *state;
    struct rig_peer *peer = join(rig);

    for (uint32_t i = 0; i < 300; i++)
        rig_ask(rig, peer, i);
    for (uint32_t i = 0; i < 200; i++) {
        struct transport_delivery *delivery = rig_next(rig, RIG_PATIENCE_MS);
        assert_non_null(delivery);
        transport_delivery_free(delivery);
    }
    rig->transport = transport_close(rig->transport);
    assert_null(rig->transport);
    if (tested != &rig_local)
        leave(rig, peer);
    else
        free(peer);
}

static void closing_nothing_is_allowed(void **state)
{
    (void)state;
    assert_null(transport_close(NULL));
}

static void url_says_where_to_dial(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(strncmp(transport_url(rig->transport), rig->backend->name,
                             strlen(rig->backend->name)), 0);
    assert_null(strstr(transport_url(rig->transport), ":0"));
}

#define IN_A_RIG(test) cmocka_unit_test_setup_teardown(test, open_rig, close_rig)

int transport_suite_run(const struct rig_backend *backend)
{
    static const struct CMUnitTest tests[] = {
        IN_A_RIG(request_is_delivered_and_its_reply_comes_back),
        IN_A_RIG(requests_follow_each_other_on_one_pipe),
        IN_A_RIG(replies_out_of_order_reach_the_right_askers),
        IN_A_RIG(many_requests_are_parked_at_once),
        IN_A_RIG(request_beyond_the_limit_is_refused_and_pings_still_answered),
        IN_A_RIG(vanished_pipe_is_delivered_once),
        IN_A_RIG(pipe_that_never_asked_is_not_missed),
        IN_A_RIG(reply_to_a_gone_exchange_is_ignored),
        IN_A_RIG(second_reply_is_ignored),
        IN_A_RIG(reply_to_an_exchange_that_never_was_is_ignored),
        IN_A_RIG(malformed_request_is_refused_and_counted),
        IN_A_RIG(empty_request_is_refused),
        IN_A_RIG(ping_is_answered_without_a_delivery),
        IN_A_RIG(oversize_request_costs_its_pipe_and_not_the_service),
        IN_A_RIG(largest_request_is_read),
        IN_A_RIG(closing_with_parked_requests_is_clean),
        IN_A_RIG(url_says_where_to_dial),
        cmocka_unit_test(closing_nothing_is_allowed),
    };

    tested = backend;
    return cmocka_run_group_tests_name(backend->name, tests, NULL, NULL);
}
