/*
 * The dialer's calls and its thread. Calls that wait are in the order in which they were asked;
 * those that are out are few, and are looked through.
 */
#include "transport/dialer.h"

#include "base/clock.h"
#include "base/fault.h"
#include "codec/wire.h"
#include "transport/dialer_connection.h"
#include "transport/transport.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define POLL_MAX_MS 3600000u

struct calls {
    struct dialer_call *first, *last;
};

struct dialer {
    char url[TRANSPORT_URL_SIZE];
    int wake; /* An eventfd, owned. */
    pthread_t thread;
    pthread_mutex_t lock;
    /* Under the lock. */
    bool stopping;
    uint64_t until_ms; /* When the thread looks around by itself. */
    uint32_t request;
    uint64_t losses;
    struct calls waiting, out;
    struct dialer_connection connection;
};

static uint64_t now(void)
{
    return instant_now().monotonic_ms;
}

static void wake_thread(const struct dialer *dialer)
{
    uint64_t one = 1;

    /* It fails only when the counter is full, and then the thread is awake already. */
    if (write(dialer->wake, &one, sizeof one) < 0)
        return;
}

/* ---- calls, under the lock ---- */

static void put(struct calls *calls, struct dialer_call *call)
{
    call->next = NULL;
    if (calls->last != NULL)
        calls->last->next = call;
    else
        calls->first = call;
    calls->last = call;
}

/* Take the call that follows @before, or the first. */
static struct dialer_call *take(struct calls *calls, struct dialer_call *before)
{
    struct dialer_call **place = before != NULL ? &before->next : &calls->first;
    struct dialer_call *call = *place;

    *place = call->next;
    if (calls->last == call)
        calls->last = before;
    call->next = NULL;
    return call;
}

static void end(struct dialer_call *call, enum dialer_outcome outcome)
{
    call->out = false;
    buffer_fini(&call->question);
    call->ended(call, outcome);
}

static void end_late(struct calls *calls, uint64_t now_ms)
{
    struct dialer_call *before = NULL, *call = calls->first;

    while (call != NULL) {
        struct dialer_call *next = call->next;
        if (call->deadline_ms <= now_ms)
            end(take(calls, before), DIALER_TIMED_OUT);
        else
            before = call;
        call = next;
    }
}

static uint64_t first_deadline(const struct calls *calls)
{
    uint64_t first_ms = DIALER_FOR_EVER;

    for (const struct dialer_call *call = calls->first; call != NULL; call = call->next) {
        if (call->deadline_ms < first_ms)
            first_ms = call->deadline_ms;
    }
    return first_ms;
}

/* ---- the connection's doings, under the lock ---- */

static void drop(struct dialer *dialer, uint64_t now_ms)
{
    if (dialer->connection.state == DIALER_CONNECTED)
        dialer->losses++;
    dialer_connection_drop(&dialer->connection, now_ms);
    while (dialer->out.first != NULL)
        end(take(&dialer->out, NULL), DIALER_LOST);
}

static uint32_t next_request(struct dialer *dialer)
{
    dialer->request++;
    return dialer->request | TRANSPORT_REQUEST_BIT;
}

/* Move what waits to the way out; false when memory is short. */
static bool send_waiting(struct dialer *dialer, uint64_t now_ms)
{
    while (dialer->waiting.first != NULL) {
        struct dialer_call *call = dialer->waiting.first;
        struct bytes body = bytes_of(call->question.data, call->question.size);
        uint32_t request = next_request(dialer);
        if (dialer_connection_append(&dialer->connection, (struct transport_frame){request, body},
                                     now_ms, &call->end) < 0)
            return false;
        call->request = request;
        call->out = true;
        if (call->answer_ms > 0)
            call->deadline_ms = now_ms + call->answer_ms;
        put(&dialer->out, take(&dialer->waiting, NULL));
    }
    return true;
}

/* A reply to nobody comes after its call's deadline. False when memory is short. */
static bool take_reply(struct dialer *dialer, struct transport_frame frame)
{
    struct dialer_call *before = NULL, *call = dialer->out.first;

    while (call != NULL && call->request != frame.request) {
        before = call;
        call = call->next;
    }
    if (call == NULL)
        return true;
    buffer_clear(&call->answer);
    if (buffer_append(&call->answer, frame.body.data, frame.body.size) < 0)
        return false;
    end(take(&dialer->out, before), DIALER_ANSWERED);
    return true;
}

