#include "store_suite.h"

#include "store_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One test's store. The suite itself is fixed for the whole run. */
struct world {
    void *place;
    struct store *store;
};

static const struct store_suite *suite;

static int open_world(void **state)
{
    static struct world world;

    world.place = suite->place_open();
    world.store = suite->open(world.place);
    *state = &world;
    return world.store == NULL ? -1 : 0;
}

static int close_world(void **state)
{
    struct world *world = *state;

    world->store = store_close(world->store);
    suite->place_close(world->place);
    return 0;
}

static struct store *store_of(void **state)
{
    return ((struct world *)*state)->store;
}

/* For a store that survives: close it and open it again, in the middle of a test. */
static struct store *reopened(void **state)
{
    struct world *world = *state;

    if (suite->survives) {
        world->store = store_close(world->store);
        world->store = suite->open(world->place);
        assert_non_null(world->store);
    }
    return world->store;
}

/* ---- appending and loading ---- */

static void an_empty_store_has_nothing(void **state)
{
    struct store *store = store_of(state);
    struct script_numbers seen = {0};
    struct store_row row;
    uint64_t number = 7, cursor = 7;

    script_expect_none(store, SCRIPT_FIRST);
    script_expect_key(store, "k", 0);
    assert_int_equal(store_find(store, SCRIPT_FIRST, &row), STORE_NONE);
    assert_int_equal(store_live(store, 0, script_remember, &seen), 0);
    assert_int_equal(store_page(store, 0, NULL, script_remember, &seen, &cursor), 0);
    assert_int_equal(seen.count, 0);
    assert_true(cursor == 0);
    assert_int_equal(store_last_number(store, &number), 0);
    assert_true(number == 0);
    assert_false(store_is_full(store));
}

static void records_of_a_stream_come_back_in_order(void **state)
{
    struct store *store = store_of(state);
    struct script_record record;

    for (uint32_t sequence = 1; sequence <= 20; sequence++) {
        for (uint64_t stream = SCRIPT_FIRST; stream < SCRIPT_FIRST + 3; stream++) {
            script_record(&record, stream, sequence);
            assert_int_equal(script_append(store, &record), 0);
        }
    }
    store = reopened(state);
    for (uint64_t stream = SCRIPT_FIRST; stream < SCRIPT_FIRST + 3; stream++)
        script_expect_records(store, stream, 20);
}

static bool stop_at_second(void *context, const struct store_record *record)
{
    *(uint32_t *)context = record->sequence;
    return record->sequence < 2;
}

static void a_visitor_can_stop(void **state)
{
    struct store *store = store_of(state);
    struct script_record record;
    uint32_t seen = 0;

    for (uint32_t sequence = 1; sequence <= 4; sequence++) {
        script_record(&record, SCRIPT_FIRST, sequence);
        assert_int_equal(script_append(store, &record), 0);
    }
    assert_int_equal(store_load(store, SCRIPT_FIRST, stop_at_second, &seen), 0);
    assert_int_equal(seen, 2);
}

static bool copy_payload_size(void *context, const struct store_record *record)
{
    size_t *sizes = context;

    sizes[record->sequence - 1] =
        record->payload.data == NULL ? SIZE_MAX : record->payload.size;
    return true;
}

static void payloads_come_back_and_nothing_is_not_empty(void **state)
{
    static uint8_t large[65536];
    struct store *store = store_of(state);
    struct script_record record;
    const struct bytes payloads[] = {
        {NULL, 0}, {large, 0}, {large, 1}, {large, 7000}, {large, sizeof large},
    };
    size_t sizes[5] = {0};

    memset(large, 'x', sizeof large);
    for (uint32_t i = 0; i < 5; i++) {
        script_record(&record, SCRIPT_FIRST, i + 1);
        record.record.payload = payloads[i];
        assert_int_equal(script_append(store, &record), 0);
    }
    store = reopened(state);
    assert_int_equal(store_load(store, SCRIPT_FIRST, copy_payload_size, sizes), 0);
    assert_true(sizes[0] == SIZE_MAX);
    for (size_t i = 1; i < 5; i++)
        assert_true(sizes[i] == payloads[i].size);
}

