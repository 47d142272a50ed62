/*
 * The swarm: which mishaps a seed has, and how many of each. No seed has them all; that some are
 * absent lets the others meet undisturbed.
 */
#ifndef TESTS_SIMULATION_SWARM_H
#define TESTS_SIMULATION_SWARM_H

#include "simulation/chance.h"

enum mishap {
    MISHAP_DELAY,            /* of a message */
    MISHAP_LOSS,
    MISHAP_DUPLICATE,
    MISHAP_RESET,            /* A connection breaks and loses what is on its way. */
    MISHAP_PARTITION,
    MISHAP_CRASH,            /* The server's process dies between two turns, */
    MISHAP_CRASH_INSIDE,     /* or inside one, at a commit or at a reply. */
    MISHAP_POWER,            /* Everybody's power fails. */
    MISHAP_COMMIT_KEPT,      /* The commit that was under way at a crash is there afterwards. */
    MISHAP_CRASH_RECOVERY,
    MISHAP_STORE_FULL,
    MISHAP_WALL_JUMP,
    MISHAP_REFUSED,          /* by a participant */
    MISHAP_UNDO_REFUSED,
    MISHAP_BUSY,
    MISHAP_RETRY,
    MISHAP_WORKING,
    MISHAP_SLOW,             /* It answers long after the attempt is over. */
    MISHAP_DEAD,             /* Nobody of a participant is there for a while. */
    MISHAP_REPLY_LOST,       /* It did it, but the reply is lost. */
    MISHAP_RESULT_TWICE,
    MISHAP_FOREIGN,          /* The result comes from another participant. */
    MISHAP_FORGED,           /* The result has a token that does not fit. */
    MISHAP_UNSYNCED,         /* A worker dies before its commit. */
    MISHAP_SAME_KEY,         /* of clients: the same request again */
    MISHAP_OTHER_BODY,       /* the same key with another request */
    MISHAP_CANCEL,
    MISHAP_WANT_OF_SERVICE,  /* The client waits 400 ms for a decision, then cancels. */
    MISHAP_OPERATOR,
    MISHAP_UNGUARDED,        /* p4 has no guard, and is slow and surly. */
    MISHAP_TIGHT,            /* Queues of two. */
    MISHAP_STOP,             /* The server is asked to stop, and starts again. */
    MISHAP_WIRE,             /* Some submit over the wire, in bulk, */
    MISHAP_WIRE_LOST,        /* lose requests and replies, */
    MISHAP_WIRE_AGAIN,       /* and ask again with the same key. */
    MISHAP_ROUTE,            /* A call takes another route than the first. */
    MISHAP_TOGETHER,         /* Two steps of a saga are at one participant. */
    MISHAP_POOR,             /* There is not enough money for all. */
    MISHAP_WALL_DAYS,        /* The wall clock jumps by days. */
    MISHAP_COUNT,
};

struct swarm {
    uint32_t per_mille[MISHAP_COUNT]; /* 0: off. */
    uint64_t counts[MISHAP_COUNT];
    struct chance streams[MISHAP_COUNT];
    bool calm; /* Nothing strikes any more. */
};

/* Draw; those in @without stay off. */
void swarm_draw(struct swarm *swarm, uint64_t seed, uint64_t without);

/* Does it strike now? Counted when it does. */
bool swarm_strikes(struct swarm *swarm, enum mishap mishap);

const char *mishap_name(enum mishap mishap);

/* MISHAP_COUNT when there is none of this name. */
enum mishap mishap_named(const char *name);

#endif
