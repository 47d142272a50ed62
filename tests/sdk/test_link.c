/*
 * The link by itself: polls go out, come back with an answer or as lost, and can go out again.
 */
#include "link.h"
#include "sdk/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ANSWER_MS 100

struct rope {
    struct server server;
    struct link *link;
    int wake;
    struct buffer ask;
};

static int open_rope(void **state)
{
    struct rope *rope = calloc(1, sizeof *rope);
    struct wire_request request = {.type = WIRE_POLL};

    assert_non_null(rope);
    server_init(&rope->server);
    request.poll.participant = "a";
    request.poll.slots = 1;
    assert_int_equal(wire_encode_request(&request, &rope->ask), 0);
    rope->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert_int_equal(link_open(rope->server.url, 2, ANSWER_MS, rope->wake, &rope->link), 0);
    *state = rope;
    return 0;
}

static int close_rope(void **state)
{
    struct rope *rope = *state;

    assert_null(link_close(rope->link));
    server_fini(&rope->server);
    buffer_fini(&rope->ask);
    close(rope->wake);
    free(rope);
    return 0;
}

static void send_ask(struct rope *rope, unsigned poll)
{
    assert_int_equal(link_send(rope->link, poll, bytes_of(rope->ask.data, rope->ask.size)), 0);
}

/* The next that comes back; the eventfd says when. */
static struct link_event next_event(struct rope *rope)
{
    struct pollfd wake = {.fd = rope->wake, .events = POLLIN};
    struct link_event event;
    uint64_t count;

    while (!link_take(rope->link, &event)) {
        assert_int_equal(poll(&wake, 1, SERVER_WAIT_MS), 1);
        assert_int_equal(read(rope->wake, &count, sizeof count), sizeof count);
    }
    return event;
}

static void expect_lost(struct rope *rope)
{
    struct link_event event = next_event(rope);

    assert_true(event.lost);
}

static void an_answer_comes_back_on_its_poll(void **state)
{
    struct rope *rope = *state;
    struct wire_reply nothing = {.type = WIRE_WORK};

    server_listen(&rope->server);
    send_ask(rope, 1);
    server_answer(&rope->server, server_next(&rope->server, WIRE_POLL), &nothing);
    struct link_event event = next_event(rope);
    assert_false(event.lost);
    assert_int_equal(event.poll, 1);
    assert_true(event.body.size > 0);
    assert_true(link_is_connected(rope->link));
}

static void a_poll_without_an_answer_is_lost_and_can_be_sent_again(void **state)
{
    struct rope *rope = *state;
    struct wire_reply nothing = {.type = WIRE_WORK};

    server_listen(&rope->server);
    for (int i = 0; i < 3; i++) {
        send_ask(rope, 0);
        struct transport_delivery *delivery = server_next(&rope->server, WIRE_POLL);
        expect_lost(rope);
        server_answer(&rope->server, delivery, &nothing); /* Too late: nobody hears it. */
    }
    assert_int_equal(link_losses(rope->link), 0);
    send_ask(rope, 0);
    server_answer(&rope->server, server_next(&rope->server, WIRE_POLL), &nothing);
    struct link_event event = next_event(rope);
    assert_false(event.lost);
}

static void polls_out_are_lost_with_their_connection(void **state)
{
    struct rope *rope = *state;

    server_listen(&rope->server);
    send_ask(rope, 0);
    send_ask(rope, 1);
    transport_delivery_free(server_next(&rope->server, WIRE_POLL));
    transport_delivery_free(server_next(&rope->server, WIRE_POLL));
    server_vanish(&rope->server);
    expect_lost(rope);
    expect_lost(rope);
    /*
     * A poll that was lost to its own time-out does not count; the connection does. Its end can be
     * told after theirs, since the library tells of a connection once it has carried messages.
     */
    while (link_losses(rope->link) == 0 || link_is_connected(rope->link))
        sched_yield();
    assert_int_equal(link_losses(rope->link), 1);
}

static void a_poll_waits_for_a_server_that_comes_late(void **state)
{
    struct rope *rope = *state;

    send_ask(rope, 0);
    assert_true(link_is_sending(rope->link));
    server_listen(&rope->server);
    transport_delivery_free(server_next(&rope->server, WIRE_POLL));
    expect_lost(rope);
    assert_false(link_is_sending(rope->link));
}

static void closing_while_polls_are_out_leaves_nothing(void **state)
{
    struct rope *rope = *state;

    server_listen(&rope->server);
    send_ask(rope, 0);
    transport_delivery_free(server_next(&rope->server, WIRE_POLL));
    send_ask(rope, 1);
    assert_null(link_close(rope->link));
    rope->link = NULL;
}

#define link_test(name) cmocka_unit_test_setup_teardown(name, open_rope, close_rope)

int main(void)
{
    const struct CMUnitTest tests[] = {
        link_test(an_answer_comes_back_on_its_poll),
        link_test(a_poll_without_an_answer_is_lost_and_can_be_sent_again),
        link_test(polls_out_are_lost_with_their_connection),
        link_test(a_poll_waits_for_a_server_that_comes_late),
        link_test(closing_while_polls_are_out_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
