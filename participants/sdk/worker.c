/*
 * The run loop: sends polls, takes what comes back, until it is told to stop.
 */
#include "worker.h"

#include "base/clock.h"
#include "base/fault.h"

#include <assert.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define WORKER_IDLE_MS 100u         /* How often the idle function is called. */
#define WORKER_FORGET_MS 1000u      /* How often the guard looks for rows to forget. */
#define WORKER_MARGIN_MS 3600000u   /* Decisions outlive their horizon by 1 h: clocks differ. */
#define WORKER_LOST_MS 10u          /* After a lost poll; the dialer has its own, longer waits. */
#define WORKER_REFUSED_MS 500u      /* After a refusal that names no time. */
#define WORKER_REFUSED_MAX_MS 5000u /* A poll that is never sent is a worker that is lost. */
#define WORKER_ANSWER_MS 30000      /* The server answers a parked poll after some 10 s. */
#define WORKER_DRAIN_MS 200u        /* While stopping: how long results may take to arrive. */

static uint64_t now_ms(void)
{
    return instant_now().monotonic_ms;
}

/* ---- sending ---- */

/* What all polls together can carry, less what is kept and what is promised already. */
static uint32_t slots_to_offer(const struct participant *participant)
{
    size_t taken = participant->results.count;
    size_t room = (size_t)WORKER_KEPT_PER_POLL * participant->poll_count;

    if (participant->drain_ms != 0)
        return 0;
    for (uint32_t i = 0; i < participant->poll_count; i++) {
        if (participant->polls[i].out)
            taken += participant->polls[i].slots;
    }
    if (taken >= room)
        return 0;
    return room - taken < participant->slots ? (uint32_t)(room - taken) : participant->slots;
}

static int send_poll(struct participant *participant, unsigned index, uint32_t slots,
                     struct results_moment moment)
{
    struct wire_request request = {
        .type = WIRE_POLL,
        .poll = {.participant = participant->name,
                 .worker = participant->number,
                 .credential = bytes_of(participant->secret, participant->secret_size),
                 .slots = slots,
                 .results = participant->picked},
    };

    request.poll.result_count = results_pick(&participant->results, moment, participant->picked);
    int r = wire_encode_request(&request, &participant->body);
    if (r < 0)
        return pass(r);
    return link_send(participant->link, index,
                     bytes_of(participant->body.data, participant->body.size));
}

static void send_polls(struct participant *participant)
{
    uint64_t now = now_ms();

    for (unsigned i = 0; i < participant->poll_count; i++) {
        struct worker_poll *poll = &participant->polls[i];
        struct results_moment moment = {i, now, link_losses(participant->link)};
        if (poll->out || poll->due_ms > now)
            continue;
        if (participant->drain_ms != 0 && !results_are_due(&participant->results, moment))
            continue;
        uint32_t slots = slots_to_offer(participant);
        if (send_poll(participant, i, slots, moment) == 0) {
            poll->out = true;
            poll->slots = slots;
        } else {
            /* Memory is short; what was picked goes with a later poll. */
            results_poll_lost(&participant->results, i);
            poll->due_ms = now + WORKER_IDLE_MS;
        }
    }
}

/* ---- receiving ---- */

static void poll_lost(struct participant *participant, unsigned index, uint32_t wait_ms)
{
    results_poll_lost(&participant->results, index);
    participant->polls[index].due_ms = now_ms() + wait_ms;
}

static int take_refusal(struct participant *participant, unsigned index,
                        const struct wire_reply *reply)
{
    uint32_t wait_ms = reply->refusal.after_ms;

    worker_explain(participant, "the server refuses: %s: %s", reply->refusal.code,
                   reply->refusal.text);
    if (strcmp(reply->refusal.code, "unauthenticated") == 0)
        return fault(FAULT_INPUT);
    if (wait_ms == 0)
        wait_ms = WORKER_REFUSED_MS;
    poll_lost(participant, index,
              wait_ms < WORKER_REFUSED_MAX_MS ? wait_ms : WORKER_REFUSED_MAX_MS);
    return 0;
}

static int take_work(struct participant *participant, const struct wire_work *work)
{
    for (size_t i = 0; i < work->acknowledged_count; i++)
        results_acknowledge(&participant->results, work->acknowledged[i]);
    int r = worker_perform(participant, work, participant->drain_ms == 0);
    if (r < 0)
        worker_explain(participant, "the database failed: %s", fault_name(r));
    return pass(r);
}

