/* nng: listening again, and closing, while peers ask as fast as they can, leaves nothing. */
#include "load.h"
#include "transport/transport_nng.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define TIMES 20u

static void listening_again_under_load_lets_go_of_every_connection(void **state)
{
    struct load load;
    (void)state;

    load_start(&load, transport_nng_open, 0);
    struct transport_nng *nng = (struct transport_nng *)load.transport;
    nng_watchdog_close(nng); /* This test does its work, and the two would collide. */
    for (unsigned i = 0; i < TIMES; i++) {
        assert_true(load_answers(&load, 500));
        nng_exchange_pause(nng);
        assert_int_equal(nng_endpoint_reopen(nng->socket, &nng->endpoint), 0);
        nng_exchange_resume(nng);
    }
    assert_true(load_answers(&load, 500));
    assert_true(load_pipes_fall_to(&load, LOAD_PEERS));

    /* The peers go on asking until the transport has closed. */
    transport_close(load.transport);
    load_stop(&load);
    load_remove(&load);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(listening_again_under_load_lets_go_of_every_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
