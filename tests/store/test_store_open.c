/*
 * Opening: who may, what is refused and with which words, and how an older store becomes newer.
 */
#include "store_folder.h"
#include "store_script.h"

#include "base/fault.h"
#include "store/store_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct store_folder folder;
static char message[STORE_MESSAGE_SIZE];

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

static struct store *open_store(void)
{
    struct store *store = NULL;

    int r = store_sqlite_open(folder.database, &store, message);
    if (r != 0)
        print_error("%s\n", message);
    assert_int_equal(r, 0);
    return store;
}

static void expect_refused(enum fault_code code, const char *words)
{
    struct store *store = NULL;

    assert_int_equal(store_sqlite_open(folder.database, &store, message), fault(code));
    assert_null(store);
    assert_non_null(strstr(message, folder.path));
    assert_non_null(strstr(message, words));
}

static void run_sql(const char *sql)
{
    sqlite3 *database;

    assert_int_equal(sqlite3_open(folder.database, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static void files_are_their_owners_alone(void **state)
{
    (void)state;
    struct stat about;
    struct store *store = open_store();

    assert_int_equal(stat(folder.database, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(stat(folder.wal, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(stat(folder.reserve, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(about.st_size, RESERVE_SIZE);
    store_close(store);
}

static void a_second_store_in_the_same_process_is_locked_out(void **state)
{
    (void)state;
    struct store *store = open_store();

    expect_refused(FAULT_LOCKED, "another process has it");
    script_submit(store, SCRIPT_FIRST, "a", "k");
    store = store_close(store);
    store = open_store();
    script_expect_records(store, SCRIPT_FIRST, 1);
    store_close(store);
}

/* A child that opens the store, writes one record, says so, and waits to be killed. */
static pid_t start_owner(void)
{
    int ready[2];
    char byte;

    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct store *store = open_store();
        script_submit(store, SCRIPT_FIRST, "a", "k");
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

static void another_process_that_owns_it_locks_us_out_until_it_dies(void **state)
{
    (void)state;
    pid_t child = start_owner();

    expect_refused(FAULT_LOCKED, "another process has it");
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    struct store *store = open_store();
    script_expect_records(store, SCRIPT_FIRST, 1);
    script_expect_key(store, "k", SCRIPT_FIRST);
    store_close(store);
}

/* A tool that opened the file behind our back holds SQLite's own lock. */
static void a_tool_that_reads_the_file_locks_us_out(void **state)
{
    (void)state;
    sqlite3 *tool;

    store_close(open_store());
    assert_int_equal(sqlite3_open(folder.database, &tool), SQLITE_OK);
    assert_int_equal(sqlite3_exec(tool, "BEGIN; SELECT count(*) FROM event", NULL, NULL, NULL),
                     SQLITE_OK);
    expect_refused(FAULT_LOCKED, "another process has it");
    sqlite3_close(tool);
    store_close(open_store());
}

static void a_folder_that_is_not_there_is_an_error_with_its_name(void **state)
{
    (void)state;
    char path[256];
    struct store *store = NULL;

    snprintf(path, sizeof path, "%s/nowhere/saga.db", folder.path);
    assert_int_equal(store_sqlite_open(path, &store, message), fault(FAULT_IO));
    assert_non_null(strstr(message, "nowhere"));
    assert_non_null(strstr(message, "No such file"));
}

static void a_store_of_a_newer_release_is_refused(void **state)
{
    (void)state;
    store_close(open_store());
    run_sql("PRAGMA user_version = 1000");
    expect_refused(FAULT_VERSION, "newer release");
}

static void somebody_elses_database_is_refused(void **state)
{
    (void)state;
    run_sql("CREATE TABLE recipes (name TEXT)");
    expect_refused(FAULT_CORRUPT, "not a store of sagad");
}

static void what_is_not_a_database_is_refused(void **state)
{
    (void)state;
    FILE *file = fopen(folder.database, "w");

    assert_non_null(file);
    for (unsigned i = 0; i < 5000; i++)
        fprintf(file, "This is not a database. ");
    fclose(file);
    expect_refused(FAULT_CORRUPT, "not a database");
}

/* ---- damage ---- */

static void copy_file(const char *from, const char *to)
{
    FILE *in = fopen(from, "r"), *out = fopen(to, "w");
    char block[4096];

    assert_non_null(in);
    assert_non_null(out);
    for (size_t n = fread(block, 1, sizeof block, in); n > 0;
         n = fread(block, 1, sizeof block, in))
        assert_int_equal(fwrite(block, 1, n, out), n);
    fclose(in);
    fclose(out);
}

static void flip_byte(const char *path, off_t offset)
{
    int fd = open(path, O_RDWR);
    uint8_t byte;

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, offset), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
    close(fd);
}

/* Leave the files as a crash would: appended and synced, but not checkpointed. */
static void crash_with(uint32_t records)
{
    struct store *store = open_store();
    struct script_record record;
    char database[128], wal[128];

    for (uint32_t sequence = 1; sequence <= records; sequence++) {
        script_record(&record, SCRIPT_FIRST, sequence);
        assert_int_equal(script_append(store, &record), 0);
    }
    snprintf(database, sizeof database, "%s/kept", folder.path);
    snprintf(wal, sizeof wal, "%s/kept-wal", folder.path);
    copy_file(folder.database, database);
    copy_file(folder.wal, wal);
    store_close(store);
    copy_file(database, folder.database);
    copy_file(wal, folder.wal);
}

static void a_damaged_log_is_refused_by_file_and_offset(void **state)
{
    (void)state;
    char offset[32];

    crash_with(9);
    flip_byte(folder.wal, 32 + 24 + 700); /* In the first frame's page. */
    snprintf(offset, sizeof offset, "offset %u", 32u);
    expect_refused(FAULT_CORRUPT, offset);
    expect_refused(FAULT_CORRUPT, "saga.db-wal");
    flip_byte(folder.wal, 32 + 24 + 700);
    struct store *store = open_store();
    script_expect_records(store, SCRIPT_FIRST, 9);
    store_close(store);
}

static void a_torn_tail_is_let_go(void **state)
{
    (void)state;
    struct stat about;

    crash_with(9);
    assert_int_equal(stat(folder.wal, &about), 0);
    assert_int_equal(truncate(folder.wal, about.st_size - 1), 0);
    struct store *store = open_store();
    script_expect_records(store, SCRIPT_FIRST, 8);
    store_close(store);
}

static bool ignore_record(void *context, const struct store_record *record)
{
    (void)context;
    (void)record;
    return true;
}

static void a_digest_of_the_wrong_size_is_corrupt(void **state)
{
    (void)state;
    struct store *store = open_store();

    script_submit(store, SCRIPT_FIRST, "a", "k");
    store = store_close(store);
    run_sql("UPDATE event SET digest = x'00'");
    store = open_store();
    assert_int_equal(store_load(store, SCRIPT_FIRST, ignore_record, NULL), fault(FAULT_CORRUPT));
    store_close(store);
}

static void a_gap_in_a_stream_is_corrupt(void **state)
{
    (void)state;
    struct store *store = open_store();

    script_submit(store, SCRIPT_FIRST, "a", "k");
    script_end(store, SCRIPT_FIRST, 2, "a", SCRIPT_NOW_MS);
    store = store_close(store);
    run_sql("DELETE FROM event WHERE sequence = 1");
    store = open_store();
    assert_int_equal(store_load(store, SCRIPT_FIRST, ignore_record, NULL), fault(FAULT_CORRUPT));
    store_close(store);
}

static void an_erased_payload_leaves_its_record(void **state)
{
    (void)state;
    struct store *store = open_store();

    script_submit(store, SCRIPT_FIRST, "a", "k");
    store = store_close(store);
    run_sql("DELETE FROM payload");
    store = open_store();
    script_expect_records(store, SCRIPT_FIRST, 1);
    store_close(store);
}

/* ---- migration ---- */

static int migrate(const struct sqlite_migration *steps, size_t count)
{
    sqlite3 *database;

    assert_int_equal(sqlite3_open(folder.database, &database), SQLITE_OK);
    int r = sqlite_migrate(database, steps, count);
    sqlite3_close(database);
    return r;
}

/* This release's schema, as an older one made it, and a later release that adds a column. */
static void an_older_store_is_brought_forward_with_what_it_holds(void **state)
{
    (void)state;
    struct sqlite_migration steps[8];
    size_t count = sqlite_migration_count;

    assert_true(count + 2 <= 8);
    struct store *store = open_store();
    script_submit(store, SCRIPT_FIRST, "a", "k");
    store_close(store);
    memcpy(steps, sqlite_migrations, count * sizeof steps[0]);
    steps[count].sql = "ALTER TABLE saga ADD COLUMN note TEXT NOT NULL DEFAULT 'none'";
    steps[count + 1].sql = "UPDATE saga SET note = 'moved' WHERE note = 'none'";
    assert_int_equal(migrate(steps, count + 2), 0);
    assert_int_equal(migrate(steps, count + 2), 0);
    run_sql("CREATE TABLE proof (n INTEGER CHECK (n = 1));"
            "INSERT INTO proof SELECT count(*) FROM saga WHERE note = 'moved';"
            "DROP TABLE proof");
    expect_refused(FAULT_VERSION, "newer release");
}

static void a_step_that_fails_leaves_the_version_before_it(void **state)
{
    (void)state;
    struct sqlite_migration steps[8];
    size_t count = sqlite_migration_count;

    store_close(open_store());
    memcpy(steps, sqlite_migrations, count * sizeof steps[0]);
    steps[count].sql = "CREATE TABLE half (n INTEGER); INSERT INTO nowhere VALUES (1)";
    assert_true(migrate(steps, count + 1) < 0);
    struct store *store = open_store();
    script_submit(store, SCRIPT_FIRST, "a", "k");
    store_close(store);
    run_sql("CREATE TABLE half (n INTEGER)"); /* It was not left behind. */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_are_their_owners_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_store_in_the_same_process_is_locked_out, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            another_process_that_owns_it_locks_us_out_until_it_dies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_tool_that_reads_the_file_locks_us_out, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_is_an_error_with_its_name,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_store_of_a_newer_release_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(somebody_elses_database_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_a_database_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_log_is_refused_by_file_and_offset, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_torn_tail_is_let_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_digest_of_the_wrong_size_is_corrupt, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_gap_in_a_stream_is_corrupt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_erased_payload_leaves_its_record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_older_store_is_brought_forward_with_what_it_holds,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_step_that_fails_leaves_the_version_before_it, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
