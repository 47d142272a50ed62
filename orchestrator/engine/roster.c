#include "engine/roster.h"

#include "base/fault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ACKS_CAPACITY_MIN 64u

void roster_init(struct roster *roster, struct timers *timers, uint32_t queue_max)
{
    *roster = (struct roster){.timers = timers, .queue_max = queue_max};
}

static void free_worker(struct roster *roster, struct worker *worker)
{
    timers_unset(roster->timers, &worker->timer);
    free(worker->acks);
    free(worker);
}

static void free_poll(struct roster *roster, struct poll *poll)
{
    timers_unset(roster->timers, &poll->timer);
    free(poll);
}

void roster_fini(struct roster *roster)
{
    for (size_t i = 0; i < roster->count; i++) {
        struct roster_participant *participant = &roster->participants[i];
        while (participant->first_poll != NULL) {
            struct poll *poll = participant->first_poll;
            participant->first_poll = poll->next;
            free_poll(roster, poll);
        }
        while (participant->workers != NULL) {
            struct worker *worker = participant->workers;
            participant->workers = worker->next;
            free_worker(roster, worker);
        }
    }
}

struct roster_participant *roster_find(struct roster *roster, const char *name)
{
    for (size_t i = 0; i < roster->count; i++)
        if (strcmp(roster->participants[i].name, name) == 0)
            return &roster->participants[i];
    return NULL;
}

int roster_index(struct roster *roster, const char *name)
{
    assert(strlen(name) < SAGA_NAME_SIZE);

    struct roster_participant *participant = roster_find(roster, name);
    if (participant != NULL)
        return (int)(participant - roster->participants);
    if (roster->count == ROSTER_PARTICIPANTS_MAX)
        return fault(FAULT_LIMIT);

    participant = &roster->participants[roster->count];
    memcpy(participant->name, name, strlen(name) + 1);
    bulkhead_init(&participant->places, roster->queue_max);
    return (int)roster->count++;
}

/* ---- workers and polls ---- */

static struct worker *find_worker(struct roster_participant *participant, uint64_t id)
{
    struct worker *worker = participant->workers;

    while (worker != NULL && worker->id != id)
        worker = worker->next;
    return worker;
}

static struct worker *add_worker(struct roster_participant *participant, uint64_t id)
{
    struct worker *worker = calloc(1, sizeof *worker);

    if (worker == NULL)
        return NULL;
    worker->id = id;
    worker->participant = participant;
    worker->timer.kind = TIMER_WORKER;
    worker->next = participant->workers;
    participant->workers = worker;
    participant->worker_count++;
    participant->live_workers++;
    return worker;
}

static void push_poll(struct roster_participant *participant, struct poll *poll)
{
    poll->previous = participant->last_poll;
    if (participant->last_poll != NULL)
        participant->last_poll->next = poll;
    else
        participant->first_poll = poll;
    participant->last_poll = poll;
    participant->poll_count++;
}

int roster_park(struct roster *roster, struct roster_participant *participant, uint64_t worker_id,
                uint64_t pipe, uint64_t exchange, uint32_t slots, uint64_t now_ms,
                struct worker **ret_worker)
{
    struct worker *worker = find_worker(participant, worker_id);
    struct poll *poll = calloc(1, sizeof *poll);

    if (poll == NULL)
        return fault(FAULT_MEMORY);
    if (worker == NULL && participant->worker_count < ROSTER_WORKERS_MAX) {
        worker = add_worker(participant, worker_id);
        roster->arrived = true;
    }
    if (worker == NULL) {
        free(poll);
        return fault(FAULT_LIMIT);
    }
    if (worker->in_grace) {
        worker->in_grace = false;
        participant->live_workers++;
        roster->arrived = true;
    }
    worker->pipe = pipe;
    worker->poll_count++;
    timers_unset(roster->timers, &worker->timer);

    *poll = (struct poll){.worker = worker, .exchange = exchange, .pipe = pipe, .slots = slots};
    poll->timer.kind = TIMER_POLL;
    push_poll(participant, poll);
    *ret_worker = worker;
    uint64_t delay_ms = worker->ack_count > 0 ? POLL_ACKS_DELAY_MS : POLL_KEEP_ALIVE_MS;
    return timers_set(roster->timers, &poll->timer, now_ms + delay_ms);
}

void roster_unpark(struct roster *roster, struct poll *poll, uint64_t now_ms)
{
    struct worker *worker = poll->worker;
    struct roster_participant *participant = worker->participant;

    if (poll->previous != NULL)
        poll->previous->next = poll->next;
    else
        participant->first_poll = poll->next;
    if (poll->next != NULL)
        poll->next->previous = poll->previous;
    else
        participant->last_poll = poll->previous;
    participant->poll_count--;
    worker->poll_count--;
    free_poll(roster, poll);
    if (worker->poll_count == 0 && !worker->in_grace)
        timers_set(roster->timers, &worker->timer, now_ms + WORKER_SILENCE_MS);
}

