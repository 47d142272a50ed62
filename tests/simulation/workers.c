/*
 * Workers: ask for calls, have the ledger decide them, and say so until it is acknowledged.
 */
#include "simulation/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESEND_MS 300u
#define SAYINGS_MAX 4096u
#define LATE_MS 130u /* Longer than a scripted step's time-out. */

/* A step's output follows from who asks for it, so that everybody can tell the right one. */
uint8_t workers_output(uint32_t saga, uint8_t step, uint8_t ret_output[SIM_OUTPUT_SIZE])
{
    uint64_t bits = chance_mix(((uint64_t)saga << 8) + step + 77);

    for (uint32_t i = 0; i < SIM_OUTPUT_SIZE; i++, bits = chance_mix(bits + i))
        ret_output[i] = (uint8_t)('a' + bits % 26);
    return (uint8_t)(4 + (saga + step) % (SIM_OUTPUT_SIZE - 4));
}

/* ---- coming and going ---- */

void workers_start(struct world *world, uint32_t at)
{
    struct worker_sim *worker = &world->workers[at];

    if (!worker->alive) {
        worker->alive = true;
        worker->id = ++world->next_worker;
        worker->saying_count = 0;
        worker->pipe = 0;
    }
    if (worker->pipe == 0) {
        worker->pipe = ++world->next_pipe;
        worker->polls_out = 0;
    }
    workers_poll(world, at);
}

/* What it had to say and was not acknowledged is gone; what it has committed is not. */
void workers_stop(struct world *world, uint32_t at)
{
    struct worker_sim *worker = &world->workers[at];

    if (!worker->alive)
        return;
    network_drop_pipe(world, at);
    worker->alive = false;
    worker->saying_count = 0;
}

void workers_open(struct world *world)
{
    uint32_t each = chance_between(&world->chance_workers, 1, 2);

    world->polls_each = chance_between(&world->chance_workers, 1, 3);
    world->slots_each = chance_per_mille(&world->chance_workers, 300)
                            ? chance_between(&world->chance_workers, 1, 4)
                            : 64;
    if (world->options.script != NULL && world->options.script->schedule != NULL) {
        each = world->slots_each = 1; /* Each call is a message of its own. */
        world->polls_each = world->options.script->schedule->room;
    }
    each = taped_workers(world, each);
    world->worker_count = SIM_PARTICIPANTS * each;
    for (uint32_t i = 0; i < world->worker_count; i++) {
        struct worker_sim *worker = &world->workers[i];
        struct saying *kept = worker->sayings;
        size_t capacity = worker->saying_capacity;
        *worker = (struct worker_sim){.participant = i % SIM_PARTICIPANTS, .sayings = kept,
                                      .saying_capacity = capacity};
        taped_at_worker(world, i);
        agenda_add(&world->agenda, chance_below(&world->chance_workers, 20), WHAT_WORKER_BACK, i,
                   0);
    }
}

void workers_fini(struct world *world)
{
    for (uint32_t i = 0; i < SIM_WORKERS; i++)
        free(world->workers[i].sayings);
}

/* ---- saying ---- */

static struct saying *add_saying(struct worker_sim *worker)
{
    if (worker->saying_count == SAYINGS_MAX)
        return NULL;
    if (worker->saying_count == worker->saying_capacity) {
        worker->saying_capacity = worker->saying_capacity == 0 ? 64 : 2 * worker->saying_capacity;
        worker->sayings =
            realloc(worker->sayings, worker->saying_capacity * sizeof *worker->sayings);
        assert(worker->sayings != NULL);
    }
    return &worker->sayings[worker->saying_count++];
}

