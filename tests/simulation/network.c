/*
 * The network between the workers and the server: messages take time, and some never arrive.
 */
#include "simulation/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESEND_POLL_MS 1000u

static uint32_t take_message(struct world *world)
{
    if (world->message_free != SIM_NONE) {
        uint32_t at = world->message_free;
        world->message_free = world->messages[at].next_free;
        return at;
    }
    if (world->message_count == world->message_capacity) {
        size_t old = world->message_capacity;
        world->message_capacity = old == 0 ? 256 : (uint32_t)(2 * old);
        world->messages =
            realloc(world->messages, world->message_capacity * sizeof *world->messages);
        assert(world->messages != NULL);
        memset(world->messages + old, 0,
               (world->message_capacity - old) * sizeof *world->messages);
    }
    return world->message_count++;
}

static void give_message(struct world *world, uint32_t at)
{
    world->messages[at].next_free = world->message_free;
    world->message_free = at;
}

/* After a life: every message is free again, with the memory it has. */
void network_clear(struct world *world)
{
    world->message_free = SIM_NONE;
    for (uint32_t i = world->message_count; i-- > 0;)
        give_message(world, i);
}

void network_fini(struct world *world)
{
    for (uint32_t i = 0; i < world->message_count; i++) {
        buffer_fini(&world->messages[i].bytes);
        free(world->messages[i].jobs);
        free(world->messages[i].acks);
        free(world->messages[i].heard);
    }
    free(world->messages);
}

static uint64_t arrival_ms(struct world *world)
{
    uint64_t at_ms = world->now_ms + 1;

    if (swarm_strikes(&world->swarm, MISHAP_DELAY))
        at_ms += chance_below(&world->chance_network, world->delay_most_ms);
    return at_ms;
}

static bool is_lost(struct world *world, const struct worker_sim *worker)
{
    return worker->silent_until_ms > world->now_ms || swarm_strikes(&world->swarm, MISHAP_LOSS);
}

/* The worker will find out by itself, and ask again. */
static void lose_poll(struct world *world, uint32_t at)
{
    agenda_add(&world->agenda, world->now_ms + RESEND_POLL_MS, WHAT_POLL, at,
               world->workers[at].pipe | POLL_LOST);
}

/* ---- to the server ---- */

/* What settles an attempt, so that its timer must not end it any more. */
static void note_heard(struct world *world, const struct saying *saying)
{
    const char *last = strrchr(saying->operation_id, '/');

    if (saying->lie || saying->verdict == SAID_WORKING || strncmp(last, "/do.", 4) != 0)
        return;
    world->heard[world->heard_count++] = (struct heard){
        .saga = saying->saga,
        .attempt = saying->attempt,
        .step = saying->step,
        .generation = (uint8_t)strtoul(last + 4, NULL, 10),
    };
}

static size_t gather(struct world *world, struct worker_sim *worker,
                     struct wire_result results[WIRE_RESULTS_MAX])
{
    size_t count = 0;

    world->heard_count = 0;
    taped_at_worker(world, (uint32_t)(worker - world->workers));
    for (size_t i = 0; i < worker->saying_count && count < WIRE_RESULTS_MAX; i++) {
        struct saying *saying = &worker->sayings[i];
        if (saying->ready_ms > world->now_ms ||
            (saying->sent_ms != 0 && saying->sent_ms + 300 > world->now_ms))
            continue;
        saying->sent_ms = world->now_ms;
        taped_at_saying(world, saying, count == 0);
        note_heard(world, saying);
        struct wire_result *result = &results[count++];
        *result = (struct wire_result){
            .operation_id = saying->operation_id,
            .attempt = saying->attempt,
            .verdict = (enum saga_verdict)saying->verdict,
            .output = bytes_of(saying->output, saying->output_size),
            .code = saying->verdict == SAID_DONE ? "" : "code",
            .text = "",
            .after_ms = saying->after_ms,
        };
        memcpy(result->token, saying->token, sizeof result->token);
    }
    return count;
}

static void put_on_the_way(struct world *world, uint32_t worker, bool says,
                           const struct buffer *bytes)
{
    uint32_t at = take_message(world);
    struct message *message = &world->messages[at];

    message->worker = worker;
    message->pipe = world->workers[worker].pipe;
    buffer_clear(&message->bytes);
    int r = buffer_append(&message->bytes, bytes->data, bytes->size);
    assert(r == 0);
    message->heard_count = world->heard_count;
    if (world->heard_count > 0) {
        size_t size = world->heard_count * sizeof *message->heard;
        message->heard = realloc(message->heard, size);
        assert(message->heard != NULL);
        memcpy(message->heard, world->heard, size);
    }
    if (!says || !schedule_takes(world, WHAT_TO_SERVER, at))
        agenda_add(&world->agenda, arrival_ms(world), WHAT_TO_SERVER, at, 0);
}