static void the_systems_streams_are_streams_too(void **state)
{
    struct store *store = store_of(state);
    struct script_record record;

    script_record(&record, STORE_STREAM_SERVER, 1);
    script_payload(&record);
    assert_int_equal(script_append(store, &record), 0);
    script_submit(store, SCRIPT_FIRST, "a", "k");
    script_record(&record, STORE_STREAM_DEFINITIONS, 1);
    assert_int_equal(script_append(store, &record), 0);
    store = reopened(state);
    script_expect_records(store, STORE_STREAM_SERVER, 1);
    script_expect_records(store, STORE_STREAM_DEFINITIONS, 1);
    script_expect_none(store, STORE_STREAM_AUDIT);
}

static void a_sequence_that_is_not_the_next_is_a_conflict(void **state)
{
    struct store *store = store_of(state);
    struct script_record record;
    const uint32_t wrong[] = {1, 2, 4, 5, UINT32_MAX};

    script_record(&record, SCRIPT_FIRST, 2);
    assert_int_equal(script_append(store, &record), STORE_CONFLICT);
    script_expect_none(store, SCRIPT_FIRST);
    for (uint32_t sequence = 1; sequence <= 2; sequence++) {
        script_record(&record, SCRIPT_FIRST, sequence);
        assert_int_equal(script_append(store, &record), 0);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        script_record(&record, SCRIPT_FIRST, wrong[i]);
        assert_int_equal(script_append(store, &record), STORE_CONFLICT);
    }
    script_expect_records(store, SCRIPT_FIRST, 2);
    script_record(&record, SCRIPT_FIRST, 3);
    assert_int_equal(script_append(store, &record), 0);
    script_expect_records(store, SCRIPT_FIRST, 3);
}

static void a_conflict_in_a_batch_leaves_nothing_of_it(void **state)
{
    struct store *store = store_of(state);
    struct script_record batch[5];
    struct store_record records[5];
    struct store_row row;
    uint64_t number = 0;

    for (uint32_t i = 0; i < 5; i++) {
        script_record(&batch[i], SCRIPT_FIRST + i, i == 3 ? 2 : 1);
        script_payload(&batch[i]);
        script_row(&batch[i], "a", true);
        script_key(&batch[i], i == 0 ? "first" : "others");
        records[i] = batch[i].record;
    }
    assert_int_equal(store_append(store, records, 5), STORE_CONFLICT);
    for (uint32_t i = 0; i < 5; i++) {
        script_expect_none(store, SCRIPT_FIRST + i);
        assert_int_equal(store_find(store, SCRIPT_FIRST + i, &row), STORE_NONE);
    }
    script_expect_key(store, "first", 0);
    script_expect_key(store, "others", 0);
    assert_int_equal(store_last_number(store, &number), 0);
    assert_true(number == 0);

    records[3].sequence = 1;
    assert_int_equal(store_append(store, records, 5), 0);
    script_expect_key(store, "first", SCRIPT_FIRST);
}

static void a_full_batch_is_one_append(void **state)
{
    struct store *store = store_of(state);
    static struct store_record records[STORE_BATCH_MAX];
    struct script_record sample;
    size_t sizes[1];

    script_record(&sample, SCRIPT_FIRST, 1);
    for (uint32_t i = 0; i < STORE_BATCH_MAX; i++) {
        records[i] = sample.record;
        records[i].stream = SCRIPT_FIRST + i;
    }
    assert_int_equal(store_append(store, records, STORE_BATCH_MAX), 0);
    for (uint32_t i = 0; i < STORE_BATCH_MAX; i += 97)
        assert_int_equal(store_load(store, SCRIPT_FIRST + i, copy_payload_size, sizes), 0);
    assert_int_equal(store_load(store, SCRIPT_FIRST + STORE_BATCH_MAX, copy_payload_size, sizes),
                     STORE_NONE);
}

