/*
 * The worker, without a network and without a thread: what it tells the engine, and when.
 */
#include "egress/egress_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT 3u
#define SEEN_MAX 64u

/* What the engine was told: the polls, oldest first, and the pipes that vanished. */
struct seen {
    enum transport_delivery_type type;
    uint64_t pipe, exchange;
    uint32_t slots;
    size_t results;
    enum saga_verdict verdict; /* Of the first result. */
};

struct scene {
    struct egress_endpoint endpoint;
    struct transport *network;
    struct egress_desk desk;
    struct egress_worker worker;
    struct seen seen[SEEN_MAX];
    size_t count, woken, network_replies;
};

static void deliver(void *context, struct transport_delivery *delivery)
{
    struct scene *scene = context;
    const struct wire_poll *poll = &delivery->request.poll;

    assert_true(scene->count < SEEN_MAX);
    struct seen *seen = &scene->seen[scene->count++];
    *seen = (struct seen){.type = delivery->type,
                          .pipe = delivery->pipe,
                          .exchange = delivery->exchange};
    assert_true((delivery->pipe & EGRESS_NUMBER_BIT) != 0);
    if (delivery->type == TRANSPORT_REQUEST) {
        assert_int_equal(delivery->request.type, WIRE_POLL);
        assert_string_equal(poll->participant, "parcel");
        assert_true(bytes_equal(poll->credential, bytes_of_text("secret")));
        assert_int_equal(poll->worker, 77);
        seen->slots = poll->slots;
        seen->results = poll->result_count;
        if (poll->result_count > 0)
            seen->verdict = poll->results[0].verdict;
    }
    transport_delivery_free(delivery);
}

static void wake(void *context)
{
    ((struct scene *)context)->woken++;
}

static void take_network_reply(void *context, uint64_t exchange, struct bytes body)
{
    (void)exchange;
    (void)body;
    ((struct scene *)context)->network_replies++;
}

static int open_scene(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);

    if (scene == NULL)
        return -1;
    scene->endpoint = (struct egress_endpoint){
        .name = "parcel", .url = "http://127.0.0.1:1", .secret = "secret", .limit = LIMIT};
    struct transport_sink sink = {.deliver = deliver, .context = scene};
    if (transport_local_open(sink, take_network_reply, scene, &scene->network) != 0)
        return -1;
    egress_desk_init(&scene->desk, scene->network, sink, wake, scene);
    egress_worker_init(&scene->worker, &scene->endpoint, 77);
    *state = scene;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *scene = *state;

    egress_worker_fini(&scene->worker);
    egress_desk_fini(&scene->desk);
    transport_close(scene->network);
    free(scene);
    return 0;
}

/* ---- what happens ---- */

static void tend(struct scene *scene, uint64_t now_ms)
{
    egress_worker_tend(&scene->worker, &scene->desk, now_ms);
}

static const struct seen *latest(const struct scene *scene)
{
    assert_true(scene->count > 0);
    return &scene->seen[scene->count - 1];
}

static void expect_poll(const struct scene *scene, size_t count, uint32_t slots, size_t results)
{
    assert_int_equal(scene->count, count);
    assert_int_equal(latest(scene)->type, TRANSPORT_REQUEST);
    assert_int_equal(latest(scene)->slots, slots);
    assert_int_equal(latest(scene)->results, results);
}

static void find(struct scene *scene, uint64_t now_ms)
{
    egress_worker_probed(&scene->worker, true, now_ms);
    tend(scene, now_ms);
}

static void answer(struct scene *scene, uint64_t exchange, const struct wire_reply *reply)
{
    struct buffer body = {0};

    assert_int_equal(wire_encode_reply(reply, &body), 0);
    transport_reply(&scene->desk.junction, exchange, bytes_of(body.data, body.size));
    buffer_fini(&body);
}

static struct egress_call *call_out(struct scene *scene)
{
    struct wire_call wire = {
        .operation_id = "saga_1/book/do.0", .saga = "saga_1", .sid = "SM1", .definition = "ship",
        .step = "book", .operation = "book", .direction = SAGA_DO, .attempt = 1, .ms_left = 1000,
    };
    struct egress_call *call = NULL;

