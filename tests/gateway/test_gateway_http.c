/*
 * HTTP itself: limits, malformed and slow requests, many at once, opening and closing.
 */
#include "gateway/post.h"

#include "base/fault.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MANY 200u
#define TEN_MB 10485760u

/* ---- the address ---- */

static int try_address(struct world *world, const char *address, struct gateway **ret_gateway)
{
    struct gateway_options options = world->options;

    options.address = address;
    return gateway_open(&options, ret_gateway);
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const addresses[] = {
        "",
        "8080",
        ":8080",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:80 ",
        "example.org:80",
        "::1:80",
        "[::1:80",
        "[]:80",
        "[127.0.0.1]:80",
        "256.0.0.1:80",
        "192.0.2.1:8080", /* An address that is not this machine's. */
    };
    struct gateway *gateway;

    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
        assert_int_equal(try_address(*state, addresses[i], &gateway), fault(FAULT_INPUT));
}

static void a_taken_address_is_busy(void **state)
{
    struct world *world = *state;
    struct gateway *gateway;

    assert_int_equal(try_address(world, gateway_address(world->gateway), &gateway), GATEWAY_BUSY);
}

static void port_0_becomes_the_port_that_was_picked(void **state)
{
    struct world *world = *state;
    struct gateway *gateway;

    assert_true(strncmp(gateway_address(world->gateway), "127.0.0.1:", 10) == 0);
    assert_true(atoi(gateway_address(world->gateway) + 10) > 0);
    assert_int_equal(try_address(world, "localhost:0", &gateway), 0);
    assert_true(strncmp(gateway_address(gateway), "127.0.0.1:", 10) == 0);
    gateway = gateway_close(gateway);
    assert_null(gateway_close(gateway));
}

static void an_address_may_be_of_version_6(void **state)
{
    struct gateway *gateway;
    int r = try_address(*state, "[::1]:0", &gateway);

    if (r != 0) /* This machine has no such address. */
        skip();
    assert_true(strncmp(gateway_address(gateway), "[::1]:", 6) == 0);
    gateway_close(gateway);
}

/* ---- bodies ---- */

static void a_body_of_10_mb_is_refused_and_the_answer_arrives(void **state)
{
    struct world *world = *state;
    char *body = malloc(TEN_MB);

    assert_non_null(body);
    memset(body, 'a', TEN_MB);
    peer_print(&world->peer,
               "POST " CREATE " HTTP/1.1\r\nHost: x\r\n" AS_AC1 FORM "Content-Length: %u\r\n\r\n",
               TEN_MB);
    peer_send(&world->peer, body, TEN_MB);
    free(body);
    expect_code(world, 413, "20413");
    /* It was read to its end, so that the connection goes on. */
    struct request *request = posted(world, "", GOOD);
    fake_answer_snapshot(request, ANSWER_OK, false, queued(request));
    struct response response = peer_read(&world->peer);
    expect_text(&response, 201, "status", "queued");
}

static void a_client_that_waits_to_continue_sends_nothing(void **state)
{
    struct world *world = *state;

    peer_print(&world->peer,
               "POST /v1/sagas HTTP/1.1\r\nHost: x\r\n" AS_ADMIN JSON
               "Expect: 100-continue\r\nContent-Length: %u\r\n\r\n",
               TEN_MB);
    struct response response = peer_read(&world->peer);
    expect_text(&response, 413, "code", "too_large");
    peer_expect_end(&world->peer);
}

static void an_absurd_length_is_refused_at_once(void **state)
{
    struct world *world = *state;

    peer_print(&world->peer, "POST /v1/sagas HTTP/1.1\r\nHost: x\r\n" AS_ADMIN JSON
                             "Content-Length: 99999999999\r\n\r\n");
    struct response response = peer_read(&world->peer);
    expect_text(&response, 413, "code", "too_large");
}