static void the_last_number_is_the_largest_in_use(void **state)
{
    struct store *store = store_of(state);
    struct script_record record;
    const uint64_t numbers[] = {STORE_STREAM_AUDIT, SCRIPT_FIRST, SCRIPT_FIRST + 9,
                                SCRIPT_FIRST + 4, (uint64_t)INT64_MAX};
    const uint64_t largest[] = {STORE_STREAM_AUDIT, SCRIPT_FIRST, SCRIPT_FIRST + 9,
                                SCRIPT_FIRST + 9, (uint64_t)INT64_MAX};

    for (size_t i = 0; i < 5; i++) {
        uint64_t number = 0;
        script_record(&record, numbers[i], 1);
        assert_int_equal(script_append(store, &record), 0);
        store = reopened(state);
        assert_int_equal(store_last_number(store, &number), 0);
        assert_true(number == largest[i]);
    }
}

/* ---- rows ---- */

static void a_row_is_found_as_it_was_last_written(void **state)
{
    struct store *store = store_of(state);
    struct script_record record;
    struct store_row row;

    script_submit(store, SCRIPT_FIRST, "tenant", "k");
    script_record(&record, SCRIPT_FIRST, 2);
    assert_int_equal(script_append(store, &record), 0); /* A record without row changes none. */
    assert_int_equal(store_find(store, SCRIPT_FIRST, &row), 0);
    assert_true(row.live);
    assert_int_equal(row.phase, 0);

    script_record(&record, SCRIPT_FIRST, 3);
    script_row(&record, "tenant", false);
    memset(record.row.code, 'c', sizeof record.row.code - 1);
    assert_int_equal(script_append(store, &record), 0);
    store = reopened(state);
    assert_int_equal(store_find(store, SCRIPT_FIRST, &row), 0);
    assert_true(id_equal(row.id, record.row.id));
    assert_string_equal(row.tenant, "tenant");
    assert_string_equal(row.definition, "send_message");
    assert_string_equal(row.code, record.row.code);
    assert_int_equal(row.phase, 2);
    assert_false(row.live);
    assert_true(row.created_ms == SCRIPT_NOW_MS);
    assert_true(row.updated_ms == SCRIPT_NOW_MS + 3);
    assert_int_equal(store_find(store, SCRIPT_FIRST + 1, &row), STORE_NONE);
}

static void live_sagas_are_visited_in_order_of_number(void **state)
{
    struct store *store = store_of(state);
    struct script_numbers seen = {0}, rest = {0}, one = {.stop_after = 1};

    for (uint64_t i = 0; i < 10; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%" PRIu64, i);
        script_submit(store, SCRIPT_FIRST + (i * 7) % 10, "a", key);
    }
    for (uint64_t i = 0; i < 10; i += 2)
        script_end(store, SCRIPT_FIRST + i, 2, "a", SCRIPT_NOW_MS);
    store = reopened(state);
    assert_int_equal(store_live(store, 0, script_remember, &seen), 0);
    assert_int_equal(seen.count, 5);
    for (uint64_t i = 0; i < 5; i++)
        assert_true(seen.numbers[i] == SCRIPT_FIRST + 2 * i + 1);

    assert_int_equal(store_live(store, SCRIPT_FIRST + 5, script_remember, &rest), 0);
    assert_int_equal(rest.count, 2);
    assert_true(rest.numbers[0] == SCRIPT_FIRST + 7);
    assert_int_equal(store_live(store, 0, script_remember, &one), 0);
    assert_int_equal(one.count, 1);
}

/* ---- keys ---- */

static void a_key_leads_to_its_saga(void **state)
{
    struct store *store = store_of(state);
    uint8_t key[STORE_KEY_SIZE];
    struct script_record wanted;
    struct store_key found;

    script_submit(store, SCRIPT_FIRST, "a", "mine");
    script_submit(store, SCRIPT_FIRST + 1, "a", "yours");
    store = reopened(state);
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
    struct store *store = store_of(state);

    append_key(store, SCRIPT_FIRST, 1, SCRIPT_NOW_MS, false);
    append_key(store, SCRIPT_FIRST, 2, SCRIPT_NOW_MS, true);
    expect_released(store, true);
    script_expect_key(store, "k", SCRIPT_FIRST);
    append_key(store, SCRIPT_FIRST + 1, 1, SCRIPT_NOW_MS + 5, false);
    store = reopened(state);
    expect_released(store, false);
    script_expect_key(store, "k", SCRIPT_FIRST + 1);
}