    assert_int_equal(egress_call_open(&scene->endpoint, &wire, &call), 0);
    call->worker = &scene->worker;
    egress_worker_add(&scene->worker, call);
    return call;
}

/* The poll of this exchange is answered by so many calls; the last of them is returned. */
static struct egress_call *give_work(struct scene *scene, uint64_t exchange, size_t calls,
                                     uint64_t now_ms)
{
    struct wire_reply work = {.type = WIRE_WORK};
    struct egress_call *last = NULL;

    answer(scene, exchange, &work);
    struct egress_poll *poll = egress_desk_take(&scene->desk);
    assert_non_null(poll);
    assert_int_equal(poll->exchange, exchange);
    egress_worker_answered(&scene->worker, poll, false, now_ms);
    egress_poll_free(poll);
    while (calls-- > 0)
        last = call_out(scene);
    return last;
}

static bool finish(struct scene *scene, struct egress_call *call, enum egress_end end,
                   uint64_t now_ms)
{
    call->answer.end = end;
    call->answer.status = 200;
    return egress_worker_finish(&scene->worker, call, now_ms);
}

static size_t parked(const struct scene *scene)
{
    size_t count = 0;

    for (const struct egress_poll *poll = scene->desk.polls; poll != NULL; poll = poll->next)
        count++;
    return count;
}

/* ---- the tests ---- */

static void nobody_is_there_until_somebody_is_found(void **state)
{
    struct scene *scene = *state;

    tend(scene, 1);
    assert_int_equal(scene->count, 0);
    assert_int_equal(egress_worker_next_probe_ms(&scene->worker), 0);
    assert_true(egress_worker_probed(&scene->worker, true, 5));
    assert_false(egress_worker_probed(&scene->worker, true, 6));
    assert_int_equal(egress_worker_next_probe_ms(&scene->worker), 6 + EGRESS_QUIET_MS);
    tend(scene, 6);
    expect_poll(scene, 1, LIMIT, 0);
    tend(scene, 7);
    assert_int_equal(scene->count, 1);
}

static void slots_are_what_is_neither_out_nor_offered(void **state)
{
    struct scene *scene = *state;

    find(scene, 1);
    struct egress_call *call = give_work(scene, latest(scene)->exchange, 2, 2);
    tend(scene, 2);
    expect_poll(scene, 2, 1, 0);
    assert_false(finish(scene, call, EGRESS_ANSWERED, 3));
    tend(scene, 3);
    expect_poll(scene, 3, 1, 1);
    assert_int_equal(latest(scene)->verdict, SAGA_VERDICT_DONE);
    assert_int_equal(scene->worker.out, 1);
    assert_int_equal(scene->worker.offered, 2);
}

static void a_poll_is_parked_while_everything_is_out(void **state)
{
    struct scene *scene = *state;

    find(scene, 1);
    give_work(scene, latest(scene)->exchange, LIMIT, 2);
    tend(scene, 2);
    expect_poll(scene, 2, 0, 0);
    tend(scene, 3);
    assert_int_equal(scene->count, 2);
}

static void one_that_cannot_be_reached_vanishes_with_nothing_out(void **state)
{
    struct scene *scene = *state;

    find(scene, 1);
    uint64_t first = latest(scene)->exchange;
    struct egress_call *still = give_work(scene, first, 1, 2);
    struct egress_call *call = call_out(scene);
    tend(scene, 2);
    assert_true(finish(scene, call, EGRESS_NOT_SENT, 3));
    assert_int_equal(egress_worker_next_probe_ms(&scene->worker), 3);
    tend(scene, 3);
    expect_poll(scene, 3, 0, 1);
    assert_int_equal(latest(scene)->verdict, SAGA_VERDICT_BUSY);
    assert_false(finish(scene, still, EGRESS_LOST, 4));
    tend(scene, 4);
    expect_poll(scene, 4, 0, 1);
    assert_int_equal(latest(scene)->verdict, SAGA_VERDICT_RETRY);
    tend(scene, 5);
    assert_int_equal(scene->count, 5);
    assert_int_equal(latest(scene)->type, TRANSPORT_GONE);
    assert_int_equal(latest(scene)->pipe, scene->seen[0].pipe);
    tend(scene, 6);
    assert_int_equal(scene->count, 5);
}