static int take_reply(struct participant *participant, unsigned index, struct wire_reply *reply)
{
    switch (reply->type) {
    case WIRE_WORK:
        return take_work(participant, &reply->work);
    case WIRE_REFUSAL:
        return take_refusal(participant, index, reply);
    case WIRE_PONG:
    case WIRE_SUBMITTED:
    case WIRE_OUTCOME:
    case WIRE_OUTCOMES:
        break;
    }
    worker_explain(participant, "the server's answer is none to a poll");
    poll_lost(participant, index, WORKER_REFUSED_MS);
    return 0;
}

static int take_event(struct participant *participant, const struct link_event *event)
{
    struct wire_reply reply;

    assert(event->poll < participant->poll_count);
    participant->polls[event->poll].out = false;
    if (event->lost) {
        poll_lost(participant, event->poll, WORKER_LOST_MS);
        return 0;
    }
    if (wire_decode_reply(event->body, &reply) < 0) {
        worker_explain(participant, "the server's answer cannot be read");
        poll_lost(participant, event->poll, WORKER_REFUSED_MS);
        return 0;
    }
    int r = take_reply(participant, event->poll, &reply);
    wire_reply_free(&reply);
    return pass(r);
}

/* ---- between messages ---- */

static void tend(struct participant *participant)
{
    struct instant now = instant_now();

    atomic_store(&participant->connected, link_is_connected(participant->link));
    if (participant->idle != NULL && now.monotonic_ms >= participant->idle_ms) {
        participant->idle(participant->context);
        participant->idle_ms = now.monotonic_ms + WORKER_IDLE_MS;
    }
    if (participant->guard == NULL || now.monotonic_ms < participant->forget_ms)
        return;
    /* When some were forgotten there may be more; a failure is met again by the next message. */
    int r = guard_forget(participant->guard, now.wall_ms, WORKER_MARGIN_MS);
    participant->forget_ms = now.monotonic_ms + (r > 0 ? WORKER_IDLE_MS : WORKER_FORGET_MS);
}

/* Until a poll comes back, a poll may be sent again, it is time to tend, or somebody stops us. */
static void wait_for_events(struct participant *participant)
{
    struct pollfd wake = {.fd = participant->wake, .events = POLLIN};
    uint64_t now = now_ms();
    uint64_t wait_ms = WORKER_IDLE_MS;
    uint64_t drained;

    for (unsigned i = 0; i < participant->poll_count; i++) {
        const struct worker_poll *poll = &participant->polls[i];
        if (!poll->out && poll->due_ms > now && poll->due_ms - now < wait_ms)
            wait_ms = poll->due_ms - now;
    }
    if (poll(&wake, 1, (int)wait_ms) > 0 && read(wake.fd, &drained, sizeof drained) < 0)
        return; /* Somebody else's read cannot be: the eventfd is ours; and waking is no harm. */
}

/* Once told to stop, go on only until the results have arrived, and not for long. */
static bool is_finished(struct participant *participant)
{
    if (!atomic_load(&participant->stopping))
        return false;
    if (participant->drain_ms == 0)
        participant->drain_ms = now_ms() + WORKER_DRAIN_MS;
    return participant->results.count == 0 || !link_is_connected(participant->link) ||
           now_ms() >= participant->drain_ms;
}

static int serve(struct participant *participant)
{
    while (!is_finished(participant)) {
        struct link_event event;

        send_polls(participant);
        tend(participant);
        if (!link_take(participant->link, &event)) {
            wait_for_events(participant);
            continue;
        }
        int r = take_event(participant, &event);
        if (r < 0)
            return pass(r);
    }
    return 0;
}

int participant_run(struct participant *participant)
{
    assert(participant->link == NULL);
    participant->drain_ms = 0;
    for (unsigned i = 0; i < participant->poll_count; i++) {
        participant->polls[i] = (struct worker_poll){.out = false};
        results_poll_lost(&participant->results, i);
    }

    int r = link_open(participant->url, participant->poll_count, WORKER_ANSWER_MS,
                      participant->wake, &participant->link);
    if (r < 0) {
        worker_explain(participant, "cannot dial %s: %s", participant->url, fault_name(r));
        return pass(r);
    }
    r = serve(participant);
    participant->link = link_close(participant->link);
    atomic_store(&participant->connected, false);
    atomic_store(&participant->stopping, false);
    return pass(r);
}

/* Only what a signal handler may do: an atomic store and a write. */
void participant_stop(struct participant *participant)
{
    uint64_t one = 1;

    atomic_store(&participant->stopping, true);
    if (write(participant->wake, &one, sizeof one) < 0)
        return; /* The counter is full: it wakes anyway. */
}
