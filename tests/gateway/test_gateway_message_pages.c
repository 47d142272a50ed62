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

/* ---- pages ---- */

/* So many messages, numbered downwards from @first, or upwards when the request goes that way. */
static void answer_page(struct request *request, size_t count, uint64_t first, uint64_t cursor)
{
    struct page *page = calloc(1, sizeof(*page) + count * sizeof(page->rows[0]));

    assert_non_null(page);
    page->cursor = cursor;
    page->count = count;
    for (size_t i = 0; i < count; i++) {
        struct snapshot *snapshot = queued(request);
        snapshot->id =
            (struct saga_id){.number = request->newer ? first + i : first - i, .nonce = 1};
        page->rows[i].id = snapshot->id;
        page->rows[i].snapshot = snapshot;
    }
    fake_answer(request, (struct answer){.status = ANSWER_OK, .page = page});
}

/* Ask for a page of AC1's messages, and take the question that must follow. */
static struct request *list(struct world *world, const char *query)
{
    char target[512];

    snprintf(target, sizeof(target), "%s%s", CREATE, query);
    world_ask(world, "GET", target, AS_AC1, NULL);
    return fake_take(world->inbox, REQUEST_LIST);
}

static void a_page_is_walked_some_at_a_time(void **state)
{
    struct world *world = *state;
    struct request *request = list(world, "?PageSize=6");

    assert_int_equal(request->limit, 4);
    assert_true(request->whole && request->with_finished && !request->newer);
    assert_string_equal(request->tenant, "AC1");
    struct page_row message = {.definition = "send_message"}, other = {.definition = "other"};
    assert_true(request->matches(request, &message));
    assert_false(request->matches(request, &other));
    answer_page(request, 4, 5000, 4997);
    request = fake_take(world->inbox, REQUEST_LIST);
    assert_int_equal(request->before, 4997);
    assert_int_equal(request->limit, 2);
    answer_page(request, 2, 4996, 4995);
    struct response response = peer_read(&world->peer);
    assert_int_equal(json_array_size(json_object_get(response.json, "messages")), 6);
    assert_string_equal(response_text(&response, "messages.0.sid"),
                        "SM00000000000013880000000000000001");
    assert_string_equal(response_text(&response, "page"), "0");
    assert_string_equal(response_text(&response, "page_size"), "6");
    assert_string_equal(response_text(&response, "start"), "0");
    assert_string_equal(response_text(&response, "end"), "5");
    assert_string_equal(response_text(&response, "uri"), CREATE "?PageSize=6");
    assert_string_equal(response_text(&response, "first_page_uri"), CREATE "?PageSize=6&Page=0");
    assert_string_equal(response_text(&response, "previous_page_uri"), "null");
    expect_text(&response, 200, "next_page_uri",
                CREATE "?PageSize=6&Page=1&PageToken=PA0000000000001383");
}

static void a_page_in_the_midst_leads_both_ways(void **state)
{
    struct world *world = *state;
    struct request *request = list(world, "?PageSize=2&Page=3&PageToken=PA0000000000001000");

    assert_int_equal(request->before, 0x1000);
    answer_page(request, 2, 0xfff, 0xffe);
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "start"), "6");
    assert_string_equal(response_text(&response, "end"), "7");
    assert_string_equal(response_text(&response, "previous_page_uri"),
                        CREATE "?PageSize=2&Page=2&PageToken=PB0000000000001000");
    expect_text(&response, 200, "next_page_uri",
                CREATE "?PageSize=2&Page=4&PageToken=PA0000000000000ffe");
}

static void the_way_back_is_walked_upwards_and_shown_newest_first(void **state)
{
    struct world *world = *state;
    struct request *request = list(world, "?PageSize=2&Page=2&PageToken=PB0000000000001000");

    assert_true(request->newer);
    assert_int_equal(request->before, 0x1000);
    answer_page(request, 2, 0x1000, 0x1002);
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "messages.0.sid"),
                        "SM00000000000010010000000000000001");
    assert_string_equal(response_text(&response, "messages.1.sid"),
                        "SM00000000000010000000000000000001");
    assert_string_equal(response_text(&response, "previous_page_uri"),
                        CREATE "?PageSize=2&Page=1&PageToken=PB0000000000001002");
    expect_text(&response, 200, "next_page_uri",
                CREATE "?PageSize=2&Page=3&PageToken=PA0000000000001000");

    request = list(world, "?PageSize=2&Page=0&PageToken=PB0000000000001000");
    answer_page(request, 1, 0x1000, 0);
    response = peer_read(&world->peer);
    expect_text(&response, 200, "previous_page_uri", "null");
}

static void the_last_page_leads_nowhere(void **state)
{
    struct world *world = *state;
    struct request *request = list(world, "");

    assert_int_equal(request->limit, 4);
    answer_page(request, 0, 0, 0);
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "messages"), "[]");
    expect_text(&response, 200, "next_page_uri", "null");
}

static void a_page_has_at_most_a_thousand_messages(void **state)
{
    struct world *world = *state;
    struct request *request = list(world, "?PageSize=5000");

    answer_page(request, 1, 5000, 0);
    struct response response = peer_read(&world->peer);
    expect_text(&response, 200, "page_size", "1000");
}

