/*
 * Lists: pages of sagas, both ways, and whole.
 */
#include "engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void ask_page(struct world *world, struct asked *asked, struct request request)
{
    request.type = REQUEST_LIST;
    world_ask(world, asked, request);
    assert_int_equal(asked->status, ANSWER_OK);
}

static void lists_show_live_sagas_newest_first_in_pages(void **state)
{
    struct world *world = world_open();
    struct saga_id ids[5];
    struct asked asked = {0};

    for (size_t i = 0; i < 5; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%zu", i);
        ids[i] = world_start(world, key);
    }
    ask_page(world, &asked, (struct request){.limit = 3});
    assert_int_equal(asked.page->count, 3);
    assert_true(id_equal(asked.page->rows[0].id, ids[4]));
    uint64_t cursor = asked.page->cursor;
    assert_true(cursor != 0);
    asked_fini(&asked);
    ask_page(world, &asked, (struct request){.limit = 3, .before = cursor});
    assert_int_equal(asked.page->count, 2);
    assert_int_equal(asked.page->cursor, 0);
    assert_true(id_equal(asked.page->rows[1].id, ids[0]));
    asked_fini(&asked);
    world_close(world);
    (void)state;
}

static void whole_sagas_are_listed_both_ways(void **state)
{
    struct world *world = world_open();
    struct saga_id ids[3];
    struct asked asked = {0};
    struct request whole = {.limit = 2, .with_finished = true, .whole = true};

    for (size_t i = 0; i < 3; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%zu", i);
        ids[i] = world_start(world, key);
        if (i < 2)
            world_do_all(world);
    }
    ask_page(world, &asked, whole);
    assert_int_equal(asked.page->count, 2);
    assert_int_equal(asked.page->rows[0].snapshot->phase, SAGA_RUNNING);
    assert_int_equal(asked.page->rows[1].snapshot->phase, SAGA_COMPLETED);
    assert_true(asked.page->rows[1].snapshot->input.size > 0);
    assert_true(asked.page->cursor == ids[1].number);
    asked_fini(&asked);
    whole.newer = true;
    whole.before = ids[0].number;
    ask_page(world, &asked, whole);
    assert_int_equal(asked.page->count, 2);
    assert_true(id_equal(asked.page->rows[0].snapshot->id, ids[0]));
    assert_true(id_equal(asked.page->rows[1].snapshot->id, ids[1]));
    assert_true(asked.page->cursor == ids[1].number + 1);
    asked_fini(&asked);
    world_close(world);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_show_live_sagas_newest_first_in_pages),
        cmocka_unit_test(whole_sagas_are_listed_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
