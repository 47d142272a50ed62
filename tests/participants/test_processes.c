/* The three programs as they are run: served by a server, killed, stopped, asked and emptied. */
#include "participants/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define INPUT                                                                                      \
    "{\"account_sid\":\"" PROCESS_ACCOUNT "\",\"to\":\"+15551234567\","                            \
    "\"from\":\"+15005550006\",\"body\":\"hello\"}"
#define FULL 1000000000000
#define PRICE 7900
#define WAIT_MS 20000

struct world {
    char folder[64];
    struct process auth, billing, messaging;
};

static int make_world(void **state)
{
    static struct world world;

    process_make_folder(world.folder, sizeof world.folder);
    process_init(&world.auth, "auth");
    process_init(&world.billing, "billing");
    process_init(&world.messaging, "messaging");
    *state = &world;
    return 0;
}

static int remove_world(void **state)
{
    struct world *world = *state;

    process_fini(&world->auth);
    process_fini(&world->billing);
    process_fini(&world->messaging);
    process_remove_folder(world->folder);
    return 0;
}

/* Run a command on the world's folder. */
static int run(const struct world *world, const char *name, const char *command, char *text,
               size_t size)
{
    char line[1024];

    snprintf(line, sizeof line, "%s --dir %s", command, world->folder);
    return process_run(name, line, text, size);
}

static json_t *ask(const struct world *world, const char *name, const char *command)
{
    char line[1024];

    snprintf(line, sizeof line, "%s --dir %s", command, world->folder);
    return process_ask(name, line);
}

static int64_t number_of(const json_t *json, const char *key)
{
    assert_true(json_is_integer(json_object_get(json, key)));
    return json_integer_value(json_object_get(json, key));
}

static void expect_books(const struct world *world, int64_t balance, int64_t reserved,
                         int64_t captured)
{
    json_t *books = ask(world, "billing", "books -o json");
    const json_t *account = json_array_get(json_object_get(books, "accounts"), 0);

    assert_true(json_is_true(json_object_get(books, "conserved")));
    assert_int_equal(number_of(books, "duplicate_captures"), 0);
    assert_string_equal(json_string_value(json_object_get(account, "sid")), PROCESS_ACCOUNT);
    assert_int_equal(number_of(account, "balance"), balance);
    assert_int_equal(number_of(account, "reserved"), reserved);
    assert_int_equal(number_of(account, "captured"), captured);
    json_decref(books);
}

static struct process_result do_step(struct process *process, const char *operation,
                                     const char *saga)
{
    return process_call(process, operation, operation, SAGA_DO, saga, INPUT);
}

static void expect_done(struct process_result result)
{
    if (result.verdict != SAGA_VERDICT_DONE)
        fail_msg("verdict %d, code %s", result.verdict, result.code);
}

static void a_message_goes_through_all_three(void **state)
{
    struct world *world = *state;

    process_start(&world->auth, world->folder);
    process_start(&world->billing, world->folder);
    process_start(&world->messaging, world->folder);
    struct process_result valid = do_step(&world->auth, "validate", "saga_1");
    expect_done(valid);
    assert_non_null(strstr(valid.output, "\"from\":\"+15005550006\""));
    expect_done(do_step(&world->billing, "reserve_quota", "saga_1"));
    expect_done(do_step(&world->billing, "reserve_balance", "saga_1"));
    expect_books(world, FULL - PRICE, PRICE, 0);
    expect_done(do_step(&world->messaging, "queue", "saga_1"));
    expect_done(do_step(&world->billing, "confirm", "saga_1"));
    expect_books(world, FULL - PRICE, 0, PRICE);

    json_t *books = ask(world, "billing", "books -o json --by-message");
    const json_t *message = json_array_get(json_object_get(books, "messages"), 0);
    assert_string_equal(json_string_value(json_object_get(message, "sid")),
                        "SM00000000000000000000000000000001");
    assert_int_equal(number_of(message, "captures"), 1);
    assert_int_equal(number_of(message, "captured"), PRICE);
    assert_int_equal(number_of(message, "reserved"), 0);
    json_decref(books);
}

static void a_refused_message_leaves_the_books_as_they_were(void **state)
{
    struct world *world = *state;
    static const char full[] = "{\"account_sid\":\"" PROCESS_ACCOUNT "\",\"to\":\"+15551234567\","
                               "\"from\":\"+15005550008\",\"body\":\"hello\"}";

    process_start(&world->billing, world->folder);
    process_start(&world->messaging, world->folder);
    expect_done(do_step(&world->billing, "reserve_quota", "saga_1"));
    expect_done(do_step(&world->billing, "reserve_balance", "saga_1"));
    struct process_result refused =
        process_call(&world->messaging, "queue", "queue", SAGA_DO, "saga_1", full);
    assert_int_equal(refused.verdict, SAGA_VERDICT_REJECTED);
    assert_string_equal(refused.code, "21611");
    expect_done(process_call(&world->billing, "reserve_balance", "release_balance", SAGA_UNDO,
                             "saga_1", full));
    expect_done(
        process_call(&world->billing, "reserve_quota", "release_quota", SAGA_UNDO, "saga_1", full));
    expect_books(world, FULL, 0, 0);
}