/* What it will say; NULL when nobody is there to say it. */
static struct saying *say(struct world *world, uint32_t at, const struct job *job,
                          const struct participant_answer *answer, uint64_t ready_ms)
{
    struct worker_sim *worker = &world->workers[at];
    struct saying *saying = worker->alive ? add_saying(worker) : NULL;

    if (saying == NULL)
        return NULL;
    memcpy(saying->operation_id, job->operation_id, sizeof saying->operation_id);
    memcpy(saying->token, job->token, sizeof saying->token);
    saying->sent_ms = 0;
    saying->ready_ms = ready_ms;
    saying->attempt = job->attempt;
    saying->after_ms = answer->after_ms;
    saying->saga = job->saga;
    saying->step = job->step;
    saying->verdict = (uint8_t)answer->verdict;
    saying->lie = false;
    saying->output_size = (uint8_t)answer->output_size;
    memcpy(saying->output, answer->output, answer->output_size);
    return saying;
}

void workers_acknowledged(struct worker_sim *worker, const uint8_t (*tokens)[WIRE_TOKEN_SIZE],
                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < worker->saying_count; at++) {
            struct saying *saying = &worker->sayings[at];
            if (saying->sent_ms == 0 || memcmp(saying->token, tokens[i], WIRE_TOKEN_SIZE) != 0)
                continue;
            *saying = worker->sayings[--worker->saying_count];
            break;
        }
}

static bool has_to_say(const struct world *world, const struct worker_sim *worker)
{
    for (size_t i = 0; i < worker->saying_count; i++) {
        const struct saying *saying = &worker->sayings[i];
        if (saying->ready_ms <= world->now_ms &&
            (saying->sent_ms == 0 || saying->sent_ms + RESEND_MS <= world->now_ms))
            return true;
    }
    return false;
}

void workers_poll(struct world *world, uint32_t at)
{
    struct worker_sim *worker = &world->workers[at];

    if (!worker->alive || worker->pipe == 0)
        return;
    bool says = has_to_say(world, worker);
    while (worker->polls_out < world->polls_each || (says && worker->polls_out < 4)) {
        network_send(world, at);
        says = false;
    }
    if (worker->saying_count > 0 && worker->recheck_ms <= world->now_ms) {
        worker->recheck_ms = world->now_ms + RESEND_MS + 20;
        agenda_add(&world->agenda, worker->recheck_ms, WHAT_POLL, at, worker->id);
    }
}

/* ---- lies ---- */

/* The opposite of what is true, so that a server which believes it does harm. */
static void lie(struct world *world, uint32_t at, const struct job *job,
                const struct participant_answer *answer, uint64_t ready_ms)
{
    struct participant_answer opposite = {.verdict = answer->verdict == PARTICIPANT_DONE
                                                         ? PARTICIPANT_REJECTED
                                                         : PARTICIPANT_DONE};

    struct saying *saying = say(world, at, job, &opposite, ready_ms);

    if (saying != NULL)
        saying->lie = true;
}

static void tell_lies(struct world *world, uint32_t at, const struct job *job,
                      const struct participant_answer *answer, uint64_t ready_ms)
{
    if (world_strikes(world, MISHAP_FORGED, job->saga, job->step)) {
        struct job forged = *job;
        chance_fill(&world->chance_workers, forged.token, sizeof forged.token);
        lie(world, at, &forged, answer, ready_ms);
    }
    if (world_strikes(world, MISHAP_FOREIGN, job->saga, job->step)) {
        uint32_t other = (at + 1) % world->worker_count;
        lie(world, other, job, answer, ready_ms);
        agenda_add(&world->agenda, ready_ms, WHAT_POLL, other, world->workers[other].id);
    }
}

/* ---- working ---- */

static void put_off(struct world *world, uint32_t at, const struct job *job)
{
    if (world->job_count == world->job_capacity) {
        world->job_capacity = world->job_capacity == 0 ? 64 : 2 * world->job_capacity;
        world->jobs = realloc(world->jobs, world->job_capacity * sizeof *world->jobs);
        assert(world->jobs != NULL);
    }
    world->jobs[world->job_count] = *job;
    uint64_t at_ms = world->now_ms + chance_between(&world->chance_workers, SLOW_LEAST_MS,
                                                    world->slow_most_ms);
    agenda_add(&world->agenda, at_ms, WHAT_WORK, at, world->job_count++);
}

