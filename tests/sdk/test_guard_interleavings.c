/*
 * Every short sequence of what can happen to a step, against what the guard promises (I-17, I-24,
 * I-27, I-28): the effect is 0 or 1, and 0 once an undo was answered; a decision stays as it is;
 * a generation that was fenced never happens.
 *
 * A sequence is told twice: with a message for each call, and with one message up to each crash.
 * What a message answered counts only once it is committed.
 */
#include "sdk/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_MAX 5

enum happening { DO_0, DO_1, UNDO, FENCE_0, CRASH_BEFORE_COMMIT, CRASH_AFTER_COMMIT, HAPPENINGS };

static const char *const happening_names[HAPPENINGS] = {
    "do.0", "do.1", "undo", "fence.0", "crash before commit", "crash after commit"};

/* What was answered, as far as it binds the future. */
struct promises {
    bool is_decided[2];
    enum participant_verdict decided[2]; /* Per generation: DONE or REJECTED. */
    bool undone;
    bool fenced_0;
    bool done;
};

struct trial {
    struct ledger ledger;
    char saga[32];
    enum happening sequence[LENGTH_MAX];
    size_t length;
    bool one_message;
    bool in_message;
    struct promises committed;
    struct promises pending;
};

static void broken(const struct trial *trial, const char *promise)
{
    char text[256] = "";

    for (size_t i = 0; i < trial->length; i++) {
        strncat(text, happening_names[trial->sequence[i]], sizeof text - strlen(text) - 1);
        strncat(text, " | ", sizeof text - strlen(text) - 1);
    }
    fail_msg("mood %d, %s: %s%s", (int)trial->ledger.mood,
             trial->one_message ? "one message" : "a message each", text, promise);
}

static void expect(const struct trial *trial, bool kept, const char *promise)
{
    if (!kept)
        broken(trial, promise);
}

static void check_effect(struct trial *trial)
{
    const struct promises *promises = &trial->committed;
    int effect = ledger_effect(&trial->ledger, trial->saga);
    char query[160];

    expect(trial, effect == 0 || effect == 1, "the effect is 0 or 1");
    expect(trial, !promises->undone || effect == 0, "after an undo the effect is 0");
    expect(trial, !promises->done || promises->undone || effect == 1, "what is done is there");
    snprintf(query, sizeof query,
             "SELECT count(*) FROM effects WHERE saga = '%s' AND generation = 0", trial->saga);
    expect(trial, !promises->fenced_0 || ledger_count(&trial->ledger, query) == 0,
           "what is fenced does not happen");
}

static void commit(struct trial *trial)
{
    if (!trial->in_message)
        return;
    ledger_commit(&trial->ledger);
    trial->in_message = false;
    trial->committed = trial->pending;
    check_effect(trial);
}

static void crash(struct trial *trial)
{
    ledger_crash(&trial->ledger);
    trial->in_message = false;
    trial->pending = trial->committed;
    check_effect(trial);
}

static bool is_decision(enum participant_verdict verdict)
{
    return verdict == PARTICIPANT_DONE || verdict == PARTICIPANT_REJECTED;
}

static void ask_do(struct trial *trial, unsigned generation)
{
    struct promises *promises = &trial->pending;
    unsigned runs = trial->ledger.runs;
    enum participant_verdict verdict =
        ledger_call(&trial->ledger, trial->saga, PARTICIPANT_DO, generation);
    bool ran = trial->ledger.runs > runs;

    expect(trial, !ran || !promises->undone, "after an undo no do runs");
    expect(trial, !ran || !promises->done, "what is done does not run again");
    expect(trial, !ran || generation != 0 || !promises->fenced_0, "what is fenced does not run");
    expect(trial, !promises->undone || promises->done || verdict != PARTICIPANT_DONE,
           "what never happened before its undo is never DONE");
    if (promises->is_decided[generation])
        expect(trial, verdict == promises->decided[generation], "a decision stays as it is");
    if (!is_decision(verdict))
        return;
    promises->is_decided[generation] = true;
    promises->decided[generation] = verdict;
    promises->done = promises->done || verdict == PARTICIPANT_DONE;
}

static void ask_undo(struct trial *trial)
{
    enum participant_verdict verdict =
        ledger_call(&trial->ledger, trial->saga, PARTICIPANT_UNDO, 0);

    expect(trial, verdict == PARTICIPANT_DONE, "an undo is DONE");
    trial->pending.undone = true;
}

