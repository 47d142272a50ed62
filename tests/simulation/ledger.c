/*
 * A participant's books: an in-memory database with the production guard, and one table of effects.
 *
 * What a handler changes is told to the oracle when its transaction is committed, never before; at
 * the end the table itself is compared with what was told.
 */
#include "simulation/money.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define TO_ZERO (-128) /* An undo without a guard: whatever is there goes. */
#define WORKING_AFTER_MS 120u
#define BUSY_AFTER_MS 150u
#define AGAIN_TIMES 2u

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS effect (op INTEGER PRIMARY KEY, n INTEGER,"
    " amount INTEGER, captured INTEGER)";

static struct sqlite3_stmt *prepare(struct sqlite3 *database, const char *text)
{
    struct sqlite3_stmt *statement = NULL;
    int code =
        sqlite3_prepare_v3(database, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);

    assert(code == SQLITE_OK);
    return statement;
}

void ledger_open(struct ledger *ledger)
{
    int code = sqlite3_open(":memory:", &ledger->database);

    assert(code == SQLITE_OK);
    sqlite3_exec(ledger->database, "PRAGMA cache_size = 10000; PRAGMA secure_delete = OFF", NULL,
                 NULL, NULL);
    code = sqlite3_exec(ledger->database, schema, NULL, NULL, NULL);
    assert(code == SQLITE_OK);
    code = guard_open(ledger->database, &ledger->guard);
    assert(code == 0);
    ledger->add = prepare(ledger->database, "INSERT INTO effect VALUES (?1, 1, ?2, ?3)"
                                            " ON CONFLICT DO UPDATE SET n = n + 1,"
                                            " amount = amount + ?2");
    ledger->take = prepare(ledger->database, "UPDATE effect SET n = n - 1, amount = amount - ?2"
                                             " WHERE op = ?1 AND n > 0");
    ledger->all = prepare(ledger->database, "SELECT op, n, amount, captured FROM effect");
    money_open(ledger);
}

void ledger_clear(struct ledger *ledger)
{
    ledger_roll_back(ledger);
    ledger->unguarded = false;
    if (!ledger->used)
        return;
    ledger->used = false;
    sqlite3_exec(ledger->database, "DELETE FROM effect; DELETE FROM saga_guard", NULL, NULL, NULL);
}

void ledger_close(struct ledger *ledger)
{
    if (ledger->database == NULL)
        return;
    ledger_roll_back(ledger);
    sqlite3_finalize(ledger->add);
    sqlite3_finalize(ledger->take);
    sqlite3_finalize(ledger->all);
    money_close(ledger);
    ledger->guard = guard_close(ledger->guard);
    sqlite3_close(ledger->database);
    free(ledger->changes);
    *ledger = (struct ledger){0};
}

/* ---- one message ---- */

void ledger_begin(struct ledger *ledger)
{
    ledger->change_count = 0;
    ledger->open = ledger->used = true;
    if (ledger->unguarded)
        return;
    int r = guard_begin(ledger->guard);
    assert(r == 0);
}

static void change(struct ledger *ledger, const struct job *job, int8_t by, bool undone)
{
    if (ledger->change_count == ledger->change_capacity) {
        ledger->change_capacity = ledger->change_capacity == 0 ? 64 : 2 * ledger->change_capacity;
        ledger->changes =
            realloc(ledger->changes, ledger->change_capacity * sizeof *ledger->changes);
        assert(ledger->changes != NULL);
    }
    ledger->changes[ledger->change_count].saga = job->saga;
    ledger->changes[ledger->change_count].step = job->step;
    ledger->changes[ledger->change_count].change = by;
    ledger->changes[ledger->change_count++].undone = undone;
}

/* False when there was nothing to take back. */
static bool write_effect(struct world *world, struct ledger *ledger, const struct job *job,
                         bool undo)
{
    struct sqlite3_stmt *statement = undo ? ledger->take : ledger->add;

    sqlite3_bind_int64(statement, 2, money_amount(world, ledger, job->saga, job->step));
    if (!undo)
        sqlite3_bind_int(statement, 3, money_is_captured(world, job->saga, job->step));
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)job->saga * 32 + job->step);
    int code = sqlite3_step(statement);
    assert(code == SQLITE_DONE);
    sqlite3_reset(statement);
    return sqlite3_changes(ledger->database) > 0;
}

