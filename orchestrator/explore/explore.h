/*
 * Exploring a definition: every saga of it that up to a few faults can make, judged at its end.
 *
 *   definition ──▶ run, with a fault or none at each call ──▶ verdict │ the path that is wrong
 *                   ▲                                      │
 *                   └──── the next choice, depth first ◀───┘
 *
 * A run is one saga on virtual time: the core decides, as in production; the services do what the
 * run chose for each call. A service that is guarded keeps its first answer and refuses a do after
 * an undo, as the guard does; one that is not guarded does each call once and knows no more. When
 * the saga has ended, what is still under way arrives, and then the effects are counted.
 *
 * Nothing here has a clock, chance or I/O: a definition and a number of faults give one report.
 */
#ifndef ORCHESTRATOR_EXPLORE_EXPLORE_H
#define ORCHESTRATOR_EXPLORE_EXPLORE_H

#include "core/saga.h"

#define EXPLORE_CHOICES_MAX 512u /* Calls of one run that choose; later ones go well. */
#define EXPLORE_FAULTS_MAX 3u

/* What can happen to a call. The order is that in which they are tried. */
enum explore_fault {
    EXPLORE_NONE,
    EXPLORE_REFUSED,
    EXPLORE_REQUEST_LOST, /* It times out, and nothing was done. */
    EXPLORE_REPLY_LOST,   /* It times out, and it was done. */
    EXPLORE_LATE,         /* It is done, and answered, after its time-out. */
    EXPLORE_LATEST,       /* It is done when everything else is over. */
    EXPLORE_TWICE,        /* It arrives, and is answered, twice. */
    EXPLORE_BUSY,         /* The service has no room for it. */
    EXPLORE_VANISHED,     /* The worker died before it did it. */
    EXPLORE_RESTART,      /* The server died: the call goes out again, beside the first. */
    EXPLORE_SILENT,       /* Neither this call nor any later one of this step is ever answered. */
    EXPLORE_FAULT_COUNT,
};

/* "its reply is lost" */
const char *explore_fault_text(enum explore_fault fault);

/* What is wrong with a run. */
enum explore_flaw {
    EXPLORE_SOUND,
    EXPLORE_STUCK,          /* It neither ends nor parks, and waits for nothing. */
    EXPLORE_ENDLESS,        /* It makes events for ever. */
    EXPLORE_EFFECT_LEFT,    /* It is undone, and a step's effect is there. */
    EXPLORE_EFFECT_MISSING, /* It is done, and a step's effect is not there. */
    EXPLORE_NEEDS_PERSON,   /* One fault that passes by itself parks it. */
    EXPLORE_TOO_SLOW,       /* Every call is answered just in time, and it is turned back. */
    EXPLORE_FLAW_COUNT,
};

/* "a step's effect is left though the saga was undone" */
const char *explore_flaw_text(enum explore_flaw flaw);

/* How one run went. */
struct explore_end {
    enum explore_flaw flaw;
    uint8_t step;       /* Of the flaw, or DEFINITION_NO_STEP. */
    enum saga_phase phase;
    enum saga_park_reason parked;
    uint64_t time_ms;   /* From the submit to its end, or until it parked. */
};

/* A run: the faults of its calls, in the order in which they are made; those beyond: none. */
struct explore_run {
    uint32_t count;
    bool slow; /* Every call is answered just before its time-out. */
    uint8_t faults[EXPLORE_CHOICES_MAX]; /* enum explore_fault */
};

struct explore_report {
    uint64_t runs;
    uint64_t phases[SAGA_PHASE_COUNT]; /* Runs that ended so; those that parked are not there. */
    uint64_t parked[SAGA_PARK_COUNT];
    uint64_t worst_ms[SAGA_PHASE_COUNT];
    uint64_t worst_parked_ms[SAGA_PARK_COUNT];
    struct explore_run worst;          /* The run that took longest to end. */
    uint64_t met[SAGA_STEPS_MAX][EXPLORE_FAULT_COUNT]; /* Per step: in how many runs. */
    uint32_t do_states[SAGA_STEPS_MAX];   /* Masks of the states that were reached. */
    uint32_t undo_states[SAGA_STEPS_MAX];
    struct explore_end end;            /* Of the run that is wrong; EXPLORE_SOUND: none is. */
    struct explore_run wrong;
};

/* Called now and then with the runs so far; for progress. NULL: nobody wants to know. */
typedef void explore_progress(void *context, uint64_t runs);

/*
 * Try every run with at most @faults faults (1 to EXPLORE_FAULTS_MAX), and the slow one; stop at
 * the first that is wrong. 0, or FAULT_MEMORY.
 */
int explore(const struct definition *definition, uint32_t faults, explore_progress *progress,
            void *context, struct explore_report *ret_report);

/* One step of a run, for whoever tells its story: the event, and the fault of a call it answers. */
typedef void explore_observer(void *context, const struct saga *saga,
                              const struct saga_event *event);
/* A call that leaves, with what will happen to it. */
typedef void explore_call_observer(void *context, const struct saga *saga, uint8_t step,
                                   enum saga_direction direction, enum explore_fault fault,
                                   uint64_t time_ms);

struct explore_watch {
    explore_observer *event;
    explore_call_observer *call;
    void *context;
};

/* Repeat one run, and watch it. 0, or FAULT_MEMORY. */
int explore_again(const struct definition *definition, const struct explore_run *run,
                  const struct explore_watch *watch, struct explore_end *ret_end);

#endif
