/*
 * The simulated world: one server and everybody around it, in one thread, on virtual time.
 *
 *   clients, operators ──▶ inbox ─▶ engine ─▶ sim_store (dies at any commit)
 *                                     ⇅
 *   workers ◀─ network (delay, loss, reset…) ─▶ transport_local
 *      └─▶ ledger: SQLite and the production guard
 *
 * The engine, the core, the recovery, the wire and the guard are those of the product. Only what
 * surrounds them is made here. From the moment the server is `dead` nothing that it still does has
 * any effect, as if the process had stopped at that instruction; then it is closed and, later,
 * started again from the store.
 */
#ifndef TESTS_SIMULATION_WORLD_H
#define TESTS_SIMULATION_WORLD_H

#include "simulation/parts.h"
#include "simulation/states.h"

#include <stdio.h>

struct world {
    struct world_options options;
    struct swarm swarm;
    struct agenda agenda;
    struct trail trail;
    struct oracle oracle;
    struct reach *reach; /* Borrowed; over all seeds. */
    struct chance chance_world, chance_network, chance_workers, chance_clients, chance_engine;
    uint64_t now_ms;      /* Since the world began. */
    uint64_t turn_ms;     /* When the engine looks next. */
    uint64_t busy_ms;     /* It is waiting for the disk until then. */
    struct instant instant;
    bool dead;            /* Nothing that the server does has an effect. */
    bool running;
    bool calm;
    bool stopping;
    uint32_t queue_max;
    uint64_t stop_ms;
    uint64_t calm_ms;
    uint32_t delay_most_ms;
    uint32_t commit_ms;
    uint32_t slow_most_ms;
    uint32_t again_most_ms; /* After that time a client has not come again. */
    uint32_t span_ms;
    uint64_t replies;
    uint64_t effects; /* Commits and messages of the server. */
    uint64_t die_at_reply;
    bool dies_with_power;
    struct sim_store store;
    struct catalog *catalog;
    struct accounts *accounts;
    struct inbox *inbox;
    struct transport *transport;
    struct engine *engine;
    struct worker_sim workers[SIM_WORKERS];
    uint32_t worker_count;
    uint32_t polls_each, slots_each;
    uint64_t next_pipe, next_worker;
    struct { uint32_t worker; bool used; } askers[65536]; /* By place of the exchange. */
    uint32_t sender; /* Who sends right now, for what is answered at once. */
    struct message *messages; /* Owns. */
    uint32_t message_count, message_capacity, message_free;
    struct buffer scratch;
    struct heard heard[WIRE_RESULTS_MAX]; /* In the message that is being made. */
    size_t heard_count;
    struct job *jobs;         /* Slow ones; owns. */
    size_t job_count, job_capacity;
    struct ledger ledgers[SIM_PARTICIPANTS];
    struct client_sim clients[SIM_CLIENTS_MAX];
    uint32_t client_count;
    struct auditor auditor;
    struct callers callers;
    uint64_t looked_at[16];
    uint32_t looks[16]; /* By participant; see inside_look_queues. */
    struct ask *asks_free;
    struct ask *asks_all;
    int64_t money; /* In each account at the beginning. */
    uint32_t on_duty; /* Of what operators do, so much per mille is about what needs them. */
    uint64_t turns, crashes;
    struct sweep_plan kept[SWEEP_SAGAS_MAX]; /* Whose plans the catalog has; no steps: none. */
};

/* ---- world.c ---- */
struct world *world_new(struct reach *reach);
void world_free(struct world *world);
/* Live one life; 0, or the number of the invariant that was violated. */
uint32_t world_run(struct world *world, const struct world_options *options);
void world_note(struct world *world, const char *word, uint64_t a, uint64_t b, uint64_t c);
void world_wake(struct world *world); /* Something has arrived for the engine. */

/* Count an effect of the server; true when the script has it die here, and how. */
bool world_dies(struct world *world, enum die *ret_die);

/* ---- taped.c: where in the world chance is asked, for the tape ---- */
void taped_open(struct world *world);      /* The world has been drawn: note it, or undo that. */
bool taped_plays(const struct world *world);
uint64_t taped_calm_ms(struct world *world, uint64_t drawn_ms);
uint32_t taped_workers(struct world *world, uint32_t drawn); /* And polls, and slots. */
void taped_shape(struct world *world, const char *name, const char *text);
void taped_client(struct world *world, const struct tape_client *client);
void taped_nowhere(struct world *world);
void taped_at_now(struct world *world);
void taped_at_client(struct world *world, uint32_t client);
void taped_at_worker(struct world *world, uint32_t worker);
void taped_at_jobs(struct world *world, const struct job *jobs, size_t count);
void taped_at_saying(struct world *world, const struct saying *saying, bool first);
void taped_at_reply(struct world *world, uint32_t worker, struct bytes body);
void taped_at_records(struct world *world, const struct store_record *records, size_t count);
uint32_t taped_decide(struct world *world, enum mishap mishap, uint32_t drawn, uint32_t bound);
/* Does the server die inside, at what it is doing? Drawn, unless the tape has it otherwise. */
bool taped_dies(struct world *world, bool drawn);

