#include "host.h"

#include "base/clock.h"
#include "base/fault.h"
#include "transport/transport_address.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HOST_BACKLOG 16

struct host {
    char url[TRANSPORT_URL_SIZE];
    struct transport *transport; /* Owned; NULL while it is cut. */
    uint64_t malformed;          /* Before it was last cut. */
    pthread_mutex_t mutex;
    pthread_cond_t arrived;
    struct transport_delivery *first, *last; /* Owned. */
};

static void deliver(void *context, struct transport_delivery *delivery)
{
    struct host *host = context;

    if (delivery->type == TRANSPORT_GONE) {
        transport_delivery_free(delivery);
        return;
    }
    delivery->next = NULL;
    pthread_mutex_lock(&host->mutex);
    if (host->last != NULL)
        host->last->next = delivery;
    else
        host->first = delivery;
    host->last = delivery;
    pthread_cond_signal(&host->arrived);
    pthread_mutex_unlock(&host->mutex);
}

int host_listen(struct host *host)
{
    struct transport_sink sink = {.deliver = deliver, .context = host};

    assert(host->transport == NULL);
    int r = transport_sp_open(host->url, sink, &host->transport);
    if (r == 0)
        snprintf(host->url, sizeof host->url, "%s", transport_url(host->transport));
    return pass(r);
}

static void init_queue(struct host *host)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&host->arrived, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&host->mutex, NULL);
}

int host_open(const char *url, struct host **ret_host)
{
    if (strlen(url) >= TRANSPORT_URL_SIZE)
        return fault(FAULT_INPUT);
    struct host *host = calloc(1, sizeof *host);
    if (host == NULL)
        return fault(FAULT_MEMORY);

    snprintf(host->url, sizeof host->url, "%s", url);
    init_queue(host);
    int r = host_listen(host);
    if (r < 0) {
        host_close(host);
        return pass(r);
    }
    *ret_host = host;
    return 0;
}

const char *host_url(const struct host *host)
{
    return host->url;
}

uint64_t host_malformed(const struct host *host)
{
    if (host->transport == NULL)
        return host->malformed;
    return host->malformed + transport_counters(host->transport).malformed;
}

static struct transport_delivery *take_first(struct host *host)
{
    struct transport_delivery *delivery = host->first;

    if (delivery != NULL)
        host->first = delivery->next;
    if (host->first == NULL)
        host->last = NULL;
    return delivery;
}

void host_cut(struct host *host)
{
    struct transport_delivery *delivery;

    host->malformed = host_malformed(host);
    host->transport = transport_close(host->transport);
    while ((delivery = take_first(host)) != NULL)
        transport_delivery_free(delivery);
}

struct host *host_close(struct host *host)
{
    if (host == NULL)
        return NULL;
    host_cut(host);
    pthread_cond_destroy(&host->arrived);
    pthread_mutex_destroy(&host->mutex);
    free(host);
    return NULL;
}

struct transport_delivery *host_next(struct host *host, uint64_t until_ms)
{
    struct timespec until = {.tv_sec = (time_t)(until_ms / 1000),
                             .tv_nsec = (long)(until_ms % 1000) * 1000000};

    pthread_mutex_lock(&host->mutex);
    while (host->first == NULL && pthread_cond_timedwait(&host->arrived, &host->mutex, &until) == 0)
        ;
    struct transport_delivery *delivery = take_first(host);
    pthread_mutex_unlock(&host->mutex);
    return delivery;
}

void host_answer(struct host *host, struct transport_delivery *delivery, struct bytes body)
{
    assert(host->transport != NULL);
    transport_reply(host->transport, delivery->exchange, body);
    transport_delivery_free(delivery);
}

/* ---- visitors ---- */

static int listen_plainly(const struct host *host)
{
    struct transport_address address;
    int on = 1;

    if (!transport_address_to_bind(host->url, &address))
        return fault(FAULT_INPUT);
    int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fault(FAULT_SYSTEM);
    if (address.storage.ss_family != AF_UNIX)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&address.storage, address.size) != 0 ||
        listen(fd, HOST_BACKLOG) != 0) {
        close(fd);
        return fault(FAULT_SYSTEM);
    }
    return fd;
}

int host_count_visitors(const struct host *host, uint32_t for_ms)
{
    uint64_t until_ms = instant_now().monotonic_ms + for_ms;
    uint64_t now_ms;
    int count = 0;

    assert(host->transport == NULL);
    int fd = listen_plainly(host);
    if (fd < 0)
        return pass(fd);
    while ((now_ms = instant_now().monotonic_ms) < until_ms) {
        struct pollfd door = {.fd = fd, .events = POLLIN};
        if (poll(&door, 1, (int)(until_ms - now_ms)) <= 0)
            continue;
        int visitor = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (visitor >= 0) {
            close(visitor);
            count++;
        }
    }
    close(fd);
    if (transport_address_path(host->url) != NULL)
        unlink(transport_address_path(host->url));
    return count;
}
