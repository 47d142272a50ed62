/*
 * The egress thread between a service and an engine of the test's own: every call that is handed
 * out comes back as a result, whatever the service does meanwhile.
 */
#include "egress/egress.h"

#include "egress/service.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define LIMIT 8u
#define CALLS 200u
#define PATIENCE_S 60

/* An engine that hands out calls to every poll that has slots, and counts what comes back. */
struct engine {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct egress_endpoint endpoint;
    struct transport *network;
    struct egress *egress;
    struct transport *transport; /* NULL until egress is open. */
    struct transport_delivery *deliveries;
    pthread_t thread;
    bool stopping;
    bool repeats_unknown; /* What has failed is handed out anew, too. */
    uint32_t to_hand, handed, results, out, out_most, gone;
    uint32_t verdicts[SAGA_VERDICT_COUNT];
    uint64_t parked; /* A poll that is answered when there is work again; 0: none. */
    uint32_t parked_slots;
};

static void reply(struct engine *engine, uint64_t exchange, uint32_t slots)
{
    static const uint8_t token[WIRE_TOKEN_SIZE] = {7};
    struct wire_call calls[LIMIT];
    char ids[LIMIT][WIRE_OPERATION_ID_SIZE];
    struct wire_reply work = {.type = WIRE_WORK};
    struct buffer body = {0};

    work.work.calls = calls;
    while (work.work.call_count < slots && engine->to_hand > 0) {
        size_t i = work.work.call_count++;
        snprintf(ids[i], sizeof ids[i], "saga_1/book_%u/do.0", engine->handed++);
        engine->to_hand--;
        engine->out++;
        calls[i] = (struct wire_call){
            .operation_id = ids[i], .saga = "saga_1", .sid = "SM1", .definition = "ship",
            .step = "book", .operation = "book", .attempt = 1, .ms_left = 30000, .tenant = "AC1",
        };
        memcpy(calls[i].token, token, sizeof token);
    }
    engine->out_most = engine->out > engine->out_most ? engine->out : engine->out_most;
    assert_int_equal(wire_encode_reply(&work, &body), 0);
    transport_reply(engine->transport, exchange, bytes_of(body.data, body.size));
    buffer_fini(&body);
}

static void take_poll(struct engine *engine, const struct transport_delivery *delivery)
{
    const struct wire_poll *poll = &delivery->request.poll;

    for (size_t i = 0; i < poll->result_count; i++) {
        enum saga_verdict verdict = poll->results[i].verdict;
        engine->verdicts[verdict]++;
        engine->results++;
        engine->out--;
        if (verdict == SAGA_VERDICT_BUSY ||
            (verdict == SAGA_VERDICT_RETRY && engine->repeats_unknown))
            engine->to_hand++;
    }
    if (engine->to_hand > 0 || engine->parked != 0) {
        reply(engine, delivery->exchange, poll->slots);
    } else {
        engine->parked = delivery->exchange;
        engine->parked_slots = poll->slots;
    }
}

static void take(struct engine *engine, struct transport_delivery *delivery)
{
    if (delivery->type == TRANSPORT_GONE) {
        engine->gone++;
        engine->parked = 0;
    } else {
        take_poll(engine, delivery);
    }
    transport_delivery_free(delivery);
}

