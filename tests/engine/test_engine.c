/*
 * The engine in a world of its own: whole sagas, keys, time, crashes, workers that come and go.
 */
#include "core/names.h"
#include "engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint64_t commits(struct world *world);

static void remember_commits(struct request *request, struct answer *answer)
{
    struct asked *asked = (struct asked *)request;

    asked->answered = true;
    asked->request.before = answer->status_report->commits;
}

static uint64_t commits(struct world *world)
{
    struct asked asked = {.request = {.type = REQUEST_STATUS, .answer = remember_commits}};

    inbox_ask(world->inbox, &asked.request);
    world_turn(world);
    assert_true(asked.answered);
    return asked.request.before;
}

static void a_message_goes_through_in_six_commits(void **state)
{
    struct world *world = world_open();
    uint64_t before = commits(world);
    struct saga_id id = world_start_to_queue(world, "k1");

    world_answer(world, "queue", SAGA_DO, SAGA_VERDICT_DONE, "");
    world_answer(world, "confirm", SAGA_DO, SAGA_VERDICT_DONE, "");
    assert_int_equal(world_phase(world, id), SAGA_COMPLETED);
    assert_int_equal(commits(world) - before, 6);
    assert_int_equal(world->call_count, 0);
    world_close(world);
    (void)state;
}

static void a_refused_queue_is_undone_newest_first(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start_to_queue(world, "k1");

    world_answer(world, "queue", SAGA_DO, SAGA_VERDICT_REJECTED, "21611");
    assert_true(world_has_call(world, "reserve_balance", SAGA_UNDO));
    assert_false(world_has_call(world, "reserve_quota", SAGA_UNDO));
    assert_int_equal(world_call(world, "reserve_balance", SAGA_UNDO)->own_output_size, 1);
    world_answer(world, "reserve_balance", SAGA_UNDO, SAGA_VERDICT_DONE, "");
    world_answer(world, "reserve_quota", SAGA_UNDO, SAGA_VERDICT_DONE, "");

    struct asked asked = {0};
    world_get(world, &asked, id);
    assert_int_equal(asked.snapshot->phase, SAGA_COMPENSATED);
    assert_string_equal(asked.snapshot->code, "21611");
    asked_fini(&asked);
    world_close(world);
    (void)state;
}

static void the_same_key_gives_the_same_saga_and_another_request_a_conflict(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    struct asked again = {0}, other = {0};

    world_submit(world, &again, "k1", "{}");
    assert_int_equal(again.status, ANSWER_REPLAYED);
    assert_true(id_equal(again.snapshot->id, id));
    world_submit(world, &other, "k1", "{\"other\":1}");
    assert_int_equal(other.status, ANSWER_CONFLICT);
    assert_true(id_equal(other.snapshot->id, id));
    asked_fini(&again);
    asked_fini(&other);

    world_do_all(world);
    assert_int_equal(world_phase(world, id), SAGA_COMPLETED);
    world_submit(world, &again, "k1", "{}");
    assert_int_equal(again.status, ANSWER_REPLAYED);
    assert_int_equal(again.snapshot->phase, SAGA_COMPLETED);
    asked_fini(&again);
    world_close(world);
    (void)state;
}

static void two_submits_of_one_key_in_one_turn_start_one_saga(void **state)
{
    struct world *world = world_open();
    struct asked first = {0}, second = {0};

    world_ask_submit(world, &first, "k1", "{}");
    world_ask_submit(world, &second, "k1", "{}");
    world_turn(world);
    assert_int_equal(first.status, ANSWER_OK);
    assert_int_equal(second.status, ANSWER_REPLAYED);
    assert_true(id_equal(first.snapshot->id, second.snapshot->id));
    asked_fini(&first);
    asked_fini(&second);
    world_close(world);
    (void)state;
}

static void what_is_not_durable_yet_is_not_counted_and_is_listed_once_it_is(void **state)
{
    struct world *world = world_open();
    struct asked submit = {0};
    struct asked status = {.request = {.type = REQUEST_STATUS, .answer = remember_commits}};
    struct asked list = {0};

    world_get(world, &list, (struct saga_id){.number = 5000});
    list.answered = false;
    list.request.type = REQUEST_LIST;
    list.request.limit = 10;
    world_ask_submit(world, &submit, "k1", "{}");
    inbox_ask(world->inbox, &status.request);
    inbox_ask(world->inbox, &list.request);
    world_turn(world);
    assert_true(submit.answered && status.answered && list.answered);
    assert_int_equal(list.page->count, 1);
    assert_true(list.page->rows[0].sequence > 0);
    asked_fini(&list);
    asked_fini(&submit);
    world_close(world);
    (void)state;
}