static void one_that_comes_back_has_a_new_pipe_and_forgets_the_old_polls(void **state)
{
    struct scene *scene = *state;

    find(scene, 1);
    uint64_t old_pipe = latest(scene)->pipe;
    assert_true(egress_worker_probed(&scene->worker, false, 2));
    tend(scene, 2);
    assert_int_equal(latest(scene)->type, TRANSPORT_GONE);
    find(scene, 3);
    expect_poll(scene, 3, LIMIT, 0);
    assert_true(latest(scene)->pipe > old_pipe);
    assert_int_equal(parked(scene), 2);
    give_work(scene, latest(scene)->exchange, 0, 4);
    assert_int_equal(parked(scene), 0);
    tend(scene, 4);
    expect_poll(scene, 4, LIMIT, 0);
}

static void work_that_crosses_the_vanishing_is_handed_back(void **state)
{
    struct scene *scene = *state;

    find(scene, 1);
    uint64_t crossing = latest(scene)->exchange;
    egress_worker_probed(&scene->worker, false, 2);
    tend(scene, 2);
    struct egress_call *call = give_work(scene, crossing, 1, 3);
    assert_false(finish(scene, call, EGRESS_NOT_SENT, 4));
    tend(scene, 4);
    expect_poll(scene, 3, 0, 1);
    assert_int_equal(latest(scene)->verdict, SAGA_VERDICT_BUSY);
    tend(scene, 5);
    assert_int_equal(latest(scene)->type, TRANSPORT_GONE);
    assert_int_equal(latest(scene)->pipe, scene->seen[2].pipe);
}

static void probes_are_further_and_further_apart(void **state)
{
    struct scene *scene = *state;
    uint64_t now_ms = 0, wait_ms = EGRESS_PROBE_MS;

    for (int i = 0; i < 10; i++) {
        assert_int_equal(egress_worker_probed(&scene->worker, false, now_ms), i == 0);
        assert_int_equal(egress_worker_next_probe_ms(&scene->worker), now_ms + wait_ms);
        now_ms += wait_ms;
        wait_ms = 2 * wait_ms < EGRESS_PROBE_MS_MAX ? 2 * wait_ms : EGRESS_PROBE_MS_MAX;
    }
    assert_int_equal(wait_ms, EGRESS_PROBE_MS_MAX);
    egress_worker_probed(&scene->worker, true, now_ms);
    egress_worker_probed(&scene->worker, false, now_ms);
    assert_int_equal(egress_worker_next_probe_ms(&scene->worker), now_ms + EGRESS_PROBE_MS);
}

static void an_answer_is_as_good_as_a_probe(void **state)
{
    struct scene *scene = *state;

    find(scene, 1);
    struct egress_call *call = give_work(scene, latest(scene)->exchange, 1, 2);
    finish(scene, call, EGRESS_ANSWERED, 5000);
    assert_int_equal(egress_worker_next_probe_ms(&scene->worker), 5000 + EGRESS_QUIET_MS);
}

static void a_refused_poll_is_not_repeated_at_once(void **state)
{
    struct scene *scene = *state;
    struct wire_reply refusal = {.type = WIRE_REFUSAL};

    find(scene, 1);
    refusal.refusal.code = "overloaded";
    refusal.refusal.text = "";
    answer(scene, latest(scene)->exchange, &refusal);
    assert_int_equal(scene->woken, 1);
    struct egress_poll *poll = egress_desk_take(&scene->desk);
    egress_worker_answered(&scene->worker, poll, true, 10);
    egress_poll_free(poll);
    tend(scene, 10 + EGRESS_REFUSED_MS - 1);
    assert_int_equal(scene->count, 1);
    tend(scene, 10 + EGRESS_REFUSED_MS);
    expect_poll(scene, 2, LIMIT, 0);
}