static void a_chunked_body_is_bounded_too(void **state)
{
    struct world *world = *state;
    char chunk[65536];

    memset(chunk, 'a', sizeof(chunk));
    peer_print(&world->peer, "POST /v1/sagas HTTP/1.1\r\nHost: x\r\n" AS_ADMIN JSON
                             "Transfer-Encoding: chunked\r\n\r\n");
    for (unsigned i = 0; i < 5; i++) {
        peer_print(&world->peer, "10000\r\n");
        peer_send(&world->peer, chunk, sizeof(chunk));
        peer_print(&world->peer, "\r\n");
    }
    peer_print(&world->peer, "0\r\n\r\n");
    struct response response = peer_read(&world->peer);
    expect_text(&response, 413, "code", "too_large");
}

static void a_chunked_body_without_end_is_cut_off(void **state)
{
    struct world *world = *state;
    char chunk[65536];
    unsigned sent = 0;

    memset(chunk, 'a', sizeof(chunk));
    peer_print(&world->peer, "POST /v1/sagas HTTP/1.1\r\nHost: x\r\n" AS_ADMIN JSON
                             "Transfer-Encoding: chunked\r\n\r\n");
    while (sent < 2000 && peer_try_send(&world->peer, "10000\r\n", 7) &&
           peer_try_send(&world->peer, chunk, sizeof(chunk)) &&
           peer_try_send(&world->peer, "\r\n", 2))
        sent++;
    assert_true(sent < 2000);
}

/* Byte by byte: whoever is slow gets an answer too, and holds up nobody. */
static void a_slow_body_is_taken_and_holds_up_nobody(void **state)
{
    struct world *world = *state;
    struct peer slow = peer_connect(gateway_address(world->gateway));

    peer_print(&slow,
               "POST " CREATE " HTTP/1.1\r\nHost: x\r\n" AS_AC1 FORM "Content-Length: %zu\r\n\r\n",
               strlen(GOOD));
    for (size_t i = 0; i < strlen(GOOD); i++) {
        struct response response = world_call(world, "GET", "/version", "", NULL);
        expect_text(&response, 200, "name", "sagad");
        peer_send(&slow, &GOOD[i], 1);
    }
    struct request *request = fake_take(world->inbox, REQUEST_SUBMIT);
    fake_answer_snapshot(request, ANSWER_OK, false, queued(request));
    struct response response = peer_read(&slow);
    expect_text(&response, 201, "status", "queued");
    peer_close(&slow);
}