/* ---- server.c ---- */
void server_open(struct world *world);
void server_start(struct world *world);
void server_die(struct world *world, bool power);
void server_turn(struct world *world);
void server_close(struct world *world);

/* ---- shapes.c ---- */
void shapes_draw(struct world *world);
/* Can a world be made of this tape's definitions? Says what is wrong to @errors, if not NULL. */
bool shapes_fit(const struct tape *tape, FILE *errors);

/* ---- sim_store.c ---- */
void sim_store_open(struct world *world);
void sim_store_close(struct world *world);

/* ---- reader.c ---- */
void reader_event(struct world *world, const struct store_record *record);
void reader_audit(struct world *world, const struct store_record *record);
void reader_end(struct world *world); /* All that is in the store, again. */
void reader_shape(const struct definition *definition, struct shape *ret_shape);
void reader_input(uint32_t client, bool other_body, char ret_input[32]);
uint64_t reader_hash(const void *data, size_t size);
void reader_key(uint32_t client, char ret_key[16]);
const char *reader_tenant(uint32_t client);

/* ---- inside.c: looks into the engine's memory ---- */
void inside_look(struct world *world);     /* At the sagas with an event. */
void inside_look_census(struct world *world);
void inside_look_all(struct world *world); /* At every live saga. */
/* Who waits, and for whom, after a turn that @moved something or not. */
void inside_look_queues(struct world *world, uint64_t wait_ms, bool moved);

/* ---- network.c ---- */
#define POLL_LOST (1ull << 63) /* In a WHAT_POLL: one that was out is lost, of this pipe. */
void network_send(struct world *world, uint32_t worker);
void network_to_server(struct world *world, uint32_t message);
void network_to_worker(struct world *world, uint32_t message);
void network_receive(void *context, uint64_t exchange, struct bytes body);
void network_drop_pipe(struct world *world, uint32_t worker);
void network_clear(struct world *world);
void network_fini(struct world *world);

/* ---- workers.c ---- */
void workers_open(struct world *world);
void workers_start(struct world *world, uint32_t worker);
void workers_stop(struct world *world, uint32_t worker);
void workers_poll(struct world *world, uint32_t worker);
void workers_do(struct world *world, uint32_t worker, const struct job *jobs, size_t count);
void workers_acknowledged(struct worker_sim *worker, const uint8_t (*tokens)[WIRE_TOKEN_SIZE],
                          size_t count);
uint8_t workers_output(uint32_t saga, uint8_t step, uint8_t ret_output[SIM_OUTPUT_SIZE]);
void workers_fini(struct world *world);

/* ---- ledger.c ---- */
void ledger_open(struct ledger *ledger);
void ledger_clear(struct ledger *ledger);
void ledger_close(struct ledger *ledger);
void ledger_begin(struct ledger *ledger);
void ledger_run(struct world *world, struct ledger *ledger, const struct job *job,
                struct participant_answer *ret_answer);
void ledger_commit(struct world *world, struct ledger *ledger);
void ledger_roll_back(struct ledger *ledger);
void ledger_compare(struct world *world, uint32_t participant);

/* ---- people.c: clients, and how anybody asks the server ---- */
void people_open(struct world *world);
void people_told(struct world *world, const struct submit_told *told, bool lost);
void people_again(struct world *world, uint32_t client);
void people_submit(struct world *world, uint32_t client, uint64_t kind);
void people_cancel(struct world *world, uint32_t client, bool for_want_of_service);
struct ask *people_verb(struct world *world, uint32_t client, enum saga_verb verb);
void people_ask(struct world *world, struct ask *ask);
void people_fini(struct world *world);

/* ---- operators.c ---- */
void operators_open(struct world *world);
void operators_operate(struct world *world);
void operators_release(struct world *world); /* What is held goes on: faults have stopped. */

/* ---- mishaps.c: those that come by the clock ---- */
void mishaps_plan(struct world *world);
void mishaps_happen(struct world *world, const struct happening *happening);

#endif