/* What a handler is given. */
struct work {
    struct world *world;
    struct ledger *ledger;
    const struct job *job;
};

static const struct oracle_step *step_of(const struct work *work)
{
    return &work->world->oracle.sagas[work->job->saga].steps[work->job->step];
}

/* Whoever has begun is asked again, and has more to go wrong. */
static bool strikes(const struct work *work, enum mishap mishap)
{
    uint32_t times = step_of(work)->seen.working ? 1 + AGAIN_TIMES : 1;

    for (uint32_t i = 0; i < times; i++)
        if (world_strikes(work->world, mishap, work->job->saga, work->job->step))
            return true;
    return false;
}

/* One without a guard is surly: it refuses, or has no time. */
static void turn_away(const struct work *work, struct participant_answer *answer)
{
    if (chance_below(&work->world->swarm.streams[MISHAP_UNGUARDED], 3) == 2)
        participant_busy(answer, BUSY_AFTER_MS);
    else
        participant_reject(answer, "refused", "no");
}

/* True when the answer is anything but the work itself. */
static bool meets_mishap(const struct work *work, struct participant_answer *answer)
{
    bool undo = work->job->direction == DIRECTION_UNDO;
    const struct script *script = work->world->options.script;
    uint32_t client = work->world->oracle.sagas[work->job->saga].client;

    if (script != NULL && !undo &&
        script->outcomes[client][work->job->step] == OUTCOME_REFUSED) {
        participant_reject(answer, "refused", "no");
        return true;
    }
    if (strikes(work, undo ? MISHAP_UNDO_REFUSED : MISHAP_REFUSED)) {
        participant_reject(answer, "refused", "no");
    } else if (!undo && work->ledger->unguarded && strikes(work, MISHAP_UNGUARDED)) {
        turn_away(work, answer);
    } else if (strikes(work, MISHAP_BUSY)) {
        participant_busy(answer, BUSY_AFTER_MS);
    } else if (strikes(work, MISHAP_RETRY)) {
        participant_retry(answer, "retry", "later");
    } else if (strikes(work, MISHAP_WORKING)) {
        answer->verdict = PARTICIPANT_WORKING;
        answer->after_ms = WORKING_AFTER_MS;
    } else {
        return false;
    }
    return true;
}

/* What is refused or failed must leave nothing: half of those do their work first. */
static bool works_in_vain(const struct work *work, const struct participant_answer *answer)
{
    return answer->verdict != PARTICIPANT_WORKING && !work->ledger->unguarded &&
           (work->job->attempt + work->job->step) % 2 == 0;
}

/* All of it, before a refusal; half of it, before a failure. */
static void work_in_vain(const struct work *work, const struct participant_answer *answer,
                         bool undo)
{
    if (undo)
        money_give_back(work->world, work->ledger, work->job);
    else
        (void)money_pay(work->world, work->ledger, work->job);
    if (answer->verdict == PARTICIPANT_REJECTED)
        (void)write_effect(work->world, work->ledger, work->job, undo);
}

static bool has_effect(const struct work *work, bool undo)
{
    if (work->ledger->unguarded)
        return true;
    if (!write_effect(work->world, work->ledger, work->job, undo))
        return false;
    if (undo)
        money_give_back(work->world, work->ledger, work->job);
    return true;
}

static void handle(void *context, const struct participant_call *call,
                   struct participant_answer *answer)
{
    const struct work *work = context;
    const struct job *job = work->job;
    uint8_t output[SIM_OUTPUT_SIZE];
    bool undo = call->direction == PARTICIPANT_UNDO;
    const struct shape *shape =
        &work->world->oracle.shapes[work->world->oracle.sagas[job->saga].shape];
    bool reads = shape->steps[job->step].read_only;

    if (meets_mishap(work, answer)) {
        if (works_in_vain(work, answer) && !reads)
            work_in_vain(work, answer, undo);
        return;
    }
    if (!undo && !reads && !money_pay(work->world, work->ledger, job)) {
        (void)write_effect(work->world, work->ledger, job, false); /* The guard takes it back. */
        participant_reject(answer, "insufficient", "there is not enough in the account");
        return;
    }
    const struct oracle_step *step = step_of(work);
    /* A person may have said that it was done, when it was not: then there is nothing to undo. */
    bool done = reads || has_effect(work, undo);
    if (!reads && (done || !step->by_person)) {
        change(work->ledger, job, (int8_t)(undo ? (work->ledger->unguarded ? TO_ZERO : -1) : 1),
               false);
    }
    if (!undo)
        participant_done(answer, output, workers_output(job->saga, job->step, output));
}