static void an_id_that_nobody_was_given_is_not_found(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    struct asked asked = {0};

    id.nonce ^= 1;
    world_get(world, &asked, id);
    assert_int_equal(asked.status, ANSWER_NOT_FOUND);
    asked_fini(&asked);
    world_act(world, &asked, id, SAGA_CANCEL, "");
    assert_int_equal(asked.status, ANSWER_NOT_FOUND);
    world_close(world);
    (void)state;
}

static void a_crash_after_any_step_goes_on_where_it_was(void **state)
{
    static const char *const steps[] = {"validate", "reserve_quota", "reserve_balance", "queue",
                                        "confirm"};

    for (size_t crash = 0; crash < 5; crash++) {
        struct world *world = world_open();
        struct saga_id id = world_start(world, "k1");
        for (size_t i = 0; i < 5; i++) {
            if (i == crash) {
                world_crash(world, 10);
                world_turn(world);
                assert_true(world_has_call(world, steps[i], SAGA_DO));
                assert_int_equal(world_call(world, steps[i], SAGA_DO)->attempt, 1);
            }
            world_answer(world, steps[i], SAGA_DO, SAGA_VERDICT_DONE, "");
        }
        assert_int_equal(world_phase(world, id), SAGA_COMPLETED);
        world_close(world);
    }
    (void)state;
}

static void a_call_without_an_answer_is_repeated_with_the_same_key(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    struct world_call first = *world_call(world, "validate", SAGA_DO);

    world->call_count = 0; /* The worker forgets it. */
    world_pass(world, 600);
    struct world_call *second = world_call(world, "validate", SAGA_DO);
    assert_int_equal(second->attempt, 2);
    assert_string_equal(second->operation_id, first.operation_id);
    assert_memory_not_equal(second->token, first.token, sizeof first.token);
    world_send_result(world, &first, "auth", SAGA_VERDICT_DONE, "late");
    world->call_count = 0;
    world_turn(world);
    assert_int_equal(world_phase(world, id), SAGA_RUNNING);
    assert_true(commits(world) > 3);
    world_close(world);
    (void)state;
}

static void a_forged_or_foreign_result_changes_nothing(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    struct world_call call = *world_call(world, "validate", SAGA_DO), forged = call;

    forged.token[3] ^= 1;
    world_send_result(world, &forged, "auth", SAGA_VERDICT_DONE, "");
    world_send_result(world, &call, "billing", SAGA_VERDICT_DONE, "");
    forged = call;
    forged.attempt = 2;
    world_send_result(world, &forged, "auth", SAGA_VERDICT_DONE, "");
    assert_false(world_has_call(world, "reserve_quota", SAGA_DO));
    assert_int_equal(world_phase(world, id), SAGA_RUNNING);
    world_answer(world, "validate", SAGA_DO, SAGA_VERDICT_DONE, "");
    assert_true(world_has_call(world, "reserve_quota", SAGA_DO));
    world_pass(world, 100);
    assert_true(world->acknowledged >= 4); /* Stale ones too, so that they are not sent again. */
    world_close(world);
    (void)state;
}

static void without_a_worker_a_step_waits_and_a_cancel_turns_it_back(void **state)
{
    struct world *world = world_open();
    struct world_worker *messaging = world_worker(world, "messaging");

    world_vanish(world, messaging);
    world_pass(world, 1100);
    struct saga_id id = world_start_to_queue(world, "k1");
    struct asked asked = {0};
    world_get(world, &asked, id);
    assert_int_equal(asked.snapshot->condition, SAGA_NO_WORKER);
    assert_string_equal(asked.snapshot->condition_subject, "messaging");
    assert_true(asked.snapshot->stuck);
    asked_fini(&asked);

    asked.request.for_want_of_service = true;
    world_act(world, &asked, id, SAGA_CANCEL, "");
    assert_int_equal(asked.status, ANSWER_OK);
    assert_int_equal(asked.snapshot->phase, SAGA_COMPENSATING);
    asked_fini(&asked);
    world_submit(world, &asked, "k1", "{}");
    assert_int_equal(asked.status, ANSWER_RELEASING);
    asked_fini(&asked);
    world_do_all(world);
    assert_int_equal(world_phase(world, id), SAGA_COMPENSATED);

    world_come_back(world, messaging);
    world_submit(world, &asked, "k1", "{}");
    assert_int_equal(asked.status, ANSWER_OK);
    assert_false(id_equal(asked.snapshot->id, id));
    assert_true(id_equal(asked.snapshot->previous, id));
    struct saga_id next = asked.snapshot->id;
    asked_fini(&asked);
    world_do_all(world);
    assert_int_equal(world_phase(world, next), SAGA_COMPLETED);
    world_close(world);
    (void)state;
}

