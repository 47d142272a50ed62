/*
 * Results are kept until acknowledged, and sent again when they may have been lost.
 */
#include "results.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct wire_result picked[WIRE_RESULTS_MAX];

static void name_token(unsigned number, uint8_t token[WIRE_TOKEN_SIZE])
{
    memset(token, 0, WIRE_TOKEN_SIZE);
    memcpy(token, &number, sizeof number);
}

static void add(struct results *results, unsigned number, size_t output_size)
{
    static const uint8_t output[SAGA_OUTPUT_MAX];
    struct wire_result wire = {.operation_id = "saga_1/pay/do.0",
                               .verdict = SAGA_VERDICT_DONE,
                               .output = {output, output_size},
                               .code = "",
                               .text = ""};

    name_token(number, wire.token);
    struct result *result = result_make(&wire);
    assert_non_null(result);
    results_add(results, result);
}

static void acknowledge(struct results *results, unsigned number)
{
    uint8_t token[WIRE_TOKEN_SIZE];

    name_token(number, token);
    results_acknowledge(results, token);
}

static size_t pick(struct results *results, unsigned poll, uint64_t now_ms, uint64_t losses)
{
    return results_pick(results, (struct results_moment){poll, now_ms, losses}, picked);
}

static void a_result_is_sent_once_while_its_acknowledgement_is_awaited(void **state)
{
    struct results results = {.count = 0};

    (void)state;
    add(&results, 1, 0);
    assert_int_equal(pick(&results, 0, 100, 0), 1);
    assert_int_equal(pick(&results, 1, 100, 0), 0);
    assert_int_equal(pick(&results, 1, 100 + RESULTS_RESEND_MS - 1, 0), 0);
    assert_int_equal(results.count, 1);
    results_fini(&results);
}

static void an_acknowledged_result_is_gone(void **state)
{
    struct results results = {.count = 0};

    (void)state;
    add(&results, 1, 0);
    add(&results, 257, 0); /* The same bucket. */
    add(&results, 2, 0);
    assert_int_equal(pick(&results, 0, 100, 0), 3);
    acknowledge(&results, 1);
    assert_int_equal(results.count, 2);
    acknowledge(&results, 1);
    acknowledge(&results, 77);
    assert_int_equal(results.count, 2);
    assert_int_equal(pick(&results, 0, 100, 1), 2);
    results_fini(&results);
}

static void an_unacknowledged_result_is_sent_again_after_two_seconds(void **state)
{
    struct results results = {.count = 0};

    (void)state;
    add(&results, 1, 0);
    assert_int_equal(pick(&results, 0, 100, 0), 1);
    assert_int_equal(pick(&results, 1, 100 + RESULTS_RESEND_MS, 0), 1);
    assert_int_equal(pick(&results, 1, 101 + RESULTS_RESEND_MS, 0), 0);
    results_fini(&results);
}

static void a_lost_connection_sends_everything_again_once(void **state)
{
    struct results results = {.count = 0};

    (void)state;
    add(&results, 1, 0);
    add(&results, 2, 0);
    assert_int_equal(pick(&results, 0, 100, 0), 2);
    assert_int_equal(pick(&results, 0, 101, 1), 2);
    assert_int_equal(pick(&results, 1, 101, 1), 0);
    results_fini(&results);
}

static void a_lost_poll_sends_only_what_it_carried(void **state)
{
    struct results results = {.count = 0};

    (void)state;
    add(&results, 1, 0);
    assert_int_equal(pick(&results, 0, 100, 0), 1);
    add(&results, 2, 0);
    assert_int_equal(pick(&results, 1, 100, 0), 1);
    results_poll_lost(&results, 1);
    assert_int_equal(pick(&results, 0, 101, 0), 1);
    assert_int_equal(picked[0].token[0], 2);
    results_fini(&results);
}

