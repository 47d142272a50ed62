/*
 * GET /v1/audit and /v1/audit/verify: what is asked, what is shown, and by whom.
 */
#include "gateway/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t digest[RECORD_DIGEST_SIZE] = {0xab, 0xcd, [31] = 0x0f};
#define DIGEST_TEXT "abcd00000000000000000000000000000000000000000000000000000000000f"

static struct request *asked(struct world *world, const char *target, enum request_type type)
{
    world_ask(world, "GET", target, AS_VIEWER, NULL);
    return fake_take(world->inbox, type);
}

static struct audit_page *page_of(size_t count, uint32_t cursor)
{
    struct audit_page *page = calloc(1, sizeof(*page) + count * sizeof(struct audit_row));

    assert_non_null(page);
    page->count = count;
    page->cursor = cursor;
    return page;
}

static void finish(struct world *world, struct request *request)
{
    fake_answer(request, (struct answer){.status = ANSWER_OK, .audit = page_of(0, 0)});
    struct response response = peer_read(&world->peer);
    expect_text(&response, 200, "entries", "[]");
}

static void expect_members(const struct response *response, const char *const members[][2],
                           size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_string_equal(response_text(response, members[i][0]), members[i][1]);
}

static void an_entry_says_who_did_what_and_what_it_changed(void **state)
{
    struct world *world = *state;
    struct request *request = asked(world, "/v1/audit", REQUEST_AUDIT_LIST);
    struct audit_page *page = page_of(3, 0);
    static const char *const members[][2] = {
        {"entries.0.number", "9"},
        {"entries.0.time", "2015-07-30T20:12:31.000Z"},
        {"entries.0.actor", "ada/laptop"},
        {"entries.0.credential", "ada"},
        {"entries.0.role", "operator"},
        {"entries.0.verb", "resolve_rejected"},
        {"entries.0.step", "queue"},
        {"entries.0.reason", "asked"},
        {"entries.0.force", "true"},
        {"entries.0.outcome", "accepted"},
        {"entries.0.detail", "null"},
        {"entries.0.sequence", "7"},
        {"entries.0.before.hold", "parked"},
        {"entries.0.before.parked", "patience"},
        {"entries.0.before.condition", "parked"},
        {"entries.0.before.state", "backoff"},
        {"entries.0.after.phase", "compensated"},
        {"entries.0.after.condition", "null"},
        {"entries.0.after.state", "rejected"},
        {"entries.0.after.undo", "none"},
        {"entries.0.event_digest", DIGEST_TEXT},
        {"entries.1.verb", "backup"},
        {"entries.1.outcome", "failed"},
        {"entries.1.detail", "the disk is full"},
        {"entries.1.credential", "null"},
        {"entries.2.number", "7"},
        {"entries.2.corrupt", "true"},
        {"next_cursor", "null"},
    };

    page->rows[0] = (struct audit_row){
        .number = 9,
        .entry = {
            .wall_ms = 1438287151000, .saga = {5, 6}, .verb = SAGA_RESOLVE_REJECTED, .force = true,
            .actor = "ada/laptop", .credential = "ada", .role = "operator", .reason = "asked",
            .step = "queue", .sequence = 7, .has_event = true,
            .before = {.parked = SAGA_PARK_PATIENCE, .condition = SAGA_PARKED,
                       .do_state = SAGA_DO_BACKOFF},
            .after = {.phase = SAGA_COMPENSATED, .do_state = SAGA_DO_REJECTED},
        },
    };
    memcpy(page->rows[0].entry.event_digest, digest, sizeof(digest));
    page->rows[1] = (struct audit_row){
        .number = 8,
        .entry = {.act = "backup", .outcome = RECORD_FAILED, .text = "the disk is full"},
    };
    page->rows[2] = (struct audit_row){.number = 7, .corrupt = true};
    fake_answer(request, (struct answer){.status = ANSWER_OK, .audit = page});
    struct response response = peer_read(&world->peer);
    assert_int_equal(response.status, 200);
    expect_members(&response, members, sizeof(members) / sizeof(members[0]));
    response_fini(&response);
}

static void parameters_become_the_question(void **state)
{
    struct world *world = *state;
    struct request *request = asked(world, "/v1/audit", REQUEST_AUDIT_LIST);

    assert_int_equal(request->limit, 50);
    assert_true(request->before == 0);
    assert_string_equal(request->audit.actor, "");
    assert_true(request->audit.saga.number == 0);
    finish(world, request);
    request = asked(world,
                    "/v1/audit?actor=ada&verb=pause&since=2015-07-30T20:12:31Z&until=2015-07-31"
                    "&saga=SM00000000000000050000000000000006&limit=500&cursor=c000000000000000c",
                    REQUEST_AUDIT_LIST);
    assert_string_equal(request->audit.actor, "ada");
    assert_string_equal(request->audit.verb, "pause");
    assert_true(request->audit.since_ms == 1438287151000);
    assert_true(request->audit.until_ms == 1438300800000);
    assert_true(id_equal(request->audit.saga, (struct saga_id){5, 6}));
    assert_int_equal(request->limit, 500);
    assert_true(request->before == 12);
    finish(world, request);
}

