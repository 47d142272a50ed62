#include "watch.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "commands.h"
#include "signals.h"
#include "world/durable_file.h"
#include "world/ready.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define PROBE_MS 20u /* How often the engine is asked while not all is up. */
#define CHILDREN_GRACE_MS 500u
#define WAIT_MS_MAX 1000u
#define TELL_AGAIN_MS 1000u

/* ---- being ready ---- */

/* Every participant that is a child has a worker, by the last answer. */
static bool all_connected(const struct watch *watch)
{
    for (size_t i = 0; i < CREDENTIALS_PARTICIPANTS; i++) {
        const char *name = credentials_participants[i];
        if (watch->children.count > 0 && !probe_has_worker(&watch->probe, name))
            return false;
    }
    return children_all_run(&watch->children);
}

/* 0, or a fault after having said so. */
static int tell(struct watch *watch)
{
    const struct ready ready = {
        .http = server_http(watch->server),
        .participants_url = server_workers_url(watch->server),
        .credentials = watch->credentials,
        .children = watch->children.count > 0 ? &watch->children : NULL,
    };
    int r = watch->ready_file != NULL ? ready_write(watch->ready_file, &ready) : 0;

    if (r < 0) {
        log_line(LOG_ERROR, "file=%s event=not_written reason=\"%s\"", watch->ready_file,
                 r == fault(FAULT_IO) ? strerror(errno) : fault_name(r));
        return pass(r);
    }
    watch->told = true;
    watch->told_starts = watch->children.starts;
    log_line(LOG_INFO, "event=ready http=http://%s participants=%s", ready.http,
             ready.participants_url);
    return 0;
}

static bool is_told(const struct watch *watch)
{
    return watch->told && watch->told_starts == watch->children.starts;
}

/*
 * That the engine answers at all says that recovery is over and that it turns. False when nobody
 * can be told at all, the first time; later, the server is worth more than the file.
 */
static bool try_to_tell(struct watch *watch, uint64_t now_ms)
{
    if (is_told(watch) || now_ms < watch->tell_again_ms)
        return true;
    if (!probe_take(&watch->probe) || !all_connected(watch)) {
        probe_ask(&watch->probe, server_inbox(watch->server));
        return true;
    }
    if (tell(watch) == 0)
        return true;
    watch->tell_again_ms = now_ms + TELL_AGAIN_MS;
    return watch->told;
}

/* ---- waiting ---- */

enum woken { WOKEN_BY_TIME, WOKEN_BY_SIGNAL, WOKEN_BY_END, WOKEN_BY_FAILURE };

static enum woken wait_for(const struct watch *watch, uint64_t wait_ms)
{
    struct pollfd files[] = {{.fd = watch->signals, .events = POLLIN},
                             {.fd = server_ended_file(watch->server), .events = POLLIN}};

    if (wait_ms > WAIT_MS_MAX)
        wait_ms = WAIT_MS_MAX;
    if (poll(files, 2, (int)wait_ms) <= 0)
        return WOKEN_BY_TIME;
    return (files[1].revents & POLLIN) != 0 ? WOKEN_BY_END : WOKEN_BY_SIGNAL;
}

/* One round; WOKEN_BY_SIGNAL only when somebody wants the end. */
static enum woken watch_once(struct watch *watch)
{
    uint64_t now_ms = instant_now().monotonic_ms;
    uint64_t next_ms = children_tend(&watch->children, now_ms);
    uint64_t wait_ms = next_ms > now_ms ? next_ms - now_ms : 0;

    if (!try_to_tell(watch, now_ms))
        return WOKEN_BY_FAILURE;
    if (!is_told(watch) && wait_ms > PROBE_MS)
        wait_ms = PROBE_MS;
    enum woken woken = wait_for(watch, wait_ms);
    if (woken == WOKEN_BY_SIGNAL && !signals_take(watch->signals))
        return WOKEN_BY_TIME;
    return woken;
}

/* ---- ending ---- */

static void forget_ready_file(const struct watch *watch)
{
    if (watch->ready_file != NULL && durable_file_remove(watch->ready_file) < 0)
        log_line(LOG_WARNING, "file=%s event=not_removed reason=\"%s\"", watch->ready_file,
                 strerror(errno));
}

/* Everything promised is durable, so an engine that does not end in time is left behind. */
static void await_end(const struct watch *watch)
{
    uint64_t now_ms = instant_now().monotonic_ms, until_ms = now_ms + SERVER_DRAIN_MS;

    while (now_ms < until_ms) {
        enum woken woken = wait_for(watch, until_ms - now_ms);
        if (woken == WOKEN_BY_END)
            return;
        if (woken == WOKEN_BY_SIGNAL)
            signals_take(watch->signals);
        now_ms = instant_now().monotonic_ms;
    }
    log_line(LOG_ERROR, "event=not_drained after_ms=%u", SERVER_DRAIN_MS);
    _exit(SAGAD_FAILED);
}

static void end(struct watch *watch, enum woken why)
{
    forget_ready_file(watch);
    log_line(LOG_INFO, "event=stopping");
    if (why != WOKEN_BY_END) {
        server_stop(watch->server);
        await_end(watch);
    }
    children_stop(&watch->children, CHILDREN_GRACE_MS);
    watch->server = server_close(watch->server);
    log_line(LOG_INFO, "event=stopped");
}

int watch_run(struct watch *watch)
{
    enum woken woken = WOKEN_BY_TIME;

    assert(watch->server != NULL);
    while (woken == WOKEN_BY_TIME)
        woken = watch_once(watch);
    end(watch, woken);
    return woken == WOKEN_BY_SIGNAL ? SAGAD_OK : SAGAD_FAILED;
}

int watch_abandon(struct watch *watch)
{
    end(watch, WOKEN_BY_FAILURE);
    return SAGAD_FAILED;
}
