#include "engine/inbox.h"

#include "base/fault.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct inbox {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    struct request *requests;
    struct request **requests_end;
    struct transport_delivery *deliveries;
    struct transport_delivery **deliveries_end;
    size_t request_count;
    bool stopping;
    bool refusing;
    bool signalled; /* A stop not yet seen by a wait. */
};

int inbox_open(struct inbox **ret_inbox)
{
    struct inbox *inbox = calloc(1, sizeof *inbox);
    pthread_condattr_t attributes;

    if (inbox == NULL)
        return fault(FAULT_MEMORY);
    inbox->requests_end = &inbox->requests;
    inbox->deliveries_end = &inbox->deliveries;
    pthread_mutex_init(&inbox->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&inbox->arrived, &attributes);
    pthread_condattr_destroy(&attributes);
    *ret_inbox = inbox;
    return 0;
}

struct inbox *inbox_close(struct inbox *inbox)
{
    if (inbox == NULL)
        return NULL;

    while (inbox->deliveries != NULL) {
        struct transport_delivery *delivery = inbox->deliveries;
        inbox->deliveries = delivery->next;
        transport_delivery_free(delivery);
    }
    assert(inbox->requests == NULL);
    pthread_cond_destroy(&inbox->arrived);
    pthread_mutex_destroy(&inbox->lock);
    free(inbox);
    return NULL;
}

void inbox_ask(struct inbox *inbox, struct request *request)
{
    assert(request->answer != NULL);

    request->next = NULL;
    pthread_mutex_lock(&inbox->lock);
    bool accepted = inbox->request_count < INBOX_REQUESTS_MAX && !inbox->refusing;
    if (accepted) {
        *inbox->requests_end = request;
        inbox->requests_end = &request->next;
        inbox->request_count++;
        pthread_cond_signal(&inbox->arrived);
    }
    pthread_mutex_unlock(&inbox->lock);

    if (!accepted)
        request->answer(request, &(struct answer){.status = ANSWER_SHED});
}

void inbox_deliver(void *context, struct transport_delivery *delivery)
{
    struct inbox *inbox = context;

    delivery->next = NULL;
    pthread_mutex_lock(&inbox->lock);
    *inbox->deliveries_end = delivery;
    inbox->deliveries_end = &delivery->next;
    pthread_cond_signal(&inbox->arrived);
    pthread_mutex_unlock(&inbox->lock);
}

void inbox_stop(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    inbox->stopping = true;
    inbox->signalled = true;
    pthread_cond_signal(&inbox->arrived);
    pthread_mutex_unlock(&inbox->lock);
}

void inbox_drain(struct inbox *inbox, struct request **ret_requests,
                 struct transport_delivery **ret_deliveries)
{
    pthread_mutex_lock(&inbox->lock);
    *ret_requests = inbox->requests;
    *ret_deliveries = inbox->deliveries;
    inbox->requests = NULL;
    inbox->requests_end = &inbox->requests;
    inbox->deliveries = NULL;
    inbox->deliveries_end = &inbox->deliveries;
    inbox->request_count = 0;
    pthread_mutex_unlock(&inbox->lock);
}

void inbox_refuse(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    struct request *requests = inbox->requests;
    inbox->requests = NULL;
    inbox->requests_end = &inbox->requests;
    inbox->refusing = true;
    pthread_mutex_unlock(&inbox->lock);

    while (requests != NULL) {
        struct request *request = requests;
        requests = request->next;
        request->answer(request, &(struct answer){.status = ANSWER_SHED});
    }
}

bool inbox_is_stopping(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    bool stopping = inbox->stopping;
    pthread_mutex_unlock(&inbox->lock);
    return stopping;
}

static struct timespec after_ms(uint64_t ms)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += (time_t)(ms / 1000u);
    at.tv_nsec += (long)(ms % 1000u) * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

void inbox_wait(struct inbox *inbox, uint64_t ms)
{
    struct timespec until = after_ms(ms > 60000u ? 60000u : ms);

    pthread_mutex_lock(&inbox->lock);
    while (inbox->requests == NULL && inbox->deliveries == NULL && !inbox->signalled) {
        if (pthread_cond_timedwait(&inbox->arrived, &inbox->lock, &until) != 0)
            break;
    }
    inbox->signalled = false;
    pthread_mutex_unlock(&inbox->lock);
}
