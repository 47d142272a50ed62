/*
 * A world for the engine: its clock, a store in memory, a transport inside the process, and one
 * worker per participant that does only what a test tells it to.
 *
 *   test ── submit, act, look ──▶ inbox ─▶ engine ─▶ store_memory
 *     └──── answer, turn ──▶ transport_local ─▶┘  └─▶ calls, one by one, in world->calls
 */
#ifndef TESTS_ENGINE_WORLD_H
#define TESTS_ENGINE_WORLD_H

#include "accounts/accounts.h"
#include "catalog/catalog.h"
#include "engine/engine.h"
#include "store/store_backend.h"
#include "transport/transport.h"

#define WORLD_CALLS_MAX 512u
#define WORLD_WORKERS_MAX 8u
#define WORLD_EXCHANGES 4096u
#define WORLD_TENANT "AC1"

/* A call that reached a worker and was not answered by the test yet. */
struct world_call {
    char operation_id[WIRE_OPERATION_ID_SIZE];
    char participant[SAGA_NAME_SIZE];
    char step[SAGA_NAME_SIZE];
    char operation[SAGA_NAME_SIZE];
    enum saga_direction direction;
    uint32_t attempt;
    uint32_t ms_left;
    uint8_t token[WIRE_TOKEN_SIZE];
    bool outcome_known;
    size_t output_count;
    size_t own_output_size;
    char traceparent[WIRE_TRACEPARENT_SIZE];
};

struct world_worker {
    char participant[SAGA_NAME_SIZE];
    uint64_t id;
    uint64_t pipe;
    uint32_t polls;    /* Parked at the server. */
    uint32_t slots;
    bool deaf;         /* It polls no more. */
};

struct world {
    struct store *store;
    struct catalog *catalog;
    struct accounts *accounts;
    struct inbox *inbox;
    struct transport *transport;
    struct engine *engine;
    struct instant now;
    uint64_t seed;
    uint64_t next_pipe;
    struct world_worker workers[WORLD_WORKERS_MAX];
    size_t worker_count;
    uint8_t asker[WORLD_EXCHANGES]; /* By exchange, modulo: the worker that polled, plus one. */
    struct world_call calls[WORLD_CALLS_MAX];
    size_t call_count;
    size_t acknowledged;
    size_t refusals;
    uint64_t wait_ms; /* What the last turn said. */
};

/* An answer as a test looks at it; the snapshot is owned by it. */
struct asked {
    struct request request; /* First. */
    bool answered;
    enum answer_status status;
    bool timed_out;
    struct saga_refusal refusal;
    struct snapshot *snapshot;
    struct page *page;
    struct audit_page *audit;
    struct audit_check check;
    struct verify_report verify;
};

/* A world with send_message and its three participants, one worker each. */
struct world *world_open(void);
void world_close(struct world *world);

/* Kill the engine and everything volatile, and recover from the store. */
void world_crash(struct world *world, uint64_t down_ms);

/* Start the engine from the store, on a new inbox and transport. */
void world_start_engine(struct world *world);

struct world_worker *world_worker(struct world *world, const char *participant);
void world_vanish(struct world *world, struct world_worker *worker);
void world_come_back(struct world *world, struct world_worker *worker);

/* Let time pass in steps, one turn each, and poll for whoever is not deaf. */
void world_pass(struct world *world, uint64_t ms);
void world_turn(struct world *world);

/* The call of that step and direction that waits for an answer; the test fails without one. */
struct world_call *world_call(struct world *world, const char *step, enum saga_direction direction);
bool world_has_call(struct world *world, const char *step, enum saga_direction direction);

/* Answer it, turn, and forget it. */
void world_answer(struct world *world, const char *step, enum saga_direction direction,
                  enum saga_verdict verdict, const char *words);
/* Send this result without forgetting the call. */
void world_send_result(struct world *world, const struct world_call *call,
                       const char *participant, enum saga_verdict verdict, const char *words);

/* ---- asking ---- */
void world_ask_submit(struct world *world, struct asked *asked, const char *key,
                      const char *input); /* Without a turn. */
void world_submit(struct world *world, struct asked *asked, const char *key, const char *input);

/* Start a saga with this key; and take it to where its queue is called. */
struct saga_id world_start(struct world *world, const char *key);
struct saga_id world_start_to_queue(struct world *world, const char *key);

void world_act(struct world *world, struct asked *asked, struct saga_id id, enum saga_verb verb,
               const char *step);
void world_get(struct world *world, struct asked *asked, struct saga_id id);
void asked_fini(struct asked *asked);

/* Ask this of the engine, without a turn; or with one: then the answer lies in @asked. */
void world_put(struct world *world, struct asked *asked, struct request request);
void world_ask(struct world *world, struct asked *asked, struct request request);

/* The saga's phase now, asked of the engine. */
enum saga_phase world_phase(struct world *world, struct saga_id id);

/* Do every call that comes, DONE, until nothing is asked for. */
void world_do_all(struct world *world);

#endif
