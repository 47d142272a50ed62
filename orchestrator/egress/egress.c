#include "egress/egress.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "egress/egress_call.h"
#include "egress/egress_desk.h"
#include "egress/egress_worker.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS_MAX 1000u

struct egress {
    struct egress_desk desk;
    CURLM *multi;
    pthread_t thread;
    bool started;
    atomic_bool stopping;
    size_t count;
    struct egress_worker workers[];
};

static void wake(void *context)
{
    struct egress *egress = context;

    curl_multi_wakeup(egress->multi);
}

/* ---- work comes ---- */

/* A call for which there is no memory is one that is lost: the engine finds out, and repeats it. */
static void start_call(struct egress *egress, struct egress_worker *worker,
                       const struct wire_call *wire)
{
    struct egress_call *call = NULL;

    if (egress_call_open(worker->endpoint, wire, &call) < 0)
        return;
    call->worker = worker;
    if (call->easy != NULL && curl_multi_add_handle(egress->multi, call->easy) != CURLM_OK)
        egress_call_close(call);
    else
        egress_worker_add(worker, call);
}

static void take_work(struct egress *egress, struct egress_worker *worker,
                      const struct wire_work *work)
{
    for (size_t i = 0; i < work->call_count; i++)
        start_call(egress, worker, &work->calls[i]);
}

static void take_reply(struct egress *egress, const struct egress_poll *poll, uint64_t now_ms)
{
    struct egress_worker *worker = poll->worker;
    struct bytes body = bytes_of(poll->reply.data, poll->reply.size);
    struct wire_reply reply;

    if (poll->unread || wire_decode_reply(body, &reply) != 0) {
        egress_worker_answered(worker, poll, true, now_ms);
        return;
    }
    egress_worker_answered(worker, poll, reply.type != WIRE_WORK, now_ms);
    if (reply.type == WIRE_WORK)
        take_work(egress, worker, &reply.work);
    else if (reply.type == WIRE_REFUSAL)
        log_line(LOG_WARNING, "event=egress_refused participant=%s reason=%s",
                 worker->endpoint->name, reply.refusal.code);
    wire_reply_free(&reply);
}

static void take_replies(struct egress *egress, uint64_t now_ms)
{
    struct egress_poll *poll;

    while ((poll = egress_desk_take(&egress->desk)) != NULL) {
        take_reply(egress, poll, now_ms);
        egress_poll_free(poll);
    }
}

/* ---- transfers end ---- */

static void tell(const struct egress_worker *worker, const char *what)
{
    if (worker->reachable)
        log_line(LOG_INFO, "event=egress_reachable participant=%s url=%s", worker->endpoint->name,
                 worker->endpoint->url);
    else
        log_line(LOG_WARNING, "event=egress_unreachable participant=%s url=%s reason=\"%s\"",
                 worker->endpoint->name, worker->endpoint->url, what);
}

static struct egress_worker *prober(struct egress *egress, const CURL *easy)
{
    for (size_t i = 0; i < egress->count; i++)
        if (egress->workers[i].probe == easy)
            return &egress->workers[i];
    return NULL;
}

static void end_call(CURL *easy, CURLcode code, uint64_t now_ms)
{
    struct egress_call *call = NULL;
    CURLcode r = curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);

    assert(r == CURLE_OK);
    assert(call != NULL && call->easy == easy);
    egress_call_end(call, code);
    if (egress_worker_finish(call->worker, call, now_ms))
        tell(call->worker, call->answer.what);
}

/* True when any has. The message dies with its handle's leaving: what it says is taken first. */
static bool take_ends(struct egress *egress, uint64_t now_ms)
{
    CURLMsg *message;
    bool any = false;
    int left;

    while ((message = curl_multi_info_read(egress->multi, &left)) != NULL) {
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;
        struct egress_worker *probed = prober(egress, easy);
        curl_multi_remove_handle(egress->multi, easy);
        any = true;
        if (probed == NULL) {
            end_call(easy, code, now_ms);
            continue;
        }
        if (egress_worker_probed(probed, code == CURLE_OK, now_ms))
            tell(probed, curl_easy_strerror(code));
        curl_easy_cleanup(easy);
    }
    return any;
}

/* ---- what time brings ---- */

/* One that cannot be made for want of memory is as one that found nobody. */
static void probe(struct egress *egress, struct egress_worker *worker, uint64_t now_ms)
{
    CURL *easy = egress_probe_open(worker->endpoint);

    if (easy != NULL && curl_multi_add_handle(egress->multi, easy) == CURLM_OK) {
        worker->probe = easy;
        return;
    }
    if (easy != NULL)
        curl_easy_cleanup(easy);
    if (egress_worker_probed(worker, false, now_ms))
        tell(worker, "out of memory");
}

