/*
 * The folder of a world and its small files: private, locked, and whole at any moment.
 */
#include "base/fault.h"
#include "world/durable_file.h"
#include "world/folder.h"
#include "world/place.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- files ---- */

static void a_file_is_replaced_and_leaves_nothing_beside_it(void **state)
{
    char path[PLACE_PATH_SIZE];

    place_file(*state, "file", path);
    assert_int_equal(durable_file_write(path, bytes_of_text("old, and longer"), 0644), 0);
    assert_int_equal(durable_file_write(path, bytes_of_text("new"), 0600), 0);
    place_expect(*state, "file", "new");
    assert_int_equal(place_mode(*state, "file"), 0600);
    assert_int_equal(place_mode(*state, "file.new"), 0);
}

/* What a crash in the middle of a write leaves behind must not stop the next one. */
static void a_torn_write_is_no_obstacle(void **state)
{
    char path[PLACE_PATH_SIZE];

    place_file(*state, "file", path);
    assert_int_equal(durable_file_write(path, bytes_of_text("old"), 0600), 0);
    place_write(*state, "file.new", "half of someth");
    place_expect(*state, "file", "old");
    assert_int_equal(durable_file_write(path, bytes_of_text("new"), 0600), 0);
    place_expect(*state, "file", "new");
}

static void a_file_that_cannot_be_written_is_a_fault(void **state)
{
    char path[PLACE_PATH_SIZE], longest[DURABLE_FILE_PATH_SIZE + 1];

    assert_int_equal(
        durable_file_write(place_file(*state, "no/file", path), bytes_of_text("x"), 0600),
        fault(FAULT_IO));
    assert_int_equal(errno, ENOENT);
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(durable_file_write(longest, bytes_of_text("x"), 0600), fault(FAULT_IO));
    assert_int_equal(errno, ENAMETOOLONG);
}

static void reading_tells_none_from_too_long(void **state)
{
    struct buffer text = {0};
    char path[PLACE_PATH_SIZE];

    place_write(*state, "file", "12345");
    assert_int_equal(durable_file_read(place_file(*state, "file", path), 5, &text), 0);
    assert_int_equal(text.size, 5);
    buffer_clear(&text);
    assert_int_equal(durable_file_read(path, 4, &text), fault(FAULT_LIMIT));
    buffer_clear(&text);
    assert_int_equal(durable_file_read(place_file(*state, "none", path), 4, &text),
                     DURABLE_FILE_NONE);
    assert_int_equal(durable_file_read(*state, 4, &text), fault(FAULT_IO));
    buffer_fini(&text);
}

static void removing_what_is_not_there_is_done(void **state)
{
    char path[PLACE_PATH_SIZE];

    place_write(*state, "file", "x");
    assert_int_equal(durable_file_remove(place_file(*state, "file", path)), 0);
    assert_int_equal(durable_file_remove(path), 0);
    assert_int_equal(place_mode(*state, "file"), 0);
}

/* ---- the folder ---- */

static void a_folder_is_made_with_its_parents_and_private(void **state)
{
    struct folder folder;
    char path[PLACE_PATH_SIZE];
    pid_t other = 0;

    assert_int_equal(folder_open(place_file(*state, "a/b/c", path), &folder, &other), 0);
    assert_string_equal(folder.path, path);
    assert_int_equal(place_mode(*state, "a/b/c"), 0700);
    assert_int_equal(place_mode(*state, "a/b/c/lock"), 0600);
    folder_close(&folder);
}

static void a_folder_that_was_open_to_others_is_closed(void **state)
{
    struct folder folder;
    char path[PLACE_PATH_SIZE];
    pid_t other = 0;

    assert_int_equal(mkdir(place_file(*state, "a", path), 0777), 0);
    assert_int_equal(chmod(path, 0777), 0);
    assert_int_equal(folder_open(path, &folder, &other), 0);
    assert_int_equal(place_mode(*state, "a"), 0700);
    folder_close(&folder);
}

static void a_second_one_is_told_who_has_it(void **state)
{
    struct folder first, second;
    pid_t other = 0;

    assert_int_equal(folder_open(*state, &first, &other), 0);
    assert_int_equal(folder_open(*state, &second, &other), FOLDER_TAKEN);
    assert_int_equal(other, getpid());
    folder_close(&first);
    assert_int_equal(folder_open(*state, &second, &other), 0);
    folder_close(&second);
}

/* Ended by a signal that lets nothing clean up. */
static void the_lock_of_a_killed_process_is_free(void **state)
{
    struct folder folder;
    int ready[2];
    char byte;
    pid_t other = 0;

    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        int r = folder_open(*state, &folder, &other);
        if (r != 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(folder_open(*state, &folder, &other), FOLDER_TAKEN);
    assert_int_equal(other, child);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(folder_open(*state, &folder, &other), 0);
    folder_close(&folder);
    close(ready[0]);
}

static void a_folder_that_cannot_be_is_a_fault(void **state)
{
    struct folder folder;
    char path[PLACE_PATH_SIZE], longest[FOLDER_PATH_SIZE + 1];
    pid_t other = 0;

    place_write(*state, "file", "x");
    assert_int_equal(folder_open(place_file(*state, "file/a", path), &folder, &other),
                     fault(FAULT_IO));
    assert_int_equal(errno, ENOTDIR);
    assert_int_equal(folder_open("", &folder, &other), fault(FAULT_IO));
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(folder_open(longest, &folder, &other), fault(FAULT_IO));
    assert_int_equal(errno, ENAMETOOLONG);
}

/* ---- where participants dial ---- */

static void participants_dial_a_socket_in_the_folder(void **state)
{
    struct folder folder;
    char url[FOLDER_URL_SIZE], expected[PLACE_PATH_SIZE];
    pid_t other = 0;

    assert_int_equal(folder_open(*state, &folder, &other), 0);
    folder_participants_url(&folder, url);
    snprintf(expected, sizeof(expected), "ipc://%s/participants.sock", (char *)*state);
    assert_string_equal(url, expected);
    folder_close(&folder);
}

static void a_long_path_means_loopback_and_the_same_port_again(void **state)
{
    struct folder folder;
    char url[FOLDER_URL_SIZE], name[100], path[PLACE_PATH_SIZE];
    pid_t other = 0;

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(folder_open(place_file(*state, name, path), &folder, &other), 0);
    folder_participants_url(&folder, url);
    assert_string_equal(url, "tcp://127.0.0.1:0");
    assert_int_equal(folder_remember_url(&folder, "tcp://127.0.0.1:4711"), 0);
    folder_participants_url(&folder, url);
    assert_string_equal(url, "tcp://127.0.0.1:4711");
    assert_int_equal(folder_remember_url(&folder, "tcp://10.0.0.1:4711"), 0);
    folder_participants_url(&folder, url);
    assert_string_equal(url, "tcp://127.0.0.1:0");
    folder_close(&folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_replaced_and_leaves_nothing_beside_it),
        TEST(a_torn_write_is_no_obstacle),
        TEST(a_file_that_cannot_be_written_is_a_fault),
        TEST(reading_tells_none_from_too_long),
        TEST(removing_what_is_not_there_is_done),
        TEST(a_folder_is_made_with_its_parents_and_private),
        TEST(a_folder_that_was_open_to_others_is_closed),
        TEST(a_second_one_is_told_who_has_it),
        TEST(the_lock_of_a_killed_process_is_free),
        TEST(a_folder_that_cannot_be_is_a_fault),
        TEST(participants_dial_a_socket_in_the_folder),
        TEST(a_long_path_means_loopback_and_the_same_port_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