void roster_pipe_gone(struct roster *roster, uint64_t pipe, uint64_t now_ms)
{
    for (size_t i = 0; i < roster->count; i++) {
        struct roster_participant *participant = &roster->participants[i];
        struct poll *next;
        for (struct poll *poll = participant->first_poll; poll != NULL; poll = next) {
            next = poll->next;
            if (poll->pipe == pipe)
                roster_unpark(roster, poll, now_ms);
        }
        for (struct worker *worker = participant->workers; worker != NULL; worker = worker->next) {
            if (worker->pipe != pipe || worker->in_grace)
                continue;
            worker->in_grace = true;
            participant->live_workers--;
            timers_set(roster->timers, &worker->timer, now_ms + WORKER_GRACE_MS);
        }
    }
}

void roster_worker_vanished(struct roster *roster, struct worker *worker)
{
    struct roster_participant *participant = worker->participant;

    assert(worker->poll_count == 0 || worker->in_grace);
    while (worker->out.first != NULL) {
        struct call *call = worker->out.first;
        call_list_remove(call);
        call->worker = NULL;
        call_list_push(&roster->lost, call);
        participant->out_count--;
        participant->unanswered++;
    }
    struct worker **slot = &participant->workers;
    while (*slot != worker)
        slot = &(*slot)->next;
    *slot = worker->next;
    participant->worker_count--;
    if (!worker->in_grace)
        participant->live_workers--;
    free_worker(roster, worker);
}

static struct poll *poll_of(struct worker *worker)
{
    struct poll *poll = worker->participant->first_poll;

    while (poll != NULL && poll->worker != worker)
        poll = poll->next;
    return poll;
}

void roster_acknowledge(struct roster *roster, struct worker *worker,
                        const uint8_t token[WIRE_TOKEN_SIZE], uint64_t now_ms)
{
    if (worker->ack_count == WORKER_ACKS_MAX)
        return;
    if (worker->ack_count == worker->ack_capacity) {
        size_t capacity =
            worker->ack_capacity > 0 ? 2 * worker->ack_capacity : ACKS_CAPACITY_MIN;
        void *acks = realloc(worker->acks, capacity * sizeof *worker->acks);
        if (acks == NULL)
            return; /* The worker sends the result again, and is told then. */
        worker->acks = acks;
        worker->ack_capacity = capacity;
    }
    memcpy(worker->acks[worker->ack_count++], token, WIRE_TOKEN_SIZE);
    if (worker->ack_count > 1)
        return;

    struct poll *poll = poll_of(worker);
    if (poll != NULL && poll->timer.at_ms > now_ms + POLL_ACKS_DELAY_MS)
        timers_set(roster->timers, &poll->timer, now_ms + POLL_ACKS_DELAY_MS);
}

/* ---- calls ---- */

enum bulkhead_lane roster_lane(enum saga_direction direction)
{
    return direction == SAGA_UNDO ? BULKHEAD_UNDO : BULKHEAD_FORWARD;
}

static enum bulkhead_lane lane_of(const struct call *call)
{
    return roster_lane((enum saga_direction)call->direction);
}

uint32_t roster_room(const struct roster *roster, uint8_t participant, enum bulkhead_lane lane)
{
    const struct roster_participant *of = &roster->participants[participant];
    struct bulkhead promised = of->places;

    if (of->live_workers == 0)
        return 0;
    for (uint32_t i = 0; i < BULKHEAD_LANE_COUNT; i++)
        promised.used[i] += of->reserved[i];
    return bulkhead_room(&promised, lane);
}

void roster_withdraw(struct roster *roster, struct call *call)
{
    struct roster_participant *participant = &roster->participants[call->participant];

    if (call->has_place) {
        bulkhead_give(&participant->places, lane_of(call));
        call->has_place = false;
    }
    if (call->worker != NULL)
        participant->out_count--;
    call_list_remove(call);
    call->worker = NULL;
    call->place = CALL_NOWHERE;
}

void roster_wait(struct roster *roster, struct call *call, uint8_t participant)
{
    if (call->place == CALL_WAITING && call->participant == participant)
        return;
    roster_withdraw(roster, call);
    call->participant = participant;
    call->place = CALL_WAITING;
    call_list_push(&roster->participants[participant].waiting, call);
}

void roster_queue(struct roster *roster, struct call *call, uint8_t participant,
                  bool may_have_left)
{
    struct roster_participant *to = &roster->participants[participant];

    assert(call->place == CALL_NOWHERE);
    call->participant = participant;
    call->place = CALL_QUEUED;
    call->has_place = true;
    call->answered_working = false;
    call->may_have_left = may_have_left;
    if (bulkhead_room(&to->places, lane_of(call)) > 0)
        bulkhead_take(&to->places, lane_of(call));
    else
        bulkhead_retake(&to->places, lane_of(call));
    call_list_push(&to->queue[lane_of(call)], call);
}

void roster_hand(struct roster *roster, struct call *call, struct worker *worker)
{
    assert(call->place == CALL_QUEUED);

    roster_withdraw(roster, call);
    call->place = CALL_OUT;
    call->worker = worker;
    call_list_push(&worker->out, call);
    worker->participant->out_count++;
    worker->participant->calls++;
}

void roster_rest(struct roster *roster, struct call *call, uint64_t ask_ms)
{
    roster_withdraw(roster, call);
    call->place = CALL_RESTING;
    call->ask_ms = ask_ms;
}
