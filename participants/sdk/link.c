/*
 * The link over nng 1.5, with what that version needs to be safe.
 *
 *   - nng would send a request again by itself; here it never does.
 *   - A receive is posted only when the send has completed; before, its time-out could crash.
 *   - The size of an answer is limited before memory is taken for it.
 */
#include "link.h"

#include "base/fault.h"
#include "codec/wire.h"

#include <assert.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINK_RECEIVE_MAX (WIRE_MESSAGE_MAX + 4u) /* Before the body stands the id of the request. */
#define LINK_RECONNECT_MIN_MS 50
#define LINK_RECONNECT_MAX_MS 1000

enum carrier_state { CARRIER_HOME, CARRIER_SENDING, CARRIER_RECEIVING, CARRIER_BACK };

struct carrier {
    struct link *link;
    nng_ctx context;
    nng_aio *aio;
    bool has_context;
    /* Under the link's mutex. */
    enum carrier_state state;
    nng_msg *answer; /* Owned while BACK; NULL: lost. */
    uint64_t order;  /* When it came back, among the others. */
};

struct link {
    nng_socket socket;
    bool has_socket;
    int wake; /* Borrowed. */
    int answer_ms;
    unsigned count;
    struct carrier carriers[LINK_POLLS_MAX];
    pthread_mutex_t mutex;
    /* Under the mutex. */
    uint64_t order;
    uint64_t losses;
    bool intact; /* Nothing was lost since the connection was made. */
    atomic_int pipes;
};

/* ---- nng's threads ---- */

static void wake_owner(struct link *link)
{
    uint64_t one = 1;

    /* It fails only when the counter is full, and then the owner is awake already. */
    if (write(link->wake, &one, sizeof one) < 0)
        return;
}

static void come_back(struct carrier *carrier, nng_msg *answer)
{
    struct link *link = carrier->link;

    pthread_mutex_lock(&link->mutex);
    carrier->state = CARRIER_BACK;
    carrier->answer = answer;
    carrier->order = ++link->order;
    pthread_mutex_unlock(&link->mutex);
    wake_owner(link);
}

static void sending_ended(struct carrier *carrier)
{
    struct link *link = carrier->link;

    if (nng_aio_result(carrier->aio) != 0) {
        nng_msg_free(nng_aio_get_msg(carrier->aio));
        nng_aio_set_msg(carrier->aio, NULL);
        come_back(carrier, NULL);
        return;
    }
    pthread_mutex_lock(&link->mutex);
    carrier->state = CARRIER_RECEIVING;
    pthread_mutex_unlock(&link->mutex);
    nng_aio_set_timeout(carrier->aio, link->answer_ms);
    nng_ctx_recv(carrier->context, carrier->aio);
}

/* A connection is lost once, whether a poll or its pipe tells it first. */
static void count_loss(struct link *link)
{
    pthread_mutex_lock(&link->mutex);
    if (link->intact)
        link->losses++;
    link->intact = false;
    pthread_mutex_unlock(&link->mutex);
}

static void receiving_ended(struct carrier *carrier)
{
    int code = nng_aio_result(carrier->aio);

    if (code == NNG_ECONNRESET)
        count_loss(carrier->link);
    if (code != 0) {
        come_back(carrier, NULL);
        return;
    }
    nng_msg *answer = nng_aio_get_msg(carrier->aio);
    nng_aio_set_msg(carrier->aio, NULL);
    come_back(carrier, answer);
}

static void on_aio(void *context)
{
    struct carrier *carrier = context;

    pthread_mutex_lock(&carrier->link->mutex);
    enum carrier_state state = carrier->state;
    pthread_mutex_unlock(&carrier->link->mutex);

    switch (state) {
    case CARRIER_SENDING:
        sending_ended(carrier);
        break;
    case CARRIER_RECEIVING:
        receiving_ended(carrier);
        break;
    case CARRIER_HOME:
    case CARRIER_BACK:
        break; /* The aio was stopped while it was idle. */
    }
}

static void on_pipe(nng_pipe pipe, nng_pipe_ev event, void *context)
{
    struct link *link = context;

    (void)pipe;
    if (event == NNG_PIPE_EV_ADD_POST) {
        pthread_mutex_lock(&link->mutex);
        link->intact = true;
        pthread_mutex_unlock(&link->mutex);
        atomic_fetch_add(&link->pipes, 1);
    } else if (event == NNG_PIPE_EV_REM_POST) {
        count_loss(link);
        atomic_fetch_sub(&link->pipes, 1);
    }
}

/* ---- the owner's thread ---- */

static int nng_fault(int code)
{
    if (code == 0)
        return 0;
    return fault(code == NNG_ENOMEM ? FAULT_MEMORY : FAULT_SYSTEM);
}

static int open_socket(struct link *link)
{
    int code = nng_req0_open(&link->socket);
    if (code != 0)
        return nng_fault(code);

    link->has_socket = true;
    code = nng_socket_set_ms(link->socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);
    if (code == 0)
        code = nng_socket_set_size(link->socket, NNG_OPT_RECVMAXSZ, LINK_RECEIVE_MAX);
    if (code == 0)
        code = nng_socket_set_ms(link->socket, NNG_OPT_RECONNMINT, LINK_RECONNECT_MIN_MS);
    if (code == 0)
        code = nng_socket_set_ms(link->socket, NNG_OPT_RECONNMAXT, LINK_RECONNECT_MAX_MS);
    if (code == 0)
        code = nng_pipe_notify(link->socket, NNG_PIPE_EV_ADD_POST, on_pipe, link);
    if (code == 0)
        code = nng_pipe_notify(link->socket, NNG_PIPE_EV_REM_POST, on_pipe, link);
    return nng_fault(code);
}

