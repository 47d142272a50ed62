/*
 * Backups over HTTP: begun, looked at and stopped by admins, under names that are checked; and
 * verification likewise, by those who may act.
 */
#include "gateway/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct chore_report done = {
    .backup = {.state = BACKUP_DONE,
               .name = "one",
               .path = "/b/one.db",
               .begun_ms = 1000,
               .ended_ms = 2000,
               .bytes = 8192,
               .bytes_total = 8192,
               .records = 12,
               .sagas = 2,
               .last_number = 1088,
               .sha256 = "abcd"},
};

static struct request *asked(struct world *world, enum chore_verb verb, const char *name)
{
    struct request *request = fake_take(world->inbox, REQUEST_CHORE);

    assert_int_equal(request->chore.kind, CHORE_BACKUP);
    assert_int_equal(request->chore.verb, verb);
    assert_string_equal(request->chore.name, name);
    return request;
}

static void one_is_begun_with_a_name_or_without(void **state)
{
    struct world *world = *state;

    world_ask(world, "POST", "/v1/server/backups", AS_ADMIN JSON, "{\"name\": \"one\"}");
    struct request *request = asked(world, CHORE_BEGIN, "one");
    assert_string_equal(request->actor, "admin");
    fake_answer(request, (struct answer){.status = ANSWER_OK, .chore_report = &done});
    struct response response = peer_read(&world->peer);
    assert_non_null(strstr(response.head, "Location: /v1/server/backups/one"));
    expect_text(&response, 202, "name", "one");

    world_ask(world, "POST", "/v1/server/backups", AS_ADMIN, "");
    fake_answer(asked(world, CHORE_BEGIN, ""),
                (struct answer){.status = ANSWER_OK, .chore_report = &done});
    response = peer_read(&world->peer);
    expect_text(&response, 202, "state", "done");
}

static void one_that_is_done_says_what_is_in_it(void **state)
{
    struct world *world = *state;

    world_ask(world, "GET", "/v1/server/backups/one", AS_ADMIN, NULL);
    fake_answer(asked(world, CHORE_LOOK, "one"),
                (struct answer){.status = ANSWER_OK, .chore_report = &done});
    struct response response = peer_read(&world->peer);
    assert_int_equal(json_integer_value(json_object_get(response.json, "records")), 12);
    assert_int_equal(json_integer_value(json_object_get(response.json, "last_number")), 1088);
    assert_true(json_is_null(json_object_get(response.json, "failure")));
    expect_text(&response, 200, "file", "/b/one.db");
}

static void one_that_failed_says_why(void **state)
{
    struct world *world = *state;
    struct chore_report failed = {
        .backup = {.state = BACKUP_FAILED,
                   .failure = BACKUP_NO_ROOM,
                   .name = "one",
                   .text = "the disk has 1 MiB free"},
    };

    world_ask(world, "GET", "/v1/server/backups/one", AS_ADMIN, NULL);
    fake_answer(asked(world, CHORE_LOOK, "one"),
                (struct answer){.status = ANSWER_OK, .chore_report = &failed});
    struct response response = peer_read(&world->peer);
    assert_string_equal(json_string_value(json_object_get(response.json, "failure")), "no_room");
    assert_true(json_is_null(json_object_get(response.json, "records")));
    expect_text(&response, 200, "detail", "the disk has 1 MiB free");
}

static void there_is_one_at_a_time(void **state)
{
    struct world *world = *state;

    world_ask(world, "POST", "/v1/server/backups", AS_ADMIN JSON, "{\"name\": \"two\"}");
    fake_answer(asked(world, CHORE_BEGIN, "two"),
                (struct answer){.status = ANSWER_REFUSED, .chore_report = &done});
    struct response response = peer_read(&world->peer);
    assert_non_null(strstr(json_string_value(json_object_get(response.json, "detail")), "\"one\""));
    expect_text(&response, 409, "code", "under_way");
}

static void it_is_stopped(void **state)
{
    struct world *world = *state;

    world_ask(world, "POST", "/v1/server/backups/one/stop", AS_ADMIN, "");
    fake_answer(asked(world, CHORE_STOP, "one"),
                (struct answer){.status = ANSWER_OK, .chore_report = &done});
    struct response response = peer_read(&world->peer);
    expect_text(&response, 202, "name", "one");

    world_ask(world, "POST", "/v1/server/backups/two/stop", AS_ADMIN, "");
    fake_answer_plainly(asked(world, CHORE_STOP, "two"), ANSWER_NOT_FOUND);
    response = peer_read(&world->peer);
    expect_text(&response, 404, "code", "not_found");
}

