/*
 * The contract: keys, and forgetting them.
 */
#include "store_script.h"
#include "store_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* ---- keys ---- */

static void a_key_leads_to_its_saga(void **state)
{
    struct store *store = store_world_store(state);
    uint8_t key[STORE_KEY_SIZE];
    struct script_record wanted;
    struct store_key found;

    script_submit(store, SCRIPT_FIRST, "a", "mine");
    script_submit(store, SCRIPT_FIRST + 1, "a", "yours");
    store = store_world_reopen(state);
    script_record(&wanted, SCRIPT_FIRST, 1);
    script_key(&wanted, "mine");
    script_key_digest("mine", key);
    assert_int_equal(store_find_key(store, key, &found), 0);
    assert_memory_equal(found.key, wanted.key.key, sizeof found.key);
    assert_memory_equal(found.request_hash, wanted.key.request_hash, sizeof found.request_hash);
    assert_true(id_equal(found.id, wanted.key.id));
    assert_true(found.created_ms == SCRIPT_NOW_MS);
    assert_false(found.released);
    script_expect_key(store, "yours", SCRIPT_FIRST + 1);
    script_expect_key(store, "nobody's", 0);
}

static void append_key(struct store *store, uint64_t stream, uint32_t sequence,
                       uint64_t created_ms, bool released)
{
    struct script_record record;

    script_record(&record, stream, sequence);
    script_key(&record, "k");
    record.key.created_ms = created_ms;
    record.key.released = released;
    assert_int_equal(script_append(store, &record), 0);
}

static void expect_released(struct store *store, bool released)
{
    uint8_t key[STORE_KEY_SIZE];
    struct store_key found;

    script_key_digest("k", key);
    assert_int_equal(store_find_key(store, key, &found), 0);
    assert_int_equal(found.released, released);
}

static void a_released_key_can_start_a_new_saga(void **state)
{
    struct store *store = store_world_store(state);

    append_key(store, SCRIPT_FIRST, 1, SCRIPT_NOW_MS, false);
    append_key(store, SCRIPT_FIRST, 2, SCRIPT_NOW_MS, true);
    expect_released(store, true);
    script_expect_key(store, "k", SCRIPT_FIRST);
    append_key(store, SCRIPT_FIRST + 1, 1, SCRIPT_NOW_MS + 5, false);
    store = store_world_reopen(state);
    expect_released(store, false);
    script_expect_key(store, "k", SCRIPT_FIRST + 1);
}

/* The wall clock may step back, so the later write can belong to the earlier day. */
static void what_was_written_last_counts_whatever_its_day(void **state)
{
    struct store *store = store_world_store(state);

    append_key(store, SCRIPT_FIRST, 1, SCRIPT_NOW_MS, false);
    append_key(store, SCRIPT_FIRST + 1, 1, SCRIPT_NOW_MS + 3 * SCRIPT_DAY_MS, false);
    script_expect_key(store, "k", SCRIPT_FIRST + 1);
    append_key(store, SCRIPT_FIRST + 2, 1, SCRIPT_NOW_MS + SCRIPT_DAY_MS, true);
    store = store_world_reopen(state);
    script_expect_key(store, "k", SCRIPT_FIRST + 2);
    expect_released(store, true);
    append_key(store, SCRIPT_FIRST + 2, 2, SCRIPT_NOW_MS, false);
    expect_released(store, false);
}

/* ---- tidying ---- */

static void tidy_often(struct store *store, uint64_t now_ms)
{
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(store_tidy(store, now_ms, SCRIPT_DAY_MS), 0);
}

static void keys_are_forgotten_a_day_after_their_day(void **state)
{
    struct store *store = store_world_store(state);

    script_submit(store, SCRIPT_FIRST, "a", "k");
    script_end(store, SCRIPT_FIRST, 2, "a", SCRIPT_NOW_MS);
    tidy_often(store, SCRIPT_NOW_MS + SCRIPT_DAY_MS);
    script_expect_key(store, "k", SCRIPT_FIRST);
    tidy_often(store, SCRIPT_NOW_MS + 3 * SCRIPT_DAY_MS);
    store = store_world_reopen(state);
    script_expect_key(store, "k", 0);
    script_expect_records(store, SCRIPT_FIRST, 2);
}

static void keys_of_live_sagas_are_moved_on(void **state)
{
    struct store *store = store_world_store(state);

    script_submit(store, SCRIPT_FIRST, "a", "live");
    script_submit(store, SCRIPT_FIRST + 1, "a", "ended lately");
    script_submit(store, SCRIPT_FIRST + 2, "a", "ended long ago");
    script_end(store, SCRIPT_FIRST + 1, 2, "a", SCRIPT_NOW_MS + 9 * SCRIPT_DAY_MS + 1);
    script_end(store, SCRIPT_FIRST + 2, 2, "a", SCRIPT_NOW_MS + 9 * SCRIPT_DAY_MS);
    tidy_often(store, SCRIPT_NOW_MS + 10 * SCRIPT_DAY_MS);
    store = store_world_reopen(state);
    script_expect_key(store, "live", SCRIPT_FIRST);
    script_expect_key(store, "ended lately", SCRIPT_FIRST + 1);
    script_expect_key(store, "ended long ago", 0);

    script_end(store, SCRIPT_FIRST, 2, "a", SCRIPT_NOW_MS + 10 * SCRIPT_DAY_MS);
    tidy_often(store, SCRIPT_NOW_MS + 20 * SCRIPT_DAY_MS);
    script_expect_key(store, "live", 0);
    script_expect_key(store, "ended lately", 0);
}

/* A stale entry of an old day must not come back over the newer one when it is looked at. */
static void moving_on_never_revives_what_was_replaced(void **state)
{
    struct store *store = store_world_store(state);
    struct script_record record;

    script_submit(store, SCRIPT_FIRST, "a", "k");
    script_record(&record, SCRIPT_FIRST + 1, 1);
    script_row(&record, "a", true);
    script_key(&record, "k");
    record.key.created_ms = SCRIPT_NOW_MS + 5 * SCRIPT_DAY_MS;
    assert_int_equal(script_append(store, &record), 0);
    tidy_often(store, SCRIPT_NOW_MS + 6 * SCRIPT_DAY_MS);
    script_expect_key(store, "k", SCRIPT_FIRST + 1);
    tidy_often(store, SCRIPT_NOW_MS + 30 * SCRIPT_DAY_MS);
    script_expect_key(store, "k", SCRIPT_FIRST + 1);
}

int store_suite_keys(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_leads_to_its_saga, store_world_open,
                                        store_world_close),
        cmocka_unit_test_setup_teardown(a_released_key_can_start_a_new_saga, store_world_open,
                                        store_world_close),
        cmocka_unit_test_setup_teardown(what_was_written_last_counts_whatever_its_day,
                                        store_world_open, store_world_close),
        cmocka_unit_test_setup_teardown(keys_are_forgotten_a_day_after_their_day, store_world_open,
                                        store_world_close),
        cmocka_unit_test_setup_teardown(keys_of_live_sagas_are_moved_on, store_world_open,
                                        store_world_close),
        cmocka_unit_test_setup_teardown(moving_on_never_revives_what_was_replaced, store_world_open,
                                        store_world_close),
    };

    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
