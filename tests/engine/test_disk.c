/*
 * The engine on a disk that is full, or that fails: what is refused, what goes on, what is unknown.
 */
#include "base/fault.h"
#include "engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum trouble { NONE, FULL_FOR_NEW, FULL_FOR_ALL, FAILS_AND_KEEPS, FAILS_AND_LOSES };

/* A store that stands before the real one and has trouble on demand. */
struct troubled {
    struct store store; /* First. */
    struct store_ops ops;
    struct store *real;
    enum trouble trouble;
};

static struct troubled troubled;

static bool has_new(const struct store_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (records[i].stream >= ID_FIRST_SAGA && records[i].sequence == 1)
            return true;
    return false;
}

static int troubled_append(struct store *store, const struct store_record *records, size_t count)
{
    struct troubled *self = (struct troubled *)store;

    switch (self->trouble) {
    case NONE:
        break;
    case FULL_FOR_NEW:
        if (has_new(records, count))
            return STORE_FULL;
        break;
    case FULL_FOR_ALL:
        return STORE_FULL;
    case FAILS_AND_KEEPS:
        assert_int_equal(store_append(self->real, records, count), 0);
        return fault(FAULT_IO);
    case FAILS_AND_LOSES:
        return fault(FAULT_IO);
    }
    return store_append(self->real, records, count);
}

static int troubled_load(struct store *store, uint64_t stream, uint32_t from,
                         store_record_visitor *visit, void *context)
{
    return store_load_from(((struct troubled *)store)->real, stream, from, visit, context);
}

static int troubled_load_back(struct store *store, uint64_t stream, uint32_t before,
                              store_record_visitor *visit, void *context)
{
    return store_load_back(((struct troubled *)store)->real, stream, before, visit, context);
}

static int troubled_live(struct store *store, uint64_t after, store_row_visitor *visit,
                         void *context)
{
    return store_live(((struct troubled *)store)->real, after, visit, context);
}

static int troubled_find(struct store *store, uint64_t number, struct store_row *ret_row)
{
    return store_find(((struct troubled *)store)->real, number, ret_row);
}

static int troubled_find_key(struct store *store, const uint8_t key[STORE_KEY_SIZE],
                             struct store_key *ret_key)
{
    return store_find_key(((struct troubled *)store)->real, key, ret_key);
}

static int troubled_tidy(struct store *store, uint64_t now_ms, uint64_t keep_ms)
{
    return store_tidy(((struct troubled *)store)->real, now_ms, keep_ms);
}

static int troubled_last_number(struct store *store, uint64_t *ret_number)
{
    return store_last_number(((struct troubled *)store)->real, ret_number);
}

static bool troubled_is_full(const struct store *store)
{
    return store_is_full(((const struct troubled *)store)->real);
}

static void troubled_close(struct store *store)
{
    store_close(((struct troubled *)store)->real);
}

/* Put the troubled store in place of the world's, which has stopped meanwhile. */
static struct world *open_troubled(void)
{
    struct world *world = world_open();

    troubled = (struct troubled){
        .ops =
            {
                .append = troubled_append,
                .load = troubled_load,
                .load_back = troubled_load_back,
                .live = troubled_live,
                .find = troubled_find,
                .find_key = troubled_find_key,
                .tidy = troubled_tidy,
                .last_number = troubled_last_number,
                .is_full = troubled_is_full,
                .close = troubled_close,
            },
        .real = world->store,
    };
    troubled.store.ops = &troubled.ops;
    world->store = &troubled.store;
    world_crash(world, 0);
    world_turn(world);
    return world;
}

static void a_full_disk_turns_new_sagas_away_and_lets_running_ones_end(void **state)
{
    struct world *world = open_troubled();
    struct saga_id id = world_start(world, "k1");
    struct asked asked = {0};

    troubled.trouble = FULL_FOR_NEW;
    world_submit(world, &asked, "k2", "{}");
    assert_int_equal(asked.status, ANSWER_FULL);
    assert_null(asked.snapshot);
    asked_fini(&asked);
    world_do_all(world);
    assert_int_equal(world_phase(world, id), SAGA_COMPLETED);

    troubled.trouble = NONE;
    world_start(world, "k2"); /* The refusal left no trace: the key is free. */
    world_close(world);
    (void)state;
}

