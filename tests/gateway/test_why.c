/*
 * Why a saga is not moving, word for word, for each condition.
 */
#include "gateway/why.h"

#include "gateway/fake_inbox.h"
#include "gateway/why_sentence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SINCE " since 2015-07-30T20:12:31.100Z, for 4m\n"
#define TRACE "Try: sagactl trace ID\n"

/* The transcript of a saga, with its id as ID; the snapshot is freed. Freed by the caller. */
static char *transcript_of(struct snapshot *snapshot)
{
    uint64_t now_ms = snapshot->condition_since_ms + 240000;
    json_t *why = why_json(snapshot, now_ms), *line;
    struct buffer text = {0};
    size_t i;

    buffer_print(&text, "%s\n", json_string_value(json_object_get(why, "headline")));
    json_array_foreach(json_object_get(why, "lines"), i, line)
        buffer_print(&text, "%s\n", json_string_value(line));
    json_array_foreach(json_object_get(why, "try"), i, line)
        buffer_print(&text, "Try: %s\n", json_string_value(line));
    buffer_append(&text, "", 1);
    for (char *id; (id = strstr((char *)text.data, fake_id())) != NULL;) {
        memcpy(id, "ID", 2);
        memmove(id + 2, id + strlen(fake_id()), strlen(id + strlen(fake_id())) + 1);
    }
    json_decref(why);
    snapshot_free(snapshot);
    return (char *)text.data;
}

static void expect(struct snapshot *snapshot, const char *transcript)
{
    char *text = transcript_of(snapshot);
    assert_string_equal(text, transcript);
    free(text);
}

static struct snapshot *saga_in(enum saga_condition_name condition)
{
    struct snapshot *snapshot = fake_snapshot();
    snapshot->condition = condition;
    return snapshot;
}

static struct snapshot *parked_by(enum saga_park_reason reason, size_t step)
{
    struct snapshot *snapshot = saga_in(SAGA_PARKED);
    snapshot->parked = reason;
    memcpy(snapshot->condition_step, snapshot->steps[step].name, SAGA_NAME_SIZE);
    snapshot->steps[3].state = SAGA_DO_PENDING;
    snapshot->steps[3].next_ms = 0;
    return snapshot;
}

static void a_moving_saga_says_what_it_does(void **state)
{
    (void)state;
    expect(saga_in(SAGA_PROGRESSING),
           "It is moving: step \"queue\" is being done by \"messaging\".\n"
           "progressing: queue" SINCE "attempt 1 is out and has until 2015-07-30T20:12:32.000Z\n"
           "deadline 2015-07-30T20:13:01.000Z, then compensation starts at \"reserve_balance\"\n"
           "Try: sagactl cancel ID --reason \"…\"\n" TRACE);

    struct snapshot *undoing = saga_in(SAGA_PROGRESSING);
    undoing->phase = SAGA_COMPENSATING;
    undoing->allowed_verbs = 0;
    undoing->steps[3].undo = SAGA_UNDO_CALLING;
    undoing->steps[3].undo_attempts = 2;
    expect(undoing, "It is moving: step \"queue\" is being undone by \"messaging\".\n"
                    "progressing: queue" SINCE
                    "attempt 2 is out and has until 2015-07-30T20:12:32.000Z\n" TRACE);

    struct snapshot *between = saga_in(SAGA_PROGRESSING);
    between->condition_step[0] = '\0';
    between->condition_since_ms = 0;
    between->deadline_ms = 0;
    expect(between, "It is moving: the next step is about to be called.\n"
                    "Try: sagactl cancel ID --reason \"…\"\n" TRACE);
}

