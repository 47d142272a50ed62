/*
 * The guard: decides a call by the rows of its step, or has it worked on.
 *
 * A step's rows are read together, since they speak of one another: an undo forbids every
 * generation of the do, a generation that is done stands for all of them, and a newer generation
 * forbids the older ones. What is forbidden and has no decision of its own is answered FENCED.
 *
 * A do that answered WORKING has left work behind without a decision. Its row says so ("begun"), so
 * that an undo which comes before the decision does run.
 */
#include "saga/guard.h"

#include "answer.h"
#include "base/clock.h"
#include "base/fault.h"
#include "guard_rows.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define GUARD_HORIZON_MAX_MS (10ull * 365 * 86400 * 1000) /* Ten years; keeps sums small. */
#define GUARD_BEGUN_ASK_MS 1000u /* When to ask again about work that goes on. */

struct guard {
    struct guard_rows rows;
    uint64_t now_ms;     /* Wall time at guard_begin: when what follows is decided. */
    uint64_t horizon_ms; /* Of the present call: for how long its decision is needed. */
    bool in_message;     /* Between begin and commit nobody but the guard may commit. */
};

/* One call and who works on it, while it is decided. */
struct guard_work {
    struct guard_key key;
    const struct participant_call *call; /* Borrowed. */
    participant_handler *handler;
    void *context;
};

static int store(struct guard *guard, const struct guard_key *key, enum guard_decision decision,
                 const struct participant_answer *answer)
{
    return guard_rows_store(&guard->rows, key, decision, answer, guard->now_ms + guard->horizon_ms);
}

static int keep(struct guard *guard)
{
    return guard_rows_execute(&guard->rows, GUARD_KEEP);
}

static int revert(struct guard *guard)
{
    int r = guard_rows_execute(&guard->rows, GUARD_REVERT);

    return r < 0 ? pass(r) : keep(guard);
}

/*
 * Settle the savepoint by what the handler answered. A refused undo is not a decision about the
 * step: a person may look, repair and have it asked again, so it is rolled back and not stored.
 */
static int settle(struct guard *guard, const struct guard_key *key,
                  struct participant_answer *answer)
{
    int r;

    switch (answer->verdict) {
    case PARTICIPANT_DONE:
        r = keep(guard);
        return r < 0 ? pass(r) : store(guard, key, GUARD_DONE, answer);
    case PARTICIPANT_REJECTED:
        r = revert(guard);
        return r < 0 || key->direction == GUARD_UNDO ? pass(r)
                                                     : store(guard, key, GUARD_REJECTED, answer);
    case PARTICIPANT_WORKING:
        r = keep(guard);
        return r < 0 || key->direction == GUARD_UNDO ? pass(r)
                                                     : store(guard, key, GUARD_BEGUN, answer);
    case PARTICIPANT_BUSY:
    case PARTICIPANT_RETRY:
        return revert(guard);
    case PARTICIPANT_FENCED:
        break;
    }
    participant_retry(answer, "invalid_verdict", "A handler cannot give this verdict.");
    return revert(guard);
}

static int work_on(struct guard *guard, const struct guard_work *work,
                   struct participant_answer *ret_answer)
{
    int r = guard_rows_execute(&guard->rows, GUARD_SAVE);
    if (r < 0)
        return pass(r);

    participant_done(ret_answer, NULL, 0);
    if (work->handler != NULL)
        work->handler(work->context, work->call, ret_answer);
    answer_check(ret_answer);

    /* The handler hit a full disk, or tried to end the transaction: all of the message is gone. */
    if (sqlite3_get_autocommit(guard->rows.database))
        return fault(FAULT_LIMIT);
    return settle(guard, &work->key, ret_answer);
}

static int recall(struct guard *guard, struct guard_key key, int generation,
                  struct participant_answer *ret_answer)
{
    key.generation = generation;
    return guard_rows_recall(&guard->rows, &key, ret_answer);
}

/* Whether there is an answer to a do or its fence already, and of which generation. */
static bool is_decided(const struct guard_survey *survey, int own_generation, int *ret_generation)
{
    if (survey->own == GUARD_DONE || survey->own == GUARD_REJECTED) {
        *ret_generation = own_generation;
        return true;
    }
    *ret_generation = survey->done_generation;
    return survey->done_generation >= 0;
}

static int run_do(struct guard *guard, const struct guard_work *work,
                  struct participant_answer *ret_answer)
{
    struct guard_survey survey;
    int generation;

    int r = guard_rows_survey(&guard->rows, &work->key, &survey);
    if (r < 0)
        return pass(r);
    if (is_decided(&survey, work->key.generation, &generation))
        return recall(guard, work->key, generation, ret_answer);
    if (survey.own == GUARD_TOMBSTONE || survey.undone || survey.superseded) {
        ret_answer->verdict = PARTICIPANT_FENCED;
        return 0;
    }
    return work_on(guard, work, ret_answer);
}

/* Undo what is done. The handler is told its output, even when the server does not know it because
 * the answer was lost. */
static int undo_done(struct guard *guard, const struct guard_work *work, int generation,
                     struct participant_answer *ret_answer)
{
    struct guard_work known_work = *work;
    struct participant_call known = *work->call;
    struct guard_key key = work->key;

    key.direction = GUARD_DO;
    int r = recall(guard, key, generation, ret_answer);
    if (r < 0)
        return pass(r);