static void a_new_saga_and_a_result_in_one_turn_on_a_full_disk_part_ways(void **state)
{
    struct world *world = open_troubled();
    struct saga_id id = world_start(world, "k1");
    struct asked asked = {0};

    troubled.trouble = FULL_FOR_NEW;
    world_ask_submit(world, &asked, "k2", "{}");
    world_answer(world, "validate", SAGA_DO, SAGA_VERDICT_DONE, ""); /* The same turn. */
    assert_int_equal(asked.status, ANSWER_FULL);
    asked_fini(&asked);
    assert_true(world_has_call(world, "reserve_quota", SAGA_DO));
    troubled.trouble = NONE;
    world_do_all(world);
    assert_int_equal(world_phase(world, id), SAGA_COMPLETED);
    world_close(world);
    (void)state;
}

static void a_rerun_that_a_full_disk_turns_away_leaves_no_entry(void **state)
{
    struct world *world = open_troubled();
    struct saga_id old = world_start(world, "k1");
    struct asked rerun = {0}, asked = {0};
    struct request request = {
        .type = REQUEST_SUBMIT,
        .tenant = WORLD_TENANT,
        .definition = "send_message",
        .input = bytes_of_text("{}"),
        .previous = old,
        .actor = "ada",
        .reason = "again",
    };

    world_do_all(world);
    world_start(world, "k2");
    troubled.trouble = FULL_FOR_NEW;
    world_put(world, &rerun, request);
    world_answer(world, "validate", SAGA_DO, SAGA_VERDICT_DONE, ""); /* The same turn. */
    assert_int_equal(rerun.status, ANSWER_FULL);
    asked_fini(&rerun);
    troubled.trouble = NONE;
    world_ask(world, &asked, (struct request){.type = REQUEST_AUDIT_LIST, .limit = 10});
    assert_int_equal(asked.audit->count, 0);
    asked_fini(&asked);
    world_close(world);
    (void)state;
}

/* The turn in which the commit failed: the request must not hear a definite answer. */
static void fail_a_submit(struct world *world, enum trouble trouble, struct asked *asked)
{
    troubled.trouble = trouble;
    world_ask_submit(world, asked, "k1", "{}");
    assert_true(engine_turn(world->engine, world->now, &world->wait_ms) < 0);
    assert_false(asked->answered);
    troubled.trouble = NONE;
    world_crash(world, 0); /* Closing answers FAULT: unknown. */
    world_turn(world);
    assert_true(asked->answered);
    assert_int_equal(asked->status, ANSWER_FAULT);
    asked_fini(asked);
}

static void a_commit_that_failed_is_unknown_and_the_key_tells_after_the_restart(void **state)
{
    struct asked asked = {0};
    struct world *world = open_troubled();

    fail_a_submit(world, FAILS_AND_KEEPS, &asked);
    world_submit(world, &asked, "k1", "{}");
    assert_int_equal(asked.status, ANSWER_REPLAYED);
    asked_fini(&asked);
    world_close(world);

    world = open_troubled();
    fail_a_submit(world, FAILS_AND_LOSES, &asked);
    world_submit(world, &asked, "k1", "{}");
    assert_int_equal(asked.status, ANSWER_OK);
    asked_fini(&asked);
    world_close(world);
    (void)state;
}

static void when_even_the_reserve_is_used_up_the_engine_stops(void **state)
{
    struct world *world = open_troubled();
    struct saga_id id = world_start(world, "k1");

    world_pass(world, 250);
    troubled.trouble = FULL_FOR_ALL;
    world->now.monotonic_ms += 100;
    assert_true(engine_turn(world->engine, world->now, &world->wait_ms) < 0);
    troubled.trouble = NONE;
    world_crash(world, 0);
    world_turn(world);
    assert_int_equal(world_phase(world, id), SAGA_RUNNING);
    world_close(world);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_turns_new_sagas_away_and_lets_running_ones_end),
        cmocka_unit_test(a_new_saga_and_a_result_in_one_turn_on_a_full_disk_part_ways),
        cmocka_unit_test(a_rerun_that_a_full_disk_turns_away_leaves_no_entry),
        cmocka_unit_test(a_commit_that_failed_is_unknown_and_the_key_tells_after_the_restart),
        cmocka_unit_test(when_even_the_reserve_is_used_up_the_engine_stops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
