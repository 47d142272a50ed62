/*
 * A schedule: in which order the messages of sagas arrive, where they could arrive in any.
 *
 *   call or result sent ──▶ in flight ──one is chosen every 10 ms──▶ it arrives
 *
 * Between two arrivals everything else comes to rest: the server's turn, acknowledgements and polls
 * that carry nothing of a saga. So a life follows from the choices alone, and all lives can be had
 * by going through all choices, depth first, each from the start.
 */
#ifndef TESTS_SIMULATION_SCHEDULE_H
#define TESTS_SIMULATION_SCHEDULE_H

#include "simulation/agenda.h"

#include <stdbool.h>

#define SCHEDULE_FLIGHT_MAX 6u
#define SCHEDULE_CHOICES_MAX 32u

struct schedule {
    uint32_t room;   /* Calls that a participant can have at once. */
    bool cancels;    /* The first saga's client cancels: one more message, from the start. */
    uint32_t wished; /* So many choices are given; what follows is the first that is there. */
    uint32_t length; /* So many were made, */
    uint8_t choices[SCHEDULE_CHOICES_MAX];
    uint8_t widths[SCHEDULE_CHOICES_MAX]; /* each among so many. */
    uint32_t most; /* In flight at once, in any life. */
    bool too_much; /* More were in flight, or more choices to be made, than there may be. */
    uint32_t flight_count;
    struct happening flight[SCHEDULE_FLIGHT_MAX]; /* In the order in which they were sent. */
};

struct world;

/* A life begins. */
void schedule_begin(struct world *world);

/* True when the world has a schedule, and it decides when this happens. */
bool schedule_takes(struct world *world, enum what what, uint32_t a);

/* Which one arrives now; false when none does. Asks to be asked again while sagas live. */
bool schedule_choose(struct world *world, struct happening *ret_happening);

/* The choices that come next, depth first; false when all have been. */
bool schedule_next(struct schedule *schedule);

#endif
