/*
 * GET /v1/sagas/{id}: one saga, its history, and its why.
 */
#include "gateway/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SAGAS "/v1/sagas"

static const char *saga_path(const char *suffix)
{
    static char path[160];
    snprintf(path, sizeof(path), "%s/%s%s", SAGAS, fake_id(), suffix);
    return path;
}

static void a_saga_is_shown_whole(void **state)
{
    struct world *world = *state;

    world_ask(world, "GET", saga_path("?events=1"), AS_VIEWER, NULL);
    struct request *request = fake_take(world->inbox, REQUEST_GET);
    assert_true(request->with_events);
    assert_string_equal(request->tenant, "");
    assert_int_equal(request->wait, WAIT_NOTHING);
    struct snapshot *snapshot = fake_snapshot();
    snapshot->previous = (struct saga_id){.number = 1, .nonce = 2};
    snapshot->parked = SAGA_PARK_PATIENCE;
    snapshot->event_count = 1;
    snapshot->events = calloc(1, sizeof(*snapshot->events));
    snapshot->events[0] = (struct snapshot_event){
        .sequence = 1, .time_ms = 1438287151001, .type = "submitted", .text = "Submitted."};
    fake_answer_snapshot(request, ANSWER_OK, false, snapshot);
    struct response response = peer_read(&world->peer);
    static const char *const members[][2] = {
        {"id", NULL},
        {"definition", "send_message"},
        {"version", "00112233aabbccdd"},
        {"phase", "running"},
        {"hold", "parked"},
        {"parked", "patience"},
        {"condition.name", "progressing"},
        {"condition.since", "2015-07-30T20:12:31.100Z"},
        {"condition.subject", "queue"},
        {"created", "2015-07-30T20:12:31.000Z"},
        {"updated", "2015-07-30T20:12:33.000Z"},
        {"deadline", "2015-07-30T20:13:01.000Z"},
        {"next", "2015-07-30T20:12:32.000Z"},
        {"account", "AC1"},
        {"sequence", "7"},
        {"stuck", "false"},
        {"turn", "null"},
        {"code", "null"},
        {"allowed", "[\"cancel\",\"pause\",\"terminate\"]"},
        {"steps.0.name", "validate"},
        {"steps.0.state", "done"},
        {"steps.0.undo", "none"},
        {"steps.0.attempts", "1"},
        {"steps.0.participant", "auth"},
        {"steps.1.undo_operation", "release_quota"},
        {"steps.3.pivot", "true"},
        {"steps.4.state", "pending"},
        {"events.0.seq", "1"},
        {"events.0.time", "2015-07-30T20:12:31.001Z"},
        {"events.0.type", "submitted"},
        {"events.0.step", "null"},
        {"events.0.text", "Submitted."},
        {"input", "(absent)"},
    };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        assert_string_equal(response_text(&response, members[i][0]),
                            members[i][1] ? members[i][1] : fake_id());
    assert_string_equal(response_text(&response, "previous"), "saga_0000000000000g000000000002");
    expect_text(&response, 200, "sid", fake_sid());
}

static void a_saga_is_found_by_its_sid_too(void **state)
{
    struct world *world = *state;
    char path[160];

    snprintf(path, sizeof(path), "%s/%s", SAGAS, fake_sid());
    world_ask(world, "GET", path, AS_SUBMITTER, NULL);
    struct request *request = fake_take(world->inbox, REQUEST_GET);
    struct saga_id id;
    assert_true(id_parse(fake_id(), &id));
    assert_true(id_equal(request->id, id));
    fake_answer_snapshot(request, ANSWER_OK, false, fake_snapshot());
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "events"), "(absent)");
    expect_text(&response, 200, "id", fake_id());
}

static void payloads_are_for_those_who_may_see_them(void **state)
{
    struct world *world = *state;
    struct snapshot *snapshot = fake_snapshot();

    world_ask(world, "GET", saga_path("?payloads=1"), AS_AC1, NULL);
    struct request *request = fake_take(world->inbox, REQUEST_GET);
    assert_string_equal(request->tenant, "AC1");
    uint8_t *output = (uint8_t *)strdup("{\"x\":1}");
    snapshot->steps[1].output = bytes_of(output, 7);
    fake_answer_snapshot(request, ANSWER_OK, false, snapshot);
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "steps.1.output"), "{\"x\":1}");
    assert_string_equal(response_text(&response, "steps.0.output"), "null");
    expect_text(&response, 200, "input.body", "Hi");
    response = world_call(world, "GET", saga_path("?payloads=1"), AS_VIEWER, NULL);
    expect_text(&response, 403, "code", "forbidden");
}

static void a_look_can_wait_for_the_end_or_for_something_newer(void **state)
{
    static const struct {
        const char *suffix, *headers;
        enum request_wait wait;
        unsigned wait_ms, after;
    } cases[] = {
        {"", AS_VIEWER, WAIT_NOTHING, 0, 0},
        {"?wait=5", AS_VIEWER, WAIT_FINISHED, 5000, 0},
        {"?wait=60&after_version=7", AS_VIEWER, WAIT_NEWER, 60000, 7},
        {"?wait=5", AS_VIEWER "If-None-Match: \"9.0.1\"\r\n", WAIT_NEWER, 5000, 9},
        {"?wait=5", AS_VIEWER "If-None-Match: W/\"9\"\r\n", WAIT_FINISHED, 5000, 0},
        {"?wait=5", AS_VIEWER "If-None-Match: \"99999999999.1\"\r\n", WAIT_FINISHED, 5000, 0},
        {"?after_version=7", AS_VIEWER, WAIT_NOTHING, 0, 7},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        world_ask(world, "GET", saga_path(cases[i].suffix), cases[i].headers, NULL);
        struct request *request = fake_take(world->inbox, REQUEST_GET);
        assert_int_equal(request->wait, cases[i].wait);
        assert_int_equal(request->wait_ms, cases[i].wait_ms);
        assert_int_equal(request->after_sequence, cases[i].after);
        fake_answer_snapshot(request, ANSWER_OK, false, fake_snapshot());
        struct response response = peer_read(&world->peer);
        expect_text(&response, 200, "id", fake_id());
    }
}