static void what_a_killed_participant_did_it_did_once(void **state)
{
    struct world *world = *state;
    char first[16384];

    for (int i = 0; i < 3; i++) {
        process_start(&world->billing, world->folder);
        struct process_result result = process_call_unheard(
            &world->billing, "reserve_balance", "reserve_balance", SAGA_DO, "saga_1", INPUT);
        expect_done(result);
        if (i == 0)
            memcpy(first, result.output, sizeof first);
        assert_string_equal(result.output, first);
        process_kill(&world->billing);
    }
    expect_books(world, FULL - PRICE, PRICE, 0); /* Nobody runs: the file is read. */
    process_start(&world->billing, world->folder);
    expect_done(do_step(&world->billing, "confirm", "saga_1"));
    expect_books(world, FULL - PRICE, 0, PRICE);
}

static void a_second_one_in_the_same_folder_is_told_so(void **state)
{
    struct world *world = *state;
    char command[512], text[1024];

    process_start(&world->billing, world->folder);
    snprintf(command, sizeof command, "serve --server %s --secret-file %s/secret",
             world->billing.server.url, world->folder);
    assert_int_equal(run(world, "billing", command, text, sizeof text), 1);
    assert_non_null(strstr(text, "another participant-billing uses "));
    assert_non_null(strstr(text, "/billing.db"));
    expect_books(world, FULL, 0, 0); /* The first is not disturbed. */
}

static void each_stops_when_it_is_told(void **state)
{
    struct world *world = *state;
    struct process *all[] = {&world->auth, &world->billing, &world->messaging};
    char path[128];

    for (size_t i = 0; i < 3; i++) {
        process_start(all[i], world->folder);
        assert_int_equal(process_stop(all[i]), 0);
        snprintf(path, sizeof path, "%s/%s.sock", world->folder, all[i]->name);
        assert_int_not_equal(access(path, F_OK), 0);
    }
}

static void one_whose_server_is_away_stops_too(void **state)
{
    struct world *world = *state;

    server_vanish(&world->billing.server);
    process_start(&world->billing, world->folder);
    assert_int_equal(process_stop(&world->billing), 0);
}

static void mistakes_on_the_command_line_are_told(void **state)
{
    static const struct {
        const char *command, *text;
        int code;
    } rows[] = {
        {"", "what to do?", 2},
        {"fly", "unknown command fly", 2},
        {"books", "--dir DIR is missing", 2},
        {"books --rate 5", "--rate is not an option of books", 2},
        {"books --colour", "unknown option --colour", 2},
        {"books --dir", "option --dir needs a value", 2},
        {"books --dir /nowhere/at/all", "/nowhere/at/all/billing.db: No such file", 3},
        {"books --dir /tmp -o xml", "-o is json or table", 2},
        {"serve --dir /tmp", "--server URL and --secret-file FILE are needed", 2},
        {"serve --dir /nowhere/at/all --server ipc:///x --secret-file /x", "/nowhere/at/all: No",
         1},
        {"account --dir /tmp AC1", "AC and 32 digits", 2},
        {"--help", "participant-billing books --dir DIR", 0},
        {"books --help", "participant-billing books --dir DIR", 0},
    };
    char text[8192];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int code = process_run("billing", rows[i].command, text, sizeof text);
        if (code != rows[i].code || strstr(text, rows[i].text) == NULL)
            fail_msg("%s: exit code %d: %s", rows[i].command, code, text);
    }
}

static void a_missing_or_empty_secret_is_told(void **state)
{
    struct world *world = *state;
    char text[1024];

    assert_int_equal(run(world, "auth", "serve --server ipc:///tmp/x --secret-file /dev/null", text,
                         sizeof text),
                     1);
    assert_non_null(strstr(text, "a secret is 1 to"));
    assert_int_equal(
        run(world, "auth", "serve --server ipc:///tmp/x --secret-file /no/file", text, sizeof text),
        1);
    assert_non_null(strstr(text, "/no/file: No such file"));
}

