/*
 * The agenda: what is to happen in the world, by virtual time, and in the order of its asking.
 */
#ifndef TESTS_SIMULATION_AGENDA_H
#define TESTS_SIMULATION_AGENDA_H

#include <stddef.h>
#include <stdint.h>

enum what {
    WHAT_SUBMIT,       /* a: client; b: enum submit_kind */
    WHAT_CANCEL,       /* a: client; b: for want of service */
    WHAT_OPERATE,
    WHAT_TO_SERVER,    /* a: message */
    WHAT_TO_WORKER,    /* a: message */
    WHAT_WORK,         /* a: worker; b: job that was slow */
    WHAT_POLL,         /* a: worker; b: its id */
    WHAT_WORKER_BACK,  /* a: worker; b: its id, or its pipe */
    WHAT_RESET,        /* A pipe is lost, */
    WHAT_PARTITION,    /* or is silent for a while, */
    WHAT_DEAD,         /* or nobody of a participant is there. */
    WHAT_CRASH,
    WHAT_POWER,
    WHAT_START,        /* The server comes back. */
    WHAT_FULL,         /* b: 1 begins, 0 ends */
    WHAT_WALL_JUMP,
    WHAT_ERRAND,       /* a: errand, which arrives, */
    WHAT_ERRAND_LOST,  /* or was not answered in time, */
    WHAT_ERRAND_READY, /* or a: caller, whose batch is complete. */
    WHAT_AUDIT,        /* Somebody looks at what is stuck. */
    WHAT_WALL_DAYS,
    WHAT_CALM,         /* Mishaps stop. */
    WHAT_ARRIVE,       /* A message that the schedule chooses. */
    WHAT_COUNT,
};

struct happening {
    uint64_t at_ms;
    uint64_t order;
    uint64_t b;
    uint32_t what;
    uint32_t a;
};

struct agenda {
    struct happening *heap; /* Owns. */
    size_t count;
    size_t capacity;
    uint64_t order;
};

void agenda_add(struct agenda *agenda, uint64_t at_ms, enum what what, uint32_t a, uint64_t b);
uint64_t agenda_next_ms(const struct agenda *agenda); /* UINT64_MAX: nothing. */
struct happening agenda_take(struct agenda *agenda);
void agenda_clear(struct agenda *agenda);
void agenda_fini(struct agenda *agenda);

#endif
