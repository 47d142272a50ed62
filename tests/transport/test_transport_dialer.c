/*
 * The dialer against servers that misbehave: a plain socket on which the test plays the server.
 */
#include "transport/dialer.h"
#include "transport/transport_frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define PATIENCE_MS 20000

struct stage {
    int listener;
    int server; /* The connection's other end; -1 before it is accepted. */
    char url[64];
    struct dialer *dialer;
    struct asked {
        struct dialer_call call;
        struct stage *stage;
        bool ended;
        enum dialer_outcome outcome;
    } calls[3];
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

static void ended(struct dialer_call *call, enum dialer_outcome outcome)
{
    struct asked *asked = (struct asked *)call;

    pthread_mutex_lock(&asked->stage->mutex);
    asked->ended = true;
    asked->outcome = outcome;
    pthread_cond_broadcast(&asked->stage->changed);
    pthread_mutex_unlock(&asked->stage->mutex);
}

static int open_stage(void **state)
{
    static struct stage stage;
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;

    memset(&stage, 0, sizeof stage);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    stage.server = -1;
    stage.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(stage.listener >= 0);
    assert_int_equal(bind(stage.listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(stage.listener, 8), 0);
    assert_int_equal(getsockname(stage.listener, (struct sockaddr *)&address, &size), 0);
    snprintf(stage.url, sizeof stage.url, "tcp://127.0.0.1:%u", ntohs(address.sin_port));
    assert_int_equal(pthread_mutex_init(&stage.mutex, NULL), 0);
    assert_int_equal(pthread_cond_init(&stage.changed, NULL), 0);
    for (size_t i = 0; i < 3; i++) {
        stage.calls[i].stage = &stage;
        stage.calls[i].call.ended = ended;
    }
    assert_int_equal(dialer_open(stage.url, &stage.dialer), 0);
    *state = &stage;
    return 0;
}

static int close_stage(void **state)
{
    struct stage *stage = *state;

    assert_null(dialer_close(stage->dialer));
    for (size_t i = 0; i < 3; i++)
        dialer_call_fini(&stage->calls[i].call);
    if (stage->server >= 0)
        close(stage->server);
    close(stage->listener);
    pthread_cond_destroy(&stage->changed);
    pthread_mutex_destroy(&stage->mutex);
    return 0;
}

/* ---- what a server does ---- */

static void wait_readable(int fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLIN};

    assert_int_equal(poll(&poller, 1, PATIENCE_MS), 1);
}

static void accept_dialer(struct stage *stage)
{
    wait_readable(stage->listener);
    stage->server = accept(stage->listener, NULL, NULL);
    assert_true(stage->server >= 0);
}

static void leave_dialer(struct stage *stage)
{
    close(stage->server);
    stage->server = -1;
}

static void tell(struct stage *stage, const void *data, size_t size)
{
    assert_int_equal(send(stage->server, data, size, MSG_NOSIGNAL), (ssize_t)size);
}

static void hear(struct stage *stage, void *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        wait_readable(stage->server);
        ssize_t r = recv(stage->server, (uint8_t *)data + done, size - done, 0);
        assert_true(r > 0);
        done += (size_t)r;
    }
}

/* The dialer has closed, with whatever it sent before. */
static void hear_the_end(struct stage *stage)
{
    uint8_t byte;

    do
        wait_readable(stage->server);
    while (recv(stage->server, &byte, 1, 0) > 0);
    leave_dialer(stage);
}

static void greet_dialer(struct stage *stage)
{
    uint8_t heard[TRANSPORT_GREETING_SIZE];

    accept_dialer(stage);
    hear(stage, heard, sizeof heard);
    assert_memory_equal(heard, transport_asker_greeting, sizeof heard);
    tell(stage, transport_answerer_greeting, TRANSPORT_GREETING_SIZE);
}

/* The next question, which is one byte long; returns its request. */
static uint32_t hear_question(struct stage *stage, uint8_t expected)
{
    uint8_t heard[13];
    struct transport_frame frame;
    size_t used = 0;

    hear(stage, heard, sizeof heard);
    assert_int_equal(transport_frame_read(bytes_of(heard, sizeof heard), false, &frame, &used),
                     TRANSPORT_FRAME_TAKEN);
    assert_int_equal(frame.body.size, 1);
    assert_int_equal(frame.body.data[0], expected);
    return frame.request;
}