    uint8_t *output = malloc(ret_answer->output_size + 1);
    if (output == NULL)
        return fault(FAULT_MEMORY);
    memcpy(output, ret_answer->output, ret_answer->output_size);
    known.own_output = output;
    known.own_output_size = ret_answer->output_size;
    known.outcome_known = true;
    known_work.call = &known;
    r = work_on(guard, &known_work, ret_answer);
    free(output);
    return pass(r);
}

/* The row of the undo is the tombstone: it forbids every generation that has no decision. */
static int run_undo(struct guard *guard, const struct guard_work *work,
                    struct participant_answer *ret_answer)
{
    struct guard_survey survey;

    int r = guard_rows_survey(&guard->rows, &work->key, &survey);
    if (r < 0)
        return pass(r);
    if (survey.undone)
        return recall(guard, work->key, 0, ret_answer);
    if (survey.done_generation >= 0)
        return undo_done(guard, work, survey.done_generation, ret_answer);
    if (survey.begun)
        return work_on(guard, work, ret_answer);
    return store(guard, &work->key, GUARD_DONE, ret_answer);
}

static int run_fence(struct guard *guard, const struct guard_key *key,
                     struct participant_answer *ret_answer)
{
    struct guard_survey survey;
    int generation;

    int r = guard_rows_survey(&guard->rows, key, &survey);
    if (r < 0)
        return pass(r);
    if (is_decided(&survey, key->generation, &generation))
        return recall(guard, *key, generation, ret_answer);
    if (survey.own == GUARD_BEGUN && !survey.undone) {
        ret_answer->verdict = PARTICIPANT_WORKING;
        ret_answer->after_ms = GUARD_BEGUN_ASK_MS;
        return 0;
    }
    participant_reject(ret_answer, "fenced", "It never happened, and cannot happen any more.");
    return survey.own == GUARD_TOMBSTONE ? 0 : store(guard, key, GUARD_TOMBSTONE, ret_answer);
}

/* ---- the guard ---- */

/* Within a message only guard_commit commits; a handler's COMMIT is turned into a rollback. */
static int refuse_commit(void *context)
{
    const struct guard *guard = context;

    return guard->in_message ? 1 : 0;
}

int guard_open(struct sqlite3 *database, struct guard **ret_guard)
{
    assert(database != NULL);
    struct guard *guard = calloc(1, sizeof *guard);
    if (guard == NULL)
        return fault(FAULT_MEMORY);

    int r = guard_rows_open(&guard->rows, database);
    if (r < 0) {
        free(guard);
        return pass(r);
    }
    sqlite3_commit_hook(database, refuse_commit, guard);
    *ret_guard = guard;
    return 0;
}

struct guard *guard_close(struct guard *guard)
{
    if (guard == NULL)
        return NULL;
    guard_rollback(guard);
    sqlite3_commit_hook(guard->rows.database, NULL, NULL);
    guard_rows_close(&guard->rows);
    free(guard);
    return NULL;
}

int guard_begin(struct guard *guard)
{
    assert(!guard->in_message);
    int r = guard_rows_execute(&guard->rows, GUARD_BEGIN);
    if (r < 0)
        return pass(r);

    guard->now_ms = instant_now().wall_ms;
    guard->in_message = true;
    return 0;
}

int guard_run(struct guard *guard, const struct participant_call *call,
              participant_handler *handler, void *context, struct participant_answer *ret_answer)
{
    struct guard_work work = {.call = call, .handler = handler, .context = context};

    assert(guard->in_message);
    guard->horizon_ms =
        call->horizon_ms < GUARD_HORIZON_MAX_MS ? call->horizon_ms : GUARD_HORIZON_MAX_MS;
    participant_done(ret_answer, NULL, 0);
    if (!guard_key_parse(call, &work.key)) {
        participant_retry(ret_answer, "malformed", "The operation id is not one of ours.");
        return 0;
    }
    switch (call->direction) {
    case PARTICIPANT_DO:
        assert(handler != NULL);
        return run_do(guard, &work, ret_answer);
    case PARTICIPANT_UNDO:
        return run_undo(guard, &work, ret_answer);
    case PARTICIPANT_FENCE:
        return run_fence(guard, &work.key, ret_answer);
    }
    participant_retry(ret_answer, "malformed", "The direction is none of the known.");
    return 0;
}

static void roll_back(struct guard *guard)
{
    if (!sqlite3_get_autocommit(guard->rows.database))
        sqlite3_exec(guard->rows.database, "ROLLBACK", NULL, NULL, NULL);
}

int guard_commit(struct guard *guard)
{
    assert(guard->in_message);

    /* Said before the transaction ends: another thread may commit the moment after it has. */
    guard->in_message = false;
    int r = guard_rows_execute(&guard->rows, GUARD_COMMIT);
    if (r < 0)
        roll_back(guard);
    return pass(r);
}

void guard_rollback(struct guard *guard)
{
    if (!guard->in_message)
        return;
    guard->in_message = false;
    roll_back(guard);
}

int guard_forget(struct guard *guard, uint64_t now_wall_ms, uint64_t margin_ms)
{
    assert(!guard->in_message);
    if (now_wall_ms <= margin_ms)
        return 0;
    return guard_rows_forget(&guard->rows, now_wall_ms - margin_ms);
}
