/*
 * Performing: the calls of one message become results, by one transaction.
 */
#include "answer.h"
#include "base/fault.h"
#include "worker.h"

#include <assert.h>
#include <string.h>

#define PERFORM_BUSY_MS 100u /* When nothing could be started: ask again after this. */

/* Results of a message that is not committed yet. */
struct staged {
    size_t count;
    struct result *results[WIRE_CALLS_MAX]; /* Owned. */
};

/* ---- finding the handler ---- */

static void unknown_operation(void *context, const struct participant_call *call,
                              struct participant_answer *answer)
{
    (void)context;
    (void)call;
    /* Not REJECTED, which is final: a newer release of this participant may know it. */
    participant_retry(answer, "unknown_operation", "The participant has no such operation.");
}

static bool operation_is(const struct operation *operation, const struct participant_call *call)
{
    if (call->direction == PARTICIPANT_UNDO)
        return operation->undo != NULL && strcmp(operation->undo_name, call->operation) == 0;
    return strcmp(operation->name, call->operation) == 0;
}

static participant_handler *find_handler(const struct participant *participant,
                                         const struct participant_call *call)
{
    for (size_t i = 0; i < participant->operation_count; i++) {
        const struct operation *operation = &participant->operations[i];
        if (operation_is(operation, call))
            return call->direction == PARTICIPANT_UNDO ? operation->undo : operation->run;
    }
    return unknown_operation;
}

/* ---- between the wire and the handler ---- */

static enum participant_direction direction_of(enum saga_direction direction)
{
    assert(direction != SAGA_DIRECTION_COUNT); /* The codec has seen to it. */
    switch (direction) {
    case SAGA_DO:
        return PARTICIPANT_DO;
    case SAGA_UNDO:
        return PARTICIPANT_UNDO;
    case SAGA_FENCE:
        return PARTICIPANT_FENCE;
    case SAGA_DIRECTION_COUNT:
        break;
    }
    return PARTICIPANT_FENCE;
}

static enum saga_verdict verdict_of(enum participant_verdict verdict)
{
    switch (verdict) {
    case PARTICIPANT_DONE:
        return SAGA_VERDICT_DONE;
    case PARTICIPANT_REJECTED:
        return SAGA_VERDICT_REJECTED;
    case PARTICIPANT_FENCED:
        return SAGA_VERDICT_FENCED;
    case PARTICIPANT_BUSY:
        return SAGA_VERDICT_BUSY;
    case PARTICIPANT_RETRY:
        return SAGA_VERDICT_RETRY;
    case PARTICIPANT_WORKING:
        return SAGA_VERDICT_WORKING;
    }
    return SAGA_VERDICT_RETRY;
}

static struct participant_call call_of(const struct wire_call *wire,
                                       struct participant_output outputs[SAGA_STEPS_MAX])
{
    size_t count = wire->output_count < SAGA_STEPS_MAX ? wire->output_count : SAGA_STEPS_MAX;

    for (size_t i = 0; i < count; i++)
        outputs[i] = (struct participant_output){.step = wire->outputs[i].step,
                                                 .data = wire->outputs[i].output.data,
                                                 .size = wire->outputs[i].output.size};
    return (struct participant_call){
        .operation_id = wire->operation_id,
        .saga = wire->saga,
        .sid = wire->sid,
        .definition = wire->definition,
        .step = wire->step,
        .operation = wire->operation,
        .tenant = wire->tenant,
        .traceparent = wire->traceparent,
        .direction = direction_of(wire->direction),
        .attempt = wire->attempt,
        .ms_left = wire->ms_left,
        .input = wire->input.data,
        .input_size = wire->input.size,
        .outputs = outputs,
        .output_count = count,
        .own_output = wire->own_output.data,
        .own_output_size = wire->own_output.size,
        .outcome_known = wire->outcome_known,
        .horizon_ms = wire->horizon_ms,
    };
}