static void a_connection_that_says_nothing_is_closed(void **state)
{
    struct world *world = world_open(&(struct gateway_options){.idle_timeout_s = 1});

    (void)state;
    peer_print(&world->peer, "POST " CREATE " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
    peer_expect_end(&world->peer);
    world_close(world);
}

static void a_client_that_vanishes_while_it_waits_harms_nobody(void **state)
{
    struct world *world = *state;
    struct request *request = posted(world, "", GOOD);

    peer_close(&world->peer);
    fake_answer_snapshot(request, ANSWER_OK, false, queued(request));
    world->peer = peer_connect(gateway_address(world->gateway));
    struct response response = world_call(world, "GET", "/version", "", NULL);
    expect_text(&response, 200, "version", "1.2.3");
}

static void a_client_that_vanishes_in_its_body_harms_nobody(void **state)
{
    struct world *world = *state;

    peer_print(&world->peer, "POST " CREATE " HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nab");
    peer_close(&world->peer);
    world->peer = peer_connect(gateway_address(world->gateway));
    struct response response = world_call(world, "GET", "/version", "", NULL);
    expect_text(&response, 200, "version", "1.2.3");
    assert_true(fake_is_idle(world->inbox));
}

/* ---- malformed ---- */

static void malformed_requests_are_refused(void **state)
{
    static const char *const requests[] = {
        "\x16\x03\x01\x02\r\n\r\n",
        "GET\r\n\r\n",
        "GET /version HTTP/1.1\r\n\r\n", /* No Host. */
        "GET /version HTTP/9.9\r\nHost: x\r\n\r\n",
        "GET /version HTTP/1.1\r\nHost x\r\n\r\n",
        "POST /v1/sagas HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        "POST /v1/sagas HTTP/1.1\r\nHost: x\r\nContent-Length: 5x\r\n\r\n",
        "POST /v1/sagas HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct peer peer = peer_connect(gateway_address(world->gateway));
        peer_send(&peer, requests[i], strlen(requests[i]));
        peer_send(&peer, "\r\n\r\n", 4);
        unsigned status = peer_read_status(&peer);
        if (status != 0 && (status < 400 || status > 505))
            fail_msg("request %zu gives %u", i, status);
        peer_close(&peer);
        struct response response = world_call(world, "GET", "/version", "", NULL);
        expect_text(&response, 200, "name", "sagad");
    }
    assert_true(fake_is_idle(world->inbox));
}

static void headers_that_are_too_large_are_refused(void **state)
{
    struct world *world = *state;
    char filler[1024];

    memset(filler, 'a', sizeof(filler));
    filler[sizeof(filler) - 1] = '\0';
    peer_print(&world->peer, "GET /version HTTP/1.1\r\nHost: x\r\n");
    for (unsigned i = 0; i < 64; i++) {
        char line[1100];
        int length = snprintf(line, sizeof(line), "X-%u: %s\r\n", i, filler);
        if (!peer_try_send(&world->peer, line, (size_t)length))
            break;
    }
    peer_try_send(&world->peer, "\r\n", 2);
    struct response response = peer_read(&world->peer);
    assert_in_range(response.status, 400, 499);
    response_fini(&response);
}

static void unknown_paths_and_methods_say_so(void **state)
{
    struct world *world = *state;
    struct response response = world_call(world, "GET", "/nowhere", "", NULL);

    assert_string_equal(response_header(&response, "Content-Type"), "application/problem+json");
    assert_string_equal(response_text(&response, "type"), "/docs/errors/not_found");
    assert_string_equal(response_text(&response, "status"), "404");
    assert_string_equal(response_text(&response, "retryable"), "false");
    expect_text(&response, 404, "code", "not_found");
    response = world_call(world, "PUT", "/v1/sagas", AS_ADMIN, "{}");
    assert_string_equal(response_header(&response, "Allow"), "GET, HEAD, POST");
    expect_text(&response, 405, "code", "method_not_allowed");
    world->peer = (peer_close(&world->peer), peer_connect(gateway_address(world->gateway)));
    response = world_call(world, "GET", "/v1/sagas/a/actions", AS_ADMIN, NULL);
    assert_string_equal(response_header(&response, "Allow"), "POST");
    response_fini(&response);
}

static void head_is_get_without_the_body(void **state)
{
    struct world *world = *state;

    peer_print(&world->peer, "HEAD /version HTTP/1.1\r\nHost: x\r\n\r\n");
    struct response response = peer_read_head(&world->peer);
    assert_int_equal(response.status, 200);
    assert_true(atoi(response_header(&response, "Content-Length")) > 0);
    response_fini(&response);
    response = world_call(world, "GET", "/version", "", NULL);
    expect_text(&response, 200, "name", "sagad");
}

/* ---- many ---- */

static void a_connection_is_kept_alive(void **state)
{
    struct world *world = *state;

    fake_serve(world->inbox);
    for (unsigned i = 0; i < 100; i++) {
        struct response response = world_call(world, "GET", "/livez", "", NULL);
        expect_text(&response, 200, "status", "live");
    }
}

static void requests_may_be_sent_before_the_answer_to_the_last(void **state)
{
    struct world *world = *state;

    fake_serve(world->inbox);
    for (unsigned i = 0; i < 10; i++)
        world_ask(world, "GET", i % 2 ? "/livez" : "/version", "", NULL);
    for (unsigned i = 0; i < 10; i++) {
        struct response response = peer_read(&world->peer);
        expect_text(&response, 200, i % 2 ? "status" : "name", i % 2 ? "live" : "sagad");
    }
}

static void many_requests_wait_at_once_without_a_thread_each(void **state)
{
    struct world *world = *state;
    static struct peer peers[MANY];
    static struct request *requests[MANY];

    for (unsigned i = 0; i < MANY; i++) {
        peers[i] = peer_connect(gateway_address(world->gateway));
        peer_ask(&peers[i], "POST", CREATE, AS_AC1 FORM, GOOD);
        requests[i] = fake_take(world->inbox, REQUEST_SUBMIT);
    }
    struct response response = world_call(world, "GET", "/version", "", NULL);
    expect_text(&response, 200, "name", "sagad");
    for (unsigned i = MANY; i > 0; i--)
        fake_answer_snapshot(requests[i - 1], ANSWER_OK, false, queued(requests[i - 1]));
    for (unsigned i = 0; i < MANY; i++) {
        response = peer_read(&peers[i]);
        expect_text(&response, 201, "status", "queued");
        peer_close(&peers[i]);
    }
}

static void one_connection_too_many_is_closed_and_the_others_go_on(void **state)
{
    struct world *world = world_open(&(struct gateway_options){.connections_per_address = 2});
    struct peer second = peer_connect(gateway_address(world->gateway));
    struct response response = world_call(world, "GET", "/version", "", NULL);

    (void)state;
    response_fini(&response);
    peer_ask(&second, "GET", "/version", "", NULL);
    response = peer_read(&second);
    expect_text(&response, 200, "name", "sagad");
    struct peer third = peer_connect(gateway_address(world->gateway));
    peer_expect_end(&third);
    peer_close(&third);
    response = world_call(world, "GET", "/version", "", NULL);
    expect_text(&response, 200, "name", "sagad");
    peer_close(&second);
    world_close(world);
}

/* ---- closing ---- */

static void *close_gateway(void *context)
{
    return gateway_close(context);
}

static void closing_waits_for_what_was_asked(void **state)
{
    struct world *world = *state;
    struct request *request = posted(world, "", GOOD);
    pthread_t closer;

    assert_int_equal(pthread_create(&closer, NULL, close_gateway, world->gateway), 0);
    fake_answer_snapshot(request, ANSWER_OK, false, queued(request));
    pthread_join(closer, NULL);
    world->gateway = NULL;
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(what_is_no_address_is_refused),
        CASE(a_taken_address_is_busy),
        CASE(port_0_becomes_the_port_that_was_picked),
        CASE(an_address_may_be_of_version_6),
        CASE(a_body_of_10_mb_is_refused_and_the_answer_arrives),
        CASE(a_client_that_waits_to_continue_sends_nothing),
        CASE(an_absurd_length_is_refused_at_once),
        CASE(a_chunked_body_is_bounded_too),
        CASE(a_chunked_body_without_end_is_cut_off),
        CASE(a_slow_body_is_taken_and_holds_up_nobody),
        cmocka_unit_test(a_connection_that_says_nothing_is_closed),
        CASE(a_client_that_vanishes_while_it_waits_harms_nobody),
        CASE(a_client_that_vanishes_in_its_body_harms_nobody),
        CASE(malformed_requests_are_refused),
        CASE(headers_that_are_too_large_are_refused),
        CASE(unknown_paths_and_methods_say_so),
        CASE(head_is_get_without_the_body),
        CASE(a_connection_is_kept_alive),
        CASE(requests_may_be_sent_before_the_answer_to_the_last),
        CASE(many_requests_wait_at_once_without_a_thread_each),
        cmocka_unit_test(one_connection_too_many_is_closed_and_the_others_go_on),
        CASE(closing_waits_for_what_was_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
