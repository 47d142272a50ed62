/* The link: a call of the dialer's for each poll, and the order in which they come back. */
#include "link.h"

#include "base/fault.h"
#include "transport/dialer.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum carrier_state { CARRIER_HOME, CARRIER_OUT, CARRIER_BACK };

struct carrier {
    struct dialer_call call; /* The first, so that one is found by the other. */
    struct link *link;
    /* Under the link's mutex. */
    enum carrier_state state;
    bool lost;
    uint64_t order; /* When it came back, among the others. */
};

struct link {
    struct dialer *dialer; /* Owned. */
    int wake;              /* Borrowed. */
    unsigned count;
    struct carrier carriers[LINK_POLLS_MAX];
    pthread_mutex_t mutex; /* Taken inside the dialer's lock, never around it. */
    uint64_t order;        /* Under the mutex. */
};

/* ---- the dialer's thread ---- */

static void come_back(struct dialer_call *call, enum dialer_outcome outcome)
{
    struct carrier *carrier = (struct carrier *)call;
    struct link *link = carrier->link;
    uint64_t one = 1;

    pthread_mutex_lock(&link->mutex);
    carrier->state = CARRIER_BACK;
    carrier->lost = outcome != DIALER_ANSWERED;
    carrier->order = ++link->order;
    pthread_mutex_unlock(&link->mutex);
    /* It fails only when the counter is full, and then the owner is awake already. */
    if (write(link->wake, &one, sizeof one) < 0)
        return;
}

/* ---- the owner's thread ---- */

int link_open(const char *url, unsigned polls, int answer_ms, int wake, struct link **ret_link)
{
    assert(polls > 0 && polls <= LINK_POLLS_MAX && answer_ms > 0);
    struct link *link = calloc(1, sizeof *link);
    if (link == NULL)
        return fault(FAULT_MEMORY);
    if (pthread_mutex_init(&link->mutex, NULL) != 0) {
        free(link);
        return fault(FAULT_SYSTEM);
    }
    link->count = polls;
    link->wake = wake;
    for (unsigned i = 0; i < polls; i++) {
        link->carriers[i].link = link;
        link->carriers[i].call.ended = come_back;
        link->carriers[i].call.answer_ms = (uint32_t)answer_ms;
    }
    int r = dialer_open(url, &link->dialer);
    if (r < 0) {
        link_close(link);
        return pass(r);
    }
    *ret_link = link;
    return 0;
}

struct link *link_close(struct link *link)
{
    if (link == NULL)
        return NULL;
    dialer_close(link->dialer);
    for (unsigned i = 0; i < link->count; i++)
        dialer_call_fini(&link->carriers[i].call);
    pthread_mutex_destroy(&link->mutex);
    free(link);
    return NULL;
}

static void set_state(struct carrier *carrier, enum carrier_state from, enum carrier_state to)
{
    pthread_mutex_lock(&carrier->link->mutex);
    assert(carrier->state == from);
    carrier->state = to;
    pthread_mutex_unlock(&carrier->link->mutex);
}

int link_send(struct link *link, unsigned poll, struct bytes body)
{
    assert(poll < link->count);
    struct carrier *carrier = &link->carriers[poll];

    set_state(carrier, CARRIER_HOME, CARRIER_OUT);
    carrier->call.deadline_ms = DIALER_FOR_EVER;
    int r = dialer_ask(link->dialer, &carrier->call, body);
    if (r < 0)
        set_state(carrier, CARRIER_OUT, CARRIER_HOME);
    return pass(r);
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
    if (carrier != NULL)
        carrier->state = CARRIER_HOME;
    pthread_mutex_unlock(&link->mutex);
    if (carrier == NULL)
        return false;

    *ret_event = (struct link_event){.poll = (unsigned)(carrier - link->carriers),
                                     .lost = carrier->lost};
    if (!carrier->lost)
        ret_event->body = bytes_of(carrier->call.answer.data, carrier->call.answer.size);
    return true;
}

bool link_is_sending(struct link *link)
{
    bool sending = false;

    for (unsigned i = 0; i < link->count; i++)
        sending = sending || dialer_is_sending(link->dialer, &link->carriers[i].call);
    return sending;
}

bool link_is_connected(struct link *link)
{
    return dialer_is_connected(link->dialer);
}

uint64_t link_losses(struct link *link)
{
    return dialer_losses(link->dialer);
}