/* What the script has of this call; only first attempts of a do are out of the ordinary. */
static enum outcome scripted(const struct world *world, const struct job *job)
{
    const struct script *script = world->options.script;

    if (script == NULL || job->direction != DIRECTION_DO || job->attempt != 1)
        return OUTCOME_OK;
    return (enum outcome)script->outcomes[world->oracle.sagas[job->saga].client][job->step];
}

/* One without a guard takes its time, and may say nothing in the end. */
static bool is_surly(struct world *world, uint32_t at, const struct job *job)
{
    return world->ledgers[world->workers[at].participant].unguarded &&
           world_strikes(world, MISHAP_UNGUARDED, job->saga, job->step);
}

/* After the commit: only now may answers leave. */
static void answer(struct world *world, uint32_t at, const struct job *job,
                   const struct participant_answer *answer, uint64_t ready_ms)
{
    taped_at_jobs(world, job, 1);
    oracle_answered(&world->oracle, job->saga, job->step, job->direction, job->generation,
                    (uint8_t)answer->verdict);
    world_note(world, "answer", job->saga, job->step,
               (uint64_t)answer->verdict | (uint64_t)job->direction << 8 | job->attempt << 16);
    tell_lies(world, at, job, answer, ready_ms);
    enum outcome outcome = scripted(world, job);
    if (outcome == OUTCOME_LATE) {
        ready_ms += LATE_MS;
        agenda_add(&world->agenda, ready_ms, WHAT_POLL, at, world->workers[at].id);
    }
    if (outcome == OUTCOME_REPLY_LOST)
        return;
    if (outcome == OUTCOME_TWICE)
        (void)say(world, at, job, answer, ready_ms);
    if (world_strikes(world, MISHAP_REPLY_LOST, job->saga, job->step) ||
        is_surly(world, at, job))
        return;
    (void)say(world, at, job, answer, ready_ms);
    if (world_strikes(world, MISHAP_RESULT_TWICE, job->saga, job->step))
        (void)say(world, at, job, answer, ready_ms + chance_below(&world->chance_workers, 400));
}

static bool is_slow(struct world *world, uint32_t at, const struct job *job)
{
    return world_strikes(world, MISHAP_SLOW, job->saga, job->step) || is_surly(world, at, job);
}

void workers_do(struct world *world, uint32_t at, const struct job *jobs, size_t count)
{
    static struct participant_answer answers[WIRE_CALLS_MAX];
    static struct job now[WIRE_CALLS_MAX];
    struct worker_sim *worker = &world->workers[at];
    struct ledger *ledger = &world->ledgers[worker->participant];
    size_t todo = 0;

    assert(count <= WIRE_CALLS_MAX);
    ledger_begin(ledger);
    for (size_t i = 0; i < count; i++) {
        if (scripted(world, &jobs[i]) == OUTCOME_SILENCE)
            continue;
        taped_at_jobs(world, &jobs[i], 1);
        if (is_slow(world, at, &jobs[i])) {
            put_off(world, at, &jobs[i]);
            continue;
        }
        now[todo] = jobs[i];
        ledger_run(world, ledger, &jobs[i], &answers[todo]);
        todo++;
    }
    taped_at_jobs(world, now, todo);
    if (todo > 0 && world_strikes(world, MISHAP_UNSYNCED, now[0].saga, now[0].step)) {
        ledger_roll_back(ledger);
        workers_stop(world, at);
        agenda_add(&world->agenda,
                   world->now_ms + chance_between(&world->chance_workers, 10, 1500),
                   WHAT_WORKER_BACK, at, 0);
        return;
    }
    ledger_commit(world, ledger);
    uint64_t ready_ms = world->now_ms + chance_below(&world->chance_workers, 3);
    if (world->options.script != NULL && world->options.script->schedule != NULL)
        ready_ms = world->now_ms;
    for (size_t i = 0; i < todo; i++)
        answer(world, at, &now[i], &answers[i], ready_ms);
    agenda_add(&world->agenda, ready_ms, WHAT_POLL, at, worker->id);
}