static void what_cannot_be_asked_is_refused_without_being_sent(void **state)
{
    struct scene *scene = *state;
    struct wire_call wire = {
        .operation_id = "saga_1/book/do.0", .saga = "saga_1", .sid = "SM1", .definition = "ship",
        .step = "book", .operation = "book", .attempt = 1, .input = bytes_of_text("no"),
    };
    struct egress_call *call = NULL;

    find(scene, 1);
    give_work(scene, latest(scene)->exchange, 0, 2);
    assert_int_equal(egress_call_open(&scene->endpoint, &wire, &call), EGRESS_NOT_JSON);
    egress_worker_add(&scene->worker, call);
    assert_int_equal(scene->worker.out, 0);
    tend(scene, 2);
    expect_poll(scene, 2, LIMIT, 1);
    assert_int_equal(latest(scene)->verdict, SAGA_VERDICT_REJECTED);
}

/* Results that fill more than one message go in several. */
static void many_large_results_are_all_handed_over(void **state)
{
    struct scene *scene = *state;
    char *text = malloc(SAGA_OUTPUT_MAX);
    size_t handed = 0;

    assert_non_null(text);
    memset(text, 'x', SAGA_OUTPUT_MAX);
    text[0] = text[SAGA_OUTPUT_MAX - 1] = '"';
    scene->endpoint.limit = EGRESS_LIMIT_MAX;
    find(scene, 1);
    give_work(scene, latest(scene)->exchange, EGRESS_LIMIT_MAX, 2);
    for (size_t i = 0; i < EGRESS_LIMIT_MAX; i++) {
        struct egress_call *call = scene->worker.calls;
        assert_true(egress_answer_piece(&call->answer, bytes_of(text, SAGA_OUTPUT_MAX)));
        finish(scene, call, EGRESS_ANSWERED, 3);
    }
    tend(scene, 3);
    for (size_t i = 0; i < scene->count; i++)
        handed += scene->seen[i].results;
    assert_int_equal(handed, EGRESS_LIMIT_MAX);
    assert_true(scene->count > 2);
    assert_null(scene->worker.results);
    assert_int_equal(scene->worker.offered, EGRESS_LIMIT_MAX);
    free(text);
}

static void replies_to_others_go_to_the_network(void **state)
{
    struct scene *scene = *state;
    struct wire_request ping = {.type = WIRE_POLL};
    struct buffer body = {0};

    ping.poll.participant = "parcel";
    ping.poll.worker = 77;
    ping.poll.credential = bytes_of_text("secret");
    assert_int_equal(wire_encode_request(&ping, &body), 0);
    /* The local network numbers pipes as it is told; the scene looks for the top bit. */
    uint64_t exchange = transport_local_send(scene->network, EGRESS_NUMBER_BIT | 1,
                                             bytes_of(body.data, body.size));
    assert_int_equal(exchange & EGRESS_NUMBER_BIT, 0);
    answer(scene, exchange, &(struct wire_reply){.type = WIRE_WORK});
    assert_int_equal(scene->network_replies, 1);
    assert_int_equal(scene->woken, 0);
    assert_string_equal(transport_url(&scene->desk.junction), "local://");
    assert_int_equal(transport_counters(&scene->desk.junction).replies, 1);
    buffer_fini(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_is_there_until_somebody_is_found, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(slots_are_what_is_neither_out_nor_offered, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(a_poll_is_parked_while_everything_is_out, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(one_that_cannot_be_reached_vanishes_with_nothing_out,
                                        open_scene, close_scene),
        cmocka_unit_test_setup_teardown(
            one_that_comes_back_has_a_new_pipe_and_forgets_the_old_polls, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(work_that_crosses_the_vanishing_is_handed_back, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(probes_are_further_and_further_apart, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(an_answer_is_as_good_as_a_probe, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(a_refused_poll_is_not_repeated_at_once, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(what_cannot_be_asked_is_refused_without_being_sent,
                                        open_scene, close_scene),
        cmocka_unit_test_setup_teardown(many_large_results_are_all_handed_over, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(replies_to_others_go_to_the_network, open_scene,
                                        close_scene),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
