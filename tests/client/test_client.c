/*
 * The client library against a server that the test plays: what is asked, what is made of the
 * answer, and what is repeated when a connection breaks.
 */
#include "saga/client.h"
#include "sdk/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct saga_id some_id = {.number = 70000, .nonce = 7};

/* A client, the server it talks to, and one call of it that runs in a thread of its own. */
struct desk {
    struct server server;
    struct client *client;
    pthread_t thread;
    void (*ask)(struct desk *desk);
    int result;
    char error[256]; /* What the asking thread was told. */
    struct client_outcome outcomes[4];
    size_t count;
    size_t capacity;
    const char *key;
    char id[CLIENT_ID_SIZE];
};

static int open_desk(void **state, uint32_t timeout_ms)
{
    struct desk *desk = calloc(1, sizeof *desk);

    assert_non_null(desk);
    server_init(&desk->server);
    struct client_options options = {.url = desk->server.url,
                                     .account = "AC1",
                                     .credential = "token",
                                     .credential_size = 5,
                                     .timeout_ms = timeout_ms};
    assert_int_equal(client_open(&options, &desk->client), 0);
    desk->key = "k";
    desk->capacity = 4;
    id_text(some_id, desk->id);
    *state = desk;
    return 0;
}

static int with_desk(void **state)
{
    return open_desk(state, 0);
}

static int with_hasty_desk(void **state)
{
    return open_desk(state, 50);
}

static int close_desk(void **state)
{
    struct desk *desk = *state;

    client_close(desk->client);
    server_fini(&desk->server);
    free(desk);
    return 0;
}

static void *run(void *context)
{
    struct desk *desk = context;

    desk->ask(desk);
    snprintf(desk->error, sizeof desk->error, "%s", client_error(desk->client));
    return NULL;
}

static void start(struct desk *desk, void (*ask)(struct desk *desk))
{
    desk->ask = ask;
    assert_int_equal(pthread_create(&desk->thread, NULL, run, desk), 0);
}

static int finish(struct desk *desk)
{
    assert_int_equal(pthread_join(desk->thread, NULL), 0);
    return desk->result;
}

static void submit_two(struct desk *desk)
{
    struct client_submission submissions[] = {
        {.definition = "d", .key = desk->key, .input = "{}", .input_size = 2},
        {.definition = "e", .key = "k2", .input = "{\"a\":1}", .input_size = 7}};

    desk->result = client_submit_many(desk->client, submissions, 2, desk->outcomes);
}

static void get_one(struct desk *desk)
{
    desk->result = client_get(desk->client, desk->id, 100, desk->outcomes);
}

static void await_some(struct desk *desk)
{
    desk->result = client_next(desk->client, 100, desk->outcomes, desk->capacity, &desk->count);
}

static struct transport_delivery *next_submit(struct desk *desk)
{
    struct transport_delivery *delivery = server_next(&desk->server, WIRE_SUBMIT);
    const struct wire_submit *submit = &delivery->request.submit;

    assert_string_equal(submit->account, "AC1");
    assert_true(bytes_equal(submit->credential, bytes_of_text("token")));
    assert_int_equal(submit->submission_count, 2);
    assert_string_equal(submit->submissions[0].definition, "d");
    assert_string_equal(submit->submissions[1].key, "k2");
    assert_true(bytes_equal(submit->submissions[1].input, bytes_of_text("{\"a\":1}")));
    return delivery;
}

static void answer_submit(struct desk *desk, struct transport_delivery *delivery)
{
    struct wire_submit_result results[] = {
        {.status = WIRE_STARTED, .id = some_id, .phase = "running", .code = "", .text = ""},
        {.status = WIRE_REFUSED, .phase = "", .code = "full", .text = "The disk is full."}};
    struct wire_reply reply = {.type = WIRE_SUBMITTED};

    reply.submitted.count = 2;
    reply.submitted.results = results;
    server_answer(&desk->server, delivery, &reply);
}

static void answer_outcome(struct desk *desk, const char *phase, bool found)
{
    struct wire_reply reply = {.type = WIRE_OUTCOME};

    reply.outcome = (struct wire_outcome){
        .id = some_id, .phase = phase, .code = "21611", .text = "full", .found = found};
    server_answer(&desk->server, server_next(&desk->server, WIRE_GET), &reply);
}

static void answer_outcomes(struct desk *desk, size_t count)
{
    struct wire_outcome outcomes[8];
    struct wire_reply reply = {.type = WIRE_OUTCOMES};

    for (size_t i = 0; i < count; i++)
        outcomes[i] = (struct wire_outcome){.id = {.number = 70000 + i, .nonce = 7},
                                            .phase = "completed",
                                            .code = "",
                                            .text = "",
                                            .found = true};
    reply.outcomes.count = count;
    reply.outcomes.outcomes = outcomes;
    server_answer(&desk->server, server_next(&desk->server, WIRE_AWAIT), &reply);
}

