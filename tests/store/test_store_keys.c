/*
 * Forgetting keys in pieces: a day of many keys goes away a bounded number at a time.
 */
#include "store_folder.h"
#include "store_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#define KEYS 2500u
#define BATCH 500u
#define LATER_MS (SCRIPT_NOW_MS + 10 * SCRIPT_DAY_MS)

static struct store_folder folder;

static struct store *open_store(void)
{
    char message[STORE_MESSAGE_SIZE];
    struct store *store = NULL;

    assert_int_equal(store_sqlite_open(folder.database, &store, message), 0);
    return store;
}

/* Every tenth saga is live for ever. */
static bool is_live(uint32_t i)
{
    return i % 10 == 0;
}

static void key_name(uint32_t i, char name[16])
{
    snprintf(name, 16, "key %u", (unsigned)i);
}

static void append_keys(struct store *store)
{
    static struct script_record batch[BATCH];
    static struct store_record records[BATCH];

    for (uint32_t done = 0; done < KEYS; done += BATCH) {
        for (uint32_t i = 0; i < BATCH; i++) {
            char name[16];
            key_name(done + i, name);
            script_record(&batch[i], SCRIPT_FIRST + done + i, 1);
            script_row(&batch[i], "a", is_live(done + i));
            script_key(&batch[i], name);
            records[i] = batch[i].record;
        }
        assert_int_equal(store_append(store, records, BATCH), 0);
    }
}

static uint32_t count_keys(struct store *store, bool live)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < KEYS; i++) {
        uint8_t key[STORE_KEY_SIZE];
        struct store_key found;
        char name[16];
        if (is_live(i) != live)
            continue;
        key_name(i, name);
        script_key_digest(name, key);
        int r = store_find_key(store, key, &found);
        assert_true(r == 0 || r == STORE_NONE);
        count += r == 0 ? 1 : 0;
    }
    return count;
}

/* The work of one call is bounded, and a restart in between loses no key and no progress. */
static void a_day_is_forgotten_so_many_keys_at_a_time(void **state)
{
    (void)state;
    struct store *store = open_store();
    uint32_t left = KEYS - KEYS / 10;
    unsigned calls = 0;

    append_keys(store);
    while (left > 0) {
        assert_int_equal(store_tidy(store, LATER_MS, SCRIPT_DAY_MS), 0);
        uint32_t now = count_keys(store, false);
        assert_true(now < left);
        assert_true(left - now <= STORE_SCAN_MAX);
        assert_int_equal(count_keys(store, true), KEYS / 10);
        left = now;
        calls++;
        store = store_close(store);
        store = open_store();
    }
    assert_int_equal(calls, 3);
    assert_int_equal(count_keys(store, true), KEYS / 10);
    store_close(store);
}

static void keys_of_many_days_are_found_and_forgotten_in_turn(void **state)
{
    (void)state;
    struct store *store = open_store();

    for (uint32_t day = 0; day < 30; day++) {
        struct script_record record;
        char name[16];
        key_name(day, name);
        script_record(&record, SCRIPT_FIRST + day, 1);
        script_row(&record, "a", false);
        script_key(&record, name);
        record.key.created_ms = SCRIPT_NOW_MS + day * (uint64_t)SCRIPT_DAY_MS;
        assert_int_equal(script_append(store, &record), 0);
    }
    for (uint32_t day = 0; day < 30; day++) {
        uint64_t now_ms = SCRIPT_NOW_MS + (day + 2) * (uint64_t)SCRIPT_DAY_MS;
        for (uint32_t i = day; i < 30; i++) {
            char name[16];
            key_name(i, name);
            script_expect_key(store, name, SCRIPT_FIRST + i);
        }
        assert_int_equal(store_tidy(store, now_ms, SCRIPT_DAY_MS), 0);
    }
    char last[16];
    key_name(29, last);
    script_expect_key(store, last, 0);
    store_close(store);
}

static int set_up(void **state)
{
    (void)state;
    store_folder_open(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_folder_close(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_day_is_forgotten_so_many_keys_at_a_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(keys_of_many_days_are_found_and_forgotten_in_turn,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
