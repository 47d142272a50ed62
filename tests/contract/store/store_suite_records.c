/*
 * The contract: appending and loading.
 */
#include "store_script.h"
#include "store_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* ---- appending and loading ---- */

static void an_empty_store_has_nothing(void **state)
{
    struct store *store = store_world_store(state);
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
    struct store *store = store_world_store(state);
    struct script_record record;

    for (uint32_t sequence = 1; sequence <= 20; sequence++) {
        for (uint64_t stream = SCRIPT_FIRST; stream < SCRIPT_FIRST + 3; stream++) {
            script_record(&record, stream, sequence);
            assert_int_equal(script_append(store, &record), 0);
        }
    }
    store = store_world_reopen(state);
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
    struct store *store = store_world_store(state);
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
    struct store *store = store_world_store(state);
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
    store = store_world_reopen(state);
    assert_int_equal(store_load(store, SCRIPT_FIRST, copy_payload_size, sizes), 0);
    assert_true(sizes[0] == SIZE_MAX);
    for (size_t i = 1; i < 5; i++)
        assert_true(sizes[i] == payloads[i].size);
}

static void the_systems_streams_are_streams_too(void **state)
{
    struct store *store = store_world_store(state);
    struct script_record record;

    script_record(&record, STORE_STREAM_SERVER, 1);
    script_payload(&record);
    assert_int_equal(script_append(store, &record), 0);
    script_submit(store, SCRIPT_FIRST, "a", "k");
    script_record(&record, STORE_STREAM_DEFINITIONS, 1);
    assert_int_equal(script_append(store, &record), 0);
    store = store_world_reopen(state);
    script_expect_records(store, STORE_STREAM_SERVER, 1);
    script_expect_records(store, STORE_STREAM_DEFINITIONS, 1);
    script_expect_none(store, STORE_STREAM_AUDIT);
}

static void a_sequence_that_is_not_the_next_is_a_conflict(void **state)
{
    struct store *store = store_world_store(state);
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
    struct store *store = store_world_store(state);
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

/* Records @from to @to of the audit and one of a saga, in one commit. */
static int append_row_of(struct store *store, uint32_t from, uint32_t to)
{
    struct script_record batch[8];
    struct store_record records[8];
    size_t count = 0;

    script_record(&batch[count], SCRIPT_FIRST + from, 1);
    records[count] = batch[count].record;
    count++;
    for (uint32_t sequence = from; sequence <= to; sequence++, count++) {
        script_record(&batch[count], STORE_STREAM_AUDIT, sequence);
        records[count] = batch[count].record;
    }
    return store_append(store, records, count);
}

static void records_of_one_stream_can_follow_each_other_in_a_commit(void **state)
{
    struct store *store = store_world_store(state);

    assert_int_equal(append_row_of(store, 1, 3), 0);
    assert_int_equal(append_row_of(store, 4, 5), 0);
    assert_int_equal(append_row_of(store, 7, 8), STORE_CONFLICT);
    assert_int_equal(append_row_of(store, 5, 6), STORE_CONFLICT);
    store = store_world_reopen(state);
    script_expect_records(store, STORE_STREAM_AUDIT, 5);
    script_expect_none(store, SCRIPT_FIRST + 7);
}

struct part {
    uint32_t sequences[8];
    size_t count;
    size_t wanted;
};

static bool take_part(void *context, const struct store_record *record)
{
    struct part *part = context;

    part->sequences[part->count++] = record->sequence;
    return part->count < part->wanted;
}

static void expect_part(const struct part *part, uint32_t first, uint32_t last)
{
    assert_int_equal(part->sequences[0], first);
    assert_int_equal(part->sequences[part->count - 1], last);
}

static void a_stream_is_read_in_parts_from_either_end(void **state)
{
    struct store *store = store_world_store(state);
    struct part part = {.wanted = 3}, rest = {.wanted = 8}, all = {.wanted = 8};
    struct part back = {.wanted = 2}, older = {.wanted = 8}, newest = {.wanted = 8};

    assert_int_equal(append_row_of(store, 1, 6), 0);
    store = store_world_reopen(state);
    assert_int_equal(store_load_from(store, STORE_STREAM_AUDIT, 2, take_part, &part), 0);
    expect_part(&part, 2, 4);
    assert_int_equal(store_load_from(store, STORE_STREAM_AUDIT, 5, take_part, &rest), 0);
    expect_part(&rest, 5, 6);
    assert_int_equal(store_load_from(store, STORE_STREAM_AUDIT, 7, take_part, &all), STORE_NONE);
    assert_int_equal(store_load_back(store, STORE_STREAM_AUDIT, 0, take_part, &back), 0);
    expect_part(&back, 6, 5);
    assert_int_equal(store_load_back(store, STORE_STREAM_AUDIT, 4, take_part, &older), 0);
    expect_part(&older, 3, 1);
    assert_int_equal(store_load_back(store, STORE_STREAM_AUDIT, 99, take_part, &newest), 0);
    expect_part(&newest, 6, 1);
    assert_int_equal(store_load_back(store, STORE_STREAM_AUDIT, 1, take_part, &all), STORE_NONE);
    assert_int_equal(store_load_back(store, SCRIPT_FIRST, 0, take_part, &all), STORE_NONE);
    assert_int_equal(all.count, 0);
}

static void a_full_batch_is_one_append(void **state)
{
    struct store *store = store_world_store(state);
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
    struct store *store = store_world_store(state);
    struct script_record record;
    const uint64_t numbers[] = {STORE_STREAM_AUDIT, SCRIPT_FIRST, SCRIPT_FIRST + 9,
                                SCRIPT_FIRST + 4, (uint64_t)INT64_MAX};
    const uint64_t largest[] = {STORE_STREAM_AUDIT, SCRIPT_FIRST, SCRIPT_FIRST + 9,
                                SCRIPT_FIRST + 9, (uint64_t)INT64_MAX};

    for (size_t i = 0; i < 5; i++) {
        uint64_t number = 0;
        script_record(&record, numbers[i], 1);
        assert_int_equal(script_append(store, &record), 0);
        store = store_world_reopen(state);
        assert_int_equal(store_last_number(store, &number), 0);
        assert_true(number == largest[i]);
    }
}

int store_suite_records(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_store_has_nothing, store_world_open,
                                        store_world_close),
        cmocka_unit_test_setup_teardown(records_of_a_stream_come_back_in_order, store_world_open,
                                        store_world_close),
        cmocka_unit_test_setup_teardown(a_visitor_can_stop, store_world_open, store_world_close),
        cmocka_unit_test_setup_teardown(payloads_come_back_and_nothing_is_not_empty,
                                        store_world_open, store_world_close),
        cmocka_unit_test_setup_teardown(the_systems_streams_are_streams_too, store_world_open,
                                        store_world_close),
        cmocka_unit_test_setup_teardown(a_sequence_that_is_not_the_next_is_a_conflict,
                                        store_world_open, store_world_close),
        cmocka_unit_test_setup_teardown(a_conflict_in_a_batch_leaves_nothing_of_it,
                                        store_world_open, store_world_close),
        cmocka_unit_test_setup_teardown(
            records_of_one_stream_can_follow_each_other_in_a_commit, store_world_open,
            store_world_close),
        cmocka_unit_test_setup_teardown(a_stream_is_read_in_parts_from_either_end,
                                        store_world_open, store_world_close),
        cmocka_unit_test_setup_teardown(a_full_batch_is_one_append, store_world_open,
                                        store_world_close),
        cmocka_unit_test_setup_teardown(the_last_number_is_the_largest_in_use, store_world_open,
                                        store_world_close),
    };

    return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
