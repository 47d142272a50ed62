/*
 * The example of docs/tutorials/first-participant-in-c.md, built as the page says, against a played
 * server.
 */
#include "sdk/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *program;

struct shop {
    struct server server;
    char database[96];
    pid_t coupons;
};

static void start_coupons(struct shop *shop)
{
    shop->coupons = fork();
    assert_true(shop->coupons >= 0);
    if (shop->coupons == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl(program, program, shop->server.url, "s3cret", shop->database, (char *)NULL);
        _exit(127);
    }
}

static int stop_coupons(struct shop *shop)
{
    int status = 0;

    assert_int_equal(kill(shop->coupons, SIGTERM), 0);
    assert_int_equal(waitpid(shop->coupons, &status, 0), shop->coupons);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int open_shop(void **state)
{
    struct shop *shop = calloc(1, sizeof *shop);

    assert_non_null(shop);
    server_init(&shop->server);
    snprintf(shop->database, sizeof shop->database, "%s/coupons.db", shop->server.folder);
    server_listen(&shop->server);
    start_coupons(shop);
    *state = shop;
    return 0;
}

static int close_shop(void **state)
{
    struct shop *shop = *state;

    assert_int_equal(stop_coupons(shop), 0);
    assert_int_equal(unlink(shop->database), 0);
    server_fini(&shop->server);
    free(shop);
    return 0;
}

/* Answer polls until one carries the result of this call. */
static struct transport_delivery *ask(struct shop *shop, const char *operation_id,
                                      enum saga_direction direction, uint32_t attempt)
{
    static const char input[] = "{\"campaign\": \"spring\"}";
    struct wire_call call = {.operation_id = operation_id,
                             .saga = operation_id[5] == 'a' ? "saga_a" : "saga_b",
                             .sid = "",
                             .definition = "order",
                             .step = "coupon",
                             .operation =
                                 direction == SAGA_UNDO ? "return_coupon" : "reserve_coupon",
                             .direction = direction,
                             .attempt = attempt,
                             .ms_left = 1000,
                             .input = bytes_of_text(input),
                             .traceparent = "",
                             .tenant = "AC1",
                             .token = {(uint8_t)attempt}};
    struct wire_reply work = {.type = WIRE_WORK, .work = {.call_count = 1, .calls = &call}};
    struct wire_reply nothing = {.type = WIRE_WORK};
    struct transport_delivery *poll = server_next(&shop->server, WIRE_POLL);

    assert_string_equal(poll->request.poll.participant, "coupons");
    server_answer(&shop->server, poll, &work);
    while (true) {
        poll = server_next(&shop->server, WIRE_POLL);
        for (size_t i = 0; i < poll->request.poll.result_count; i++) {
            if (poll->request.poll.results[i].token[0] == attempt)
                return poll;
        }
        server_answer(&shop->server, poll, &nothing);
    }
}

static void expect(struct shop *shop, const char *operation_id, enum saga_direction direction,
                   uint32_t attempt, enum saga_verdict verdict)
{
    struct transport_delivery *poll = ask(shop, operation_id, direction, attempt);

    for (size_t i = 0; i < poll->request.poll.result_count; i++) {
        const struct wire_result *result = &poll->request.poll.results[i];
        if (result->token[0] == attempt)
            assert_int_equal(result->verdict, verdict);
    }
    server_answer(&shop->server, poll, &(struct wire_reply){.type = WIRE_WORK});
}

static void the_last_coupon_is_given_once_and_can_be_returned(void **state)
{
    struct shop *shop = *state;

    expect(shop, "saga_a/coupon/do.0", SAGA_DO, 1, SAGA_VERDICT_DONE);
    expect(shop, "saga_a/coupon/do.0", SAGA_DO, 2, SAGA_VERDICT_DONE);
    expect(shop, "saga_b/coupon/do.0", SAGA_DO, 3, SAGA_VERDICT_REJECTED);
    expect(shop, "saga_a/coupon/undo", SAGA_UNDO, 4, SAGA_VERDICT_DONE);
    expect(shop, "saga_b/coupon/do.1", SAGA_DO, 5, SAGA_VERDICT_DONE);
    expect(shop, "saga_a/coupon/do.0", SAGA_DO, 6, SAGA_VERDICT_DONE); /* As answered then. */
}

static void what_it_gave_is_known_after_a_restart(void **state)
{
    struct shop *shop = *state;

    expect(shop, "saga_a/coupon/do.0", SAGA_DO, 1, SAGA_VERDICT_DONE);
    assert_int_equal(kill(shop->coupons, SIGKILL), 0);
    assert_int_equal(waitpid(shop->coupons, NULL, 0), shop->coupons);
    server_vanish(&shop->server);
    server_listen(&shop->server);
    start_coupons(shop);
    expect(shop, "saga_a/coupon/do.0", SAGA_DO, 2, SAGA_VERDICT_DONE);
    expect(shop, "saga_b/coupon/do.0", SAGA_DO, 3, SAGA_VERDICT_REJECTED);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_coupon_is_given_once_and_can_be_returned,
                                        open_shop, close_shop),
        cmocka_unit_test_setup_teardown(what_it_gave_is_known_after_a_restart, open_shop,
                                        close_shop),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: test_example PROGRAM\n");
        return 2;
    }
    program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
