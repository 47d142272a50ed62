/*
 * A worker in a thread of its own, its ledger, and the server that the test plays for it.
 *
 *   the test ──world_give_work──▶ server ──▶ worker ──▶ ledger
 *            ◀──world_next_results── polls ◀──┘
 */
#ifndef TESTS_SDK_WORLD_H
#define TESTS_SDK_WORLD_H

#include "sdk/ledger.h"
#include "sdk/server.h"

#include <stdatomic.h>

struct world {
    struct server server;
    struct ledger ledger;
    struct participant *participant;
    pthread_t thread;
    int result; /* Of participant_run, once the thread is joined. */
    bool running;
    atomic_uint idled; /* How often the idle function was called. */
    unsigned next_token;
};

/* For cmocka: a participant "billing" with the operation pay, undone by unpay; not running yet. */
int world_open(void **state);
int world_open_unguarded(void **state);
int world_close(void **state);

void world_start(struct world *world);

/* Wait for participant_run to return: what it returned. */
int world_join(struct world *world);
int world_stop(struct world *world);

/* A call that the server could make; each has a token of its own. */
struct wire_call world_call(struct world *world, const char *operation_id,
                            enum saga_direction direction);

/* Answer a poll with calls, with an acknowledgement of what it carried, or with a refusal. */
void world_give_work(struct world *world, struct transport_delivery *poll,
                     const struct wire_call *calls, size_t count);
void world_acknowledge(struct world *world, struct transport_delivery *poll);
void world_refuse(struct world *world, struct transport_delivery *poll, const char *code,
                  uint32_t after_ms);

/* The next poll, which is to carry @count results; the caller answers or frees it. */
struct transport_delivery *world_next_results(struct world *world, size_t count);
struct transport_delivery *world_next_poll(struct world *world);

/* Listen, start, and have two dos done on one poll, while the other was dropped: their results. */
struct transport_delivery *world_do_two_calls(struct world *world, struct wire_call ret_calls[2]);

#endif
