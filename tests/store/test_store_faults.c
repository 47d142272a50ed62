/*
 * A disk that is full is an answer; a disk that fails leaves the outcome unknown.
 */
#include "fault_vfs.h"
#include "store_folder.h"
#include "store_script.h"

#include "base/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <unistd.h>

static struct store_folder folder;

static struct store *open_store(void)
{
    char message[STORE_MESSAGE_SIZE];
    struct store *store = NULL;

    int r = store_sqlite_open(folder.database, &store, message);
    if (r != 0)
        print_error("%s\n", message);
    assert_int_equal(r, 0);
    return store;
}

static int append_two(struct store *store, uint32_t sequence)
{
    struct script_record pair[2];
    struct store_record records[2];

    for (uint32_t i = 0; i < 2; i++) {
        script_record(&pair[i], SCRIPT_FIRST + i, sequence);
        script_payload(&pair[i]);
        script_row(&pair[i], "a", true);
        records[i] = pair[i].record;
    }
    return store_append(store, records, 2);
}

static void expect_both(struct store *store, uint32_t count)
{
    script_expect_records(store, SCRIPT_FIRST, count);
    script_expect_records(store, SCRIPT_FIRST + 1, count);
}

/* How many operations one append of the pair takes, when there is one before it. */
static unsigned operations_of_append(void)
{
    struct store *store = open_store();

    assert_int_equal(append_two(store, 1), 0);
    unsigned before = fault_vfs_operations();
    assert_int_equal(append_two(store, 2), 0);
    unsigned operations = fault_vfs_operations() - before;
    store_close(store);
    return operations;
}

static void forget_files(void)
{
    fault_vfs_reset();
    unlink(folder.database);
    unlink(folder.wal);
    unlink(folder.reserve);
}

/* Every operation but the last, which is the sync: a full disk shows itself when writing. */
static void a_full_disk_refuses_the_batch_and_nothing_else(void **state)
{
    (void)state;
    forget_files();
    unsigned writes = operations_of_append() - 1;

    assert_true(writes > 2);
    for (unsigned number = 1; number <= writes; number++) {
        forget_files();
        struct store *store = open_store();
        assert_int_equal(append_two(store, 1), 0);
        fault_vfs_fail(number, SQLITE_FULL, false);
        assert_int_equal(append_two(store, 2), STORE_FULL);
        expect_both(store, 1);
        assert_int_equal(append_two(store, 2), 0);
        expect_both(store, 2);
        store = store_close(store);
        store = open_store();
        expect_both(store, 2);
        store_close(store);
    }
}

static void a_full_disk_gives_the_reserve_to_running_sagas(void **state)
{
    (void)state;
    forget_files();
    struct store *store = open_store();

    assert_int_equal(access(folder.reserve, F_OK), 0);
    assert_false(store_is_full(store));
    fault_vfs_fail(1, SQLITE_FULL, false);
    assert_int_equal(append_two(store, 1), STORE_FULL);
    assert_true(store_is_full(store));
    assert_int_not_equal(access(folder.reserve, F_OK), 0);
    script_expect_none(store, SCRIPT_FIRST);
    assert_int_equal(append_two(store, 1), 0);
    assert_true(store_is_full(store));

    assert_int_equal(store_tidy(store, SCRIPT_NOW_MS, SCRIPT_DAY_MS), 0);
    assert_false(store_is_full(store));
    assert_int_equal(access(folder.reserve, F_OK), 0);
    store_close(store);
}

static void a_full_disk_when_a_day_begins_is_a_refusal_too(void **state)
{
    (void)state;
    forget_files();
    struct store *store = open_store();
    struct script_record record;

    script_record(&record, SCRIPT_FIRST, 1);
    script_row(&record, "a", true);
    script_key(&record, "k");
    fault_vfs_fail(1, SQLITE_FULL, false);
    assert_int_equal(script_append(store, &record), STORE_FULL);
    script_expect_none(store, SCRIPT_FIRST);
    script_expect_key(store, "k", 0);
    assert_int_equal(script_append(store, &record), 0);
    script_expect_key(store, "k", SCRIPT_FIRST);
    store_close(store);
}

