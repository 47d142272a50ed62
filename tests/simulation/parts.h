/*
 * What the simulated world is made of: calls and answers on their way, workers, ledgers, clients,
 * and the store that dies. world.h puts them together.
 */
#ifndef TESTS_SIMULATION_PARTS_H
#define TESTS_SIMULATION_PARTS_H

#include "accounts/accounts.h"
#include "catalog/catalog.h"
#include "engine/engine.h"
#include "saga/guard.h"
#include "simulation/agenda.h"
#include "simulation/callers.h"
#include "simulation/oracle.h"
#include "simulation/reach.h"
#include "simulation/schedule.h"
#include "simulation/sweep.h"
#include "simulation/swarm.h"
#include "simulation/tape.h"
#include "simulation/trail.h"
#include "store/store_backend.h"

struct world;

#define SIM_PARTICIPANTS 5u
#define SIM_WORKERS 10u
#define SIM_OUTPUT_SIZE 12u
#define SLOW_LEAST_MS 100u
#define SERVER_ITSELF "gateway" /* The actor of verbs that no person uses. */

/* One call, at a worker. */
struct job {
    char operation_id[WIRE_OPERATION_ID_SIZE];
    uint8_t token[WIRE_TOKEN_SIZE];
    uint8_t own_output[SIM_OUTPUT_SIZE];
    uint32_t saga; /* In the oracle. */
    uint32_t attempt;
    uint8_t step, direction, generation, own_output_size;
    bool outcome_known;
    uint64_t horizon_ms;
};

/* What a worker has to say, until it is acknowledged. */
struct saying {
    char operation_id[WIRE_OPERATION_ID_SIZE];
    uint8_t token[WIRE_TOKEN_SIZE];
    uint64_t sent_ms; /* 0: never. */
    uint64_t ready_ms;
    uint32_t attempt;
    uint32_t after_ms;
    uint32_t saga;
    uint8_t step, verdict, output_size;
    uint8_t output[SIM_OUTPUT_SIZE];
    bool lie;
};

/* A true answer to a do, in a message. */
struct heard {
    uint32_t saga, attempt;
    uint8_t step, generation;
};

struct worker_sim {
    uint32_t participant;
    uint64_t id;   /* New at every start. */
    uint64_t pipe; /* 0: not connected. */
    uint64_t silent_until_ms;
    uint64_t recheck_ms; /* It will look then whether all was acknowledged. */
    bool alive;
    uint32_t polls_out;
    struct saying *sayings; /* Owns. */
    size_t saying_count, saying_capacity;
};

/* On its way, either direction. */
struct message {
    uint32_t worker;
    uint64_t pipe;
    uint32_t next_free;
    struct buffer bytes;    /* To the server, */
    struct heard *heard;    /* and which answers are in it; owns. */
    size_t heard_count;
    struct job *jobs;       /* To the worker. */
    size_t job_count, job_capacity;
    uint8_t (*acks)[WIRE_TOKEN_SIZE];
    size_t ack_count, ack_capacity;
};

/* A participant's database, and what is in it as far as the oracle is told. */
struct ledger {
    struct sqlite3 *database;
    struct guard *guard;
    struct sqlite3_stmt *add, *take, *all;
    struct sqlite3_stmt *move, *balance, *capture, *sums; /* See money.c. */
    bool open; /* Within a message. */
    size_t change_count, change_capacity;
    struct { uint32_t saga; uint8_t step; int8_t change; bool undone; } *changes;
    bool unguarded; /* p4 in some worlds. */
    bool used;      /* There may be something in it. */
};

/* A request to the server's inbox. */
struct ask {
    struct request request; /* First. */
    struct world *world;
    struct ask *next_free;
    struct ask *next;
    uint32_t client;
    bool other_body, fresh, is_out;
    uint64_t released; /* The saga that has released the key before this was asked; 0: none. */
    char input[32];
};

struct client_sim {
    uint64_t number; /* The saga that it was given. */
    uint64_t nonce;
    uint32_t shape;
    uint32_t tries;
    bool wants_service; /* It will not wait longer than 400 ms. */
    bool answered;
};

struct sim_store {
    struct store store;      /* First: what the engine sees. */
    struct store *inner;     /* The production store in memory. */
    struct world *world;
    struct buffer scratch;
    bool full;
    uint64_t appends;
    uint64_t die_at;         /* Die at this append; 0: never. */
    bool keep;               /* What is under way then is kept. */
};

struct world_options {
    uint64_t seed;
    uint64_t without;   /* Mishaps that stay off: a mask. */
    uint32_t sagas;     /* 0: as the seed has it. */
    uint32_t steps;     /* 0: as the seed has it. */
    bool shown;
    bool false_check;
    struct tape *tape; /* To be recorded or played; borrowed. NULL: neither. */
    const struct script *script; /* One world of the sweep; NULL: the seed has it all. */
};

#endif
