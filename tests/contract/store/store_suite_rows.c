/*
 * The contract: rows of sagas, one by one, the live ones, and in pages.
 */
#include "store_script.h"
#include "store_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- rows ---- */

static void a_row_is_found_as_it_was_last_written(void **state)
{
    struct store *store = store_world_store(state);
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
    store = store_world_reopen(state);
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
    struct store *store = store_world_store(state);
    struct script_numbers seen = {0}, rest = {0}, one = {.stop_after = 1};

    for (uint64_t i = 0; i < 10; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%" PRIu64, i);
        script_submit(store, SCRIPT_FIRST + (i * 7) % 10, "a", key);
    }
    for (uint64_t i = 0; i < 10; i += 2)
        script_end(store, SCRIPT_FIRST + i, 2, "a", SCRIPT_NOW_MS);
    store = store_world_reopen(state);
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

static void streams_are_found_one_after_the_other(void **state)
{
    struct store *store = store_world_store(state);
    struct script_record record;
    uint64_t stream = 0;

    assert_int_equal(store_next(store, 0, &stream), STORE_NONE);
    script_submit(store, SCRIPT_FIRST + 7, "a", "k");
    script_submit(store, SCRIPT_FIRST, "a", "l");
    script_record(&record, STORE_STREAM_SERVER, 1);
    assert_int_equal(script_append(store, &record), 0);
    assert_int_equal(store_next(store, 0, &stream), 0);
    assert_true(stream == STORE_STREAM_SERVER);
    assert_int_equal(store_next(store, stream, &stream), 0);
    assert_true(stream == SCRIPT_FIRST);
    assert_int_equal(store_next(store, stream, &stream), 0);
    assert_true(stream == SCRIPT_FIRST + 7);
    assert_int_equal(store_next(store, stream, &stream), STORE_NONE);
    assert_true(stream == SCRIPT_FIRST + 7);
}

static void pages_go_from_the_newest_back(void **state)
{
    struct store *store = store_world_store(state);
    const uint64_t all[] = {SCRIPT_FIRST + 3, SCRIPT_FIRST + 2, SCRIPT_FIRST + 1, SCRIPT_FIRST};
    uint64_t cursor = 7;

    for (uint64_t i = 0; i < 4; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%" PRIu64, i);
        script_submit(store, SCRIPT_FIRST + i, i % 2 == 0 ? "even" : "odd", key);
    }
    script_end(store, SCRIPT_FIRST + 1, 2, "odd", SCRIPT_NOW_MS);
    store = store_world_reopen(state);
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
    struct store *store = store_world_store(state);
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

static void pages_go_up_again(void **state)
{
    struct store *store = store_world_store(state);
    uint64_t cursor = 7, expected = SCRIPT_FIRST;
    struct script_numbers odd = {0}, rest = {0};

    for (uint64_t i = 0; i < 7; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%" PRIu64, i);
        script_submit(store, SCRIPT_FIRST + i, i % 2 == 0 ? "even" : "odd", key);
    }
    store = store_world_reopen(state);
    assert_int_equal(
        store_page_newer(store, SCRIPT_FIRST + 2, "odd", script_remember, &odd, &cursor), 0);
    assert_int_equal(odd.count, 2);
    assert_true(odd.numbers[0] == SCRIPT_FIRST + 3);
    assert_true(odd.numbers[1] == SCRIPT_FIRST + 5);
    assert_true(cursor == 0);
    for (unsigned calls = 0; calls < 10; calls++) {
        struct script_numbers seen = {.stop_after = 2};
        assert_int_equal(
            store_page_newer(store, cursor, NULL, script_remember, &seen, &cursor), 0);
        for (size_t i = 0; i < seen.count; i++)
            assert_true(seen.numbers[i] == expected++);
        if (cursor == 0)
            break;
    }
    assert_true(cursor == 0);
    assert_true(expected == SCRIPT_FIRST + 7);
    assert_int_equal(
        store_page_newer(store, SCRIPT_FIRST + 7, NULL, script_remember, &rest, &cursor), 0);
    assert_int_equal(rest.count, 0);
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
    struct store *store = store_world_store(state);
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
    count = 0;
    assert_int_equal(store_page_newer(store, 0, "rare", count_row, &count, &cursor), 0);
    assert_int_equal(count, 1);
    assert_true(cursor == SCRIPT_FIRST + STORE_SCAN_MAX);
}

int store_suite_rows(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_row_is_found_as_it_was_last_written, store_world_open,
                                        store_world_close),
        cmocka_unit_test_setup_teardown(live_sagas_are_visited_in_order_of_number, store_world_open,
                                        store_world_close),
        cmocka_unit_test_setup_teardown(streams_are_found_one_after_the_other, store_world_open,
                                        store_world_close),
        cmocka_unit_test_setup_teardown(pages_go_from_the_newest_back, store_world_open,
                                        store_world_close),
        cmocka_unit_test_setup_teardown(pages_go_up_again, store_world_open, store_world_close),
        cmocka_unit_test_setup_teardown(a_page_that_was_stopped_goes_on_at_its_cursor,
                                        store_world_open, store_world_close),
        cmocka_unit_test_setup_teardown(a_page_looks_at_so_many_rows_and_may_be_empty,
                                        store_world_open, store_world_close),
    };

    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