static void the_queue_is_emptied_by_hand(void **state)
{
    struct world *world = *state;
    char text[1024];

    assert_int_equal(run(world, "messaging", "take", text, sizeof text), 6);
    assert_non_null(strstr(text, "no participant-messaging is running in "));
    process_start(&world->messaging, world->folder);
    expect_done(do_step(&world->messaging, "queue", "saga_7"));
    json_t *message = ask(world, "messaging", "take --count 5");
    assert_string_equal(json_string_value(json_object_get(message, "body")), "hello");
    json_decref(message);
    json_t *done = ask(world, "messaging", "done SM00000000000000000000000000000007");
    assert_int_equal(number_of(done, "done"), 1);
    json_decref(done);
    assert_int_equal(
        run(world, "messaging", "done SM00000000000000000000000000000008", text, sizeof text), 3);
    json_t *stats = ask(world, "messaging", "stats -o json");
    assert_int_equal(number_of(stats, "done"), 1);
    assert_int_equal(number_of(stats, "waiting"), 0);
    json_decref(stats);
}

static void wait_until_done(const struct world *world, int64_t count)
{
    const struct timespec pause = {.tv_nsec = 20000000};

    for (int waited_ms = 0;; waited_ms += 20) {
        json_t *stats = ask(world, "messaging", "stats -o json");
        int64_t done = number_of(stats, "done");
        json_decref(stats);
        if (done == count)
            return;
        assert_true(waited_ms < WAIT_MS);
        nanosleep(&pause, NULL);
    }
}

static void a_consumer_goes_on_when_messaging_is_back(void **state)
{
    struct world *world = *state;
    char *const arguments[] = {"participant", "consume", "--dir", world->folder,
                               "--rate",      "100/s",   NULL};
    int status;

    process_start(&world->messaging, world->folder);
    pid_t consumer = process_spawn("messaging", arguments);
    expect_done(do_step(&world->messaging, "queue", "saga_1"));
    wait_until_done(world, 1);
    process_kill(&world->messaging);
    process_start(&world->messaging, world->folder);
    expect_done(do_step(&world->messaging, "queue", "saga_2"));
    wait_until_done(world, 2);
    assert_int_equal(kill(consumer, SIGTERM), 0);
    assert_int_equal(waitpid(consumer, &status, 0), consumer);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_consumer_stops_although_messaging_hangs(void **state)
{
    struct world *world = *state;
    char *const arguments[] = {"participant", "consume", "--dir", world->folder,
                               "--rate",      "100/s",   NULL};
    const struct timespec pause = {.tv_nsec = 20000000};
    int status, waited_ms = 0;

    process_start(&world->messaging, world->folder);
    pid_t consumer = process_spawn("messaging", arguments);
    expect_done(do_step(&world->messaging, "queue", "saga_1"));
    wait_until_done(world, 1);
    assert_int_equal(kill(world->messaging.pid, SIGSTOP), 0);
    assert_int_equal(kill(consumer, SIGTERM), 0);
    for (; waitpid(consumer, &status, WNOHANG) == 0; waited_ms += 20) {
        assert_true(waited_ms < 3000);
        nanosleep(&pause, NULL);
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void accounts_are_made_while_it_runs_and_while_it_does_not(void **state)
{
    struct world *world = *state;

    process_start(&world->auth, world->folder);
    json_decref(ask(world, "auth", "account ACffffffffffffffffffffffffffffffff"));
    json_decref(ask(world, "auth", "sender ACffffffffffffffffffffffffffffffff +15559990000"));
    assert_int_equal(process_stop(&world->auth), 0);
    json_decref(ask(world, "auth", "opt-out ACffffffffffffffffffffffffffffffff +15551234567"));
    process_start(&world->billing, world->folder);
    json_decref(ask(world, "billing",
                    "account ACffffffffffffffffffffffffffffffff --fund 5000000 "
                    "--price 10000 --daily-quota 100"));
    json_t *books = ask(world, "billing", "books -o json");
    assert_int_equal(json_array_size(json_object_get(books, "accounts")), 2);
    assert_int_equal(number_of(json_array_get(json_object_get(books, "accounts"), 1), "balance"),
                     5000000);
    json_decref(books);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, remove_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(a_message_goes_through_all_three),
        IN_WORLD(a_refused_message_leaves_the_books_as_they_were),
        IN_WORLD(what_a_killed_participant_did_it_did_once),
        IN_WORLD(a_second_one_in_the_same_folder_is_told_so),
        IN_WORLD(each_stops_when_it_is_told),
        IN_WORLD(one_whose_server_is_away_stops_too),
        cmocka_unit_test(mistakes_on_the_command_line_are_told),
        IN_WORLD(a_missing_or_empty_secret_is_told),
        IN_WORLD(the_queue_is_emptied_by_hand),
        IN_WORLD(a_consumer_goes_on_when_messaging_is_back),
        IN_WORLD(a_consumer_stops_although_messaging_hangs),
        IN_WORLD(accounts_are_made_while_it_runs_and_while_it_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