static void a_retry_names_the_error_and_the_next_attempt(void **state)
{
    struct snapshot *snapshot = saga_in(SAGA_RETRYING);

    (void)state;
    snapshot->steps[3].state = SAGA_DO_BACKOFF;
    snapshot->steps[3].attempts = 5;
    snapshot->steps[3].in_doubt = true;
    snapshot->allowed_verbs |= 1u << SAGA_RETRY;
    snprintf(snapshot->code, sizeof(snapshot->code), "unavailable");
    snprintf(snapshot->text, sizeof(snapshot->text), "connection refused");
    expect(snapshot,
           "Step \"queue\" failed at \"messaging\" and is tried again.\n"
           "retrying: queue" SINCE "last error: unavailable, \"connection refused\"\n"
           "attempt 6 is made at 2015-07-30T20:12:32.000Z\n"
           "step \"queue\", the point of no return, may or may not have been done\n"
           "deadline 2015-07-30T20:13:01.000Z, then compensation starts at \"reserve_balance\"\n"
           "Try: sagactl retry ID --reason \"…\"\n"
           "Try: sagactl cancel ID --reason \"…\"\n" TRACE);
}

static void a_missing_worker_is_named_with_the_others_that_wait(void **state)
{
    struct snapshot *snapshot = saga_in(SAGA_NO_WORKER);

    (void)state;
    snapshot->steps[3].state = SAGA_DO_WAITING;
    snapshot->steps[3].attempts = 0;
    snapshot->steps[3].next_ms = 0;
    snprintf(snapshot->condition_subject, sizeof(snapshot->condition_subject), "messaging");
    snapshot->others_waiting = 318;
    expect(snapshot,
           "Step \"queue\" waits because no worker of participant \"messaging\" asks for work.\n"
           "no-worker: messaging" SINCE "318 other sagas wait for the same participant\n"
           "deadline 2015-07-30T20:13:01.000Z, then compensation starts at \"reserve_balance\"\n"
           "Try: sagactl list --stuck -q condition=no-worker\n"
           "Try: sagactl cancel ID --reason \"…\"\n" TRACE);
}

static void an_undo_without_a_worker_is_called_an_undo(void **state)
{
    struct snapshot *snapshot = saga_in(SAGA_NO_WORKER);

    (void)state;
    snapshot->phase = SAGA_COMPENSATING;
    snapshot->allowed_verbs = 0;
    snprintf(snapshot->condition_step, sizeof(snapshot->condition_step), "reserve_balance");
    snapshot->steps[2].undo = SAGA_UNDO_WAITING;
    snprintf(snapshot->condition_subject, sizeof(snapshot->condition_subject), "billing");
    snapshot->others_waiting = 1;
    expect(snapshot, "The undo of step \"reserve_balance\" waits because no worker of participant "
                     "\"billing\" asks for work.\n"
                     "no-worker: billing" SINCE "1 other saga waits for the same participant\n"
                     "Try: sagactl list --stuck -q condition=no-worker\n" TRACE);
}

