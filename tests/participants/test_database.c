/* Opening a participant's database: durable, alone, and with words for what is wrong. */
#include "base/fault.h"
#include "billing/billing.h"
#include "participants/rig.h"
#include "service/demo.h"

#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/sagad-database-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    static const char *const files[] = {"billing.db", "billing.db-wal", "billing.db-journal",
                                        "demo-account.json"};
    char path[128];

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static struct database *open_database(void)
{
    struct database *database;
    char problem[PROBLEM_SIZE];

    assert_int_equal(
        database_open(folder, billing_service.schema, DATABASE_CREATE, &database, problem), 0);
    return database;
}

static void expect_pragma(struct database *database, const char *pragma, const char *value)
{
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(database_handle(database), pragma, -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), value);
    sqlite3_finalize(statement);
}

static void every_commit_is_synced_and_the_connection_is_alone(void **state)
{
    struct database *database = open_database();

    (void)state;
    expect_pragma(database, "PRAGMA journal_mode", "wal");
    expect_pragma(database, "PRAGMA synchronous", "2");
    expect_pragma(database, "PRAGMA locking_mode", "exclusive");
    database_close(database);
}

static void what_was_committed_is_there_again(void **state)
{
    struct service_context context = {.now_ms = rig_clock};

    (void)state;
    context.database = open_database();
    assert_int_equal(database_begin(context.database), 0);
    assert_int_equal(billing_service.seed(&context, RIG_ACCOUNT), 0);
    assert_int_equal(database_commit(context.database), 0);
    context.database = database_close(context.database);

    struct rig rig = {.service = &billing_service, .context.now_ms = rig_clock};
    rig.context.database = open_database();
    json_t *books = rig_ask(&rig, "{\"ask\":\"books\"}");
    assert_int_equal(rig_number_at(books, "accounts", 0, "balance"), 1000000000000);
    json_decref(books);
    rig_fini(&rig);
}

/* In a child, since a process does not lock itself out: 0 when it was told who has the file. */
static int try_as_another_process(void)
{
    struct database *database;
    char problem[PROBLEM_SIZE] = "";
    char expected[256];
    int r = database_open(folder, billing_service.schema, DATABASE_CREATE, &database, problem);

    snprintf(expected, sizeof expected, "another participant-billing uses %s/billing.db", folder);
    if (r != fault(FAULT_LOCKED))
        return 1;
    return strcmp(problem, expected) == 0 ? 0 : 2;
}

static void a_second_process_is_told_who_has_the_database(void **state)
{
    int ready[2], status;
    char byte;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        _exit(read(ready[0], &byte, 1) == 1 ? try_as_another_process() : 3);
    }
    assert_true(child > 0);
    struct database *database = open_database();
    assert_int_equal(write(ready[1], "x", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    database_close(database);
    close(ready[0]);
    close(ready[1]);
}

static void a_look_does_not_create_a_database(void **state)
{
    struct database *database;
    char problem[PROBLEM_SIZE];

    (void)state;
    assert_int_equal(
        database_open(folder, billing_service.schema, DATABASE_EXISTING, &database, problem),
        fault(FAULT_INPUT));
    assert_non_null(strstr(problem, "billing.db: No such file"));
    char path[128];
    snprintf(path, sizeof path, "%s/billing.db", folder);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    struct database *database;
    char problem[PROBLEM_SIZE];

    (void)state;
    assert_true(database_open("/nowhere/at/all", billing_service.schema, DATABASE_CREATE, &database,
                              problem) < 0);
    assert_non_null(strstr(problem, "/nowhere/at/all: No such file"));
}

static void a_file_of_a_later_release_is_refused(void **state)
{
    struct database *database = open_database();
    char problem[PROBLEM_SIZE];

    (void)state;
    assert_int_equal(
        sqlite3_exec(database_handle(database), "PRAGMA user_version=999", NULL, NULL, NULL),
        SQLITE_OK);
    database_close(database);
    assert_int_equal(
        database_open(folder, billing_service.schema, DATABASE_CREATE, &database, problem),
        fault(FAULT_VERSION));
    assert_non_null(strstr(problem, "later release"));
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    struct database *database;
    char path[128], problem[PROBLEM_SIZE];
    FILE *file;

    (void)state;
    snprintf(path, sizeof path, "%s/billing.db", folder);
    file = fopen(path, "w");
    for (int i = 0; i < 1000; i++)
        fputs("this is a letter, not a ledger\n", file);
    fclose(file);
    assert_int_equal(
        database_open(folder, billing_service.schema, DATABASE_CREATE, &database, problem),
        fault(FAULT_CORRUPT));
    assert_non_null(strstr(problem, "not a database"));
}

/* ---- the demo account's file ---- */

static int demo_of(const char *text, char *account)
{
    char path[128], problem[PROBLEM_SIZE] = "";

    snprintf(path, sizeof path, "%s/demo-account.json", folder);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    int r = demo_account(folder, account, problem);
    assert_int_equal(r < 0, problem[0] != '\0');
    return r;
}

static void a_demo_account_is_read_or_refused(void **state)
{
    char account[DEMO_ACCOUNT_SIZE], problem[PROBLEM_SIZE];
    static char long_text[5000];

    (void)state;
    assert_int_equal(demo_account(folder, account, problem), DEMO_NONE);
    assert_int_equal(demo_of("{\"account_sid\":\"" RIG_ACCOUNT "\"}\n", account), 0);
    assert_string_equal(account, RIG_ACCOUNT);
    assert_true(demo_of("", account) < 0);
    assert_true(demo_of("{}", account) < 0);
    assert_true(demo_of("{\"account_sid\":\"AC1\"}", account) < 0);
    memset(long_text, ' ', sizeof long_text - 1);
    memcpy(long_text, "{\"account_sid\":\"" RIG_ACCOUNT "\"}", 52);
    assert_true(demo_of(long_text, account) < 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(every_commit_is_synced_and_the_connection_is_alone),
        IN_FOLDER(what_was_committed_is_there_again),
        IN_FOLDER(a_second_process_is_told_who_has_the_database),
        IN_FOLDER(a_look_does_not_create_a_database),
        IN_FOLDER(a_folder_that_is_not_there_is_named),
        IN_FOLDER(a_file_of_a_later_release_is_refused),
        IN_FOLDER(a_file_that_is_no_database_is_refused),
        IN_FOLDER(a_demo_account_is_read_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
