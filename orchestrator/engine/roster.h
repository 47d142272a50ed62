/*
 * The roster: participants, their workers, and who waits for whom.
 *
 *   a step wants a permit ──▶ waiting ──room and a live worker──▶ queue ──parked poll──▶ out
 *                                                                  │                    │
 *   participant:  waiting · queue (undo first) · parked polls      └── withdrawn ◀──────┘ answered,
 *   worker:       out · acknowledgements owed · its polls                                expired
 *
 * A call is held by a worker (its id, new at every start), not by a connection: when the pipe
 * vanishes the worker has WORKER_GRACE_MS to poll again, and only then are its calls lost. Nothing
 * here survives a crash; recovery queues again every call that the journal says is out.
 *
 * Always: a call is in at most one list; a place of the bulkhead belongs to each queued call;
 * live_workers counts the workers that are neither gone nor silent.
 */
#ifndef ORCHESTRATOR_ENGINE_ROSTER_H
#define ORCHESTRATOR_ENGINE_ROSTER_H

#include "codec/wire.h"
#include "core/input.h"
#include "engine/live.h"
#include "policy/bulkhead.h"

#define ROSTER_PARTICIPANTS_MAX 64u
#define ROSTER_WORKERS_MAX 1024u    /* Of one participant; one more is refused. */
#define WORKER_GRACE_MS 1000u       /* After its pipe vanished. */
#define WORKER_SILENCE_MS 30000u    /* Without a poll out, though its pipe is open. */
#define WORKER_ACKS_MAX 4096u       /* Owed to one worker; results beyond are asked for again. */
#define POLL_KEEP_ALIVE_MS 10000u   /* A parked poll is answered after this, with no work. */
#define POLL_ACKS_DELAY_MS 50u      /* Acknowledgements wait this long for work to go with. */

struct poll {
    struct poll *next;
    struct poll *previous;
    struct worker *worker;
    uint64_t exchange;
    uint64_t pipe;
    uint32_t slots;
    struct timer timer;
};

struct worker {
    struct worker *next;
    struct roster_participant *participant;
    uint64_t id;
    uint64_t pipe;
    uint32_t poll_count;
    bool in_grace;
    struct timer timer; /* End of grace, or of patience with its silence. */
    struct call_list out;
    uint8_t (*acks)[WIRE_TOKEN_SIZE]; /* Owns. */
    size_t ack_count;
    size_t ack_capacity;
};

struct roster_participant {
    char name[SAGA_NAME_SIZE];
    struct bulkhead places;
    struct call_list waiting;
    struct call_list queue[BULKHEAD_LANE_COUNT];
    struct worker *workers;
    uint32_t worker_count;
    uint32_t live_workers;
    struct poll *first_poll; /* Parked, oldest first. */
    struct poll *last_poll;
    uint32_t poll_count;
    uint32_t out_count;
    uint32_t reserved[BULKHEAD_LANE_COUNT]; /* Places promised to events not yet durable. */
    uint64_t calls, results[SAGA_VERDICT_COUNT], unanswered;
};

struct roster {
    struct timers *timers; /* Borrowed. */
    struct call_list lost; /* Calls whose worker has vanished; to be given as VANISHED. */
    uint32_t queue_max;
    bool arrived;          /* A worker appeared: steps with several routes look again. */
    size_t count;
    struct roster_participant participants[ROSTER_PARTICIPANTS_MAX];
};

void roster_init(struct roster *roster, struct timers *timers, uint32_t queue_max);
void roster_fini(struct roster *roster);

/* The index of a participant, added when it is new; FAULT_LIMIT when there are too many. */
int roster_index(struct roster *roster, const char *name);
struct roster_participant *roster_find(struct roster *roster, const char *name);

/* ---- workers and polls ---- */

/*
 * Park a poll. A worker that is new is added. @ret_worker is it.
 * 0; FAULT_LIMIT when there are too many workers; FAULT_MEMORY.
 */
int roster_park(struct roster *roster, struct roster_participant *participant, uint64_t worker_id,
                uint64_t pipe, uint64_t exchange, uint32_t slots, uint64_t now_ms,
                struct worker **ret_worker);

/* Take the poll out of its list and free it; its exchange is about to be answered. */
void roster_unpark(struct roster *roster, struct poll *poll, uint64_t now_ms);

/* The pipe is gone: its polls are dropped, its workers are in their grace. */
void roster_pipe_gone(struct roster *roster, uint64_t pipe, uint64_t now_ms);

/* The worker's timer fired: its calls are lost, and it is forgotten. */
void roster_worker_vanished(struct roster *roster, struct worker *worker);

/* Owe this acknowledgement to the worker; sent with the next work, or soon without. */
void roster_acknowledge(struct roster *roster, struct worker *worker,
                        const uint8_t token[WIRE_TOKEN_SIZE], uint64_t now_ms);

/* ---- calls ---- */

enum bulkhead_lane roster_lane(enum saga_direction direction);

/* Room for one more call of this lane, with what is promised taken off; 0 without a live worker. */
uint32_t roster_room(const struct roster *roster, uint8_t participant, enum bulkhead_lane lane);

/* Move a call to where it belongs; from wherever it is. */
void roster_wait(struct roster *roster, struct call *call, uint8_t participant);
void roster_queue(struct roster *roster, struct call *call, uint8_t participant,
                  bool may_have_left);
void roster_hand(struct roster *roster, struct call *call, struct worker *worker);
void roster_rest(struct roster *roster, struct call *call, uint64_t ask_ms);
void roster_withdraw(struct roster *roster, struct call *call);

#endif
