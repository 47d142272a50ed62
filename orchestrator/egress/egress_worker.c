#include "egress/egress_worker.h"

#include "base/fault.h"

#include <assert.h>
#include <string.h>

#define RETRY_MS 100u /* After memory was too short for a poll. */

void egress_worker_init(struct egress_worker *worker, const struct egress_endpoint *endpoint,
                        uint64_t id)
{
    assert(endpoint->limit >= 1 && endpoint->limit <= EGRESS_LIMIT_MAX);
    *worker = (struct egress_worker){
        .endpoint = endpoint,
        .id = id,
        .probe_wait_ms = EGRESS_PROBE_MS,
    };
}

static void close_all(struct egress_call *calls)
{
    while (calls != NULL) {
        struct egress_call *call = calls;
        calls = call->next;
        egress_call_close(call);
    }
}

void egress_worker_fini(struct egress_worker *worker)
{
    close_all(worker->calls);
    close_all(worker->results);
    worker->calls = worker->results = NULL;
    if (worker->probe != NULL)
        curl_easy_cleanup(worker->probe);
    worker->probe = NULL;
}

/* ---- calls ---- */

static void add_result(struct egress_worker *worker, struct egress_call *call)
{
    struct egress_call **end = &worker->results;

    while (*end != NULL)
        end = &(*end)->next;
    call->next = NULL;
    *end = call;
}

void egress_worker_add(struct egress_worker *worker, struct egress_call *call)
{
    if (call->easy == NULL) {
        assert(call->answer.end == EGRESS_UNASKABLE);
        add_result(worker, call);
        return;
    }
    call->next = worker->calls;
    worker->calls = call;
    worker->out++;
}

static void heard(struct egress_worker *worker, uint64_t now_ms)
{
    worker->probe_wait_ms = EGRESS_PROBE_MS;
    worker->probe_at_ms = now_ms + EGRESS_QUIET_MS;
}

bool egress_worker_finish(struct egress_worker *worker, struct egress_call *call, uint64_t now_ms)
{
    struct egress_call **at = &worker->calls;
    bool was_reachable = worker->reachable;

    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    assert(worker->out > 0);
    worker->out--;
    add_result(worker, call);
    if (call->answer.end == EGRESS_ANSWERED)
        heard(worker, now_ms);
    if (call->answer.end != EGRESS_NOT_SENT)
        return false;
    worker->reachable = false;
    if (was_reachable)
        worker->probe_at_ms = now_ms;
    return was_reachable;
}

/* ---- whether anybody is there ---- */

bool egress_worker_probed(struct egress_worker *worker, bool found, uint64_t now_ms)
{
    bool is_news = !worker->probed || worker->reachable != found;

    worker->probe = NULL;
    worker->probed = true;
    worker->reachable = found;
    if (found) {
        heard(worker, now_ms);
        return is_news;
    }
    worker->probe_at_ms = now_ms + worker->probe_wait_ms;
    worker->probe_wait_ms *= 2;
    if (worker->probe_wait_ms > EGRESS_PROBE_MS_MAX)
        worker->probe_wait_ms = EGRESS_PROBE_MS_MAX;
    return is_news;
}

uint64_t egress_worker_next_probe_ms(const struct egress_worker *worker)
{
    return worker->probe != NULL ? UINT64_MAX : worker->probe_at_ms;
}

/* ---- polls ---- */

void egress_worker_answered(struct egress_worker *worker, const struct egress_poll *poll,
                            bool refused, uint64_t now_ms)
{
    if (refused)
        worker->poll_after_ms = now_ms + EGRESS_REFUSED_MS;
    if (poll->pipe != worker->pipe)
        return;
    assert(worker->polls > 0 && worker->offered >= poll->slots);
    worker->polls--;
    worker->offered -= poll->slots;
}

/* As many results as one message holds, as the engine is told them. */
static size_t fill_results(const struct egress_worker *worker,
                           struct egress_verdict verdicts[EGRESS_LIMIT_MAX],
                           struct wire_result results[EGRESS_LIMIT_MAX])
{
    size_t count = 0, bytes = 0;

    for (const struct egress_call *call = worker->results;
         call != NULL && count < EGRESS_LIMIT_MAX; call = call->next) {
        struct egress_verdict *verdict = &verdicts[count];
        egress_answer_judge(&call->answer, call->direction, verdict);
        results[count] = (struct wire_result){
            .operation_id = call->operation_id,
            .attempt = call->attempt,
            .verdict = verdict->verdict,
            .output = verdict->output,
            .code = verdict->code,
            .text = verdict->text,
            .after_ms = verdict->after_ms,
        };
        memcpy(results[count].token, call->token, sizeof call->token);
        bytes += wire_result_size(&results[count]);
        if (bytes > WIRE_BATCH_MAX)
            break;
        count++;
    }
    return count;
}

static void drop_results(struct egress_worker *worker, size_t count)
{
    while (count-- > 0) {
        struct egress_call *call = worker->results;
        worker->results = call->next;
        egress_call_close(call);
    }
}

static uint32_t free_slots(const struct egress_worker *worker)
{
    uint32_t taken = worker->out + worker->offered;

    return worker->reachable && taken < worker->endpoint->limit ? worker->endpoint->limit - taken
                                                                : 0;
}

static void ask(struct egress_worker *worker, struct egress_desk *desk, uint64_t now_ms)
{
    static _Thread_local struct egress_verdict verdicts[EGRESS_LIMIT_MAX]; /* Large. */
    static _Thread_local struct wire_result results[EGRESS_LIMIT_MAX];
    struct wire_poll poll = {
        .participant = worker->endpoint->name,
        .worker = worker->id,
        .credential = bytes_of_text(worker->endpoint->secret),
        .slots = free_slots(worker),
        .results = results,
    };

    poll.result_count = fill_results(worker, verdicts, results);
    uint64_t pipe = worker->pipe != 0 ? worker->pipe : egress_desk_number(desk);
    if (egress_desk_ask(desk, worker, pipe, &poll) != 0) {
        worker->poll_after_ms = now_ms + RETRY_MS;
        return;
    }
    worker->pipe = pipe;
    worker->polls++;
    worker->offered += poll.slots;
    drop_results(worker, poll.result_count);
}

/* The engine puts the worker's calls aside for a second, in case that it comes back. */
static void vanish(struct egress_worker *worker, struct egress_desk *desk)
{
    if (egress_desk_vanish(desk, worker->pipe) != 0)
        return; /* Another time. */
    worker->pipe = 0;
    worker->polls = 0;
    worker->offered = 0;
}

/* While something is out a poll is parked, so that the engine knows that the worker is there. */
void egress_worker_tend(struct egress_worker *worker, struct egress_desk *desk, uint64_t now_ms)
{
    if (!worker->reachable && worker->out == 0 && worker->results == NULL) {
        if (worker->pipe != 0)
            vanish(worker, desk);
        return;
    }
    while (now_ms >= worker->poll_after_ms &&
           (worker->results != NULL || worker->polls == 0 || free_slots(worker) > 0))
        ask(worker, desk, now_ms);
}