void network_send(struct world *world, uint32_t at)
{
    static struct wire_result results[WIRE_RESULTS_MAX];
    struct worker_sim *worker = &world->workers[at];
    struct wire_request request = {.type = WIRE_POLL};
    char name[] = "p0", secret[] = "secret-p0";

    name[1] = secret[8] = (char)('0' + worker->participant);
    request.poll = (struct wire_poll){
        .participant = name,
        .worker = worker->id,
        .credential = bytes_of_text(secret),
        .slots = world->slots_each,
        .result_count = gather(world, worker, results),
        .results = results,
    };
    worker->polls_out++;
    if (is_lost(world, worker)) {
        lose_poll(world, at);
        return;
    }
    int r = wire_encode_request(&request, &world->scratch);
    assert(r == 0);
    bool says = request.poll.result_count > 0;
    put_on_the_way(world, at, says, &world->scratch);
    if (swarm_strikes(&world->swarm, MISHAP_DUPLICATE))
        put_on_the_way(world, at, says, &world->scratch);
}

static void tell_heard(struct world *world, const struct message *message)
{
    for (size_t i = 0; i < message->heard_count; i++) {
        const struct heard *heard = &message->heard[i];
        oracle_arrived(&world->oracle, heard->saga, heard->step, heard->generation,
                       heard->attempt);
    }
}

void network_to_server(struct world *world, uint32_t at)
{
    struct message *message = &world->messages[at];
    struct worker_sim *worker = &world->workers[message->worker];

    if (world->running && !world->dead && message->pipe == worker->pipe && worker->alive) {
        world->sender = message->worker;
        uint64_t exchange = transport_local_send(
            world->transport, message->pipe, bytes_of(message->bytes.data, message->bytes.size));
        world->sender = SIM_NONE;
        if ((exchange & 0xffff) != 0xffff) {
            world->askers[exchange & 0xffff].worker = message->worker;
            world->askers[exchange & 0xffff].used = true;
            tell_heard(world, message);
        }
        world_wake(world);
    } else if (worker->alive && message->pipe == worker->pipe) {
        lose_poll(world, message->worker);
    }
    give_message(world, at);
}

/* ---- to the worker ---- */

static uint32_t outputs_given(const struct wire_call *wire, uint32_t saga, struct seen_call *seen)
{
    uint8_t wanted[SIM_OUTPUT_SIZE];
    uint32_t mask = 0;

    for (size_t i = 0; i < wire->output_count; i++) {
        uint8_t step = (uint8_t)strtoul(wire->outputs[i].step + 1, NULL, 10);
        uint8_t size = workers_output(saga, step, wanted);
        mask |= 1u << step;
        if (!bytes_equal(wire->outputs[i].output, bytes_of(wanted, size)))
            seen->outputs_wrong |= 1u << step;
    }
    return mask;
}

static void tell_oracle(struct world *world, const struct wire_call *wire, const struct job *job,
                        uint32_t participant)
{
    uint8_t wanted[SIM_OUTPUT_SIZE];
    struct seen_call seen = {
        .saga = job->saga,
        .attempt = job->attempt,
        .step = job->step,
        .direction = job->direction,
        .generation = job->generation,
        .participant = (uint8_t)participant,
        .input_hash = reader_hash(wire->input.data, wire->input.size),
        .own_output = wire->own_output.size > 0,
        .outcome_known = wire->outcome_known,
    };

    seen.outputs = outputs_given(wire, job->saga, &seen);
    uint8_t size = workers_output(job->saga, job->step, wanted);
    seen.own_output_wrong =
        seen.own_output && !bytes_equal(wire->own_output, bytes_of(wanted, size));
    oracle_call_left(&world->oracle, &seen);
}

/* False when it speaks of a saga that is not durable. */
static bool read_call(struct world *world, const struct wire_call *wire, struct job *job,
                      uint32_t participant)
{
    struct saga_id id;
    const char *last = strrchr(wire->operation_id, '/');

    if (!id_parse(wire->saga, &id) ||
        (job->saga = oracle_find(&world->oracle, id.number)) == SIM_NONE || last == NULL) {
        oracle_violated(&world->oracle, 5, "a call left for a saga that is not durable");
        return false;
    }
    memcpy(job->operation_id, wire->operation_id, strlen(wire->operation_id) + 1);
    memcpy(job->token, wire->token, sizeof job->token);
    job->attempt = wire->attempt;
    job->step = (uint8_t)strtoul(wire->step + 1, NULL, 10);
    job->direction = (uint8_t)wire->direction;
    job->generation = wire->direction == SAGA_UNDO ? 0 : (uint8_t)strtoul(last + 4, NULL, 10);
    job->outcome_known = wire->outcome_known;
    job->own_output_size = (uint8_t)(wire->own_output.size < SIM_OUTPUT_SIZE
                                         ? wire->own_output.size
                                         : SIM_OUTPUT_SIZE);
    if (job->own_output_size > 0)
        memcpy(job->own_output, wire->own_output.data, job->own_output_size);
    job->horizon_ms = wire->horizon_ms;
    tell_oracle(world, wire, job, participant);
    return true;
}

