/* The listener against bad addresses, leftovers, floods and peers that close too soon. */
#include "base/clock.h"
#include "base/fault.h"
#include "contract/transport/peer.h"
#include "transport/transport.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACK_WITHIN_MS 5000u
#define PATIENCE_MS 10000u
#define BURSTS 100u

struct world {
    char folder[64];
    char url[128];
    struct transport *transport;
};

/* Nobody answers here; what is delivered is dropped. */
static void drop(void *context, struct transport_delivery *delivery)
{
    (void)context;
    transport_delivery_free(delivery);
}

static const struct transport_sink dropping = {.deliver = drop};

static int enter(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    snprintf(world->folder, sizeof world->folder, "/tmp/listener.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(world->url, sizeof world->url, "ipc://%s/s", world->folder);
    *state = world;
    return 0;
}

static int leave(void **state)
{
    struct world *world = *state;

    transport_close(world->transport);
    assert_int_equal(rmdir(world->folder), 0);
    free(world);
    return 0;
}

static void open_on(struct world *world, const char *url)
{
    assert_int_equal(transport_sp_open(url, dropping, &world->transport), 0);
}

/* A connection of its own, a ping and its pong. */
static bool answers(const char *url, uint32_t patience_ms)
{
    static const uint8_t ping[] = {0x0a, 0x00};
    struct peer peer;
    struct buffer body = {0};
    uint32_t id = 0;

    if (!peer_open(url, patience_ms, &peer))
        return false;
    bool pong = peer_send(&peer, 9, bytes_of(ping, sizeof ping)) &&
                peer_receive(&peer, patience_ms, &id, &body) && id == 9 &&
                bytes_equal(bytes_of(body.data, body.size), bytes_of(ping, sizeof ping));
    peer_close(&peer);
    buffer_fini(&body);
    return pong;
}

static bool answers_within(const char *url, uint32_t patience_ms)
{
    uint64_t until_ms = instant_now().monotonic_ms + patience_ms;

    while (instant_now().monotonic_ms < until_ms)
        if (answers(url, 200))
            return true;
    return false;
}

static void connect_and_close(const char *url, unsigned count, void (*end)(struct peer *peer))
{
    for (unsigned i = 0; i < count; i++) {
        struct peer peer;
        if (peer_connect(url, &peer))
            end(&peer);
    }
}

static void stays_in_service(struct world *world, unsigned count, void (*end)(struct peer *peer))
{
    const char *url = transport_url(world->transport);

    assert_true(answers(url, PATIENCE_MS));
    for (unsigned i = 0; i < BURSTS; i++) {
        connect_and_close(url, count, end);
        assert_true(answers_within(url, BACK_WITHIN_MS));
    }
    assert_int_equal(transport_counters(world->transport).relistens, 0);
}

static void ipc_serves_through_forty_connections_that_close_at_once(void **state)
{
    struct world *world = *state;

    open_on(world, world->url);
    stays_in_service(world, 40, peer_close);
}

static void tcp_serves_through_connections_that_reset_at_once(void **state)
{
    struct world *world = *state;

    open_on(world, "tcp://127.0.0.1:0");
    stays_in_service(world, 100, peer_reset);
}

static void listener_that_is_heard_is_left_alone(void **state)
{
    struct world *world = *state;
    struct peer peer;
    struct buffer body = {0};
    uint32_t id = 0;

    open_on(world, world->url);
    assert_true(peer_open(world->url, PATIENCE_MS, &peer));
    /* Silence on the connection, through two rounds of the watchdog, means that it was kept. */
    assert_false(peer_receive(&peer, 4500, &id, &body));
    assert_int_equal(transport_counters(world->transport).relistens, 0);
    assert_true(peer_send(&peer, 1, bytes_of("\x0a\x00", 2)));
    assert_true(peer_receive(&peer, PATIENCE_MS, &id, &body));
    buffer_fini(&body);
    peer_close(&peer);
}

static void socket_is_its_owners_alone(void **state)
{
    struct world *world = *state;
    struct stat status;

    open_on(world, world->url);
    assert_int_equal(stat(world->url + 6, &status), 0);
    assert_true(S_ISSOCK(status.st_mode));
    assert_int_equal(status.st_mode & 0777, 0600);
    world->transport = transport_close(world->transport);
    assert_int_equal(stat(world->url + 6, &status), -1);
}

static void socket_of_a_killed_server_is_replaced(void **state)
{
    struct world *world = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s/s", world->folder);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    open_on(world, world->url);
    assert_true(answers(world->url, PATIENCE_MS));
}

static void address_of_another_server_is_refused_and_left_to_it(void **state)
{
    struct world *world = *state;
    struct transport *second = NULL;
    char copy[TRANSPORT_URL_SIZE];

    open_on(world, world->url);
    assert_int_equal(transport_sp_open(world->url, dropping, &second), fault(FAULT_INPUT));
    assert_true(answers(world->url, PATIENCE_MS));

    world->transport = transport_close(world->transport);
    open_on(world, "tcp://127.0.0.1:0");
    snprintf(copy, sizeof copy, "%s", transport_url(world->transport));
    assert_int_equal(transport_sp_open(copy, dropping, &second), fault(FAULT_INPUT));
    assert_true(answers(copy, PATIENCE_MS));
}

static void file_that_is_no_socket_is_not_removed(void **state)
{
    struct world *world = *state;
    FILE *file = fopen(world->url + 6, "w");

    assert_non_null(file);
    fclose(file);
    assert_int_not_equal(transport_sp_open(world->url, dropping, &world->transport), 0);
    assert_int_equal(unlink(world->url + 6), 0);
}

static void bad_addresses_are_refused(void **state)
{
    static const char *const urls[] = {
        "", "ipc://", "tcp://", "tcp://127.0.0.1", "tcp://127.0.0.1:", "tcp://127.0.0.1:99999999",
        "http://127.0.0.1:80", "ipc:///does/not/exist/socket", "tcp://256.1.1.1:0", "nonsense",
    };
    struct world *world = *state;
    char longer[200];

    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        assert_int_equal(transport_sp_open(urls[i], dropping, &world->transport),
                         fault(FAULT_INPUT));
    memset(longer, 'x', sizeof longer);
    memcpy(longer, "ipc:///tmp/", 11);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(transport_sp_open(longer, dropping, &world->transport),
                     fault(FAULT_INPUT));
    longer[130] = '\0';
    assert_int_equal(transport_sp_open(longer, dropping, &world->transport),
                     fault(FAULT_INPUT));
}

/* Whoever writes @size bytes of nonsense after the greeting is cut off, and nobody else is. */
static void expect_cut_off(const char *url, const void *nonsense, size_t size)
{
    struct peer peer;
    uint8_t byte;

    assert_true(peer_open(url, PATIENCE_MS, &peer));
    assert_int_equal(send(peer.fd, nonsense, size, MSG_NOSIGNAL), size);
    struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    setsockopt(peer.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ssize_t r = recv(peer.fd, &byte, 1, 0);
    assert_true(r == 0 || (r < 0 && errno == ECONNRESET));
    peer_close(&peer);
    assert_true(answers(url, PATIENCE_MS));
}

static void nonsense_costs_its_own_connection(void **state)
{
    static const uint8_t endless[] = {1, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 1};
    static const uint8_t too_long[] = {1, 0, 0, 0, 0, 0, 0x40, 0, 5, 0x80, 0, 0, 1};
    static const uint8_t too_short[] = {1, 0, 0, 0, 0, 0, 0, 0, 3, 0x80, 0, 0};
    struct world *world = *state;

    open_on(world, world->url);
    expect_cut_off(world->url, endless, sizeof endless);
    expect_cut_off(world->url, too_long, sizeof too_long);
    expect_cut_off(world->url, too_short, sizeof too_short);
}

static void allow_files(rlim_t count)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur >= count)
        return;
    limit.rlim_cur = count < limit.rlim_max ? count : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* One more than is allowed gets its greeting, perhaps, and then the end of the connection. */
static void connection_beyond_the_limit_is_closed(void **state)
{
    struct world *world = *state;
    struct peer *peers = calloc(TRANSPORT_PIPES_MAX, sizeof *peers), extra = {.fd = -1};
    struct buffer body = {0};
    unsigned opened = 0;
    uint32_t id = 0;

    allow_files(3 * TRANSPORT_PIPES_MAX);
    open_on(world, world->url);
    assert_non_null(peers);
    while (opened < TRANSPORT_PIPES_MAX &&
           peer_open(world->url, PATIENCE_MS, &peers[opened]) &&
           peer_send(&peers[opened], 1, bytes_of("\x0a\x00", 2)) &&
           peer_receive(&peers[opened], PATIENCE_MS, &id, &body))
        opened++;
    assert_in_range(opened, TRANSPORT_PIPES_MAX - 1, TRANSPORT_PIPES_MAX);
    if (peer_open(world->url, PATIENCE_MS, &extra)) {
        peer_send(&extra, 1, bytes_of("\x0a\x00", 2));
        assert_false(peer_receive(&extra, PATIENCE_MS, &id, &body));
        peer_close(&extra);
    }
    assert_true(transport_counters(world->transport).too_many_pipes > 0);
    while (opened > 0)
        peer_close(&peers[--opened]);
    assert_true(answers_within(world->url, BACK_WITHIN_MS));
    buffer_fini(&body);
    free(peers);
}

/* It asks and never reads: in the end its connection is closed, and all others are served. */
static void peer_that_takes_no_reply_does_not_stop_the_service(void **state)
{
    struct world *world = *state;
    struct peer deaf;
    struct timeval no_longer = {.tv_usec = 300000};
    uint32_t id = 0;

    open_on(world, world->url);
    assert_true(peer_open(world->url, PATIENCE_MS, &deaf));
    setsockopt(deaf.fd, SOL_SOCKET, SO_SNDTIMEO, &no_longer, sizeof no_longer);
    while (peer_send(&deaf, ++id, bytes_of("\x0a\x00", 2)))
        ;
    uint64_t until_ms = instant_now().monotonic_ms + 4 * BACK_WITHIN_MS;
    while (!answers(world->url, 500))
        assert_true(instant_now().monotonic_ms < until_ms);
    peer_close(&deaf);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(ipc_serves_through_forty_connections_that_close_at_once),
        IN_A_WORLD(tcp_serves_through_connections_that_reset_at_once),
        IN_A_WORLD(listener_that_is_heard_is_left_alone),
        IN_A_WORLD(socket_is_its_owners_alone),
        IN_A_WORLD(socket_of_a_killed_server_is_replaced),
        IN_A_WORLD(address_of_another_server_is_refused_and_left_to_it),
        IN_A_WORLD(file_that_is_no_socket_is_not_removed),
        IN_A_WORLD(bad_addresses_are_refused),
        IN_A_WORLD(nonsense_costs_its_own_connection),
        IN_A_WORLD(connection_beyond_the_limit_is_closed),
        IN_A_WORLD(peer_that_takes_no_reply_does_not_stop_the_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