static bool take_replies(struct dialer *dialer)
{
    struct dialer_connection *connection = &dialer->connection;
    enum transport_frame_result r = TRANSPORT_FRAME_TAKEN;
    size_t used = 0;

    while (r == TRANSPORT_FRAME_TAKEN) {
        struct bytes rest = bytes_of(connection->in.data + used, connection->in.size - used);
        struct transport_frame frame;
        size_t taken = 0;
        r = transport_frame_read(rest, connection->ipc, &frame, &taken);
        if (r == TRANSPORT_FRAME_TAKEN && !take_reply(dialer, frame))
            return false;
        used += taken;
    }
    dialer_connection_consume(connection, used);
    return r == TRANSPORT_FRAME_INCOMPLETE;
}

static bool receive(struct dialer *dialer)
{
    struct dialer_connection *connection = &dialer->connection;

    if (!dialer_connection_read(connection))
        return false;
    if (connection->state == DIALER_GREETING && !dialer_connection_enter(connection))
        return false;
    return connection->state != DIALER_CONNECTED || take_replies(dialer);
}

/* Go on from what poll said; false when the connection is to be dropped. */
static bool move_on(struct dialer *dialer, short events, uint64_t now_ms)
{
    struct dialer_connection *connection = &dialer->connection;
    bool dialling = connection->state == DIALER_DIALLING;

    if (dialling && (events & (POLLOUT | POLLERR | POLLHUP)) != 0 &&
        !dialer_connection_greet(connection))
        return false;
    if (!dialling && (events & (POLLIN | POLLERR | POLLHUP)) != 0 && !receive(dialer))
        return false;
    if (connection->state == DIALER_CONNECTED &&
        (!send_waiting(dialer, now_ms) || !dialer_connection_write(connection, now_ms)))
        return false;
    return !dialer_connection_is_late(connection, now_ms);
}

/* ---- the thread ---- */

/* Looking up a name can take long; nobody waits for the lock meanwhile. */
static void dial(struct dialer *dialer)
{
    struct transport_address address;

    pthread_mutex_unlock(&dialer->lock);
    bool found = transport_address_to_dial(dialer->url, &address);
    pthread_mutex_lock(&dialer->lock);
    if (found)
        dialer_connection_dial(&dialer->connection, &address, now());
    else
        dialer_connection_wait(&dialer->connection, now());
}

/* One look too early costs less than to be told of each new deadline, so an old one stays. */
static uint64_t next_look(const struct dialer *dialer, uint64_t now_ms)
{
    uint64_t waiting_ms = first_deadline(&dialer->waiting);
    uint64_t out_ms = first_deadline(&dialer->out);
    uint64_t connection_ms = dialer_connection_next(&dialer->connection);
    uint64_t until_ms = waiting_ms < out_ms ? waiting_ms : out_ms;

    if (connection_ms < until_ms)
        until_ms = connection_ms;
    return dialer->until_ms > now_ms && dialer->until_ms < until_ms ? dialer->until_ms : until_ms;
}

/* What came of a descriptor that was closed meanwhile is nothing: only this thread closes it. */
static short wait_for_events(struct dialer *dialer, uint64_t now_ms)
{
    struct pollfd polls[2] = {{.fd = dialer->wake, .events = POLLIN},
                              {.fd = dialer->connection.fd,
                               .events = dialer_connection_events(&dialer->connection)}};
    uint64_t count, left_ms = 0;

    dialer->until_ms = next_look(dialer, now_ms);
    if (dialer->until_ms > now_ms)
        left_ms = dialer->until_ms - now_ms;
    if (left_ms > POLL_MAX_MS)
        left_ms = POLL_MAX_MS;
    pthread_mutex_unlock(&dialer->lock);
    int ready = poll(polls, 2, (int)left_ms);
    if (ready > 0 && (polls[0].revents & POLLIN) != 0 &&
        read(dialer->wake, &count, sizeof count) < 0)
        ready = 0;
    pthread_mutex_lock(&dialer->lock);
    return ready > 0 ? polls[1].revents : 0;
}

static void *run(void *argument)
{
    struct dialer *dialer = argument;

    pthread_mutex_lock(&dialer->lock);
    while (!dialer->stopping) {
        if (dialer->connection.state == DIALER_AWAY && dialer->connection.next_ms <= now())
            dial(dialer);
        short events = wait_for_events(dialer, now());
        uint64_t now_ms = now();
        if (dialer->connection.state != DIALER_AWAY && !move_on(dialer, events, now_ms))
            drop(dialer, now_ms);
        end_late(&dialer->waiting, now_ms);
        end_late(&dialer->out, now_ms);
    }
    pthread_mutex_unlock(&dialer->lock);
    return NULL;
}

