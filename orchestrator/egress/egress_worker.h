/*
 * An egress worker: to the engine, a worker like any other; behind it, an HTTP service.
 *
 *                 slots = limit − out − offered
 *   engine ◀──poll: slots, results── worker ◀──verdict── call ◀── service
 *   engine ──work: calls───────────▶ worker ──call──────────────▶ service
 *
 *              the call, or the probe, finds nobody
 *   reachable ─────────────────────────────────────▶ away: offers no slots, and once nothing is
 *       ▲                                              │   out its pipe vanishes, so that sagas
 *       └───────────── a probe connects ◀──────────────┘   wait with `no-worker`
 *
 * Nothing here survives a crash, and nothing must: what the engine has not made durable it calls
 * again with the same key. A result is handed over inside the process, so it is sent once.
 *
 * Always: offered is the sum of the slots of the polls on the pipe; out counts the calls.
 */
#ifndef ORCHESTRATOR_EGRESS_EGRESS_WORKER_H
#define ORCHESTRATOR_EGRESS_EGRESS_WORKER_H

#include "egress/egress_call.h"
#include "egress/egress_desk.h"

#define EGRESS_PROBE_MS 100u      /* After nobody was found; doubling … */
#define EGRESS_PROBE_MS_MAX 5000u /* … up to this. */
#define EGRESS_QUIET_MS 10000u    /* After so long without an answer: look whether it is there. */
#define EGRESS_REFUSED_MS 1000u   /* From a poll that was refused to the next. */

struct egress_worker {
    const struct egress_endpoint *endpoint; /* Borrowed; outlives it. */
    uint64_t id;                            /* As the engine knows it; new at every start. */
    uint64_t pipe;                          /* 0: the engine knows of no connection. */
    bool probed;                 /* It is known whether anybody is there. */
    bool reachable;
    uint32_t polls;              /* Parked, on this pipe. */
    uint32_t offered;
    uint32_t out;
    struct egress_call *calls;   /* Owned: those that are out. */
    struct egress_call *results; /* Owned: those that have ended, oldest first. */
    CURL *probe;                 /* Owned; NULL: none is under way. */
    uint64_t probe_at_ms;
    uint32_t probe_wait_ms;
    uint64_t poll_after_ms;
};

/* It is away, and wants to be probed at once. */
void egress_worker_init(struct egress_worker *worker, const struct egress_endpoint *endpoint,
                        uint64_t id);

/* Its handles are in no multi any more. */
void egress_worker_fini(struct egress_worker *worker);

/* A poll was answered: what it had offered is taken back, and a refusal is heeded. */
void egress_worker_answered(struct egress_worker *worker, const struct egress_poll *poll,
                            bool refused, uint64_t now_ms);

/* A call goes out; it is taken. One that cannot be asked is a result at once. */
void egress_worker_add(struct egress_worker *worker, struct egress_call *call);

/* A call that is out has ended. True when it says that nobody is there, and that is news. */
bool egress_worker_finish(struct egress_worker *worker, struct egress_call *call, uint64_t now_ms);

/* The probe has ended; its handle is the caller's. True when what it found is news, as at first. */
bool egress_worker_probed(struct egress_worker *worker, bool found, uint64_t now_ms);

/* Ask for work, hand over results, or let the pipe vanish, as it stands now. */
void egress_worker_tend(struct egress_worker *worker, struct egress_desk *desk, uint64_t now_ms);

/* A probe is due at this time at the latest; UINT64_MAX while one is under way. */
uint64_t egress_worker_next_probe_ms(const struct egress_worker *worker);

#endif
