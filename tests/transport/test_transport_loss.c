/* Plain sockets: peers that drop their connections in the middle of everything. */
#include "load.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void connections_lost_under_load_are_all_let_go_of_and_told(void **state)
{
    struct load load;
    (void)state;

    load_start(&load, 50);
    assert_true(load_answers(&load, 30000));
    load_stop(&load);
    assert_true(load_pipes_fall_to(&load, 0));
    uint64_t connected = load.connected;
    assert_true(connected > 100);
    transport_close(load.transport);
    /* Nobody dies unheard, except who was let in but cut off before its first request was read. */
    assert_in_range(load.gone, connected - LOAD_PEERS, connected);
    load_remove(&load);
}

static void closing_under_load_ends(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        struct load load;
        load_start(&load, 0);
        assert_true(load_answers(&load, 200));
        transport_close(load.transport);
        load_stop(&load);
        load_remove(&load);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_lost_under_load_are_all_let_go_of_and_told),
        cmocka_unit_test(closing_under_load_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