static void only_admins_and_only_good_names_get_to_the_engine(void **state)
{
    static const char *const others[] = {AS_AC1, AS_SUBMITTER, AS_VIEWER, AS_OPERATOR};
    static const char *const bad[] = {"{\"name\": \"\"}",
                                      "{\"name\": \"../up\"}",
                                      "{\"name\": \"a b\"}",
                                      "{\"name\": 7}",
                                      "{\"nam\": \"a\"}",
                                      "[]",
                                      "{"};
    struct world *world = *state;
    struct response response;

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        response = world_call(world, "POST", "/v1/server/backups", others[i], "");
        expect_text(&response, 403, "code", "forbidden");
        response = world_call(world, "GET", "/v1/server/backups/one", others[i], NULL);
        expect_text(&response, 403, "code", "forbidden");
    }
    response = world_call(world, "POST", "/v1/server/backups", "", "");
    expect_text(&response, 401, "code", "unauthenticated");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        response = world_call(world, "POST", "/v1/server/backups", AS_ADMIN JSON, bad[i]);
        assert_int_equal(response.status, 400);
        response_fini(&response);
    }
    response = world_call(world, "GET", "/v1/server/backups/.db", AS_ADMIN, NULL);
    expect_text(&response, 404, "code", "not_found");
    assert_true(fake_is_idle(world->inbox));
}

static struct request *asked_to_verify(struct world *world, enum chore_verb verb)
{
    struct request *request = fake_take(world->inbox, REQUEST_CHORE);

    assert_int_equal(request->chore.kind, CHORE_VERIFY);
    assert_int_equal(request->chore.verb, verb);
    return request;
}

static void a_verification_is_begun_looked_at_and_stopped(void **state)
{
    static const struct chore_report good = {
        .verify = {.state = VERIFY_DONE, .begun_ms = 1000, .records = 12, .where = ""}};
    static const struct chore_report bad = {
        .verify = {.state = VERIFY_FAILED, .stream = 1088, .where = "row", .text = "it differs"}};
    struct world *world = *state;

    world_ask(world, "POST", "/v1/server/verify", AS_OPERATOR, "");
    fake_answer(asked_to_verify(world, CHORE_BEGIN),
                (struct answer){.status = ANSWER_OK, .chore_report = &good});
    struct response response = peer_read(&world->peer);
    assert_int_equal(json_integer_value(json_object_get(response.json, "records")), 12);
    assert_true(json_is_null(json_object_get(response.json, "wrong")));
    expect_text(&response, 202, "state", "done");

    world_ask(world, "GET", "/v1/server/verify", AS_ADMIN, NULL);
    fake_answer(asked_to_verify(world, CHORE_LOOK),
                (struct answer){.status = ANSWER_OK, .chore_report = &bad});
    response = peer_read(&world->peer);
    const json_t *wrong = json_object_get(response.json, "wrong");
    assert_int_equal(json_integer_value(json_object_get(wrong, "stream")), 1088);
    assert_true(json_is_null(json_object_get(wrong, "sequence")));
    assert_string_equal(json_string_value(json_object_get(wrong, "where")), "row");
    expect_text(&response, 200, "state", "failed");

    world_ask(world, "POST", "/v1/server/verify", AS_OPERATOR, "");
    fake_answer(asked_to_verify(world, CHORE_BEGIN),
                (struct answer){.status = ANSWER_REFUSED, .chore_report = &good});
    response = peer_read(&world->peer);
    expect_text(&response, 409, "code", "under_way");
    world_ask(world, "POST", "/v1/server/verify/stop", AS_OPERATOR, "");
    fake_answer_plainly(asked_to_verify(world, CHORE_STOP), ANSWER_NOT_FOUND);
    response = peer_read(&world->peer);
    expect_text(&response, 404, "code", "not_found");
    response = world_call(world, "POST", "/v1/server/verify", AS_VIEWER, "");
    expect_text(&response, 403, "code", "forbidden");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_is_begun_with_a_name_or_without, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(one_that_is_done_says_what_is_in_it, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(one_that_failed_says_why, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(there_is_one_at_a_time, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(it_is_stopped, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_verification_is_begun_looked_at_and_stopped, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(only_admins_and_only_good_names_get_to_the_engine,
                                        world_setup, world_teardown),
    };

    return cmocka_run_group_tests_name("backups over HTTP", tests, NULL, NULL);
}