static void a_newer_answer_takes_the_place_of_an_older_one(void **state)
{
    struct results results = {.count = 0};

    (void)state;
    add(&results, 1, 0);
    assert_int_equal(pick(&results, 0, 100, 0), 1);
    add(&results, 1, 5);
    assert_int_equal(results.count, 1);
    acknowledge(&results, 1); /* It speaks of the older one: the newer was never sent. */
    assert_int_equal(results.count, 1);
    assert_int_equal(pick(&results, 0, 100, 0), 1);
    assert_int_equal(picked[0].output.size, 5);
    acknowledge(&results, 1);
    assert_int_equal(results.count, 0);
    results_fini(&results);
}

static void one_poll_carries_what_fits_and_the_next_the_rest_in_order(void **state)
{
    struct results results = {.count = 0};
    size_t size = 0;

    (void)state;
    for (unsigned i = 0; i < 300; i++)
        add(&results, i, SAGA_OUTPUT_MAX);
    size_t first = pick(&results, 0, 100, 0);
    for (size_t i = 0; i < first; i++)
        size += picked[i].output.size;
    assert_true(first >= 240);
    assert_true(size < WIRE_MESSAGE_MAX);
    assert_int_equal(pick(&results, 1, 100, 0), 300 - first);
    assert_int_equal(memcmp(picked[0].token, &(unsigned){(unsigned)first}, sizeof(unsigned)), 0);
    results_fini(&results);
}

/* As large as can be: the poll that carries what was picked still encodes. */
static void what_one_poll_carries_fits_in_one_message(void **state)
{
    static char text[SAGA_TEXT_SIZE], output[SAGA_OUTPUT_MAX];
    struct results results = {.count = 0};
    struct buffer body = {.data = NULL};
    size_t carried = 0;

    (void)state;
    memset(text, 't', sizeof text - 1);
    for (unsigned i = 0; i < WIRE_RESULTS_MAX; i++) {
        struct wire_result wire = {.operation_id = text + sizeof text - 128,
                                   .attempt = UINT32_MAX,
                                   .verdict = SAGA_VERDICT_DONE,
                                   .output = bytes_of(output, sizeof output),
                                   .code = text + sizeof text - 64,
                                   .text = text,
                                   .after_ms = 3600000};
        name_token(i, wire.token);
        struct result *result = result_make(&wire);
        assert_non_null(result);
        results_add(&results, result);
    }
    for (unsigned poll = 0; poll < 2; poll++) {
        struct wire_request request = {.type = WIRE_POLL,
                                       .poll = {.participant = "a", .worker = UINT64_MAX,
                                                .slots = WIRE_CALLS_MAX, .results = picked}};
        request.poll.result_count = pick(&results, poll, 100, 0);
        assert_true(request.poll.result_count > 0);
        assert_int_equal(wire_encode_request(&request, &body), 0);
        assert_true(body.size <= WIRE_MESSAGE_MAX);
        carried += request.poll.result_count;
    }
    assert_int_equal(carried, WIRE_RESULTS_MAX);
    buffer_fini(&body);
    results_fini(&results);
}

static void one_poll_carries_no_more_than_the_wire_allows(void **state)
{
    struct results results = {.count = 0};

    (void)state;
    for (unsigned i = 0; i < WIRE_RESULTS_MAX + 10; i++)
        add(&results, i, 0);
    assert_int_equal(pick(&results, 0, 100, 0), WIRE_RESULTS_MAX);
    assert_true(results_are_due(&results, (struct results_moment){1, 100, 0}));
    assert_int_equal(pick(&results, 1, 100, 0), 10);
    assert_false(results_are_due(&results, (struct results_moment){1, 100, 0}));
    results_fini(&results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_is_sent_once_while_its_acknowledgement_is_awaited),
        cmocka_unit_test(an_acknowledged_result_is_gone),
        cmocka_unit_test(an_unacknowledged_result_is_sent_again_after_two_seconds),
        cmocka_unit_test(a_lost_connection_sends_everything_again_once),
        cmocka_unit_test(a_lost_poll_sends_only_what_it_carried),
        cmocka_unit_test(a_newer_answer_takes_the_place_of_an_older_one),
        cmocka_unit_test(one_poll_carries_what_fits_and_the_next_the_rest_in_order),
        cmocka_unit_test(what_one_poll_carries_fits_in_one_message),
        cmocka_unit_test(one_poll_carries_no_more_than_the_wire_allows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