static void make_room(struct message *message, const struct wire_work *work)
{
    if (work->call_count > message->job_capacity) {
        message->job_capacity = work->call_count * 2;
        message->jobs = realloc(message->jobs, message->job_capacity * sizeof *message->jobs);
        assert(message->jobs != NULL);
    }
    if (work->acknowledged_count > message->ack_capacity) {
        message->ack_capacity = work->acknowledged_count * 2;
        message->acks = realloc(message->acks, message->ack_capacity * sizeof *message->acks);
        assert(message->acks != NULL);
    }
}

/* Calls that are out of the ordinary: by another route, or with another step of the same saga. */
static void count_call(struct world *world, const struct job *job, uint32_t participant)
{
    const struct oracle_saga *saga = &world->oracle.sagas[job->saga];
    const struct shape *shape = &world->oracle.shapes[saga->shape];

    if (shape->steps[job->step].routes[0] != participant) {
        world->swarm.counts[MISHAP_ROUTE]++;
        world_reach(world, MISHAP_ROUTE, job->saga, job->step);
    }
    for (uint8_t i = 0; i < shape->step_count; i++) {
        const struct seen_step *other = &saga->steps[i].seen;
        bool is_out = other->do_state == DO_CALLING || other->undo_state == UNDO_CALLING;
        if (i == job->step || !is_out || shape->steps[i].routes[other->route] != participant)
            continue;
        world->swarm.counts[MISHAP_TOGETHER]++;
        world_reach(world, MISHAP_TOGETHER, job->saga, job->step);
        return;
    }
}

static void take_work(struct world *world, struct message *message, const struct wire_work *work)
{
    uint32_t participant = world->workers[message->worker].participant;

    make_room(message, work);
    for (size_t i = 0; i < work->call_count; i++) {
        if (!read_call(world, &work->calls[i], &message->jobs[message->job_count], participant))
            continue;
        count_call(world, &message->jobs[message->job_count++], participant);
    }
    message->ack_count = work->acknowledged_count;
    if (message->ack_count > 0)
        memcpy(message->acks, work->acknowledged, message->ack_count * sizeof *message->acks);
}

/* The server has sent a reply; what it reveals, the oracle must know to be durable. */
void network_receive(void *context, uint64_t exchange, struct bytes body)
{
    struct world *world = context;
    uint32_t place = (uint32_t)(exchange & 0xffff);
    uint32_t worker = place != 0xffff && world->askers[place].used ? world->askers[place].worker
                                                                   : world->sender;
    struct wire_reply reply;

    taped_at_reply(world, worker, body);
    if (!world->dead && taped_dies(world, ++world->replies == world->die_at_reply)) {
        world_note(world, "die-reply", worker, 0, 0);
        world->swarm.counts[MISHAP_CRASH_INSIDE]++;
        world_reach_all(world, MISHAP_CRASH_INSIDE);
        world->dead = true;
    }
    if (world->dead || worker == SIM_NONE)
        return;
    enum die die;
    if (world_dies(world, &die)) {
        world->dead = true;
        if (die == DIE_BEFORE)
            return;
    }
    if (wire_decode_reply(body, &reply) != 0) {
        oracle_violated(&world->oracle, 5, "a reply cannot be read");
        return;
    }
    if (worker >= SIM_CALLER) {
        callers_receive(world, worker - SIM_CALLER, &reply);
        wire_reply_free(&reply);
        return;
    }
    uint32_t at = take_message(world);
    struct message *message = &world->messages[at];
    message->worker = worker;
    message->pipe = world->workers[worker].pipe;
    message->job_count = message->ack_count = 0;
    if (reply.type == WIRE_WORK)
        take_work(world, message, &reply.work);
    wire_reply_free(&reply);
    world_note(world, "reply", worker, message->job_count, message->ack_count);
    if (is_lost(world, &world->workers[worker])) {
        give_message(world, at);
        lose_poll(world, worker);
        return;
    }
    if (message->job_count == 0 || !schedule_takes(world, WHAT_TO_WORKER, at))
        agenda_add(&world->agenda, arrival_ms(world), WHAT_TO_WORKER, at, 0);
}

void network_to_worker(struct world *world, uint32_t at)
{
    struct message message = world->messages[at];
    struct worker_sim *worker = &world->workers[message.worker];

    if (worker->alive && worker->pipe == message.pipe) {
        if (worker->polls_out > 0)
            worker->polls_out--;
        workers_acknowledged(worker, (const uint8_t(*)[WIRE_TOKEN_SIZE])message.acks,
                             message.ack_count);
        if (message.job_count > 0)
            workers_do(world, message.worker, message.jobs, message.job_count);
        workers_poll(world, message.worker);
    }
    give_message(world, at);
}

/* The connection breaks: what is on its way in either direction is lost. */
void network_drop_pipe(struct world *world, uint32_t at)
{
    struct worker_sim *worker = &world->workers[at];

    if (worker->pipe != 0 && world->running && !world->dead) {
        transport_local_vanish(world->transport, worker->pipe);
        world_wake(world);
    }
    worker->pipe = 0;
    worker->polls_out = 0;
}
