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

static void finish(struct world *world, struct request *request)
{
    struct page *page = calloc(1, sizeof(*page));

    assert_non_null(page);
    fake_answer(request, (struct answer){.status = ANSWER_OK, .page = page});
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

    assert_int_equal(request->limit, INBOX_PAGE_MAX);
    assert_int_equal(request->before, 0);
    assert_false(request->only_stuck);
    assert_false(request->with_finished);
    assert_null(request->matches);
    assert_string_equal(request->tenant, "");
    finish(world, request);
    request = listed(world, "?stuck=1&all=1&limit=7", AS_AC2);
    assert_int_equal(request->limit, 7);
    assert_true(request->only_stuck);
    assert_true(request->with_finished);
    assert_string_equal(request->tenant, "AC2");
    finish(world, request);
}

/* So many rows from a number downwards. */
static void answer_rows(struct request *request, size_t count, uint64_t first, uint64_t cursor)
{
    struct page *page = calloc(1, sizeof(*page) + count * sizeof(page->rows[0]));

    assert_non_null(page);
    page->count = count;
    page->cursor = cursor;
    for (size_t i = 0; i < count; i++)
        page->rows[i] = (struct page_row){.id = {.number = first - i, .nonce = 1}};
    fake_answer(request, (struct answer){.status = ANSWER_OK, .page = page});
}

static void a_long_page_is_asked_for_some_rows_at_a_time(void **state)
{
    struct world *world = *state;
    struct request *request = listed(world, "?limit=120&stuck=1&q=step%3Dqueue", AS_AC2);

    for (uint64_t first = 5000; first > 4900; first -= INBOX_PAGE_MAX) {
        assert_int_equal(request->limit, INBOX_PAGE_MAX);
        answer_rows(request, INBOX_PAGE_MAX, first, first - INBOX_PAGE_MAX + 1);
        request = fake_take(world->inbox, REQUEST_LIST);
        assert_int_equal(request->before, first - INBOX_PAGE_MAX + 1);
    }
    assert_int_equal(request->limit, 20);
    assert_true(request->only_stuck);
    assert_string_equal(request->tenant, "AC2");
    assert_false(request->matches(request, &(struct page_row){.step = "confirm"}));
    answer_rows(request, 20, 4900, 4881);
    struct response response = peer_read(&world->peer);
    assert_int_equal(json_array_size(json_object_get(response.json, "sagas")), 120);
    assert_string_equal(response_text(&response, "sagas.0.sid"),
                        "SM00000000000013880000000000000001");
    assert_string_equal(response_text(&response, "sagas.119.sid"),
                        "SM00000000000013110000000000000001");
    expect_text(&response, 200, "next_cursor", "c0000000000001311");
}

static void a_page_that_finds_nothing_gives_up_for_now_and_leads_on(void **state)
{
    struct world *world = *state;
    char query[128];
    uint64_t cursor = 0x8123456789abcdefu;
    struct request *request = listed(world, "", AS_VIEWER);

    for (unsigned asks = 1; asks < 24; asks++) {
        answer_rows(request, 0, 0, cursor + 24 - asks);
        request = fake_take(world->inbox, REQUEST_LIST);
    }
    answer_rows(request, 0, 0, cursor);
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "sagas"), "[]");
    snprintf(query, sizeof(query), "?cursor=%s", response_text(&response, "next_cursor"));
    response_fini(&response);
    request = listed(world, query, AS_VIEWER);
    assert_true(request->before == cursor);
    finish(world, request);
}

static void when_the_server_has_no_time_what_was_found_is_the_page(void **state)
{
    struct world *world = *state;
    struct request *request = listed(world, "", AS_VIEWER);

    answer_rows(request, 2, 5000, 4999);
    fake_answer_plainly(fake_take(world->inbox, REQUEST_LIST), ANSWER_SHED);
    struct response response = peer_read(&world->peer);
    assert_int_equal(json_array_size(json_object_get(response.json, "sagas")), 2);
    expect_text(&response, 200, "next_cursor", "c0000000000001387");

    request = listed(world, "", AS_VIEWER);
    answer_rows(request, 2, 5000, 4999);
    fake_answer_plainly(fake_take(world->inbox, REQUEST_LIST), ANSWER_FAULT);
    response = peer_read(&world->peer);
    expect_text(&response, 500, "code", "internal");
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
    static const struct wrong_question questions[] = {
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

    expect_wrong(*state, "/v1/sagas", questions, sizeof(questions) / sizeof(questions[0]));
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
        CASE(a_long_page_is_asked_for_some_rows_at_a_time),
        CASE(a_page_that_finds_nothing_gives_up_for_now_and_leads_on),
        CASE(when_the_server_has_no_time_what_was_found_is_the_page),
        CASE(a_filter_is_asked_row_by_row),
        CASE(wrong_lists_are_refused),
        CASE(a_submitter_does_not_look_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
