/*
 * When the answer to a new message is given, and by what verdict.
 */
#include "gateway/post.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- after 400 ms ---- */

static struct request *timed_out(struct world *world)
{
    struct request *request = posted(world, "Idempotency-Key: a\r\n", GOOD);

    fake_answer_snapshot(request, ANSWER_OK, true, fake_snapshot_for(request));
    return fake_take(world->inbox, REQUEST_VERB);
}

static void without_a_decision_the_saga_is_cancelled_for_want_of_a_service(void **state)
{
    struct world *world = *state;
    struct request *cancel = timed_out(world);

    assert_int_equal(cancel->verb, SAGA_CANCEL);
    assert_true(cancel->for_want_of_service);
    assert_int_equal(cancel->wait, WAIT_NOTHING);
    assert_string_equal(cancel->tenant, "AC1");
    assert_string_equal(cancel->actor, "gateway");
    assert_true(strlen(cancel->reason) > 0);
    fake_answer_snapshot(cancel, ANSWER_OK, false, turned_for_service(cancel));
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_header(&response, "Retry-After"), "1");
    assert_string_equal(response_text(&response, "sid"), fake_sid());
    expect_text(&response, 503, "code", "20503");
}

static void a_refused_cancel_means_accepted(void **state)
{
    struct world *world = *state;
    struct request *cancel = timed_out(world);

    fake_answer(cancel, (struct answer){.status = ANSWER_REFUSED,
                                        .refusal = {.reason = SAGA_REFUSED_PIVOT_IN_DOUBT},
                                        .snapshot = fake_snapshot()});
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "sid"), fake_sid());
    expect_text(&response, 201, "status", "accepted");
}

static void a_cancel_that_came_too_late_means_queued(void **state)
{
    struct world *world = *state;
    struct request *cancel = timed_out(world);

    fake_answer(cancel, (struct answer){.status = ANSWER_REFUSED,
                                        .refusal = {.reason = SAGA_REFUSED_PIVOT_DONE},
                                        .snapshot = queued(cancel)});
    struct response response = peer_read(&world->peer);
    expect_text(&response, 201, "status", "queued");
}

static void a_cancel_of_what_was_refused_meanwhile_gives_the_refusal(void **state)
{
    struct world *world = *state;
    struct request *cancel = timed_out(world);

    fake_answer(cancel, (struct answer){.status = ANSWER_REFUSED,
                                        .refusal = {.reason = SAGA_REFUSED_COMPENSATING},
                                        .snapshot = refused(cancel, "21621", "")});
    expect_code(world, 402, "21621");
}

static void a_cancel_that_cannot_be_asked_means_accepted(void **state)
{
    struct world *world = *state;

    fake_answer_plainly(timed_out(world), ANSWER_SHED);
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_text(&response, "sid"), fake_sid());
    expect_text(&response, 201, "status", "accepted");
}

static void a_decision_at_the_last_moment_counts(void **state)
{
    struct world *world = *state;
    struct request *request = posted(world, "", GOOD);

    fake_answer_snapshot(request, ANSWER_OK, true, queued(request));
    struct response response = peer_read(&world->peer);
    assert_true(fake_is_idle(world->inbox));
    expect_text(&response, 201, "status", "queued");
}

static void a_replay_waits_by_the_same_rule(void **state)
{
    struct world *world = *state;
    struct request *request = posted(world, "Idempotency-Key: a\r\n", GOOD);

    fake_answer_snapshot(request, ANSWER_REPLAYED, true, fake_snapshot_for(request));
    struct request *cancel = fake_take(world->inbox, REQUEST_VERB);
    fake_answer(cancel, (struct answer){.status = ANSWER_REFUSED,
                                        .refusal = {.reason = SAGA_REFUSED_PIVOT_IN_DOUBT},
                                        .snapshot = fake_snapshot()});
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_header(&response, "Idempotent-Replayed"), "true");
    expect_text(&response, 201, "status", "accepted");
}

static void a_key_that_is_being_released_asks_to_retry(void **state)
{
    struct world *world = *state;
    struct request *request = posted(world, "Idempotency-Key: a\r\n", GOOD);

    fake_answer_snapshot(request, ANSWER_RELEASING, false, turned_for_service(request));
    struct response response = peer_read(&world->peer);
    assert_string_equal(response_header(&response, "Retry-After"), "1");
    assert_string_equal(response_text(&response, "sid"), fake_sid());
    expect_text(&response, 503, "code", "20503");
}

/* The engine is stuck with the cancel: what is known to be durable is accepted, in time. */
static void without_a_verdict_in_time_the_message_is_accepted(void **state)
{
    struct world *world = *state;
    struct request *cancel = timed_out(world);
    struct response response = peer_read(&world->peer);

    assert_string_equal(response_text(&response, "sid"), fake_sid());
    expect_text(&response, 201, "status", "accepted");
    /* Whoever answers late finds nobody, and harms nobody. */
    fake_answer_snapshot(cancel, ANSWER_OK, false, turned_for_service(cancel));
    struct request *next = posted(world, "", GOOD);
    fake_answer_snapshot(next, ANSWER_OK, false, queued(next));
    response = peer_read(&world->peer);
    expect_text(&response, 201, "status", "queued");
}

/* Nothing is known, so nothing is said: an answer without a sid would promise that none exists. */
static void a_submit_without_any_answer_closes_the_connection(void **state)
{
    struct world *world =
        world_open(&(struct gateway_options){.messages_wait_ms = 10, .answer_grace_ms = 20});
    struct request *request = posted(world, "", GOOD);

    (void)state;
    peer_expect_end(&world->peer);
    fake_answer_snapshot(request, ANSWER_OK, false, queued(request));
    world_close(world);
}

static void a_commit_that_failed_closes_the_connection(void **state)
{
    struct world *world = *state;

    fake_answer_plainly(posted(world, "", GOOD), ANSWER_FAULT);
    peer_expect_end(&world->peer);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(without_a_decision_the_saga_is_cancelled_for_want_of_a_service),
        CASE(a_refused_cancel_means_accepted),
        CASE(a_cancel_that_came_too_late_means_queued),
        CASE(a_cancel_of_what_was_refused_meanwhile_gives_the_refusal),
        CASE(a_cancel_that_cannot_be_asked_means_accepted),
        CASE(a_decision_at_the_last_moment_counts),
        CASE(a_replay_waits_by_the_same_rule),
        CASE(a_key_that_is_being_released_asks_to_retry),
        CASE(without_a_verdict_in_time_the_message_is_accepted),
        cmocka_unit_test(a_submit_without_any_answer_closes_the_connection),
        CASE(a_commit_that_failed_closes_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
