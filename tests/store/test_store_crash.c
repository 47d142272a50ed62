/*
 * A power cut at every single write, truncate and sync: what was acknowledged is there, and the
 * batch that was not is there whole or not at all. The same for a cut during recovery.
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
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BATCHES 6u
#define BATCH 4u /* Sagas; a batch is one record of each. */
#define SEEDS 4u

static struct store_folder folder;

static int open_store(struct store **ret_store)
{
    char message[STORE_MESSAGE_SIZE];

    int r = store_sqlite_open(folder.database, ret_store, message);
    if (r != 0 && r != fault(FAULT_IO))
        print_error("%s\n", message);
    return r;
}

/* A record of everything: payload, row, key; and some large enough to take pages of their own. */
static int append_batch(struct store *store, uint32_t sequence)
{
    static const uint8_t large[20000];
    struct script_record batch[BATCH];
    struct store_record records[BATCH];

    for (uint32_t i = 0; i < BATCH; i++) {
        char key[32];
        script_record(&batch[i], SCRIPT_FIRST + i, sequence);
        if (i == 0)
            script_payload(&batch[i]);
        script_row(&batch[i], "a", sequence < BATCHES);
        snprintf(key, sizeof key, "%u.%u", (unsigned)i, (unsigned)sequence);
        script_key(&batch[i], key);
        records[i] = batch[i].record;
    }
    records[BATCH - 1].payload = bytes_of(large, sizeof large);
    return store_append(store, records, BATCH);
}

/* Append until something fails; the number of batches that were acknowledged. */
static uint32_t run_until_failure(void)
{
    struct store *store = NULL;
    uint32_t acknowledged = 0;

    if (open_store(&store) != 0)
        return 0;
    while (acknowledged < BATCHES && append_batch(store, acknowledged + 1) == 0)
        acknowledged++;
    store_close(store);
    return acknowledged;
}

static bool count_record(void *context, const struct store_record *record)
{
    (void)record;
    ++*(uint32_t *)context;
    return true;
}

static void expect_whole_batches(struct store *store, uint32_t acknowledged)
{
    uint32_t first = 0;

    for (uint32_t i = 0; i < BATCH; i++) {
        uint32_t count = 0;
        int r = store_load(store, SCRIPT_FIRST + i, count_record, &count);
        assert_true(r == 0 || (r == STORE_NONE && count == 0));
        if (i == 0)
            first = count;
        assert_int_equal(count, first);
        struct store_row row;
        assert_int_equal(store_find(store, SCRIPT_FIRST + i, &row), count > 0 ? 0 : STORE_NONE);
        if (count > 0)
            assert_true(row.updated_ms == SCRIPT_NOW_MS + count);
        for (uint32_t sequence = 1; sequence <= BATCHES; sequence++) {
            char key[32];
            snprintf(key, sizeof key, "%u.%u", (unsigned)i, (unsigned)sequence);
            script_expect_key(store, key, sequence <= count ? SCRIPT_FIRST + i : 0);
        }
    }
    assert_true(first == acknowledged || first == acknowledged + 1);
    if (first > 0)
        script_expect_records(store, SCRIPT_FIRST, first);
}

static void expect_recovery(uint32_t acknowledged)
{
    struct store *store = NULL;

    assert_int_equal(open_store(&store), 0);
    expect_whole_batches(store, acknowledged);
    store_close(store);
}

static void forget_files(void)
{
    fault_vfs_reset();
    unlink(folder.database);
    unlink(folder.wal);
}

static unsigned operations_without_failure(void)
{
    forget_files();
    assert_int_equal(run_until_failure(), BATCHES);
    return fault_vfs_operations();
}

static void a_power_cut_at_any_moment_loses_nothing_acknowledged(void **state)
{
    (void)state;
    unsigned operations = operations_without_failure();
    uint32_t most = 0;

    assert_true(operations > 20);
    for (unsigned cut = 1; cut <= operations; cut++) {
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            forget_files();
            fault_vfs_fail(cut, SQLITE_IOERR_WRITE, true);
            uint32_t acknowledged = run_until_failure();
            fault_vfs_power_cut(seed == 0 ? 0 : seed * 1000 + cut);
            fault_vfs_reset();
            expect_recovery(acknowledged);
            most = acknowledged > most ? acknowledged : most;
        }
    }
    assert_int_equal(most, BATCHES);
}

/* The state that recovery starts from: everything acknowledged, nothing checkpointed. */
static void make_unfinished_store(void)
{
    forget_files();
    struct store *store = NULL;
    assert_int_equal(open_store(&store), 0);
    for (uint32_t sequence = 1; sequence <= BATCHES; sequence++)
        assert_int_equal(append_batch(store, sequence), 0);
    fault_vfs_fail(1, SQLITE_IOERR_WRITE, true);
    store_close(store);
    fault_vfs_power_cut(0);
    fault_vfs_reset();
}

static void a_power_cut_during_recovery_changes_nothing(void **state)
{
    (void)state;
    struct store *store = NULL;

    make_unfinished_store();
    assert_int_equal(open_store(&store), 0);
    unsigned operations = fault_vfs_operations();
    store_close(store);
    assert_true(operations > 4);
    for (unsigned cut = 1; cut <= operations; cut++) {
        make_unfinished_store();
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            fault_vfs_fail(cut, SQLITE_IOERR_WRITE, true);
            store = NULL;
            if (open_store(&store) == 0)
                store_close(store);
            fault_vfs_power_cut(seed == 0 ? 0 : seed * 1000 + cut);
            fault_vfs_reset();
        }
        expect_recovery(BATCHES);
    }
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
        cmocka_unit_test(a_power_cut_at_any_moment_loses_nothing_acknowledged),
        cmocka_unit_test(a_power_cut_during_recovery_changes_nothing),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
