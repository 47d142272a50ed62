/*
 * Backups of a store that is written meanwhile: the log is moved and begun anew under the copy,
 * the disk is full or slow, and somebody stops it. The copying thread is held at its syncs.
 */
#include "store_folder.h"
#include "store_script.h"

#include "store/backup_files.h"
#include "store/store_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SAGAS 300u
#define BUILT 6u /* Batches before the backup begins: 36 MB. */
#define PAYLOAD 20000u
#define WAIT_MAX_MS 20000

static struct store_folder folder;
static struct store *store;
static pthread_t main_thread;
static uint32_t batches;

/* ---- between the copy and its disk ---- */

static sem_t allowed;          /* Syncs that the copying thread may make. */
static atomic_bool holding;    /* It needs one of these for each. */
static atomic_int sync_error;  /* What its syncs fail with; 0: nothing. */
static atomic_ullong free_now; /* What the disk says it has free; 0: the truth. */

int fdatasync(int fd)
{
    static int (*real)(int fd);

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
    if (pthread_equal(pthread_self(), main_thread))
        return real(fd);
    if (atomic_load(&sync_error) != 0) {
        errno = atomic_load(&sync_error);
        return -1;
    }
    if (atomic_load(&holding))
        sem_wait(&allowed);
    return real(fd);
}

int fstatvfs(int fd, struct statvfs *ret_disk)
{
    static int (*real)(int fd, struct statvfs *ret_disk);

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "fstatvfs");
    int r = real(fd, ret_disk);
    if (r == 0 && atomic_load(&free_now) > 0) {
        ret_disk->f_frsize = 1;
        ret_disk->f_bavail = atomic_load(&free_now);
    }
    return r;
}

/* One sync more, and not another before that one is made: the copy must not run ahead. */
static void allow_one(void)
{
    int value = 0;

    sem_getvalue(&allowed, &value);
    if (value == 0)
        sem_post(&allowed);
}

static void let_go(void)
{
    atomic_store(&holding, false);
    sem_post(&allowed);
}

/* ---- the store ---- */

static void append_batch(void)
{
    static uint8_t large[PAYLOAD];
    static struct script_record batch[SAGAS];
    struct store_record records[SAGAS];

    batches++;
    for (uint32_t i = 0; i < SAGAS; i++) {
        char key[32];
        script_record(&batch[i], SCRIPT_FIRST + i, batches);
        script_row(&batch[i], "a", true);
        batch[i].row.updated_ms = batches;
        snprintf(key, sizeof key, "%u.%u", (unsigned)i, (unsigned)batches);
        script_key(&batch[i], key);
        records[i] = batch[i].record;
        records[i].payload = bytes_of(large, sizeof large);
    }
    assert_int_equal(store_append(store, records, SAGAS), 0);
}

static int set_up(void **state)
{
    char message[STORE_MESSAGE_SIZE];

    (void)state;
    main_thread = pthread_self();
    sem_init(&allowed, 0, 0);
    atomic_store(&holding, false);
    atomic_store(&sync_error, 0);
    atomic_store(&free_now, 0);
    batches = 0;
    store_folder_open(&folder);
    if (store_sqlite_open(folder.database, &store, message) != 0)
        return -1;
    for (uint32_t i = 0; i < BUILT; i++)
        append_batch();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    let_go();
    store = store_close(store);
    store_folder_close(&folder);
    sem_destroy(&allowed);
    return 0;
}

static void begin(const char *name)
{
    struct backup_order order = {.version = "1"};

    snprintf(order.folder, sizeof order.folder, "%s", folder.path);
    snprintf(order.name, sizeof order.name, "%s", name);
    assert_int_equal(store_backup(store, &order), 0);
}

static struct backup_report looked(void)
{
    struct backup_report report;

    store_backup_look(store, &report);
    return report;
}

static bool is_running(void)
{
    struct backup_report report = looked();

    return backup_is_running(&report);
}

static struct backup_report ended(void)
{
    for (int i = 0; i < WAIT_MAX_MS && is_running(); i++)
        poll(NULL, 0, 1);
    assert_false(is_running());
    return looked();
}

static void expect_no_file(const char *name)
{
    char path[STORE_FOLDER_SIZE + 64];

    snprintf(path, sizeof path, "%s/%s", folder.path, name);
    assert_int_not_equal(access(path, F_OK), 0);
}

/* ---- what a backup is ---- */

static bool count_record(void *context, const struct store_record *record)
{
    (void)record;
    ++*(uint32_t *)context;
    return true;
}

/* Every batch whole, up to one of them; with rows and keys to match. Returns how many. */
static uint32_t expect_whole_batches(struct store *copy)
{
    uint32_t whole = 0;

    assert_int_equal(store_load(copy, SCRIPT_FIRST, count_record, &whole), 0);
    for (uint32_t i = 0; i < SAGAS; i++) {
        struct store_row row;
        uint32_t count = 0;
        char key[32];
        assert_int_equal(store_load(copy, SCRIPT_FIRST + i, count_record, &count), 0);
        assert_int_equal(count, whole);
        assert_int_equal(store_find(copy, SCRIPT_FIRST + i, &row), 0);
        assert_true(row.updated_ms == whole);
        snprintf(key, sizeof key, "%u.%u", (unsigned)i, (unsigned)whole);
        script_expect_key(copy, key, SCRIPT_FIRST + i);
        snprintf(key, sizeof key, "%u.%u", (unsigned)i, (unsigned)whole + 1);
        script_expect_key(copy, key, 0);
    }
    return whole;
}