static void refuse(struct desk *desk, struct transport_delivery *delivery)
{
    struct wire_reply reply = {.type = WIRE_REFUSAL};

    reply.refusal.code = "overloaded";
    reply.refusal.text = "later";
    server_answer(&desk->server, delivery, &reply);
}

/* ---- the sentences ---- */

static void each_submission_gets_its_own_outcome(void **state)
{
    struct desk *desk = *state;

    server_listen(&desk->server);
    start(desk, submit_two);
    answer_submit(desk, next_submit(desk));
    assert_int_equal(finish(desk), 0);
    assert_int_equal(desk->outcomes[0].status, CLIENT_STARTED);
    assert_string_equal(desk->outcomes[0].id, desk->id);
    assert_string_equal(desk->outcomes[0].phase, "running");
    assert_int_equal(desk->outcomes[1].status, CLIENT_REFUSED);
    assert_string_equal(desk->outcomes[1].id, "");
    assert_string_equal(desk->outcomes[1].code, "full");
}

static void a_refused_batch_is_safe_to_repeat(void **state)
{
    struct desk *desk = *state;

    server_listen(&desk->server);
    start(desk, submit_two);
    refuse(desk, next_submit(desk));
    assert_int_equal(finish(desk), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(desk->outcomes[i].status, CLIENT_REFUSED);
        assert_string_equal(desk->outcomes[i].code, "overloaded");
    }
}

static void a_submit_with_keys_is_repeated_after_a_lost_connection(void **state)
{
    struct desk *desk = *state;

    server_listen(&desk->server);
    start(desk, submit_two);
    transport_delivery_free(next_submit(desk));
    server_vanish(&desk->server);
    server_listen(&desk->server);
    answer_submit(desk, next_submit(desk));
    assert_int_equal(finish(desk), 0);
}

static void a_submit_without_a_key_is_unknown_after_a_lost_connection(void **state)
{
    struct desk *desk = *state;

    desk->key = NULL;
    server_listen(&desk->server);
    start(desk, submit_two);
    transport_delivery_free(next_submit(desk));
    server_vanish(&desk->server);
    assert_int_equal(finish(desk), CLIENT_TIMED_OUT);
    assert_string_equal(desk->error, "the connection was lost");
}

static void without_a_server_a_submit_times_out(void **state)
{
    struct desk *desk = *state;

    submit_two(desk);
    assert_int_equal(desk->result, CLIENT_TIMED_OUT);
}

static void a_silent_server_is_not_waited_for_for_ever(void **state)
{
    struct desk *desk = *state;

    server_listen(&desk->server);
    start(desk, get_one);
    struct transport_delivery *delivery = server_next(&desk->server, WIRE_GET);
    assert_int_equal(finish(desk), CLIENT_TIMED_OUT);
    transport_delivery_free(delivery);

    /* The line is as good as before. */
    start(desk, get_one);
    answer_outcome(desk, "completed", true);
    assert_int_equal(finish(desk), 0);
}

static void get_tells_how_a_saga_ended(void **state)
{
    struct desk *desk = *state;

    server_listen(&desk->server);
    start(desk, get_one);
    answer_outcome(desk, "compensated", true);
    assert_int_equal(finish(desk), 0);
    assert_true(desk->outcomes[0].found);
    assert_string_equal(desk->outcomes[0].phase, "compensated");
    assert_string_equal(desk->outcomes[0].code, "21611");

    start(desk, get_one);
    answer_outcome(desk, "running", true);
    assert_int_equal(finish(desk), CLIENT_TIMED_OUT);
    assert_string_equal(desk->outcomes[0].phase, "running");

    start(desk, get_one);
    answer_outcome(desk, "", false);
    assert_int_equal(finish(desk), 0);
    assert_false(desk->outcomes[0].found);
}

static void next_gives_what_fits_and_keeps_the_rest(void **state)
{
    struct desk *desk = *state;
    size_t total = 0;

    server_listen(&desk->server);
    desk->capacity = 3;
    start(desk, await_some);
    answer_outcomes(desk, 8);
    assert_int_equal(finish(desk), 0);
    for (total = desk->count; total < 8; total += desk->count) {
        assert_int_equal(desk->count, 3);
        await_some(desk);
        assert_int_equal(desk->result, 0);
    }
    assert_int_equal(total, 8);
    char last[CLIENT_ID_SIZE];
    id_text((struct saga_id){.number = 70007, .nonce = 7}, last);
    assert_string_equal(desk->outcomes[desk->count - 1].id, last);

    start(desk, await_some);
    answer_outcomes(desk, 0);
    assert_int_equal(finish(desk), CLIENT_TIMED_OUT);
}