static void what_has_not_changed_is_not_sent_again(void **state)
{
    struct world *world = *state;
    char headers[256];

    world_ask(world, "GET", saga_path(""), AS_VIEWER, NULL);
    fake_answer_snapshot(fake_take(world->inbox, REQUEST_GET), ANSWER_OK, false, fake_snapshot());
    struct response response = peer_read(&world->peer);
    snprintf(headers, sizeof(headers), "%sIf-None-Match: %s\r\n", AS_VIEWER,
             response_header(&response, "ETag"));
    response_fini(&response);

    world_ask(world, "GET", saga_path(""), headers, NULL);
    fake_answer_snapshot(fake_take(world->inbox, REQUEST_GET), ANSWER_OK, false, fake_snapshot());
    response = peer_read_head(&world->peer);
    assert_int_equal(response.status, 304);
    response_fini(&response);

    /* No event happened, but the worker has gone: that is news. */
    world_ask(world, "GET", saga_path(""), headers, NULL);
    struct snapshot *snapshot = fake_snapshot();
    snapshot->condition = SAGA_NO_WORKER;
    fake_answer_snapshot(fake_take(world->inbox, REQUEST_GET), ANSWER_OK, false, snapshot);
    response = peer_read(&world->peer);
    expect_text(&response, 200, "condition.name", "no-worker");
}

static void wrong_looks_are_refused(void **state)
{
    static const struct {
        const char *suffix, *code;
        unsigned status;
    } cases[] = {
        {"?wait=61", "invalid", 400},    {"?wait=x", "invalid", 400},
        {"?wait=", "invalid", 400},      {"?events=2", "invalid", 400},
        {"?other=1", "invalid", 400},    {"?wait=1&wait=1", "invalid", 400},
        {"?events", "malformed", 400},   {"?wait=%", "malformed", 400},
        {"x", "not_found", 404},         {"/nothing", "not_found", 404},
        {"/events?x=1", "invalid", 400}, {"/why?x=1", "invalid", 400},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct response response =
            world_call(world, "GET", saga_path(cases[i].suffix), AS_VIEWER, NULL);
        expect_text(&response, cases[i].status, "code", cases[i].code);
    }
}

static void a_saga_that_is_not_there_is_not_found(void **state)
{
    static const char *const suffixes[] = {"", "/events", "/why"};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        world_ask(world, "GET", saga_path(suffixes[i]), AS_AC2, NULL);
        struct request *request = fake_take(world->inbox, REQUEST_GET);
        assert_string_equal(request->tenant, "AC2");
        fake_answer_plainly(request, ANSWER_NOT_FOUND);
        struct response response = peer_read(&world->peer);
        expect_text(&response, 404, "code", "not_found");
    }
}

static void events_and_why_have_pages_of_their_own(void **state)
{
    struct world *world = *state;

    world_ask(world, "GET", saga_path("/events"), AS_VIEWER, NULL);
    struct request *request = fake_take(world->inbox, REQUEST_GET);
    assert_true(request->with_events);
    fake_answer_snapshot(request, ANSWER_OK, false, fake_snapshot());
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "id"), fake_id());
    expect_text(&response, 200, "events", "[]");

    world_ask(world, "GET", saga_path("/why"), AS_VIEWER, NULL);
    fake_answer_snapshot(fake_take(world->inbox, REQUEST_GET), ANSWER_OK, false, fake_snapshot());
    response = peer_read(&world->peer);
    assert_true(json_is_array(json_object_get(response.json, "lines")));
    assert_true(json_is_array(json_object_get(response.json, "try")));
    expect_text(&response, 200, "headline",
                "It is moving: step \"queue\" is being done by \"messaging\".");
}

static void an_engine_that_does_not_answer_is_said_so(void **state)
{
    struct world *world = world_open(&(struct gateway_options){.answer_grace_ms = 20});

    (void)state;
    world_ask(world, "GET", saga_path(""), AS_VIEWER, NULL);
    struct request *request = fake_take(world->inbox, REQUEST_GET);
    struct response response = peer_read(&world->peer);
    expect_text(&response, 503, "code", "no_answer");
    fake_answer_snapshot(request, ANSWER_OK, false, fake_snapshot());
    world_close(world);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_saga_is_shown_whole),
        CASE(a_saga_is_found_by_its_sid_too),
        CASE(payloads_are_for_those_who_may_see_them),
        CASE(a_look_can_wait_for_the_end_or_for_something_newer),
        CASE(what_has_not_changed_is_not_sent_again),
        CASE(wrong_looks_are_refused),
        CASE(a_saga_that_is_not_there_is_not_found),
        CASE(events_and_why_have_pages_of_their_own),
        cmocka_unit_test(an_engine_that_does_not_answer_is_said_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