/* Without memory for it the result is dropped; the server will ask again. */
static void stage(struct staged *staged, const struct wire_call *call,
                  const struct participant_answer *answer)
{
    struct wire_result wire = {
        .operation_id = call->operation_id,
        .attempt = call->attempt,
        .verdict = verdict_of(answer->verdict),
        .output = bytes_of(answer->output, answer->output_size),
        .code = answer->code,
        .text = answer->text,
        .after_ms = answer->after_ms < SAGA_AFTER_MS_MAX ? answer->after_ms : SAGA_AFTER_MS_MAX,
    };
    memcpy(wire.token, call->token, WIRE_TOKEN_SIZE);

    struct result *result = result_make(&wire);
    if (result != NULL)
        staged->results[staged->count++] = result;
}

static void unstage(struct staged *staged)
{
    for (size_t i = 0; i < staged->count; i++)
        result_free(staged->results[i]);
    staged->count = 0;
}

/* ---- one message ---- */

static int run_call(struct participant *participant, const struct wire_call *wire)
{
    struct participant_output outputs[SAGA_STEPS_MAX];
    struct participant_call call = call_of(wire, outputs);
    struct participant_answer *answer = &participant->answer;
    participant_handler *handler = find_handler(participant, &call);

    if (participant->guard != NULL)
        return guard_run(participant->guard, &call, handler, participant->context, answer);

    participant_done(answer, NULL, 0);
    if (call.direction == PARTICIPANT_FENCE)
        participant_retry(answer, "no_guard", "Without a guard nothing can be fenced.");
    else
        handler(participant->context, &call, answer);
    answer_check(answer);
    return 0;
}

static int run_calls(struct participant *participant, const struct wire_work *work,
                     struct staged *staged)
{
    for (size_t i = 0; i < work->call_count; i++) {
        int r = run_call(participant, &work->calls[i]);
        if (r < 0) {
            guard_rollback(participant->guard);
            return pass(r);
        }
        stage(staged, &work->calls[i], &participant->answer);
    }
    return participant->guard != NULL ? guard_commit(participant->guard) : 0;
}

static void answer_all(struct participant *participant, const struct wire_work *work,
                       struct staged *staged)
{
    for (size_t i = 0; i < work->call_count; i++)
        stage(staged, &work->calls[i], &participant->answer);
}

/* Whether the connection can still be used: what was lost is only this transaction. */
static bool passes(int r)
{
    return r == fault(FAULT_MEMORY) || r == fault(FAULT_LIMIT) || r == fault(FAULT_LOCKED);
}

static int perform(struct participant *participant, const struct wire_work *work,
                   struct staged *staged)
{
    int r = participant->guard != NULL ? guard_begin(participant->guard) : 0;

    if (r < 0) {
        participant_busy(&participant->answer, PERFORM_BUSY_MS);
        answer_all(participant, work, staged);
        return pass(r);
    }
    r = run_calls(participant, work, staged);
    if (r < 0) {
        unstage(staged);
        participant_retry(&participant->answer, "database", "The database took nothing in.");
        answer_all(participant, work, staged);
    }
    return pass(r);
}

int worker_perform(struct participant *participant, const struct wire_work *work, bool starting)
{
    struct staged staged = {.count = 0};
    int r = 0;

    assert(work->call_count <= WIRE_CALLS_MAX);
    if (work->call_count == 0)
        return 0;
    if (starting) {
        r = perform(participant, work, &staged);
    } else {
        participant_busy(&participant->answer, PERFORM_BUSY_MS);
        answer_all(participant, work, &staged);
    }

    /* After an I/O error nobody knows what the commit left behind: say nothing, and end. */
    if (r < 0 && !passes(r)) {
        unstage(&staged);
        return pass(r);
    }
    for (size_t i = 0; i < staged.count; i++)
        results_add(&participant->results, staged.results[i]);
    return 0;
}
