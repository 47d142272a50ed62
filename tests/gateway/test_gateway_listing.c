/*
 * GET /v1/sagas: pages, cursors and filters.
 */
#include "gateway/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct request *listed(struct world *world, const char *query, const char *headers)
{
    char target[512];

    snprintf(target, sizeof(target), "/v1/sagas%s", query);
    world_ask(world, "GET", target, headers, NULL);
    return fake_take(world->inbox, REQUEST_LIST);
}

static struct page *empty_page(uint64_t cursor)
{
    struct page *page = calloc(1, sizeof(*page));

    assert_non_null(page);
    page->cursor = cursor;
    return page;
}

static void finish(struct world *world, struct request *request)
{
    fake_answer(request, (struct answer){.status = ANSWER_OK, .page = empty_page(0)});
    struct response response = peer_read(&world->peer);
    expect_text(&response, 200, "sagas", "[]");
}

static void a_row_has_what_an_operator_looks_for(void **state)
{
    struct world *world = *state;
    struct request *request = listed(world, "", AS_VIEWER);
    struct page *page = calloc(1, sizeof(*page) + sizeof(page->rows[0]));
    static const char *const members[][2] = {
        {"sagas.0.sid", "SM00000000000000050000000000000006"},
        {"sagas.0.definition", "send_message"},
        {"sagas.0.account", "AC1"},
        {"sagas.0.phase", "compensating"},
        {"sagas.0.hold", "paused"},
        {"sagas.0.condition.name", "no-worker"},
        {"sagas.0.condition.since", "2015-07-30T20:12:31.000Z"},
        {"sagas.0.condition.subject", "billing"},
        {"sagas.0.step", "reserve_quota"},
        {"sagas.0.attempts", "3"},
        {"sagas.0.since", "2015-07-30T20:12:31.000Z"},
        {"sagas.0.next", "null"},
        {"sagas.0.code", "null"},
        {"sagas.0.stuck", "true"},
    };

    assert_non_null(page);
    page->count = 1;
    page->rows[0] = (struct page_row){
        .id = {.number = 5, .nonce = 6},
        .tenant = "AC1",
        .definition = "send_message",
        .phase = SAGA_COMPENSATING,
        .paused = true,
        .stuck = true,
        .condition = SAGA_NO_WORKER,
        .condition_since_ms = 1438287151000,
        .condition_subject = "billing",
        .step = "reserve_quota",
        .attempts = 3,
    };
    fake_answer(request, (struct answer){.status = ANSWER_OK, .page = page});
    struct response response = peer_read(&world->peer);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        assert_string_equal(response_text(&response, members[i][0]), members[i][1]);
    expect_text(&response, 200, "next_cursor", "null");
}

static void parameters_become_the_question(void **state)
{
    struct world *world = *state;
    struct request *request = listed(world, "", AS_VIEWER);

    assert_int_equal(request->limit, 100);
    assert_int_equal(request->before, 0);
    assert_false(request->only_stuck);
    assert_false(request->with_finished);
    assert_null(request->matches);
    assert_string_equal(request->tenant, "");
    finish(world, request);
    request = listed(world, "?stuck=1&all=1&limit=1000", AS_AC2);
    assert_int_equal(request->limit, 1000);
    assert_true(request->only_stuck);
    assert_true(request->with_finished);
    assert_string_equal(request->tenant, "AC2");
    finish(world, request);
}

static void the_cursor_leads_to_the_next_page_even_from_an_empty_one(void **state)
{
    struct world *world = *state;
    char query[128];
    uint64_t cursor = 0x8123456789abcdefu;
    struct request *request = listed(world, "", AS_VIEWER);

    fake_answer(request, (struct answer){.status = ANSWER_OK, .page = empty_page(cursor)});
    struct response response = peer_read(&world->peer);
    snprintf(query, sizeof(query), "?cursor=%s", response_text(&response, "next_cursor"));
    response_fini(&response);
    request = listed(world, query, AS_VIEWER);
    assert_true(request->before == cursor);
    finish(world, request);
}

static void a_filter_is_asked_row_by_row(void **state)
{
    struct world *world = *state;
    struct page_row row = {.phase = SAGA_RUNNING, .step = "queue"}, other = {.step = "confirm"};
    struct request *request = listed(world, "?q=phase%3Drunning,step%3Dqueue", AS_VIEWER);

    assert_true(request->matches(request, &row));
    assert_false(request->matches(request, &other));
    assert_false(request->with_finished);
    finish(world, request);
    request = listed(world, "?q=phase=completed", AS_VIEWER);
    assert_true(request->with_finished);
    finish(world, request);
    request = listed(world, "?q=", AS_VIEWER);
    assert_null(request->matches);
    finish(world, request);
}

static void wrong_lists_are_refused(void **state)
{
    static const struct {
        const char *query, *detail; /* How it begins. */
    } cases[] = {
        {"?limit=0", "The parameter \"limit\" is not a number from 1 to 1000."},
        {"?limit=1001", "The parameter \"limit\""},
        {"?stuck=yes", "The parameter \"stuck\""},
        {"?cursor=x", "The cursor is not one"},
        {"?cursor=c0000000000000000", "The cursor is not one"},
        {"?cursor=c000000000000000g", "The cursor is not one"},
        {"?cursor=", "The cursor is not one"},
        {"?q=colour%3Dred", "The filter is wrong: \"colour=red\" does not begin with a field"},
        {"?q=age%3D5m", "The filter is wrong: age is compared with < or >"},
        {"?query=x", "The parameter \"query\" is not known here."},
        {"?q=%FF", "The query string is malformed at byte 2: the decoded text is not UTF-8."},
    };
    struct world *world = *state;
    char target[256];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(target, sizeof(target), "/v1/sagas%s", cases[i].query);
        struct response response = world_call(world, "GET", target, AS_VIEWER, NULL);
        const char *detail = response_text(&response, "detail");
        assert_int_equal(response.status, 400);
        if (strncmp(detail, cases[i].detail, strlen(cases[i].detail)) != 0)
            fail_msg("%s gives: %s", cases[i].query, detail);
        response_fini(&response);
    }
}

static void a_submitter_does_not_look_around(void **state)
{
    struct world *world = *state;
    struct response response = world_call(world, "GET", "/v1/sagas", AS_SUBMITTER, NULL);

    expect_text(&response, 403, "detail", "submitter may not do this.");
    fake_answer_plainly(listed(world, "", AS_VIEWER), ANSWER_SHED);
    response = peer_read(&world->peer);
    expect_text(&response, 429, "code", "overloaded");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_row_has_what_an_operator_looks_for),
        CASE(parameters_become_the_question),
        CASE(the_cursor_leads_to_the_next_page_even_from_an_empty_one),
        CASE(a_filter_is_asked_row_by_row),
        CASE(wrong_lists_are_refused),
        CASE(a_submitter_does_not_look_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
