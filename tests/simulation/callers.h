/*
 * Who asks the server from outside the world of workers: callers that submit in bulk over the wire,
 * and auditors that look at the list of what is stuck.
 */
#ifndef TESTS_SIMULATION_CALLERS_H
#define TESTS_SIMULATION_CALLERS_H

#include "codec/wire.h"
#include "engine/inbox.h"
#include "simulation/chance.h"

struct world;

#define SIM_TENANTS 2u
#define SIM_CALLER 1000000u /* From here on an asker is an errand. */

/* What somebody has submitted, and was told. */
struct submit_told {
    uint64_t number, nonce;
    uint64_t released; /* The saga that has released the key before this was asked; 0: none. */
    uint32_t client;
    enum answer_status status;
    bool other_body, gave_up;
};

/* One request of a caller, until the world ends: late replies must be true as well. */
enum errand_kind { ERRAND_SUBMIT, ERRAND_LOOK, ERRAND_AWAIT };
#define ERRAND_SUBMISSIONS_MAX 8u
struct errand {
    enum errand_kind kind;
    uint32_t caller;
    uint32_t client; /* LOOK: whose saga; */
    uint64_t number, nonce;
    uint32_t count;
    struct submit_told submissions[ERRAND_SUBMISSIONS_MAX];
    bool over;       /* Answered, or given up. */
    bool stranger;   /* It has no right to ask. */
    bool foreign;    /* LOOK: the saga is that of another account. */
};

struct callers {
    struct errand *errands; /* Owns. */
    uint32_t errand_count, errand_capacity;
    uint32_t gathers[SIM_TENANTS]; /* The batch that is being filled; its place plus one. */
    uint64_t pipes[SIM_TENANTS];
};

/* Whoever looks at the list of what is stuck. */
struct auditor {
    struct request request; /* First. */
    struct world *world;
    struct chance chance;
    uint64_t asked_ms; /* 0: it waits for no list. */
    uint32_t audits;
};

/* ---- callers.c ---- */
void callers_open(struct world *world);
void callers_submit(struct world *world, uint32_t client, bool other_body);
void callers_ready(struct world *world, uint32_t caller);
void callers_go(struct world *world, uint32_t errand);
void callers_lost(struct world *world, uint32_t errand);
void callers_receive(struct world *world, uint32_t errand, const struct wire_reply *reply);
void callers_await(struct world *world, uint32_t caller);
void callers_intrude(struct world *world);
void callers_fini(struct world *world);

/* ---- auditors.c ---- */
#define SUBJECT_AUDITOR 6u /* Of its stream of chance; world.c has those before it. */
void auditors_open(struct world *world);
void auditors_look(struct world *world);

#endif