static int open_carrier(struct link *link, struct carrier *carrier)
{
    carrier->link = link;
    int code = nng_aio_alloc(&carrier->aio, on_aio, carrier);
    if (code == 0)
        code = nng_ctx_open(&carrier->context, link->socket);
    carrier->has_context = code == 0;
    return nng_fault(code);
}

static int open_all(struct link *link, const char *url)
{
    int r = open_socket(link);

    for (unsigned i = 0; r == 0 && i < link->count; i++)
        r = open_carrier(link, &link->carriers[i]);
    if (r < 0)
        return pass(r);
    int code = nng_dial(link->socket, url, NULL, NNG_FLAG_NONBLOCK);
    if (code == NNG_ENOMEM)
        return fault(FAULT_MEMORY);
    return code == 0 ? 0 : fault(FAULT_INPUT);
}

int link_open(const char *url, unsigned polls, int answer_ms, int wake, struct link **ret_link)
{
    assert(polls > 0 && polls <= LINK_POLLS_MAX);
    struct link *link = calloc(1, sizeof *link);
    if (link == NULL)
        return fault(FAULT_MEMORY);

    link->count = polls;
    link->wake = wake;
    link->answer_ms = answer_ms;
    if (pthread_mutex_init(&link->mutex, NULL) != 0) {
        free(link);
        return fault(FAULT_SYSTEM);
    }
    int r = open_all(link, url);
    if (r < 0) {
        link_close(link);
        return pass(r);
    }
    *ret_link = link;
    return 0;
}

static void close_carrier(struct carrier *carrier)
{
    if (carrier->aio != NULL)
        nng_aio_stop(carrier->aio);
    if (carrier->has_context)
        nng_ctx_close(carrier->context);
    if (carrier->aio != NULL)
        nng_aio_free(carrier->aio);
    nng_msg_free(carrier->answer);
}

struct link *link_close(struct link *link)
{
    if (link == NULL)
        return NULL;
    for (unsigned i = 0; i < link->count; i++)
        close_carrier(&link->carriers[i]);
    if (link->has_socket)
        nng_close(link->socket);
    pthread_mutex_destroy(&link->mutex);
    free(link);
    return NULL;
}

int link_send(struct link *link, unsigned poll, struct bytes body)
{
    assert(poll < link->count);
    struct carrier *carrier = &link->carriers[poll];
    nng_msg *message;

    if (nng_msg_alloc(&message, body.size) != 0)
        return fault(FAULT_MEMORY);
    memcpy(nng_msg_body(message), body.data, body.size);

    pthread_mutex_lock(&link->mutex);
    assert(carrier->state == CARRIER_HOME);
    carrier->state = CARRIER_SENDING;
    pthread_mutex_unlock(&link->mutex);
    nng_aio_set_msg(carrier->aio, message);
    nng_aio_set_timeout(carrier->aio, NNG_DURATION_INFINITE);
    nng_ctx_send(carrier->context, carrier->aio);
    return 0;
}

static struct carrier *first_back(struct link *link)
{
    struct carrier *first = NULL;

    for (unsigned i = 0; i < link->count; i++) {
        struct carrier *carrier = &link->carriers[i];
        if (carrier->state == CARRIER_BACK && (first == NULL || carrier->order < first->order))
            first = carrier;
    }
    return first;
}

bool link_take(struct link *link, struct link_event *ret_event)
{
    pthread_mutex_lock(&link->mutex);
    struct carrier *carrier = first_back(link);
    if (carrier == NULL) {
        pthread_mutex_unlock(&link->mutex);
        return false;
    }
    nng_msg *answer = carrier->answer;
    carrier->answer = NULL;
    carrier->state = CARRIER_HOME;
    pthread_mutex_unlock(&link->mutex);

    *ret_event = (struct link_event){
        .poll = (unsigned)(carrier - link->carriers), .lost = answer == NULL, .message = answer};
    if (answer != NULL)
        ret_event->body = bytes_of(nng_msg_body(answer), nng_msg_len(answer));
    return true;
}

void link_event_free(struct link_event *event)
{
    nng_msg_free(event->message);
    *event = (struct link_event){0};
}

bool link_is_sending(struct link *link)
{
    bool sending = false;

    pthread_mutex_lock(&link->mutex);
    for (unsigned i = 0; i < link->count; i++)
        sending = sending || link->carriers[i].state == CARRIER_SENDING;
    pthread_mutex_unlock(&link->mutex);
    return sending;
}

bool link_is_connected(const struct link *link)
{
    return atomic_load(&link->pipes) > 0;
}

uint64_t link_losses(struct link *link)
{
    pthread_mutex_lock(&link->mutex);
    uint64_t losses = link->losses;
    pthread_mutex_unlock(&link->mutex);
    return losses;
}