static void a_full_disk_only_postpones_tidying(void **state)
{
    (void)state;
    const uint64_t later = SCRIPT_NOW_MS + 5 * SCRIPT_DAY_MS;

    forget_files();
    for (unsigned number = 1; number < 12; number++) {
        forget_files();
        struct store *store = open_store();
        script_submit(store, SCRIPT_FIRST, "a", "live");
        script_submit(store, SCRIPT_FIRST + 1, "a", "ended");
        script_end(store, SCRIPT_FIRST + 1, 2, "a", SCRIPT_NOW_MS);
        fault_vfs_fail(number, SQLITE_FULL, false);
        assert_int_equal(store_tidy(store, later, SCRIPT_DAY_MS), 0);
        script_expect_key(store, "live", SCRIPT_FIRST);
        for (unsigned i = 0; i < 3; i++)
            assert_int_equal(store_tidy(store, later, SCRIPT_DAY_MS), 0);
        script_expect_key(store, "live", SCRIPT_FIRST);
        script_expect_key(store, "ended", 0);
        store_close(store);
    }
}

/* After it the store says nothing more: what it knows may not be what is on the disk. */
static void a_failed_commit_is_unknown_until_the_restart(void **state)
{
    (void)state;
    forget_files();
    unsigned operations = operations_of_append();
    unsigned unknown = 0;

    for (unsigned number = 1; number <= operations; number++) {
        forget_files();
        struct store *store = open_store();
        struct store_row row;
        assert_int_equal(append_two(store, 1), 0);
        fault_vfs_fail(number, number == operations ? SQLITE_IOERR_FSYNC : SQLITE_IOERR_WRITE,
                       false);
        assert_int_equal(append_two(store, 2), fault(FAULT_IO));
        assert_int_equal(append_two(store, 2), fault(FAULT_IO));
        assert_int_equal(store_find(store, SCRIPT_FIRST, &row), fault(FAULT_IO));
        assert_int_equal(store_tidy(store, SCRIPT_NOW_MS, SCRIPT_DAY_MS), fault(FAULT_IO));
        store = store_close(store);
        store = open_store();
        int r = append_two(store, 2);
        assert_true(r == 0 || r == STORE_CONFLICT);
        unknown += r == STORE_CONFLICT ? 1 : 0;
        expect_both(store, 2);
        store_close(store);
    }
    assert_true(unknown > 0); /* The commit whose sync failed was there after all. */
}

static void a_checkpoint_that_fails_stops_the_store(void **state)
{
    (void)state;
    static const uint8_t large[65536];
    forget_files();
    struct store *store = open_store();
    uint32_t sequence = 0;
    int r = 0;

    fault_vfs_fail_sync(500, SQLITE_IOERR_FSYNC, true);
    while (r == 0 && sequence < 600) {
        struct script_record record;
        script_record(&record, SCRIPT_FIRST, ++sequence);
        record.record.payload = bytes_of(large, sizeof large);
        r = script_append(store, &record);
    }
    assert_int_equal(r, fault(FAULT_IO));
    store_close(store);
}

static int set_up(void **state)
{
    (void)state;
    fault_vfs_install();
    store_folder_open(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_folder_close(&folder);
    fault_vfs_uninstall();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_refuses_the_batch_and_nothing_else),
        cmocka_unit_test(a_full_disk_gives_the_reserve_to_running_sagas),
        cmocka_unit_test(a_full_disk_when_a_day_begins_is_a_refusal_too),
        cmocka_unit_test(a_full_disk_only_postpones_tidying),
        cmocka_unit_test(a_failed_commit_is_unknown_until_the_restart),
        cmocka_unit_test(a_checkpoint_that_fails_stops_the_store),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