static void expect_integrity(const char *path)
{
    sqlite3 *database;
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database, "PRAGMA integrity_check", -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

static uint32_t expect_good_copy(const struct backup_report *report)
{
    char message[STORE_MESSAGE_SIZE];
    struct store *copy = NULL;

    expect_integrity(report->path);
    assert_int_equal(store_sqlite_open(report->path, &copy, message), 0);
    uint32_t whole = expect_whole_batches(copy);
    store_close(copy);
    assert_true(report->records == (uint64_t)whole * SAGAS);
    return whole;
}

/* Append while the copy is held; then let it catch up, and the next append moves the log. */
static uint32_t write_under_the_copy(uint32_t *ret_moved)
{
    struct store_sqlite *sqlite = (struct store_sqlite *)(void *)store;
    uint32_t moved = 0;

    while (is_running() && batches < 80) {
        int before = sqlite->wal_frames;
        append_batch();
        moved += sqlite->wal_frames < before;
        allow_one();
        for (int i = 0; sqlite->wal_frames >= CHECKPOINT_FRAMES &&
                        sqlite_backup_needs_log(sqlite, false) && i < WAIT_MAX_MS;
             i++) {
            allow_one();
            poll(NULL, 0, 1);
        }
    }
    *ret_moved = moved;
    return batches;
}

static void the_log_is_moved_and_begun_anew_under_it(void **state)
{
    (void)state;
    uint32_t moved;

    atomic_store(&holding, true);
    begin("one");
    write_under_the_copy(&moved);
    let_go();
    struct backup_report report = ended();
    assert_string_equal(report.text, "");
    assert_int_equal(report.state, BACKUP_DONE);
    assert_true(moved >= 2);
    uint32_t whole = expect_good_copy(&report);
    assert_true(whole > BUILT && whole <= batches);
    assert_int_equal(expect_whole_batches(store), batches);
}

static void only_one_is_made_at_a_time(void **state)
{
    (void)state;
    struct backup_order order = {.folder = "/", .name = "two", .version = "1"};

    atomic_store(&holding, true);
    begin("one");
    assert_int_equal(store_backup(store, &order), STORE_BUSY);
    let_go();
    struct backup_report report = ended();
    assert_int_equal(report.state, BACKUP_DONE);
    assert_int_equal(expect_good_copy(&report), BUILT);
}

static void one_that_is_stopped_leaves_nothing(void **state)
{
    (void)state;
    atomic_store(&holding, true);
    begin("one");
    store_backup_stop(store);
    let_go();
    assert_int_equal(ended().state, BACKUP_STOPPED);
    expect_no_file("one.db");
    expect_no_file("one.db.partial");
    expect_no_file("one.json");
}

static void closing_the_store_stops_it(void **state)
{
    (void)state;
    atomic_store(&holding, true);
    begin("one");
    sem_post(&allowed);
    let_go();
    store = store_close(store);
    expect_no_file("one.db.partial");
}

static void a_full_disk_is_told_before_and_meanwhile(void **state)
{
    (void)state;
    atomic_store(&free_now, 40u << 20);
    begin("before");
    struct backup_report report = ended();
    assert_int_equal(report.state, BACKUP_FAILED);
    assert_int_equal(report.failure, BACKUP_NO_ROOM);
    assert_non_null(strstr(report.text, "the disk has 40 MiB free"));
    expect_no_file("before.db.partial");

    atomic_store(&free_now, 0);
    atomic_store(&sync_error, ENOSPC);
    begin("meanwhile");
    report = ended();
    assert_int_equal(report.failure, BACKUP_NO_ROOM);
    assert_non_null(strstr(report.text, "No space left"));
    expect_no_file("meanwhile.db.partial");
    append_batch(); /* The store itself is as well as before. */
}

static void a_failing_disk_fails_the_backup_and_nothing_else(void **state)
{
    (void)state;
    atomic_store(&sync_error, EIO);
    begin("one");
    struct backup_report report = ended();
    assert_int_equal(report.state, BACKUP_FAILED);
    assert_int_equal(report.failure, BACKUP_BROKEN);
    append_batch();
    assert_int_equal(expect_whole_batches(store), batches);
}

/* The copy never gets on: the store goes on, and its log does not grow for ever. */
static void a_disk_that_cannot_follow_ends_it(void **state)
{
    (void)state;
    struct store_sqlite *sqlite = (struct store_sqlite *)(void *)store;

    atomic_store(&holding, true);
    begin("one");
    while (sqlite->wal_frames <= 16 * CHECKPOINT_FRAMES)
        append_batch();
    let_go();
    struct backup_report report = ended();
    assert_int_equal(report.state, BACKUP_FAILED);
    assert_int_equal(report.failure, BACKUP_TOO_SLOW);
    append_batch();
    assert_true(sqlite->wal_frames < 2 * CHECKPOINT_FRAMES);
}

static void a_partial_that_nobody_writes_is_swept(void **state)
{
    (void)state;
    char path[STORE_FOLDER_SIZE + 32], kept[STORE_FOLDER_SIZE + 32];

    snprintf(path, sizeof path, "%s/old.db.partial", folder.path);
    snprintf(kept, sizeof kept, "%s/new.db.partial", folder.path);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    int other = open(kept, O_CREAT | O_RDWR, 0600);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(backup_files_sweep(folder.path), 1);
    expect_no_file("old.db.partial");
    assert_int_equal(access(kept, F_OK), 0);
    close(other);
    assert_int_equal(backup_files_sweep(folder.path), 1);
    assert_int_equal(backup_files_sweep("/no/such/folder"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_log_is_moved_and_begun_anew_under_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(only_one_is_made_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_stopped_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closing_the_store_stops_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_is_told_before_and_meanwhile, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_failing_disk_fails_the_backup_and_nothing_else, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_disk_that_cannot_follow_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_partial_that_nobody_writes_is_swept, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("backups under load", tests, NULL, NULL);
}
