/*
 * One message, and pages of them.
 */
#include "gateway/post.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- looking at messages ---- */

static void a_message_is_fetched_by_its_sid(void **state)
{
    struct world *world = *state;
    char target[128];

    snprintf(target, sizeof(target), "/2010-04-01/Accounts/AC1/Messages/%s.json", fake_sid());
    world_ask(world, "GET", target, AS_AC1, NULL);
    struct request *request = fake_take(world->inbox, REQUEST_GET);
    assert_string_equal(request->tenant, "AC1");
    fake_answer_snapshot(request, ANSWER_OK, false, refused(request, "21611", "Full."));
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "error_code"), "21611");
    assert_string_equal(response_text(&response, "error_message"), "Full.");
    expect_text(&response, 200, "status", "failed");

    world_ask(world, "GET", target, AS_AC1, NULL);
    fake_answer_plainly(fake_take(world->inbox, REQUEST_GET), ANSWER_NOT_FOUND);
    expect_code(world, 404, "20404");

    world_ask(world, "GET", target, AS_AC1, NULL);
    struct snapshot *other = fake_snapshot();
    snprintf(other->definition, sizeof(other->definition), "other");
    fake_answer_snapshot(fake_take(world->inbox, REQUEST_GET), ANSWER_OK, false, other);
    expect_code(world, 404, "20404");
}

static void what_is_no_sid_is_not_found(void **state)
{
    static const char *const targets[] = {
        "/2010-04-01/Accounts/AC1/Messages/SM1.json",
        "/2010-04-01/Accounts/AC1/Messages/.json",
        "/2010-04-01/Accounts/AC1/Messages",
        "/2010-04-01/",
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        world_ask(world, "GET", targets[i], AS_AC1, NULL);
        expect_code(world, 404, "20404");
    }
}

static void another_method_is_refused_with_those_that_are_known(void **state)
{
    struct world *world = *state;
    struct response response = world_call(world, "DELETE", CREATE, AS_AC1, NULL);

    assert_string_equal(response_header(&response, "Allow"), "GET, HEAD, POST");
    expect_text(&response, 405, "code", "20405");
}

static struct page *page_of(size_t count, uint64_t cursor)
{
    struct page *page = calloc(1, sizeof(*page) + count * sizeof(page->rows[0]));

    assert_non_null(page);
    page->cursor = cursor;
    page->count = count;
    for (size_t i = 0; i < count; i++)
        page->rows[i].id = (struct saga_id){.number = 5000 - i, .nonce = 1};
    return page;
}

static void a_list_has_pages_and_links(void **state)
{
    struct world *world = *state;

    world_ask(world, "GET", CREATE "?PageSize=2&Page=3&PageToken=77", AS_AC1, NULL);
    struct request *request = fake_take(world->inbox, REQUEST_LIST);
    assert_int_equal(request->limit, 2);
    assert_int_equal(request->before, 77);
    assert_true(request->with_finished);
    assert_string_equal(request->tenant, "AC1");
    struct page_row message = {.definition = "send_message"}, other = {.definition = "other"};
    assert_true(request->matches(request, &message));
    assert_false(request->matches(request, &other));
    fake_answer(request, (struct answer){.status = ANSWER_OK, .page = page_of(2, 55)});
    request = fake_take(world->inbox, REQUEST_GET);
    assert_int_equal(request->id.number, 5000);
    fake_answer_snapshot(request, ANSWER_OK, false, queued(request));
    request = fake_take(world->inbox, REQUEST_GET);
    fake_answer_plainly(request, ANSWER_NOT_FOUND);
    struct response response = peer_read(&world->peer);
    assert_int_equal(json_array_size(json_object_get(response.json, "messages")), 1);
    assert_string_equal(response_text(&response, "page"), "3");
    assert_string_equal(response_text(&response, "page_size"), "2");
    assert_string_equal(response_text(&response, "start"), "6");
    assert_string_equal(response_text(&response, "end"), "6");
    assert_string_equal(response_text(&response, "uri"), CREATE "?PageSize=2&Page=3&PageToken=77");
    assert_string_equal(response_text(&response, "first_page_uri"), CREATE "?PageSize=2&Page=0");
    assert_string_equal(response_text(&response, "previous_page_uri"), "null");
    assert_string_equal(response_text(&response, "messages.0.status"), "queued");
    expect_text(&response, 200, "next_page_uri", CREATE "?PageSize=2&Page=4&PageToken=55");
}

static void the_last_page_leads_nowhere(void **state)
{
    struct world *world = *state;

    world_ask(world, "GET", CREATE, AS_AC1, NULL);
    struct request *request = fake_take(world->inbox, REQUEST_LIST);
    assert_int_equal(request->limit, 50);
    fake_answer(request, (struct answer){.status = ANSWER_OK, .page = page_of(0, 0)});
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "messages"), "[]");
    expect_text(&response, 200, "next_page_uri", "null");
}

static void a_wrong_list_is_refused(void **state)
{
    static const char *const queries[] = {"?PageSize=0", "?PageSize=101",  "?Page=1",  "?Page=x",
                                          "?To=%2B1",    "?Page=0&Page=0", "?Page=%zz"};
    struct world *world = *state;
    char target[128];

    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        snprintf(target, sizeof(target), "%s%s", CREATE, queries[i]);
        world_ask(world, "GET", target, AS_AC1, NULL);
        expect_code(world, 400, "20400");
    }
}

static void a_list_that_breaks_off_is_an_error(void **state)
{
    struct world *world = *state;

    world_ask(world, "GET", CREATE, AS_AC1, NULL);
    fake_answer(fake_take(world->inbox, REQUEST_LIST),
                (struct answer){.status = ANSWER_OK, .page = page_of(2, 0)});
    fake_answer_plainly(fake_take(world->inbox, REQUEST_GET), ANSWER_FAULT);
    expect_code(world, 500, "20500");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_message_is_fetched_by_its_sid),
        CASE(what_is_no_sid_is_not_found),
        CASE(another_method_is_refused_with_those_that_are_known),
        CASE(a_list_has_pages_and_links),
        CASE(the_last_page_leads_nowhere),
        CASE(a_wrong_list_is_refused),
        CASE(a_list_that_breaks_off_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
