/*
 * The children of a world: started, started again with back-off, and gone with it.
 */
#include "base/log.h"
#include "world/children.h"
#include "world/place.h"
#include "world/ready.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 10000u

static struct folder open_folder(const char *place)
{
    struct folder folder;
    pid_t other = 0;

    assert_int_equal(folder_open(place, &folder, &other), 0);
    return folder;
}

static void plan_shell(struct children *children, const struct folder *folder, const char *name,
                       const char *script)
{
    const char *const arguments[] = {"-c", script, NULL};

    assert_int_equal(children_plan(children, folder, name, "/bin/sh", arguments), 0);
}

/* Wait without taking it: the child stays for children_tend to find. */
static void await_end_of(pid_t pid)
{
    siginfo_t info;

    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static bool is_alive(pid_t pid)
{
    return kill(pid, 0) == 0 || errno != ESRCH;
}

static void await_gone(pid_t pid)
{
    uint64_t until_ms = instant_now().monotonic_ms + PATIENCE_MS;

    while (is_alive(pid)) {
        assert_true(instant_now().monotonic_ms < until_ms);
        poll(NULL, 0, 5);
    }
}

static void await_content(const char *place, const char *name)
{
    uint64_t until_ms = instant_now().monotonic_ms + PATIENCE_MS;
    char path[PLACE_PATH_SIZE];

    place_file(place, name, path);
    for (off_t size = 0; size == 0;) {
        int file = open(path, O_RDONLY);
        if (file >= 0) {
            size = lseek(file, 0, SEEK_END);
            close(file);
        }
        assert_true(instant_now().monotonic_ms < until_ms);
        poll(NULL, 0, 5);
    }
}

static void a_child_writes_to_a_log_of_its_name(void **state)
{
    struct folder folder = open_folder(*state);
    struct children children = {0};

    plan_shell(&children, &folder, "auth", "echo told; echo complained >&2; exec sleep 100");
    assert_false(children_all_run(&children));
    assert_int_equal(children_tend(&children, 1000), CHILDREN_NEVER);
    assert_true(children_all_run(&children));
    assert_true(children_pid(&children, "auth") > 0);
    assert_int_equal(children_pid(&children, "billing"), 0);
    assert_int_equal(children.starts, 1);
    await_content(*state, "auth.log");
    children_stop(&children, PATIENCE_MS);
    place_expect(*state, "auth.log", "told\ncomplained\n");
    folder_close(&folder);
}

static void a_child_that_ends_is_started_again_after_ever_longer_waits(void **state)
{
    static const uint64_t waits_ms[] = {200, 400, 800, 1600, 3200, 5000, 5000};
    struct folder folder = open_folder(*state);
    struct children children = {0};
    uint64_t now_ms = 1000;

    plan_shell(&children, &folder, "auth", "exit 3");
    children_tend(&children, now_ms);
    for (size_t i = 0; i < sizeof(waits_ms) / sizeof(waits_ms[0]); i++) {
        await_end_of(children.items[0].pid);
        assert_int_equal(children_tend(&children, now_ms), now_ms + waits_ms[i]);
        assert_int_equal(children_pid(&children, "auth"), 0);
        assert_false(children_all_run(&children));
        now_ms += waits_ms[i];
        children_tend(&children, now_ms - 1);
        assert_int_equal(children_pid(&children, "auth"), 0);
        assert_int_equal(children_tend(&children, now_ms), CHILDREN_NEVER);
        assert_true(children_pid(&children, "auth") > 0);
        assert_int_equal(children.starts, i + 2);
    }
    children_stop(&children, PATIENCE_MS);
    folder_close(&folder);
}

static void a_child_that_ran_long_is_started_again_at_once(void **state)
{
    struct folder folder = open_folder(*state);
    struct children children = {0};

    plan_shell(&children, &folder, "auth", "exit 3");
    children_tend(&children, 0);
    await_end_of(children.items[0].pid);
    assert_int_equal(children_tend(&children, 0), 200);
    children_tend(&children, 200);
    await_end_of(children.items[0].pid);
    assert_int_equal(children_tend(&children, 20000), 20200);
    children_stop(&children, PATIENCE_MS);
    folder_close(&folder);
}

static void a_program_that_is_not_there_is_tried_again(void **state)
{
    static const char *const none[] = {NULL};
    struct folder folder = open_folder(*state);
    struct children children = {0};

    assert_int_equal(children_plan(&children, &folder, "auth", "/nowhere/auth", none), 0);
    children_tend(&children, 0);
    await_end_of(children.items[0].pid);
    assert_int_equal(children_tend(&children, 0), 200);
    children_stop(&children, PATIENCE_MS);
    folder_close(&folder);
}

static void stopping_kills_what_does_not_listen(void **state)
{
    struct folder folder = open_folder(*state);
    struct children children = {0};

    plan_shell(&children, &folder, "deaf", "trap '' TERM; echo deaf; while true; do sleep 1; done");
    children_tend(&children, 0);
    pid_t pid = children_pid(&children, "deaf");
    await_content(*state, "deaf.log");
    children_stop(&children, 50);
    assert_false(is_alive(pid));
    assert_int_equal(children.count, 0);
    folder_close(&folder);
}

static void a_child_inherits_no_file_but_its_log(void **state)
{
    struct folder folder = open_folder(*state);
    struct children children = {0};
    int open_to_all = open("/dev/null", O_RDONLY);

    assert_in_range(open_to_all, 3, 99);
    plan_shell(&children, &folder, "auth",
               "n=3; while [ $n -lt 100 ]; do [ -e /proc/$$/fd/$n ] && echo $n; n=$((n + 1)); done;"
               "echo end; exec sleep 100");
    children_tend(&children, 0);
    await_content(*state, "auth.log");
    children_stop(&children, PATIENCE_MS);
    close(open_to_all);
    place_expect(*state, "auth.log", "end\n");
    folder_close(&folder);
}

/* A world in a process of its own, which is then killed in a way that lets nothing clean up. */
static void children_die_with_the_world(void **state)
{
    int told[2];
    pid_t grandchild = 0;

    assert_int_equal(pipe(told), 0);
    pid_t world = fork();
    if (world == 0) {
        struct folder folder = open_folder(*state);
        struct children children = {0};
        plan_shell(&children, &folder, "auth", "exec sleep 100");
        children_tend(&children, 0);
        pid_t pid = children_pid(&children, "auth");
        if (write(told[1], &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
            _exit(1);
        for (;;)
            pause();
    }
    close(told[1]);
    assert_int_equal(read(told[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
    assert_true(is_alive(grandchild));
    assert_int_equal(kill(world, SIGKILL), 0);
    assert_int_equal(waitpid(world, NULL, 0), world);
    await_gone(grandchild);
    close(told[0]);
}

/* ---- the ready file ---- */

static json_t *read_ready(const char *place)
{
    char path[PLACE_PATH_SIZE];
    json_t *ready = json_load_file(place_file(place, "ready.json", path), 0, NULL);

    assert_non_null(ready);
    return ready;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void the_ready_file_names_what_others_rely_on(void **state)
{
    struct folder folder = open_folder(*state);
    struct children children = {0};
    struct credentials credentials = {.account_sid = "AC1",
                                      .auth_token = "token",
                                      .operator_key = "key",
                                      .secrets = {"a", "b", "m"}};
    struct ready ready = {"127.0.0.1:8080", "ipc:///x", &credentials, &children};
    char path[PLACE_PATH_SIZE];

    plan_shell(&children, &folder, "auth", "exec sleep 100");
    children_tend(&children, 0);
    assert_int_equal(ready_write(place_file(*state, "ready.json", path), &ready), 0);
    json_t *found = read_ready(*state);
    assert_string_equal(text_of(found, "http"), "http://127.0.0.1:8080");
    assert_string_equal(text_of(found, "participants_url"), "ipc:///x");
    assert_string_equal(text_of(found, "account_sid"), "AC1");
    assert_string_equal(text_of(found, "auth_token"), "token");
    assert_string_equal(text_of(found, "operator_key"), "key");
    assert_string_equal(text_of(json_object_get(found, "participant_secrets"), "billing"), "b");
    const json_t *pids = json_object_get(found, "pids");
    assert_int_equal(json_integer_value(json_object_get(pids, "sagad")), getpid());
    assert_int_equal(json_integer_value(json_object_get(pids, "auth")),
                     children_pid(&children, "auth"));
    assert_null(json_object_get(pids, "billing"));
    assert_int_equal(place_mode(*state, "ready.json"), 0600);
    json_decref(found);
    children_stop(&children, PATIENCE_MS);
    folder_close(&folder);
}

static void without_a_world_the_ready_file_tells_no_secrets(void **state)
{
    struct ready ready = {"127.0.0.1:8080", "tcp://127.0.0.1:1", NULL, NULL};
    char path[PLACE_PATH_SIZE];

    assert_int_equal(ready_write(place_file(*state, "ready.json", path), &ready), 0);
    json_t *found = read_ready(*state);
    assert_int_equal(json_object_size(found), 3);
    assert_non_null(json_object_get(found, "pids"));
    json_decref(found);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_child_writes_to_a_log_of_its_name),
        TEST(a_child_that_ends_is_started_again_after_ever_longer_waits),
        TEST(a_child_that_ran_long_is_started_again_at_once),
        TEST(a_program_that_is_not_there_is_tried_again),
        TEST(stopping_kills_what_does_not_listen),
        TEST(a_child_inherits_no_file_but_its_log),
        TEST(children_die_with_the_world),
        TEST(the_ready_file_names_what_others_rely_on),
        TEST(without_a_world_the_ready_file_tells_no_secrets),
    };

    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