static void cursors_lead_on_from_a_page_and_from_a_part_of_a_check(void **state)
{
    struct world *world = *state;
    struct audit_check check = {.checked = 300};
    char target[160];
    struct request *request = asked(world, "/v1/audit", REQUEST_AUDIT_LIST);

    fake_answer(request, (struct answer){.status = ANSWER_OK, .audit = page_of(0, 0x89abcdef)});
    struct response response = peer_read(&world->peer);
    snprintf(target, sizeof(target), "/v1/audit?cursor=%s",
             response_text(&response, "next_cursor"));
    response_fini(&response);
    request = asked(world, target, REQUEST_AUDIT_LIST);
    assert_true(request->before == 0x89abcdef);
    finish(world, request);

    memcpy(check.link, digest, sizeof(digest));
    request = asked(world, "/v1/audit/verify?head=" DIGEST_TEXT, REQUEST_AUDIT_CHECK);
    assert_true(request->audit.has_head);
    assert_memory_equal(request->audit.head, digest, sizeof(digest));
    assert_int_equal(request->audit.checked, 0);
    fake_answer(request, (struct answer){.status = ANSWER_OK, .audit_check = &check});
    response = peer_read(&world->peer);
    snprintf(target, sizeof(target), "/v1/audit/verify?cursor=%s",
             response_text(&response, "next_cursor"));
    expect_text(&response, 200, "complete", "false");
    request = asked(world, target, REQUEST_AUDIT_CHECK);
    assert_false(request->audit.has_head);
    assert_int_equal(request->audit.checked, 300);
    assert_memory_equal(request->audit.link, digest, sizeof(digest));
    fake_answer(request, (struct answer){.status = ANSWER_OK, .audit_check = &check});
    response = peer_read(&world->peer);
    response_fini(&response);
}

static void a_check_says_what_it_found(void **state)
{
    struct world *world = *state;
    struct audit_check whole = {.checked = 12, .complete = true, .head_at = 9};
    struct audit_check broken = {.checked = 4, .complete = true, .broken = 5,
                                 .what = "it is missing"};
    static const char *const good[][2] = {
        {"checked", "12"}, {"digest", DIGEST_TEXT}, {"complete", "true"},   {"broken", "null"},
        {"head_number", "9"}, {"next_cursor", "null"},
    };
    static const char *const bad[][2] = {
        {"checked", "4"}, {"digest", "null"}, {"complete", "true"}, {"broken.number", "5"},
        {"broken.detail", "it is missing"}, {"head_number", "null"}, {"next_cursor", "null"},
    };

    memcpy(whole.link, digest, sizeof(digest));
    struct request *request = asked(world, "/v1/audit/verify", REQUEST_AUDIT_CHECK);
    fake_answer(request, (struct answer){.status = ANSWER_OK, .audit_check = &whole});
    struct response response = peer_read(&world->peer);
    expect_members(&response, good, sizeof(good) / sizeof(good[0]));
    response_fini(&response);
    request = asked(world, "/v1/audit/verify", REQUEST_AUDIT_CHECK);
    fake_answer(request, (struct answer){.status = ANSWER_OK, .audit_check = &broken});
    response = peer_read(&world->peer);
    expect_members(&response, bad, sizeof(bad) / sizeof(bad[0]));
    response_fini(&response);
}

static void wrong_questions_are_refused(void **state)
{
    static const struct wrong_question questions[] = {
        {"?limit=501", "The parameter \"limit\" is not a number from 1 to 500."},
        {"?actor=", "The parameter \"actor\" is a name of 1 to 63 bytes."},
        {"?saga=x", "The parameter \"saga\" is the id of a saga."},
        {"?since=yesterday", "The parameter \"since\" is a day or a moment of RFC 3339"},
        {"?until=2015", "The parameter \"until\" is a day"},
        {"?cursor=c0000000000000000", "The cursor is not one that a list has given."},
        {"?cursor=v0000000000000001", "The cursor is not one"},
        {"?who=ada", "The parameter \"who\" is not known here."},
        {"/verify?head=abcd", "The parameter \"head\" is a digest: 64 hexadecimal digits."},
        {"/verify?cursor=v00000001", "The cursor is not one that a check has given."},
        {"/verify?cursor=v00000000" DIGEST_TEXT, "The cursor is not one"},
        {"/verify?actor=ada", "The parameter \"actor\" is not known here"},
    };

    expect_wrong(*state, "/v1/audit", questions, sizeof(questions) / sizeof(questions[0]));
}

static void it_is_for_those_who_may_look_at_everything(void **state)
{
    struct world *world = *state;
    struct response response = world_call(world, "GET", "/v1/audit", AS_SUBMITTER, NULL);

    expect_text(&response, 403, "code", "forbidden");
    response = world_call(world, "GET", "/v1/audit/verify", AS_AC2, NULL);
    expect_text(&response, 403, "code", "forbidden");
    response = world_call(world, "GET", "/v1/audit", "", NULL);
    expect_text(&response, 401, "code", "unauthenticated");
    fake_answer_plainly(asked(world, "/v1/audit", REQUEST_AUDIT_LIST), ANSWER_SHED);
    response = peer_read(&world->peer);
    expect_text(&response, 429, "code", "overloaded");
    fake_answer_plainly(asked(world, "/v1/audit/verify", REQUEST_AUDIT_CHECK), ANSWER_SHED);
    response = peer_read(&world->peer);
    expect_text(&response, 429, "code", "overloaded");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(an_entry_says_who_did_what_and_what_it_changed),
        CASE(parameters_become_the_question),
        CASE(cursors_lead_on_from_a_page_and_from_a_part_of_a_check),
        CASE(a_check_says_what_it_found),
        CASE(wrong_questions_are_refused),
        CASE(it_is_for_those_who_may_look_at_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