/* An undo of work that is only begun has no effect to take back. */
static void handle_undo(void *context, const struct participant_call *call,
                        struct participant_answer *answer)
{
    const struct work *work = context;

    if (!work->ledger->unguarded && !call->outcome_known)
        return;
    handle(context, call, answer);
}

static struct participant_call call_of(const struct job *job)
{
    return (struct participant_call){
        .operation_id = job->operation_id,
        .direction = (enum participant_direction)job->direction,
        .attempt = job->attempt,
        .own_output = job->own_output,
        .own_output_size = job->own_output_size,
        .outcome_known = job->outcome_known,
        .horizon_ms = job->horizon_ms,
    };
}

void ledger_run(struct world *world, struct ledger *ledger, const struct job *job,
                struct participant_answer *ret_answer)
{
    struct participant_call call = call_of(job);
    struct work work = {world, ledger, job};
    bool undo = job->direction == DIRECTION_UNDO;

    if (ledger->unguarded) {
        participant_done(ret_answer, NULL, 0);
        if (job->direction == DIRECTION_FENCE)
            participant_retry(ret_answer, "no_fence", "There is no guard.");
        else
            handle(&work, &call, ret_answer);
        return;
    }
    int r = guard_run(ledger->guard, &call, undo ? handle_undo : handle, &work, ret_answer);
    assert(r == 0);
    if (undo && ret_answer->verdict == PARTICIPANT_DONE)
        change(ledger, job, 0, true);
}

void ledger_commit(struct world *world, struct ledger *ledger)
{
    if (!ledger->unguarded) {
        int r = guard_commit(ledger->guard);
        assert(r == 0);
    }
    ledger->open = false;
    for (size_t i = 0; i < ledger->change_count; i++) {
        uint32_t saga = ledger->changes[i].saga;
        uint8_t step = ledger->changes[i].step;
        int by = ledger->changes[i].change;
        if (by == TO_ZERO)
            by = -world->oracle.sagas[saga].steps[step].effect;
        if (by != 0)
            oracle_effect(&world->oracle, saga, step, by);
        if (ledger->changes[i].undone)
            oracle_undone(&world->oracle, saga, step);
        world_note(world, "effect", saga, step, (uint64_t)(by + 1000));
    }
}

void ledger_roll_back(struct ledger *ledger)
{
    if (ledger->open && !ledger->unguarded)
        guard_rollback(ledger->guard);
    ledger->open = false;
    ledger->change_count = 0;
}

static uint32_t routes_of(const struct world *world, uint32_t saga, uint32_t step)
{
    return world->oracle.shapes[world->oracle.sagas[saga].shape].steps[step].route_count;
}

/* The database itself says what was told when it was committed. */
void ledger_compare(struct world *world, uint32_t participant)
{
    struct ledger *ledger = &world->ledgers[participant];

    if (ledger->unguarded)
        return;
    while (sqlite3_step(ledger->all) == SQLITE_ROW) {
        sqlite3_int64 op = sqlite3_column_int64(ledger->all, 0);
        int effects = sqlite3_column_int(ledger->all, 1);
        const struct oracle_step *step = &world->oracle.sagas[op / 32].steps[op % 32];
        struct money_row row = {
            .amount = sqlite3_column_int64(ledger->all, 2),
            .saga = (uint32_t)(op / 32),
            .step = (uint8_t)(op % 32),
            .effects = effects,
            .captured = sqlite3_column_int(ledger->all, 3) != 0,
        };
        money_compare(world, ledger, &row);
        /* Whoever else may do it has the effect, or this one has. */
        bool elsewhere =
            effects == 0 && routes_of(world, (uint32_t)(op / 32), (uint32_t)(op % 32)) > 1;
        if (step->effect != effects && !elsewhere)
            oracle_violated(&world->oracle, 17, "the ledger has %d effects of saga %u step %u",
                            effects, (uint32_t)(op / 32), (uint32_t)(op % 32));
    }
    sqlite3_reset(ledger->all);
}