/* Signals are for the threads of whoever links this. */
static int start_thread(struct dialer *dialer)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&dialer->thread, NULL, run, dialer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code == 0 ? 0 : fault(FAULT_SYSTEM);
}

/* ---- opening and closing ---- */

static int init(struct dialer *dialer, const char *url)
{
    snprintf(dialer->url, sizeof dialer->url, "%s", url);
    dialer->connection.fd = -1;
    dialer->connection.ipc = transport_address_path(url) != NULL;
    dialer->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (dialer->wake < 0)
        return fault(FAULT_SYSTEM);
    if (pthread_mutex_init(&dialer->lock, NULL) != 0) {
        close(dialer->wake);
        return fault(FAULT_SYSTEM);
    }
    int r = start_thread(dialer);
    if (r < 0) {
        pthread_mutex_destroy(&dialer->lock);
        close(dialer->wake);
    }
    return pass(r);
}

int dialer_open(const char *url, struct dialer **ret_dialer)
{
    if (strlen(url) >= TRANSPORT_URL_SIZE || !transport_address_is_url(url))
        return fault(FAULT_INPUT);
    struct dialer *dialer = calloc(1, sizeof *dialer);
    if (dialer == NULL)
        return fault(FAULT_MEMORY);
    int r = init(dialer, url);
    if (r < 0) {
        free(dialer);
        return pass(r);
    }
    *ret_dialer = dialer;
    return 0;
}

struct dialer *dialer_close(struct dialer *dialer)
{
    if (dialer == NULL)
        return NULL;
    pthread_mutex_lock(&dialer->lock);
    dialer->stopping = true;
    pthread_mutex_unlock(&dialer->lock);
    wake_thread(dialer);
    pthread_join(dialer->thread, NULL);
    dialer_connection_fini(&dialer->connection);
    pthread_mutex_destroy(&dialer->lock);
    close(dialer->wake);
    free(dialer);
    return NULL;
}

/* ---- asking ---- */

/* Send from here what can be sent; the thread does the rest, and learns of an earlier deadline. */
static void send_from_here(struct dialer *dialer)
{
    struct dialer_connection *connection = &dialer->connection;
    uint64_t now_ms = now();
    bool idle = !transport_out_waits(&connection->out);

    bool good = send_waiting(dialer, now_ms) &&
                (!idle || dialer_connection_write(connection, now_ms));
    if (!good || (idle && transport_out_waits(&connection->out)))
        wake_thread(dialer);
}

int dialer_ask(struct dialer *dialer, struct dialer_call *call, struct bytes body)
{
    assert(body.size <= WIRE_MESSAGE_MAX);
    pthread_mutex_lock(&dialer->lock);
    assert(call->ended != NULL && !call->out);
    int r = buffer_append(&call->question, body.data, body.size);
    if (r == 0) {
        put(&dialer->waiting, call);
        if (dialer->connection.state == DIALER_CONNECTED)
            send_from_here(dialer);
        if (call->deadline_ms < dialer->until_ms)
            wake_thread(dialer);
    }
    pthread_mutex_unlock(&dialer->lock);
    return pass(r);
}

bool dialer_is_sending(struct dialer *dialer, const struct dialer_call *call)
{
    pthread_mutex_lock(&dialer->lock);
    bool waits = false;
    for (const struct dialer_call *c = dialer->waiting.first; c != NULL; c = c->next)
        waits = waits || c == call;
    bool partly = call->out && call->end > dialer_connection_sent(&dialer->connection);
    pthread_mutex_unlock(&dialer->lock);
    return waits || partly;
}

void dialer_call_fini(struct dialer_call *call)
{
    buffer_fini(&call->question);
    buffer_fini(&call->answer);
}

bool dialer_is_connected(struct dialer *dialer)
{
    pthread_mutex_lock(&dialer->lock);
    bool connected = dialer->connection.state == DIALER_CONNECTED;
    pthread_mutex_unlock(&dialer->lock);
    return connected;
}

uint64_t dialer_losses(struct dialer *dialer)
{
    pthread_mutex_lock(&dialer->lock);
    uint64_t losses = dialer->losses;
    pthread_mutex_unlock(&dialer->lock);
    return losses;
}