static void a_step_that_waits_is_called_when_its_worker_comes(void **state)
{
    struct world *world = world_open();

    world_vanish(world, world_worker(world, "messaging"));
    struct saga_id id = world_start_to_queue(world, "k1");
    assert_false(world_has_call(world, "queue", SAGA_DO));
    world_pass(world, 3000);
    world_come_back(world, world_worker(world, "messaging"));
    assert_true(world_has_call(world, "queue", SAGA_DO));
    assert_int_equal(world_call(world, "queue", SAGA_DO)->attempt, 1);
    world_do_all(world);
    assert_int_equal(world_phase(world, id), SAGA_COMPLETED);
    world_close(world);
    (void)state;
}

static void a_vanished_worker_has_a_grace_and_then_its_calls_are_unknown(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");

    world_answer(world, "validate", SAGA_DO, SAGA_VERDICT_DONE, "");
    struct world_call call = *world_call(world, "reserve_quota", SAGA_DO);
    world->call_count = 0;
    world_vanish(world, world_worker(world, "billing"));
    world_pass(world, 500);
    world_come_back(world, world_worker(world, "billing"));
    world_pass(world, 100);
    assert_int_equal(world->call_count, 0); /* It has the call still. */
    world_send_result(world, &call, "billing", SAGA_VERDICT_DONE, "");
    assert_true(world_has_call(world, "reserve_balance", SAGA_DO));
    world_do_all(world);
    assert_int_equal(world_phase(world, id), SAGA_COMPLETED);
    world_close(world);
    (void)state;
}

static void a_waiting_request_is_answered_when_it_is_decided_or_in_time(void **state)
{
    struct world *world = world_open();
    struct asked asked = {.request = {.wait = WAIT_DECIDED, .wait_ms = 400}};

    world_submit(world, &asked, "k1", "{}");
    assert_false(asked.answered);
    world_answer(world, "validate", SAGA_DO, SAGA_VERDICT_DONE, "");
    world_answer(world, "reserve_quota", SAGA_DO, SAGA_VERDICT_DONE, "");
    world_answer(world, "reserve_balance", SAGA_DO, SAGA_VERDICT_DONE, "");
    assert_false(asked.answered);
    world_answer(world, "queue", SAGA_DO, SAGA_VERDICT_DONE, "");
    assert_true(asked.answered);
    assert_true(asked.snapshot->pivot_done);
    asked_fini(&asked);

    struct asked slow = {.request = {.wait = WAIT_DECIDED, .wait_ms = 400}};
    world_submit(world, &slow, "k2", "{}");
    world_pass(world, 395);
    assert_false(slow.answered);
    world_pass(world, 10);
    assert_true(slow.answered);
    assert_true(slow.timed_out);
    asked_fini(&slow);
    world_close(world);
    (void)state;
}

static void downtime_counts_and_a_wall_that_jumps_back_does_not(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");

    world_crash(world, 40000); /* Longer than the deadline. */
    world_turn(world);
    assert_int_equal(world_phase(world, id), SAGA_COMPENSATED);

    struct saga_id second = world_start(world, "k2");
    world->now.wall_ms -= 3600000u;
    world_pass(world, 100);
    assert_int_equal(world_phase(world, second), SAGA_RUNNING);
    world_crash(world, 0);
    world_turn(world);
    assert_int_equal(world_phase(world, second), SAGA_RUNNING);
    world_do_all(world);
    assert_int_equal(world_phase(world, second), SAGA_COMPLETED);
    world_close(world);
    (void)state;
}

