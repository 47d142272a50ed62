/*
 * The engine: drives every saga of a store, one turn at a time.
 *
 *            ┌──────────────────────────── one turn ────────────────────────────┐
 *   inbox ──▶ drain ─▶ judge each ─▶ append all (one commit) ─▶ apply ─▶ perform ─▶ answers, work
 *            └── then the timers that are due, in the same commit ──────────────┘
 *
 * A turn is a function of what has arrived and of the time it is given: no clock, no thread and no
 * chance of its own. While a commit waits for the disk the inbox fills, and all of that goes into
 * the next one. Nothing leaves that depends on what is not durable yet.
 *
 * After a crash, engine_open folds the journal and performs what the sagas then want: the same code
 * as in every turn.
 */
#ifndef ORCHESTRATOR_ENGINE_ENGINE_H
#define ORCHESTRATOR_ENGINE_ENGINE_H

#include "base/clock.h"
#include "engine/inbox.h"

struct accounts;
struct catalog;
struct engine;
struct store;
struct transport;

#define ENGINE_QUEUE_MAX 10000u       /* Calls that wait for one participant's workers. */
#define ENGINE_SAGAS_MAX 1000000u     /* Live sagas: about 2.5 GB; one more is shed. */
#define ENGINE_KEYS_KEEP_MS 86400000u /* A key is remembered a day after its saga has ended. */
#define ENGINE_DRAIN_MS 3000u         /* After a stop, how long calls that are out may come home. */

struct engine_options {
    struct store *store;         /* Borrowed, like all of these; they outlive the engine. */
    struct transport *transport;
    struct inbox *inbox;
    struct catalog *catalog;
    const struct accounts *accounts;
    void (*random)(void *context, void *data, size_t size);
    void *random_context;
    uint32_t queue_max;          /* 0: ENGINE_QUEUE_MAX. */
    uint32_t sagas_max;          /* 0: ENGINE_SAGAS_MAX. */
    const char *backups;         /* The folder of backups; NULL: none are made. */
    const char *version;         /* Of the server, for their manifests. */
};

/* Recover. 0; FAULT_CORRUPT or FAULT_VERSION with the place in @ret_message; other faults. */
#define ENGINE_MESSAGE_SIZE 256u
int engine_open(const struct engine_options *options, struct instant now,
                struct engine **ret_engine, char ret_message[ENGINE_MESSAGE_SIZE]);

/*
 * One turn. @ret_wait_ms is how long nothing will be due if nothing arrives.
 *
 * Returns 0; ENGINE_STOPPED once a stop was asked for and all is done; a fault when the outcome of
 * a commit is unknown: then call nothing but engine_close, and exit.
 */
enum { ENGINE_STOPPED = 1 };
int engine_turn(struct engine *engine, struct instant now, uint64_t *ret_wait_ms);

/* Takes NULL; returns NULL. Requests that still wait are answered ANSWER_SHED. */
struct engine *engine_close(struct engine *engine);

/* ---- the thread that calls it ---- */

struct engine_thread;

/*
 * Turn until stopped. @ended is called on that thread, last, with the result of the last turn.
 * 0 or FAULT_SYSTEM.
 */
int engine_thread_start(struct engine *engine, struct inbox *inbox,
                        void (*ended)(void *context, int result), void *context,
                        struct engine_thread **ret_thread);

/* Wait for its end and free it; returns the last turn's result. */
int engine_thread_join(struct engine_thread *thread);

#endif