static void answer(struct stage *stage, uint32_t request, uint8_t body)
{
    struct buffer frame = {.data = NULL};

    assert_int_equal(
        transport_frame_append(&frame, false,
                               (struct transport_frame){request, bytes_of(&body, 1)}),
        0);
    tell(stage, frame.data, frame.size);
    buffer_fini(&frame);
}

/* ---- what the asker does ---- */

static void ask(struct stage *stage, size_t index, uint8_t question, uint32_t within_ms)
{
    struct asked *asked = &stage->calls[index];

    asked->ended = false;
    asked->call.deadline_ms =
        within_ms == 0 ? DIALER_FOR_EVER : instant_now().monotonic_ms + within_ms;
    assert_int_equal(dialer_ask(stage->dialer, &asked->call, bytes_of(&question, 1)), 0);
}

static void expect(struct stage *stage, size_t index, enum dialer_outcome outcome)
{
    struct asked *asked = &stage->calls[index];

    pthread_mutex_lock(&stage->mutex);
    while (!asked->ended)
        pthread_cond_wait(&stage->changed, &stage->mutex);
    assert_int_equal(asked->outcome, outcome);
    pthread_mutex_unlock(&stage->mutex);
}

static void expect_answer(struct stage *stage, size_t index, uint8_t body)
{
    expect(stage, index, DIALER_ANSWERED);
    assert_int_equal(stage->calls[index].call.answer.size, 1);
    assert_int_equal(stage->calls[index].call.answer.data[0], body);
}

/* ---- the sentences ---- */

static void answers_find_their_calls_in_any_order(void **state)
{
    struct stage *stage = *state;
    uint32_t requests[3];

    for (uint8_t i = 0; i < 3; i++)
        ask(stage, i, i, 0);
    greet_dialer(stage);
    for (uint8_t i = 0; i < 3; i++)
        requests[i] = hear_question(stage, i);
    for (uint8_t i = 3; i-- > 0;)
        answer(stage, requests[i], (uint8_t)(i + 10));
    for (uint8_t i = 0; i < 3; i++)
        expect_answer(stage, i, (uint8_t)(i + 10));
    assert_int_equal(dialer_losses(stage->dialer), 0);
}

static void an_answer_may_come_byte_by_byte(void **state)
{
    struct stage *stage = *state;
    struct buffer frame = {.data = NULL};
    uint8_t body = 7;

    ask(stage, 0, 1, 0);
    greet_dialer(stage);
    struct transport_frame reply = {hear_question(stage, 1), bytes_of(&body, 1)};
    assert_int_equal(transport_frame_append(&frame, false, reply), 0);
    for (size_t i = 0; i < frame.size; i++)
        tell(stage, frame.data + i, 1);
    buffer_fini(&frame);
    expect_answer(stage, 0, 7);
}

static void a_call_ends_at_its_deadline_and_its_late_answer_goes_to_nobody(void **state)
{
    struct stage *stage = *state;

    ask(stage, 0, 1, 30);
    expect(stage, 0, DIALER_TIMED_OUT); /* It was never sent: nobody greeted. */
    greet_dialer(stage);
    ask(stage, 1, 2, 0);
    hear_question(stage, 2);
    ask(stage, 0, 3, 30);
    uint32_t late = hear_question(stage, 3);
    expect(stage, 0, DIALER_TIMED_OUT);
    ask(stage, 0, 4, 0);
    answer(stage, late, 99);
    answer(stage, hear_question(stage, 4), 5);
    expect_answer(stage, 0, 5);
}

static void an_answer_is_waited_for_from_when_the_question_left(void **state)
{
    struct stage *stage = *state;

    stage->calls[0].call.answer_ms = 30;
    ask(stage, 0, 1, 0);
    assert_true(dialer_is_sending(stage->dialer, &stage->calls[0].call));
    greet_dialer(stage);
    hear_question(stage, 1);
    expect(stage, 0, DIALER_TIMED_OUT);
    assert_false(dialer_is_sending(stage->dialer, &stage->calls[0].call));
}