static void a_refused_look_is_a_fault_with_a_reason(void **state)
{
    struct desk *desk = *state;

    server_listen(&desk->server);
    start(desk, await_some);
    refuse(desk, server_next(&desk->server, WIRE_AWAIT));
    assert_true(finish(desk) < 0);
    assert_non_null(strstr(desk->error, "overloaded"));
}

static void an_answer_that_makes_no_sense_is_a_fault(void **state)
{
    struct desk *desk = *state;
    struct wire_reply pong = {.type = WIRE_PONG};

    server_listen(&desk->server);
    start(desk, get_one);
    server_answer_bytes(&desk->server, server_next(&desk->server, WIRE_GET),
                        bytes_of_text("\xff\xff"));
    assert_true(finish(desk) < 0);
    start(desk, submit_two);
    server_answer(&desk->server, next_submit(desk), &pong);
    assert_true(finish(desk) < 0);
}

static void what_is_too_long_is_refused_before_it_is_sent(void **state)
{
    static const char much[70000];
    struct desk *desk = *state;
    struct client_submission long_input = {
        .definition = "d", .key = "k", .input = much, .input_size = sizeof much};
    struct client_submission no_definition = {.key = "k"};

    assert_true(client_submit_many(desk->client, &long_input, 1, desk->outcomes) < 0);
    assert_true(client_submit_many(desk->client, &no_definition, 1, desk->outcomes) < 0);
    assert_true(client_get(desk->client, "nonsense", 0, desk->outcomes) < 0);
    assert_non_null(strstr(client_error(desk->client), "id"));
}

/* As many as the desk says, each as large as can be. */
static void submit_large(struct desk *desk)
{
    static const char much[SAGA_INPUT_MAX];
    struct client_submission all[CLIENT_BATCH_MAX];
    struct client_outcome outcomes[CLIENT_BATCH_MAX];

    for (size_t i = 0; i < desk->count; i++)
        all[i] = (struct client_submission){
            .definition = "d", .key = "k", .input = much, .input_size = sizeof much};
    desk->result = client_submit_many(desk->client, all, desk->count, outcomes);
}

static void a_batch_too_large_for_one_message_is_refused_and_none_of_it_sent(void **state)
{
    struct desk *desk = *state;

    server_listen(&desk->server);
    desk->count = CLIENT_BATCH_MAX;
    start(desk, submit_large);
    assert_true(finish(desk) < 0);
    assert_non_null(strstr(desk->error, "submit fewer at once"));

    /* The first that the server hears of is one that fits. */
    desk->count = 60;
    start(desk, submit_large);
    struct transport_delivery *delivery = server_next(&desk->server, WIRE_SUBMIT);
    assert_int_equal(delivery->request.submit.submission_count, 60);
    refuse(desk, delivery);
    assert_int_equal(finish(desk), 0);
}

static void wrong_options_are_refused_with_a_reason(void **state)
{
    struct client_options no_url = {.account = "AC1"};
    struct client_options wrong_url = {.account = "AC1", .url = "nonsense"};
    struct client *client = NULL;

    (void)state;
    assert_true(client_open(&no_url, &client) < 0);
    assert_non_null(strstr(client_error(NULL), "url"));
    assert_true(client_open(&wrong_url, &client) < 0);
    assert_non_null(strstr(client_error(NULL), "nonsense"));
    assert_null(client);
    assert_null(client_close(NULL));
}

#define desk_test(name) cmocka_unit_test_setup_teardown(name, with_desk, close_desk)
#define hasty_desk_test(name) cmocka_unit_test_setup_teardown(name, with_hasty_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        desk_test(each_submission_gets_its_own_outcome),
        desk_test(a_refused_batch_is_safe_to_repeat),
        desk_test(a_submit_with_keys_is_repeated_after_a_lost_connection),
        desk_test(a_submit_without_a_key_is_unknown_after_a_lost_connection),
        hasty_desk_test(without_a_server_a_submit_times_out),
        hasty_desk_test(a_silent_server_is_not_waited_for_for_ever),
        desk_test(get_tells_how_a_saga_ended),
        desk_test(next_gives_what_fits_and_keeps_the_rest),
        desk_test(a_refused_look_is_a_fault_with_a_reason),
        desk_test(an_answer_that_makes_no_sense_is_a_fault),
        desk_test(what_is_too_long_is_refused_before_it_is_sent),
        desk_test(a_batch_too_large_for_one_message_is_refused_and_none_of_it_sent),
        cmocka_unit_test(wrong_options_are_refused_with_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