static void ask_fence(struct trial *trial)
{
    struct promises *promises = &trial->pending;
    enum participant_verdict verdict =
        ledger_call(&trial->ledger, trial->saga, PARTICIPANT_FENCE, 0);

    if (promises->is_decided[0])
        expect(trial, verdict == promises->decided[0], "a fence answers what was decided");
    else if (verdict == PARTICIPANT_REJECTED)
        promises->fenced_0 = true;
    else
        expect(trial, verdict == PARTICIPANT_WORKING || promises->done,
               "only work that goes on, or is done, is not fenced");
}

static void open_message(struct trial *trial)
{
    if (trial->in_message)
        return;
    ledger_begin(&trial->ledger);
    trial->in_message = true;
}

static void happen(struct trial *trial, enum happening happening)
{
    switch (happening) {
    case DO_0:
    case DO_1:
        open_message(trial);
        ask_do(trial, happening == DO_0 ? 0 : 1);
        break;
    case UNDO:
        open_message(trial);
        ask_undo(trial);
        break;
    case FENCE_0:
        open_message(trial);
        ask_fence(trial);
        break;
    case CRASH_BEFORE_COMMIT:
        crash(trial);
        break;
    case CRASH_AFTER_COMMIT:
        commit(trial);
        crash(trial);
        break;
    case HAPPENINGS:
        break;
    }
}

/* With a message each, a call is committed unless the next thing is a crash before that. */
static void tell(struct trial *trial)
{
    for (size_t i = 0; i < trial->length; i++) {
        happen(trial, trial->sequence[i]);
        bool crashes = i + 1 < trial->length && trial->sequence[i + 1] == CRASH_BEFORE_COMMIT;
        if (!trial->one_message && !crashes)
            commit(trial);
    }
    commit(trial);
}

/* A crash at the start, or after a crash, loses nothing: the same as a shorter sequence. */
static bool is_worth_telling(const struct trial *trial)
{
    bool crashed = true;

    for (size_t i = 0; i < trial->length; i++) {
        bool crashes = trial->sequence[i] >= CRASH_BEFORE_COMMIT;
        if (crashes && crashed)
            return false;
        crashed = crashes;
    }
    return true;
}

static void tell_all_of_length(struct trial *trial, size_t length, unsigned *number)
{
    size_t sequences = 1;

    for (size_t i = 0; i < length; i++)
        sequences *= HAPPENINGS;
    trial->length = length;
    for (size_t code = 0; code < sequences; code++) {
        size_t rest = code;
        for (size_t i = 0; i < length; i++, rest /= HAPPENINGS)
            trial->sequence[i] = (enum happening)(rest % HAPPENINGS);
        if (!is_worth_telling(trial))
            continue;
        snprintf(trial->saga, sizeof trial->saga, "saga_%u", ++*number);
        trial->committed = trial->pending = (struct promises){.undone = false};
        trial->ledger.tries[0] = trial->ledger.tries[1] = 0;
        tell(trial);
    }
}

static void tell_all(enum ledger_mood mood, size_t length_max)
{
    struct trial *trial = calloc(1, sizeof *trial);
    unsigned number = 0;

    assert_non_null(trial);
    ledger_init(&trial->ledger);
    trial->ledger.mood = mood;
    for (int one_message = 0; one_message < 2; one_message++) {
        trial->one_message = one_message == 1;
        for (size_t length = 1; length <= length_max; length++)
            tell_all_of_length(trial, length, &number);
    }
    ledger_fini(&trial->ledger);
    free(trial);
}

static void every_interleaving_of_a_willing_step_keeps_the_promises(void **state)
{
    (void)state;
    tell_all(LEDGER_WILLING, LENGTH_MAX);
}

static void every_interleaving_of_a_refused_step_keeps_the_promises(void **state)
{
    (void)state;
    tell_all(LEDGER_REFUSING, LENGTH_MAX);
}

static void every_interleaving_of_a_failing_step_keeps_the_promises(void **state)
{
    (void)state;
    tell_all(LEDGER_FAILING, LENGTH_MAX - 1);
}

static void every_interleaving_of_work_that_goes_on_keeps_the_promises(void **state)
{
    (void)state;
    tell_all(LEDGER_WORKING, LENGTH_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_interleaving_of_a_willing_step_keeps_the_promises),
        cmocka_unit_test(every_interleaving_of_a_refused_step_keeps_the_promises),
        cmocka_unit_test(every_interleaving_of_a_failing_step_keeps_the_promises),
        cmocka_unit_test(every_interleaving_of_work_that_goes_on_keeps_the_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