static void tend(struct egress *egress, uint64_t now_ms)
{
    for (size_t i = 0; i < egress->count; i++) {
        struct egress_worker *worker = &egress->workers[i];
        if (now_ms >= egress_worker_next_probe_ms(worker))
            probe(egress, worker, now_ms);
        egress_worker_tend(worker, &egress->desk, now_ms);
    }
}

static int wait_ms(const struct egress *egress, uint64_t now_ms)
{
    uint64_t least_ms = now_ms + WAIT_MS_MAX;

    for (size_t i = 0; i < egress->count; i++) {
        uint64_t at_ms = egress_worker_next_probe_ms(&egress->workers[i]);
        least_ms = at_ms < least_ms ? at_ms : least_ms;
        at_ms = egress->workers[i].poll_after_ms;
        least_ms = at_ms > now_ms && at_ms < least_ms ? at_ms : least_ms;
    }
    return least_ms > now_ms ? (int)(least_ms - now_ms) : 0;
}

/* ---- the thread ---- */

/* curl waits for sockets, not for us to hear what has ended: so whatever has is handed on first. */
static void *run(void *context)
{
    struct egress *egress = context;
    int running;

    while (!atomic_load(&egress->stopping)) {
        uint64_t now_ms = instant_now().monotonic_ms;
        take_replies(egress, now_ms);
        tend(egress, now_ms);
        curl_multi_perform(egress->multi, &running);
        bool ended = take_ends(egress, now_ms);
        curl_multi_poll(egress->multi, NULL, 0, ended ? 0 : wait_ms(egress, now_ms), NULL);
    }
    return NULL;
}

/* Signals are for the main thread; a broken connection is for curl to see. */
static int start(struct egress *egress)
{
    sigset_t all, before;

    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return fault(FAULT_SYSTEM);
    egress->started = pthread_create(&egress->thread, NULL, run, egress) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return egress->started ? 0 : fault(FAULT_SYSTEM);
}

static void init_workers(struct egress *egress, const struct egress_endpoint *endpoints)
{
    for (size_t i = 0; i < egress->count; i++) {
        uint64_t id = 0;
        randombytes_buf(&id, sizeof id);
        egress_worker_init(&egress->workers[i], &endpoints[i], id);
    }
}

static long connections_of(const struct egress *egress)
{
    long most = 0;

    for (size_t i = 0; i < egress->count; i++)
        most += (long)egress->workers[i].endpoint->limit;
    return most;
}

int egress_open(const struct egress_endpoint *endpoints, size_t count, struct transport *network,
                struct transport_sink sink, struct egress **ret_egress)
{
    assert(count >= 1 && count <= EGRESS_ENDPOINTS_MAX);
    struct egress *egress = calloc(1, sizeof *egress + count * sizeof egress->workers[0]);

    if (egress == NULL)
        return fault(FAULT_MEMORY);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(egress);
        return fault(FAULT_SYSTEM);
    }
    egress->count = count;
    egress_desk_init(&egress->desk, network, sink, wake, egress);
    init_workers(egress, endpoints);
    egress->multi = curl_multi_init();
    int r = egress->multi != NULL && curl_multi_setopt(egress->multi, CURLMOPT_MAXCONNECTS,
                                                       connections_of(egress)) == CURLM_OK
                ? start(egress)
                : fault(FAULT_MEMORY);
    if (r < 0) {
        egress_close(egress);
        return pass(r);
    }
    *ret_egress = egress;
    return 0;
}

struct transport *egress_transport(struct egress *egress)
{
    return &egress->desk.junction;
}

static void close_worker(struct egress *egress, struct egress_worker *worker)
{
    for (struct egress_call *call = worker->calls; call != NULL; call = call->next)
        curl_multi_remove_handle(egress->multi, call->easy);
    if (worker->probe != NULL)
        curl_multi_remove_handle(egress->multi, worker->probe);
    egress_worker_fini(worker);
}

struct egress *egress_close(struct egress *egress)
{
    if (egress == NULL)
        return NULL;
    atomic_store(&egress->stopping, true);
    if (egress->started) {
        wake(egress);
        pthread_join(egress->thread, NULL);
    }
    for (size_t i = 0; i < egress->count; i++)
        close_worker(egress, &egress->workers[i]);
    egress_desk_fini(&egress->desk);
    curl_multi_cleanup(egress->multi);
    curl_global_cleanup();
    free(egress);
    return NULL;
}