/* The wall clock may step back, so the later write can belong to the earlier day. */
static void what_was_written_last_counts_whatever_its_day(void **state)
{
    struct store *store = store_of(state);

    append_key(store, SCRIPT_FIRST, 1, SCRIPT_NOW_MS, false);
    append_key(store, SCRIPT_FIRST + 1, 1, SCRIPT_NOW_MS + 3 * SCRIPT_DAY_MS, false);
    script_expect_key(store, "k", SCRIPT_FIRST + 1);
    append_key(store, SCRIPT_FIRST + 2, 1, SCRIPT_NOW_MS + SCRIPT_DAY_MS, true);
    store = reopened(state);
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
    struct store *store = store_of(state);

    script_submit(store, SCRIPT_FIRST, "a", "k");
    script_end(store, SCRIPT_FIRST, 2, "a", SCRIPT_NOW_MS);
    tidy_often(store, SCRIPT_NOW_MS + SCRIPT_DAY_MS);
    script_expect_key(store, "k", SCRIPT_FIRST);
    tidy_often(store, SCRIPT_NOW_MS + 3 * SCRIPT_DAY_MS);
    store = reopened(state);
    script_expect_key(store, "k", 0);
    script_expect_records(store, SCRIPT_FIRST, 2);
}

static void keys_of_live_sagas_are_moved_on(void **state)
{
    struct store *store = store_of(state);

    script_submit(store, SCRIPT_FIRST, "a", "live");
    script_submit(store, SCRIPT_FIRST + 1, "a", "ended lately");
    script_submit(store, SCRIPT_FIRST + 2, "a", "ended long ago");
    script_end(store, SCRIPT_FIRST + 1, 2, "a", SCRIPT_NOW_MS + 9 * SCRIPT_DAY_MS + 1);
    script_end(store, SCRIPT_FIRST + 2, 2, "a", SCRIPT_NOW_MS + 9 * SCRIPT_DAY_MS);
    tidy_often(store, SCRIPT_NOW_MS + 10 * SCRIPT_DAY_MS);
    store = reopened(state);
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
    struct store *store = store_of(state);
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

/* ---- pages ---- */

static void expect_page(struct store *store, uint64_t before, const char *tenant,
                        const uint64_t *numbers, size_t count, uint64_t *ret_cursor)
{
    struct script_numbers seen = {0};

    assert_int_equal(store_page(store, before, tenant, script_remember, &seen, ret_cursor), 0);
    assert_int_equal(seen.count, count);
    for (size_t i = 0; i < count; i++)
        assert_true(seen.numbers[i] == numbers[i]);
}

static void pages_go_from_the_newest_back(void **state)
{
    struct store *store = store_of(state);
    const uint64_t all[] = {SCRIPT_FIRST + 3, SCRIPT_FIRST + 2, SCRIPT_FIRST + 1, SCRIPT_FIRST};
    uint64_t cursor = 7;

    for (uint64_t i = 0; i < 4; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%" PRIu64, i);
        script_submit(store, SCRIPT_FIRST + i, i % 2 == 0 ? "even" : "odd", key);
    }
    script_end(store, SCRIPT_FIRST + 1, 2, "odd", SCRIPT_NOW_MS);
    store = reopened(state);
    expect_page(store, 0, NULL, all, 4, &cursor);
    assert_true(cursor == 0);
    expect_page(store, SCRIPT_FIRST + 2, NULL, all + 2, 2, &cursor);
    expect_page(store, SCRIPT_FIRST, NULL, NULL, 0, &cursor);
    assert_true(cursor == 0);
    const uint64_t odd[] = {SCRIPT_FIRST + 3, SCRIPT_FIRST + 1};
    expect_page(store, 0, "odd", odd, 2, &cursor);
    expect_page(store, 0, "nobody", NULL, 0, &cursor);
    expect_page(store, 0, "od", NULL, 0, &cursor);
}

static void a_page_that_was_stopped_goes_on_at_its_cursor(void **state)
{
    struct store *store = store_of(state);
    uint64_t cursor = 0, expected = SCRIPT_FIRST + 6;

    for (uint64_t i = 0; i < 7; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%" PRIu64, i);
        script_submit(store, SCRIPT_FIRST + i, "a", key);
    }
    for (unsigned calls = 0; calls < 10; calls++) {
        struct script_numbers seen = {.stop_after = 2};
        assert_int_equal(store_page(store, cursor, "a", script_remember, &seen, &cursor), 0);
        for (size_t i = 0; i < seen.count; i++)
            assert_true(seen.numbers[i] == expected--);
        if (cursor == 0)
            break;
    }
    assert_true(cursor == 0);
    assert_true(expected == SCRIPT_FIRST - 1);
}

/* 2 500 rows of one tenant, and one row of another at the far end. */
static void fill_with_rows(struct store *store, uint64_t count)
{
    static struct script_record batch[500];
    static struct store_record records[500];

    for (uint64_t done = 0; done < count; done += 500) {
        for (uint64_t i = 0; i < 500; i++) {
            script_record(&batch[i], SCRIPT_FIRST + done + i, 1);
            script_row(&batch[i], done + i == 0 ? "rare" : "common", true);
            records[i] = batch[i].record;
        }
        assert_int_equal(store_append(store, records, 500), 0);
    }
}

static bool count_row(void *context, const struct store_row *row)
{
    (void)row;
    ++*(size_t *)context;
    return true;
}

static void a_page_looks_at_so_many_rows_and_may_be_empty(void **state)
{
    struct store *store = store_of(state);
    uint64_t cursor = 0;
    size_t count = 0;

    fill_with_rows(store, 2500);
    assert_int_equal(store_page(store, 0, "rare", count_row, &count, &cursor), 0);
    assert_int_equal(count, 0);
    assert_true(cursor == SCRIPT_FIRST + 2500 - STORE_SCAN_MAX);
    assert_int_equal(store_page(store, cursor, "rare", count_row, &count, &cursor), 0);
    assert_int_equal(count, 0);
    assert_true(cursor == SCRIPT_FIRST + 2500 - 2 * STORE_SCAN_MAX);
    assert_int_equal(store_page(store, cursor, "rare", count_row, &count, &cursor), 0);
    assert_int_equal(count, 1);
    assert_true(cursor == 0);

    count = 0;
    assert_int_equal(store_page(store, 0, NULL, count_row, &count, &cursor), 0);
    assert_int_equal(count, STORE_SCAN_MAX);
}

int store_suite_run(const struct store_suite *which)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_store_has_nothing, open_world, close_world),
        cmocka_unit_test_setup_teardown(records_of_a_stream_come_back_in_order, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(a_visitor_can_stop, open_world, close_world),
        cmocka_unit_test_setup_teardown(payloads_come_back_and_nothing_is_not_empty, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(the_systems_streams_are_streams_too, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(a_sequence_that_is_not_the_next_is_a_conflict,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(a_conflict_in_a_batch_leaves_nothing_of_it, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(a_full_batch_is_one_append, open_world, close_world),
        cmocka_unit_test_setup_teardown(the_last_number_is_the_largest_in_use, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(a_row_is_found_as_it_was_last_written, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(live_sagas_are_visited_in_order_of_number, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(a_key_leads_to_its_saga, open_world, close_world),
        cmocka_unit_test_setup_teardown(a_released_key_can_start_a_new_saga, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(what_was_written_last_counts_whatever_its_day,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(keys_are_forgotten_a_day_after_their_day, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(keys_of_live_sagas_are_moved_on, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(moving_on_never_revives_what_was_replaced, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(pages_go_from_the_newest_back, open_world, close_world),
        cmocka_unit_test_setup_teardown(a_page_that_was_stopped_goes_on_at_its_cursor,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(a_page_looks_at_so_many_rows_and_may_be_empty,
                                        open_world, close_world),
    };

    suite = which;
    return cmocka_run_group_tests_name(which->name, tests, NULL, NULL);
}