/* The two clocks are read one after the other, so that their difference is never quite the same. */
static void what_was_told_of_a_time_stays_so(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start_to_queue(world, "still");
    struct asked first = {0}, second = {0}, third = {0};

    world_get(world, &first, id);
    world->now.wall_ms += 1;
    world_pass(world, 10);
    world_get(world, &second, id);
    assert_int_equal(second.snapshot->deadline_ms, first.snapshot->deadline_ms);
    assert_int_equal(second.snapshot->condition_since_ms, first.snapshot->condition_since_ms);
    assert_int_equal(second.snapshot->steps[3].next_ms, first.snapshot->steps[3].next_ms);
    world_answer(world, "queue", SAGA_DO, SAGA_VERDICT_DONE, "");
    world_get(world, &third, id);
    assert_int_equal(third.snapshot->deadline_ms, first.snapshot->deadline_ms);
    asked_fini(&first);
    asked_fini(&second);
    asked_fini(&third);
    world_close(world);
    (void)state;
}

static void history_reads_as_sentences(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    struct asked asked = {.request = {.with_events = true}};

    world_answer(world, "validate", SAGA_DO, SAGA_VERDICT_REJECTED, "21211");
    world_get(world, &asked, id);
    assert_int_equal(asked.snapshot->event_count, 2);
    assert_string_equal(asked.snapshot->events[0].text, "submitted; calls validate");
    assert_string_equal(asked.snapshot->events[1].text,
                        "validate answered rejected 21211; turns back (rejected); compensated");
    asked_fini(&asked);
    world_close(world);
    (void)state;
}

static void a_verb_that_the_state_forbids_says_what_is_allowed(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start_to_queue(world, "k1");
    struct asked asked = {0};

    world_act(world, &asked, id, SAGA_CANCEL, "");
    assert_int_equal(asked.status, ANSWER_REFUSED);
    assert_int_equal(asked.refusal.reason, SAGA_REFUSED_PIVOT_IN_DOUBT);
    assert_true(asked.refusal.allowed & 1u << SAGA_PAUSE);
    asked_fini(&asked);
    world_do_all(world);
    world_act(world, &asked, id, SAGA_PAUSE, "");
    assert_int_equal(asked.status, ANSWER_REFUSED);
    assert_int_equal(asked.refusal.reason, SAGA_REFUSED_TERMINAL);
    asked_fini(&asked);
    world_close(world);
    (void)state;
}

static void a_stop_turns_new_sagas_away_and_lets_calls_come_home(void **state)
{
    struct world *world = world_open();
    struct saga_id id = world_start(world, "k1");
    struct asked asked = {0};

    inbox_stop(world->inbox);
    world_turn(world);
    world_submit(world, &asked, "k2", "{}");
    assert_int_equal(asked.status, ANSWER_SHED);
    assert_null(asked.snapshot);
    asked_fini(&asked);
    world_answer(world, "validate", SAGA_DO, SAGA_VERDICT_DONE, "");
    assert_int_equal(engine_turn(world->engine, world->now, &world->wait_ms), ENGINE_STOPPED);
    world_crash(world, 0);
    world_turn(world);
    assert_true(world_has_call(world, "reserve_quota", SAGA_DO));
    world_do_all(world);
    assert_int_equal(world_phase(world, id), SAGA_COMPLETED);
    world_close(world);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_goes_through_in_six_commits),
        cmocka_unit_test(a_refused_queue_is_undone_newest_first),
        cmocka_unit_test(the_same_key_gives_the_same_saga_and_another_request_a_conflict),
        cmocka_unit_test(two_submits_of_one_key_in_one_turn_start_one_saga),
        cmocka_unit_test(what_is_not_durable_yet_is_not_counted_and_is_listed_once_it_is),
        cmocka_unit_test(an_id_that_nobody_was_given_is_not_found),
        cmocka_unit_test(a_crash_after_any_step_goes_on_where_it_was),
        cmocka_unit_test(a_call_without_an_answer_is_repeated_with_the_same_key),
        cmocka_unit_test(a_forged_or_foreign_result_changes_nothing),
        cmocka_unit_test(without_a_worker_a_step_waits_and_a_cancel_turns_it_back),
        cmocka_unit_test(a_step_that_waits_is_called_when_its_worker_comes),
        cmocka_unit_test(a_vanished_worker_has_a_grace_and_then_its_calls_are_unknown),
        cmocka_unit_test(a_waiting_request_is_answered_when_it_is_decided_or_in_time),
        cmocka_unit_test(downtime_counts_and_a_wall_that_jumps_back_does_not),
        cmocka_unit_test(what_was_told_of_a_time_stays_so),
        cmocka_unit_test(history_reads_as_sentences),
        cmocka_unit_test(a_verb_that_the_state_forbids_says_what_is_allowed),
        cmocka_unit_test(a_stop_turns_new_sagas_away_and_lets_calls_come_home),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
