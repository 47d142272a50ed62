/* A listener that nobody can reach any more is opened again, and no connection pays for it. */
#include "base/clock.h"
#include "contract/transport/peer.h"
#include "transport/transport_sp.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACK_WITHIN_MS 5000u
#define PATIENCE_MS 10000u

struct world {
    char folder[64];
    char url[128];
    const char *path;
    struct transport *transport;
    struct peer peer; /* It was there before. */
};

static void drop(void *context, struct transport_delivery *delivery)
{
    (void)context;
    transport_delivery_free(delivery);
}

static bool is_ponged(struct peer *peer)
{
    struct buffer body = {0};
    uint32_t id = 0;

    bool pong = peer_send(peer, 9, bytes_of("\x0a\x00", 2)) &&
                peer_receive(peer, 1000, &id, &body) && id == 9;
    buffer_fini(&body);
    return pong;
}

static bool answers(const char *url)
{
    struct peer peer;

    if (!peer_open(url, 1000, &peer))
        return false;
    bool pong = is_ponged(&peer);
    peer_close(&peer);
    return pong;
}

static int enter(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    snprintf(world->folder, sizeof world->folder, "/tmp/watchdog.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(world->url, sizeof world->url, "ipc://%s/s", world->folder);
    world->path = world->url + 6;
    struct transport_sink sink = {.deliver = drop};
    assert_int_equal(transport_sp_open(world->url, sink, &world->transport), 0);
    assert_true(peer_open(world->url, PATIENCE_MS, &world->peer));
    assert_true(is_ponged(&world->peer));
    *state = world;
    return 0;
}

static int leave(void **state)
{
    struct world *world = *state;

    peer_close(&world->peer);
    transport_close(world->transport);
    assert_int_equal(rmdir(world->folder), 0);
    free(world);
    return 0;
}

static uint64_t relistens(const struct world *world)
{
    return transport_counters(world->transport).relistens;
}

/* Served again in time, counted once, and the peer that was there before noticed nothing. */
static void expect_back(struct world *world)
{
    uint64_t until_ms = instant_now().monotonic_ms + BACK_WITHIN_MS;

    while (!answers(world->url) && instant_now().monotonic_ms < until_ms)
        poll(NULL, 0, 10);
    assert_true(instant_now().monotonic_ms < until_ms);
    assert_true(answers(world->url));
    assert_int_equal(relistens(world), 1);
    assert_true(is_ponged(&world->peer));
}

static void socket_file_that_was_removed_is_served_again(void **state)
{
    struct world *world = *state;
    struct stat status;

    assert_int_equal(unlink(world->path), 0);
    assert_false(answers(world->url));
    expect_back(world);
    assert_int_equal(stat(world->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

/* Bound there and closed: a socket file that nobody serves. */
static int bind_another(const struct world *world)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", world->path);
    assert_int_equal(unlink(world->path), 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 8), 0);
    return fd;
}

static void dead_socket_in_its_place_is_replaced(void **state)
{
    struct world *world = *state;

    close(bind_another(world));
    assert_false(answers(world->url));
    expect_back(world);
}

/* As long as somebody else serves the address it is his; when he is gone it is taken back. */
static void address_that_another_took_is_left_to_him_while_he_is_there(void **state)
{
    struct world *world = *state;
    struct stat before, after;
    int fd = bind_another(world);
    uint64_t until_ms = instant_now().monotonic_ms + BACK_WITHIN_MS;

    assert_int_equal(stat(world->path, &before), 0);
    while (instant_now().monotonic_ms < until_ms)
        assert_true(is_ponged(&world->peer));
    assert_int_equal(stat(world->path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(relistens(world), 0);
    close(fd);
    expect_back(world);
}

static void file_of_another_is_not_removed_by_closing(void **state)
{
    struct world *world = *state;
    struct stat status;
    int fd = bind_another(world);

    world->transport = transport_close(world->transport);
    assert_int_equal(stat(world->path, &status), 0);
    close(fd);
    assert_int_equal(unlink(world->path), 0);
}

/* Nothing outside can make a tcp listener deaf, so the watchdog's word is given here. */
static void tcp_is_listened_on_again_at_the_same_port(void **state)
{
    struct transport *transport = NULL;
    struct peer peer;
    (void)state;

    struct transport_sink sink = {.deliver = drop};
    assert_int_equal(transport_sp_open("tcp://127.0.0.1:0", sink, &transport), 0);
    struct transport_sp *sp = (struct transport_sp *)transport;
    assert_true(peer_open(transport_url(transport), PATIENCE_MS, &peer));
    uint64_t until_ms = instant_now().monotonic_ms + PATIENCE_MS;
    sp->deaf = true;
    sp_wake(sp);
    while (transport_counters(transport).relistens == 0 &&
           instant_now().monotonic_ms < until_ms)
        poll(NULL, 0, 5);
    assert_true(answers(transport_url(transport)));
    assert_true(is_ponged(&peer));
    peer_close(&peer);
    transport_close(transport);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(socket_file_that_was_removed_is_served_again),
        IN_A_WORLD(dead_socket_in_its_place_is_replaced),
        IN_A_WORLD(address_that_another_took_is_left_to_him_while_he_is_there),
        IN_A_WORLD(file_of_another_is_not_removed_by_closing),
        cmocka_unit_test(tcp_is_listened_on_again_at_the_same_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