static void calls_that_are_out_are_lost_with_their_connection_and_others_wait(void **state)
{
    struct stage *stage = *state;

    ask(stage, 0, 1, 0);
    greet_dialer(stage);
    hear_question(stage, 1);
    leave_dialer(stage);
    expect(stage, 0, DIALER_LOST);
    assert_false(dialer_is_connected(stage->dialer));
    assert_int_equal(dialer_losses(stage->dialer), 1);
    ask(stage, 1, 2, 0);
    greet_dialer(stage);
    answer(stage, hear_question(stage, 2), 3);
    expect_answer(stage, 1, 3);
    assert_true(dialer_is_connected(stage->dialer));
}

/* After @nonsense the dialer leaves, and what it had sent is lost; then it comes again. */
static void leaves_after(struct stage *stage, const void *nonsense, size_t size)
{
    ask(stage, 0, 1, 0);
    greet_dialer(stage);
    hear_question(stage, 1);
    tell(stage, nonsense, size);
    expect(stage, 0, DIALER_LOST);
    hear_the_end(stage);
    ask(stage, 0, 2, 0);
    greet_dialer(stage);
    answer(stage, hear_question(stage, 2), 4);
    expect_answer(stage, 0, 4);
}

static void a_frame_of_any_length_is_not_believed(void **state)
{
    leaves_after(*state, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
}

static void a_frame_without_room_for_its_request_is_nonsense(void **state)
{
    leaves_after(*state, "\0\0\0\0\0\0\0\3", 8);
}

static void a_request_without_its_bit_is_nonsense(void **state)
{
    leaves_after(*state, "\0\0\0\0\0\0\0\5\0\0\0\1x", 13);
}

static void who_greets_wrongly_is_left_and_what_waits_goes_on_waiting(void **state)
{
    struct stage *stage = *state;

    ask(stage, 0, 1, 0);
    accept_dialer(stage);
    tell(stage, transport_asker_greeting, TRANSPORT_GREETING_SIZE); /* An asker's. */
    hear_the_end(stage);
    assert_int_equal(dialer_losses(stage->dialer), 0);
    greet_dialer(stage);
    answer(stage, hear_question(stage, 1), 2);
    expect_answer(stage, 0, 2);
}

static void closing_ends_whatever_the_connection_does(void **state)
{
    struct stage *stage = *state;

    ask(stage, 0, 1, 0);
    accept_dialer(stage); /* And nobody greets. */
    ask(stage, 1, 2, 50000);
}

static void only_urls_with_all_their_parts_are_dialled(void **state)
{
    static const char *const wrong[] = {"nonsense",        "tcp://",          "tcp://host",
                                        "tcp://host:port", "tcp://host:99999", "ipc://",
                                        "http://host:1"};
    struct dialer *dialer = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_true(dialer_open(wrong[i], &dialer) < 0);
    assert_null(dialer);
    assert_null(dialer_close(NULL));
}

static void a_name_that_nobody_knows_yet_is_looked_up_again(void **state)
{
    struct dialer *dialer = NULL;

    (void)state;
    assert_int_equal(dialer_open("tcp://no-such-host.invalid:9", &dialer), 0);
    assert_false(dialer_is_connected(dialer));
    assert_null(dialer_close(dialer));
}

#define dialer_test(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        dialer_test(answers_find_their_calls_in_any_order),
        dialer_test(an_answer_may_come_byte_by_byte),
        dialer_test(a_call_ends_at_its_deadline_and_its_late_answer_goes_to_nobody),
        dialer_test(an_answer_is_waited_for_from_when_the_question_left),
        dialer_test(calls_that_are_out_are_lost_with_their_connection_and_others_wait),
        dialer_test(a_frame_of_any_length_is_not_believed),
        dialer_test(a_frame_without_room_for_its_request_is_nonsense),
        dialer_test(a_request_without_its_bit_is_nonsense),
        dialer_test(who_greets_wrongly_is_left_and_what_waits_goes_on_waiting),
        dialer_test(closing_ends_whatever_the_connection_does),
        cmocka_unit_test(only_urls_with_all_their_parts_are_dialled),
        cmocka_unit_test(a_name_that_nobody_knows_yet_is_looked_up_again),
    };
    return cmocka_run_group_tests_name("dialer", tests, NULL, NULL);
}