static void a_filter_looks_into_each_message_and_stays_in_the_links(void **state)
{
    struct world *world = *state;
    struct request *request = list(world, "?To=%2B15005550010&From=+15005550006&PageSize=1");

    assert_int_equal(request->limit, 4);
    answer_page(request, 3, 5000, 4998);
    struct response response = peer_read(&world->peer);
    assert_int_equal(json_array_size(json_object_get(response.json, "messages")), 1);
    expect_text(&response, 200, "next_page_uri",
                CREATE "?To=%2B15005550010&From=%2015005550006&PageSize=1&Page=1"
                       "&PageToken=PA0000000000001388");

    request = list(world, "?To=%2B15005550011");
    answer_page(request, 3, 5000, 0);
    response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "messages"), "[]");
    expect_text(&response, 200, "next_page_uri", "null");
}

static void a_filter_that_finds_nothing_gives_up_for_now(void **state)
{
    struct world *world = *state;
    struct request *request = list(world, "?To=%2B15005550011");

    for (uint64_t i = 0; i < 249; i++) {
        answer_page(request, 1, 90000 - i, 90000 - i);
        request = fake_take(world->inbox, REQUEST_LIST);
    }
    answer_page(request, 1, 89751, 89751);
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "messages"), "[]");
    expect_text(&response, 200, "next_page_uri",
                CREATE "?To=%2B15005550011&PageSize=50&Page=1&PageToken=PA0000000000015e97");
}

static void dates_are_a_range_of_ids(void **state)
{
    struct world *world = *state;
    uint64_t day = id_first_number(1767312000000u), next = id_first_number(1767398400000u);
    struct request *request = list(world, "?DateSent=2026-01-02");

    assert_true(request->before == next);
    answer_page(request, 2, day, day - 1);
    struct response response = peer_read(&world->peer);
    assert_int_equal(json_array_size(json_object_get(response.json, "messages")), 1);
    expect_text(&response, 200, "next_page_uri", "null");

    request = list(world, "?DateSent%3E=2026-01-02&DateSent%3C=2026-01-02T00:00:59Z"
                          "&PageToken=PB0000000000000001");
    assert_true(request->before == day);
    answer_page(request, 1, id_first_number(1767312060000u), 0);
    response = peer_read(&world->peer);
    expect_text(&response, 200, "messages", "[]");
}

static void a_wrong_list_is_refused(void **state)
{
    static const char *const queries[] = {
        "?PageSize=0",
        "?PageSize=x",
        "?Page=1",
        "?Page=x",
        "?Page=0&Page=0",
        "?Page=%zz",
        "?Status=sent",
        "?PageToken=77",
        "?PageToken=PC0000000000001000",
        "?PageToken=PA0000000000000000",
        "?PageToken=PAffffffffffffffff",
        "?DateSent=yesterday",
        "?DateSent>=2026-02-30",
        "?DateSent<=2026-01-02T03:04",
        "?To=11111111111111111111111111111111111111111111111111111111111111111",
    };
    struct world *world = *state;
    char target[192];

    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        snprintf(target, sizeof(target), "%s%s", CREATE, queries[i]);
        world_ask(world, "GET", target, AS_AC1, NULL);
        expect_code(world, 400, "20400");
    }
}

static void a_list_that_breaks_off_is_an_error(void **state)
{
    struct world *world = *state;
    struct request *request = list(world, "");

    answer_page(request, 2, 5000, 4999);
    fake_answer_plainly(fake_take(world->inbox, REQUEST_LIST), ANSWER_FAULT);
    expect_code(world, 500, "20500");
}

static void when_the_server_has_no_time_what_was_found_is_the_page(void **state)
{
    struct world *world = *state;
    struct request *request = list(world, "");

    answer_page(request, 2, 5000, 4999);
    fake_answer_plainly(fake_take(world->inbox, REQUEST_LIST), ANSWER_SHED);
    struct response response = peer_read(&world->peer);
    assert_int_equal(json_array_size(json_object_get(response.json, "messages")), 2);
    expect_text(&response, 200, "next_page_uri",
                CREATE "?PageSize=50&Page=1&PageToken=PA0000000000001387");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_message_is_fetched_by_its_sid),
        CASE(what_is_no_sid_is_not_found),
        CASE(another_method_is_refused_with_those_that_are_known),
        CASE(a_page_is_walked_some_at_a_time),
        CASE(a_page_in_the_midst_leads_both_ways),
        CASE(the_way_back_is_walked_upwards_and_shown_newest_first),
        CASE(the_last_page_leads_nowhere),
        CASE(a_page_has_at_most_a_thousand_messages),
        CASE(a_filter_looks_into_each_message_and_stays_in_the_links),
        CASE(a_filter_that_finds_nothing_gives_up_for_now),
        CASE(dates_are_a_range_of_ids),
        CASE(a_wrong_list_is_refused),
        CASE(a_list_that_breaks_off_is_an_error),
        CASE(when_the_server_has_no_time_what_was_found_is_the_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
