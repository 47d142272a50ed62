/*
 * The versions of definitions that the engine knows, and how many sagas use each.
 */
#include "engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The same name; another deadline makes it another version. */
static const char newer_text[] = "saga: send_message\n"
                                 "deadline: 40s\n"
                                 "steps:\n"
                                 "  - {name: validate, participant: auth, read_only: true}\n";

struct question {
    struct request request; /* First. */
    struct definitions *found;
};

static void keep(struct request *request, struct answer *answer)
{
    assert_int_equal(answer->status, ANSWER_OK);
    ((struct question *)request)->found = answer->definitions;
}

/* What the engine knows; the caller's, by free. */
static struct definitions *ask(struct world *world, struct request request)
{
    struct question question = {.request = request};

    question.request.type = REQUEST_DEFINITIONS;
    question.request.answer = keep;
    inbox_ask(world->inbox, &question.request);
    world_turn(world);
    assert_non_null(question.found);
    return question.found;
}

static void make_newer(struct world *world)
{
    struct catalog_report report = {0};

    int r = catalog_add_text(world->catalog, "send_message.yaml", newer_text, strlen(newer_text),
                             &report);
    assert_int_equal(r, 0);
    catalog_report_fini(&report);
}

static void a_version_counts_the_sagas_that_use_it(void **state)
{
    struct world *world = world_open();

    world_start(world, "k1");
    world_start(world, "k2");
    struct definitions *found = ask(world, (struct request){.limit = 10});
    assert_int_equal(found->count, 1);
    assert_string_equal(found->rows[0].definition->name, "send_message");
    assert_int_equal(found->rows[0].live, 2);
    assert_true(found->rows[0].current);
    assert_true(found->rows[0].text.size > 0);
    free(found);
    world_do_all(world);
    found = ask(world, (struct request){.limit = 10});
    assert_int_equal(found->rows[0].live, 0);
    free(found);
    world_close(world);
    (void)state;
}

static void an_old_version_is_listed_while_it_is_used_and_on_demand(void **state)
{
    struct world *world = world_open();

    world_start(world, "k1");
    make_newer(world);
    struct definitions *found = ask(world, (struct request){.limit = 10});
    assert_int_equal(found->count, 2);
    assert_false(found->rows[0].current);
    assert_int_equal(found->rows[0].live, 1);
    assert_true(found->rows[1].current);
    free(found);

    world_do_all(world);
    found = ask(world, (struct request){.limit = 10});
    assert_int_equal(found->count, 1);
    assert_true(found->rows[0].current);
    free(found);
    found = ask(world, (struct request){.limit = 10, .with_finished = true});
    assert_int_equal(found->count, 2);
    free(found);
    world_close(world);
    (void)state;
}

static void pages_go_on_where_the_last_one_ended(void **state)
{
    struct world *world = world_open();

    make_newer(world);
    struct request request = {.limit = 1, .with_finished = true};
    struct definitions *first = ask(world, request);
    assert_int_equal(first->count, 1);
    assert_int_equal(first->cursor, 1);
    request.before = first->cursor;
    struct definitions *second = ask(world, request);
    assert_int_equal(second->count, 1);
    assert_int_equal(second->cursor, 0);
    assert_ptr_not_equal(first->rows[0].definition, second->rows[0].definition);
    free(first);
    free(second);
    world_close(world);
    (void)state;
}

static void one_version_is_the_current_one_or_the_one_that_is_named(void **state)
{
    struct world *world = world_open();
    struct request request = {.limit = 1, .only_newest = true, .definition = "send_message"};

    struct definitions *found = ask(world, request);
    char version[2 * DEFINITION_HASH_SIZE + 1];
    hex_encode(found->rows[0].definition->hash, DEFINITION_HASH_SIZE, version);
    free(found);
    make_newer(world);
    found = ask(world, request);
    assert_true(found->rows[0].current);
    assert_int_equal(found->rows[0].definition->deadline_ms, 40000);
    free(found);

    memcpy(request.version, version, 8);
    found = ask(world, request);
    assert_int_equal(found->count, 1);
    assert_int_equal(found->rows[0].definition->deadline_ms, 30000);
    free(found);
    request.version[0] = 'x';
    found = ask(world, request);
    assert_int_equal(found->count, 0);
    free(found);
    world_close(world);
    (void)state;
}

static void sagas_are_counted_again_after_a_restart(void **state)
{
    struct world *world = world_open();

    world_start(world, "k1");
    make_newer(world);
    world_crash(world, 1);
    struct definitions *found = ask(world, (struct request){.limit = 10, .with_finished = true});
    uint64_t live = 0;
    for (size_t i = 0; i < found->count; i++)
        live += found->rows[i].live;
    assert_int_equal(live, 1);
    free(found);
    world_close(world);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_counts_the_sagas_that_use_it),
        cmocka_unit_test(an_old_version_is_listed_while_it_is_used_and_on_demand),
        cmocka_unit_test(pages_go_on_where_the_last_one_ended),
        cmocka_unit_test(one_version_is_the_current_one_or_the_one_that_is_named),
        cmocka_unit_test(sagas_are_counted_again_after_a_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