static void *run(void *context)
{
    struct engine *engine = context;

    pthread_mutex_lock(&engine->lock);
    while (!engine->stopping) {
        if (engine->transport == NULL || engine->deliveries == NULL) {
            pthread_cond_wait(&engine->changed, &engine->lock);
            continue;
        }
        struct transport_delivery *delivery = engine->deliveries;
        engine->deliveries = delivery->next;
        take(engine, delivery);
        pthread_cond_broadcast(&engine->changed);
    }
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

static void deliver(void *context, struct transport_delivery *delivery)
{
    struct engine *engine = context;

    pthread_mutex_lock(&engine->lock);
    struct transport_delivery **end = &engine->deliveries;
    while (*end != NULL)
        end = &(*end)->next;
    delivery->next = NULL;
    *end = delivery;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
}

static void ignore(void *context, uint64_t exchange, struct bytes body)
{
    (void)context;
    (void)exchange;
    (void)body;
}

static struct engine *open_engine(uint16_t port)
{
    struct engine *engine = calloc(1, sizeof *engine);
    struct transport_sink sink = {.deliver = deliver, .context = engine};

    assert_non_null(engine);
    pthread_mutex_init(&engine->lock, NULL);
    pthread_cond_init(&engine->changed, NULL);
    engine->endpoint = (struct egress_endpoint){.name = "parcel", .secret = "s", .limit = LIMIT};
    snprintf(engine->endpoint.url, sizeof engine->endpoint.url, "http://127.0.0.1:%u", port);
    assert_int_equal(transport_local_open(sink, ignore, NULL, &engine->network), 0);
    assert_int_equal(pthread_create(&engine->thread, NULL, run, engine), 0);
    assert_int_equal(egress_open(&engine->endpoint, 1, engine->network, sink, &engine->egress), 0);
    pthread_mutex_lock(&engine->lock);
    engine->transport = egress_transport(engine->egress);
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
    return engine;
}

static void close_engine(struct engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    engine->stopping = true;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
    pthread_join(engine->thread, NULL);
    engine->egress = egress_close(engine->egress);
    while (engine->deliveries != NULL) {
        struct transport_delivery *delivery = engine->deliveries;
        engine->deliveries = delivery->next;
        transport_delivery_free(delivery);
    }
    transport_close(engine->network);
    pthread_cond_destroy(&engine->changed);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

/* More work; a parked poll has it at once. */
static void hand_out(struct engine *engine, uint32_t count)
{
    pthread_mutex_lock(&engine->lock);
    engine->to_hand += count;
    if (engine->parked != 0) {
        reply(engine, engine->parked, engine->parked_slots);
        engine->parked = 0;
    }
    pthread_mutex_unlock(&engine->lock);
}

/* Until one of the engine's numbers is at least so large; each changes under its lock. */
static void await(struct engine *engine, const uint32_t *number, uint32_t least)
{
    struct timespec until;
    int r = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&engine->lock);
    while (*number < least && r == 0)
        r = pthread_cond_timedwait(&engine->changed, &engine->lock, &until);
    uint32_t reached = *number;
    pthread_mutex_unlock(&engine->lock);
    if (reached < least)
        fail_msg("only %u of %u after %d s", reached, least, PATIENCE_S);
}

static uint32_t look(struct engine *engine, const uint32_t *number)
{
    pthread_mutex_lock(&engine->lock);
    uint32_t value = *number;
    pthread_mutex_unlock(&engine->lock);
    return value;
}

/* Bound, not listening: nobody is there, and it can be nobody else's meanwhile. */
static int keep_port(uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int kept = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

    assert_true(kept >= 0);
    assert_int_equal(setsockopt(kept, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
    assert_int_equal(bind(kept, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(kept, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return kept;
}

/* ---- scripts ---- */

static enum service_deed always_answer(uint32_t number)
{
    (void)number;
    return SERVICE_ANSWERS;
}

static enum service_deed cut_every_third(uint32_t number)
{
    return number % 3 == 2 ? SERVICE_CUTS : SERVICE_ANSWERS;
}

static enum service_deed never_answer(uint32_t number)
{
    (void)number;
    return SERVICE_KEEPS_SILENT;
}

/* ---- the tests ---- */

static void every_call_is_answered_within_the_limit(void **state)
{
    struct service *service = service_open(0, always_answer);

    (void)state;
    assert_non_null(service);
    struct engine *engine = open_engine(service_port(service));
    hand_out(engine, CALLS);
    await(engine, &engine->results, CALLS);
    assert_int_equal(look(engine, &engine->verdicts[SAGA_VERDICT_DONE]), CALLS);
    assert_true(look(engine, &engine->out_most) <= LIMIT);
    assert_int_equal(service_requests(service), CALLS);
    close_engine(engine);
    service_close(service);
}

/* A connection that is cut after it was used before tempts curl to send the request again. */
static void a_cut_connection_is_told_and_never_repeated(void **state)
{
    struct service *service = service_open(0, cut_every_third);

    (void)state;
    assert_non_null(service);
    struct engine *engine = open_engine(service_port(service));
    hand_out(engine, CALLS);
    await(engine, &engine->results, CALLS);
    assert_int_equal(service_requests(service), CALLS);
    assert_int_equal(look(engine, &engine->verdicts[SAGA_VERDICT_RETRY]), CALLS / 3);
    assert_int_equal(look(engine, &engine->verdicts[SAGA_VERDICT_DONE]), CALLS - CALLS / 3);
    close_engine(engine);
    service_close(service);
}

static void a_service_that_ends_and_begins_anew_loses_no_call(void **state)
{
    uint16_t port = 0;
    int kept = keep_port(&port);
    struct service *service = service_open(port, always_answer);

    (void)state;
    assert_non_null(service);
    struct engine *engine = open_engine(port);
    pthread_mutex_lock(&engine->lock);
    engine->repeats_unknown = true;
    pthread_mutex_unlock(&engine->lock);
    hand_out(engine, LIMIT);
    await(engine, &engine->results, LIMIT);
    service_close(service);
    hand_out(engine, CALLS);
    await(engine, &engine->gone, 1);
    service = service_open(port, always_answer);
    assert_non_null(service);
    await(engine, &engine->verdicts[SAGA_VERDICT_DONE], LIMIT + CALLS);
    assert_int_equal(look(engine, &engine->out), 0);
    close_engine(engine);
    service_close(service);
    close(kept);
}

static void closing_cuts_off_what_is_out(void **state)
{
    struct service *service = service_open(0, never_answer);

    (void)state;
    assert_non_null(service);
    struct engine *engine = open_engine(service_port(service));
    hand_out(engine, LIMIT);
    await(engine, &engine->handed, LIMIT);
    close_engine(engine);
    service_close(service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_is_answered_within_the_limit),
        cmocka_unit_test(a_cut_connection_is_told_and_never_repeated),
        cmocka_unit_test(a_service_that_ends_and_begins_anew_loses_no_call),
        cmocka_unit_test(closing_cuts_off_what_is_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