static void each_wait_has_its_sentence(void **state)
{
    static const struct {
        enum saga_condition_name condition;
        const char *headline;
    } cases[] = {
        {SAGA_SLEEPING, "Step \"queue\" sleeps until its next attempt at \"messaging\"."},
        {SAGA_WAITING, "Step \"queue\" waits for a place in the queue of participant "
                       "\"messaging\"."},
        {SAGA_BLOCKED_BY_BREAKER,
         "Step \"queue\" waits because the breaker of participant \"messaging\" is open."},
        {SAGA_THROTTLED, "Step \"queue\" waits because the retries of participant \"messaging\" "
                         "are used up for now."},
        {SAGA_OVERDUE, "It is overdue: the deadline passed while nobody knows whether \"queue\" "
                       "was done."},
        {SAGA_PAUSED, "It was paused by an operator."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[WHY_SENTENCE_SIZE];
        struct snapshot *snapshot = saga_in(cases[i].condition);
        why_headline(snapshot, text);
        assert_string_equal(text, cases[i].headline);
        snapshot_free(snapshot);
    }
}

static void each_parking_has_its_sentence(void **state)
{
    static const char *const headlines[SAGA_PARK_COUNT] = {
        [SAGA_PARK_NONE] = "It is parked.",
        [SAGA_PARK_REJECTED_AFTER_PIVOT] = "It is parked: step \"confirm\" was refused by "
                                           "\"billing\" after the point of no return.",
        [SAGA_PARK_UNDO_REJECTED] = "It is parked: \"billing\" refused to undo step \"confirm\".",
        [SAGA_PARK_EXHAUSTED] = "It is parked: step \"confirm\" failed in every attempt.",
        [SAGA_PARK_PATIENCE] = "It is parked: step \"confirm\" got no settled answer from "
                               "\"billing\" for as long as its patience.",
        [SAGA_PARK_FENCED] = "It is parked: step \"confirm\" was fenced at \"billing\", which "
                             "only a defect can cause.",
        [SAGA_PARK_EVENTS] = "It is parked: too much has happened to it without an end.",
    };

    (void)state;
    for (unsigned i = 0; i < SAGA_PARK_COUNT; i++) {
        char text[WHY_SENTENCE_SIZE];
        struct snapshot *snapshot = parked_by((enum saga_park_reason)i, 4);
        why_headline(snapshot, text);
        assert_string_equal(text, headlines[i]);
        snapshot_free(snapshot);
    }
}

static void a_parked_saga_offers_what_its_state_allows(void **state)
{
    struct snapshot *snapshot = parked_by(SAGA_PARK_PATIENCE, 3);

    (void)state;
    snapshot->allowed_verbs = 1u << SAGA_RETRY | 1u << SAGA_RESOLVE_DONE |
                              1u << SAGA_RESOLVE_REJECTED | 1u << SAGA_SKIP | 1u << SAGA_TERMINATE;
    expect(snapshot, "It is parked: step \"queue\" got no settled answer from \"messaging\" for as "
                     "long as its patience.\n"
                     "parked: queue" SINCE "1 attempt so far\n"
                     "the deadline stands still while it is held\n"
                     "Try: sagactl retry ID --reason \"…\"\n"
                     "Try: sagactl resolve ID queue --as done --reason \"…\"\n"
                     "Try: sagactl resolve ID queue --as rejected --reason \"…\"\n"
                     "Try: sagactl terminate ID --reason \"…\"\n" TRACE);

    snapshot = parked_by(SAGA_PARK_UNDO_REJECTED, 2);
    snapshot->phase = SAGA_COMPENSATING;
    snapshot->allowed_verbs = 1u << SAGA_RETRY | 1u << SAGA_WAIVE | 1u << SAGA_RESOLVE_DONE;
    expect(snapshot, "It is parked: \"billing\" refused to undo step \"reserve_balance\".\n"
                     "parked: reserve_balance" SINCE
                     "1 attempt so far\nTry: sagactl retry ID --reason \"…\"\n"
                     "Try: sagactl waive ID reserve_balance --reason \"…\"\n" TRACE);
}

static void a_paused_saga_offers_to_resume(void **state)
{
    struct snapshot *snapshot = saga_in(SAGA_PAUSED);

    (void)state;
    snapshot->paused = true;
    snapshot->condition_step[0] = '\0';
    snapshot->allowed_verbs = 1u << SAGA_RESUME | 1u << SAGA_CANCEL;
    expect(snapshot, "It was paused by an operator.\n"
                     "paused" SINCE "the deadline stands still while it is held\n"
                     "Try: sagactl resume ID --reason \"…\"\n"
                     "Try: sagactl cancel ID --reason \"…\"\n" TRACE);
}

static void an_overdue_saga_goes_on_asking(void **state)
{
    struct snapshot *snapshot = saga_in(SAGA_OVERDUE);

    (void)state;
    snapshot->overdue = true;
    snapshot->steps[3].in_doubt = true;
    snapshot->allowed_verbs = 1u << SAGA_RESOLVE_DONE;
    expect(snapshot,
           "It is overdue: the deadline passed while nobody knows whether \"queue\" was "
           "done.\n"
           "overdue: queue" SINCE "attempt 1 is out and has until 2015-07-30T20:12:32.000Z\n"
           "step \"queue\", the point of no return, may or may not have been done\n"
           "the deadline was 2015-07-30T20:13:01.000Z; it asks again with the same key "
           "until it knows\n"
           "Try: sagactl resolve ID queue --as done --reason \"…\"\n" TRACE);
}

static void an_ended_saga_says_how(void **state)
{
    static const struct {
        enum saga_phase phase;
        enum saga_turn_reason turn;
        bool service;
        const char *headline;
    } cases[] = {
        {SAGA_COMPLETED, SAGA_TURN_NONE, false, "It is completed: every step is done."},
        {SAGA_COMPENSATED, SAGA_TURN_REJECTED, false,
         "It is compensated: step \"queue\" was refused with code 21611, and 1 step was undone."},
        {SAGA_COMPENSATED, SAGA_TURN_EXHAUSTED, false,
         "It is compensated: step \"queue\" failed in every attempt, and 1 step was undone."},
        {SAGA_COMPENSATED, SAGA_TURN_DEADLINE, false,
         "It is compensated: its deadline passed, and 1 step was undone."},
        {SAGA_COMPENSATED, SAGA_TURN_CANCELLED, false,
         "It is compensated: it was cancelled, and 1 step was undone."},
        {SAGA_COMPENSATED, SAGA_TURN_CANCELLED, true,
         "It is compensated: a service was missing, and 1 step was undone."},
        {SAGA_TERMINATED, SAGA_TURN_NONE, false,
         "It was terminated by an operator, and its effects were left."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[WHY_SENTENCE_SIZE];
        struct snapshot *snapshot = saga_in(SAGA_PROGRESSING);
        snapshot->phase = cases[i].phase;
        snapshot->turn_reason = cases[i].turn;
        snapshot->turned_for_service = cases[i].service;
        snapshot->steps[2].undo = SAGA_UNDO_DONE;
        snprintf(snapshot->turn_step, sizeof(snapshot->turn_step), "queue");
        snprintf(snapshot->code, sizeof(snapshot->code), "21611");
        why_headline(snapshot, text);
        assert_string_equal(text, cases[i].headline);
        snapshot_free(snapshot);
    }
}

static void a_saga_that_had_done_nothing_says_so(void **state)
{
    char text[WHY_SENTENCE_SIZE];
    struct snapshot *snapshot = saga_in(SAGA_PROGRESSING);

    (void)state;
    snapshot->phase = SAGA_COMPENSATED;
    snapshot->turn_reason = SAGA_TURN_DEADLINE;
    why_headline(snapshot, text);
    assert_string_equal(text,
                        "It is compensated: its deadline passed, and nothing had to be undone.");
    snapshot_free(snapshot);
}

static void a_span_has_one_unit(void **state)
{
    static const struct {
        uint64_t ms;
        const char *text;
    } cases[] = {{0, "0s"},         {999, "0s"},     {119999, "119s"},   {120000, "2m"},
                 {7199999, "119m"}, {7200000, "2h"}, {172799999, "47h"}, {172800000, "2d"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[WHY_SPAN_SIZE];
        why_span(cases[i].ms, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moving_saga_says_what_it_does),
        cmocka_unit_test(a_retry_names_the_error_and_the_next_attempt),
        cmocka_unit_test(a_missing_worker_is_named_with_the_others_that_wait),
        cmocka_unit_test(an_undo_without_a_worker_is_called_an_undo),
        cmocka_unit_test(each_wait_has_its_sentence),
        cmocka_unit_test(each_parking_has_its_sentence),
        cmocka_unit_test(a_parked_saga_offers_what_its_state_allows),
        cmocka_unit_test(a_paused_saga_offers_to_resume),
        cmocka_unit_test(an_overdue_saga_goes_on_asking),
        cmocka_unit_test(an_ended_saga_says_how),
        cmocka_unit_test(a_saga_that_had_done_nothing_says_so),
        cmocka_unit_test(a_span_has_one_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
