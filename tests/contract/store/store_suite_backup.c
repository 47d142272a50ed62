/*
 * The contract: a backup is a store of its own that holds what was there when it began.
 */
#include "store_script.h"
#include "store_world.h"

#include "../../store/store_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BEFORE 40u
#define SINCE_MAX 2000u
#define WAIT_MAX_MS 20000

static struct store_folder folder;

static int set_up(void **state)
{
    store_folder_open(&folder);
    return store_world_open(state);
}

static int tear_down(void **state)
{
    store_folder_close(&folder);
    return store_world_close(state);
}

static struct backup_order order_named(const char *name)
{
    struct backup_order order = {.version = "1.2.3"};

    snprintf(order.folder, sizeof order.folder, "%s", folder.path);
    snprintf(order.name, sizeof order.name, "%s", name);
    return order;
}

static struct backup_report ended(struct store *store)
{
    struct backup_report report;

    for (int i = 0; i < WAIT_MAX_MS; i++) {
        store_backup_look(store, &report);
        if (!backup_is_running(&report))
            return report;
        poll(NULL, 0, 1);
    }
    fail_msg("the backup does not end");
    return report;
}

static void submit(struct store *store, uint64_t index)
{
    char key[24];

    snprintf(key, sizeof key, "k%" PRIu64, index);
    script_submit(store, SCRIPT_FIRST + index, "a", key);
}

static void expect_saga(struct store *store, uint64_t index)
{
    struct store_row row;
    char key[24];

    snprintf(key, sizeof key, "k%" PRIu64, index);
    script_expect_records(store, SCRIPT_FIRST + index, 1);
    script_expect_key(store, key, SCRIPT_FIRST + index);
    assert_int_equal(store_find(store, SCRIPT_FIRST + index, &row), 0);
    assert_true(row.live);
}

static struct store *open_copy(const char *path)
{
    char message[STORE_MESSAGE_SIZE];
    struct store *copy = NULL;

    assert_int_equal(store_sqlite_open(path, &copy, message), 0);
    return copy;
}

/* Whoever was appended while it was made is there from the oldest on, and whole, or not at all. */
static void a_backup_is_what_was_there_when_it_began_and_some_of_what_came(void **state)
{
    struct store *store = store_world_store(state);
    struct backup_order order = order_named("one");
    struct backup_report report;
    uint64_t count = BEFORE, held = BEFORE;

    for (uint64_t i = 0; i < BEFORE; i++)
        submit(store, i);
    assert_int_equal(store_backup(store, &order), 0);
    do {
        submit(store, count++);
        store_backup_look(store, &report);
    } while (backup_is_running(&report) && count < SINCE_MAX);
    report = ended(store);
    assert_string_equal(report.text, "");
    assert_int_equal(report.state, BACKUP_DONE);

    struct store *copy = open_copy(report.path);
    for (uint64_t i = 0; i < BEFORE; i++)
        expect_saga(copy, i);
    struct store_row row;
    while (store_find(copy, SCRIPT_FIRST + held, &row) == 0)
        expect_saga(copy, held++);
    for (uint64_t i = held; i < count; i++)
        script_expect_none(copy, SCRIPT_FIRST + i);
    assert_true(report.records == held);
    assert_true(report.sagas == held);
    assert_true(report.last_number == SCRIPT_FIRST + held - 1);
    store_close(copy);
    submit(store, count); /* Nothing about it has changed for the store itself. */
    expect_saga(store_world_reopen(state), count);
}

static void its_manifest_tells_what_is_in_it(void **state)
{
    struct store *store = store_world_store(state);
    struct backup_order order = order_named("told");
    char path[256], text[1024] = "", wanted[160];
    struct stat about;

    submit(store, 0);
    assert_int_equal(store_backup(store, &order), 0);
    struct backup_report report = ended(store);
    assert_int_equal(report.state, BACKUP_DONE);
    assert_int_equal(stat(report.path, &about), 0);
    assert_true((uint64_t)about.st_size == report.bytes);
    assert_int_equal(about.st_mode & 0777, 0600);

    snprintf(path, sizeof path, "%s/told.json", folder.path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    snprintf(wanted, sizeof wanted, "\"sha256\": \"%s\"", report.sha256);
    assert_non_null(strstr(text, wanted));
    assert_non_null(strstr(text, "\"server_version\": \"1.2.3\""));
    assert_non_null(strstr(text, "\"records\": 1,"));
    snprintf(wanted, sizeof wanted, "\"last_number\": %u", SCRIPT_FIRST);
    assert_non_null(strstr(text, wanted));
}

static void a_backup_of_that_name_is_never_replaced(void **state)
{
    struct store *store = store_world_store(state);
    struct backup_order order = order_named("mine");
    char path[256], text[8] = "";

    snprintf(path, sizeof path, "%s/mine.db", folder.path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("mine", file);
    fclose(file);
    assert_int_equal(store_backup(store, &order), 0);
    struct backup_report report = ended(store);
    assert_int_equal(report.state, BACKUP_FAILED);
    assert_int_equal(report.failure, BACKUP_EXISTS);
    assert_non_null(strstr(report.text, path));
    file = fopen(path, "r");
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_string_equal(text, "mine");

    order = order_named("another");
    assert_int_equal(store_backup(store, &order), 0);
    assert_int_equal(ended(store).state, BACKUP_DONE);
}

static void a_folder_that_cannot_be_made_is_told(void **state)
{
    struct store *store = store_world_store(state);
    struct backup_order order = order_named("far");

    snprintf(order.folder, sizeof order.folder, "%s/no/such", folder.path);
    assert_int_equal(store_backup(store, &order), 0);
    struct backup_report report = ended(store);
    assert_int_equal(report.state, BACKUP_FAILED);
    assert_int_equal(report.failure, BACKUP_BROKEN);
    assert_non_null(strstr(report.text, "No such file"));
}

static void before_the_first_there_is_none(void **state)
{
    struct backup_report report;

    store_backup_stop(store_world_store(state));
    store_backup_look(store_world_store(state), &report);
    assert_int_equal(report.state, BACKUP_NONE);
}

static void a_name_is_letters_digits_and_little_else(void **state)
{
    (void)state;
    assert_true(backup_name_is_valid("saga-20261130T155822Z"));
    assert_true(backup_name_is_valid("a.b_c-D9"));
    assert_false(backup_name_is_valid(""));
    assert_false(backup_name_is_valid(".hidden"));
    assert_false(backup_name_is_valid("-x"));
    assert_false(backup_name_is_valid(".."));
    assert_false(backup_name_is_valid("a/b"));
    assert_false(backup_name_is_valid("a b"));
    assert_false(backup_name_is_valid("a\nb"));
    char name[BACKUP_NAME_SIZE + 1];
    memset(name, 'x', sizeof name);
    name[BACKUP_NAME_SIZE] = '\0';
    assert_false(backup_name_is_valid(name));
    name[BACKUP_NAME_SIZE - 1] = '\0';
    assert_true(backup_name_is_valid(name));
}

int store_suite_backup(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_backup_is_what_was_there_when_it_began_and_some_of_what_came, set_up, tear_down),
        cmocka_unit_test_setup_teardown(its_manifest_tells_what_is_in_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_backup_of_that_name_is_never_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_made_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(before_the_first_there_is_none, set_up, tear_down),
        cmocka_unit_test(a_name_is_letters_digits_and_little_else),
    };

    return cmocka_run_group_tests_name("backups", tests, NULL, NULL);
}
