/*
 * A tape: everything that chance decided in one world, so that the world can be played again and
 * made smaller. script.h writes it as text.
 *
 *   a seed ──chance──▶ world ──record──▶ tape ──play──▶ the same world
 *                                         └─ fewer marks ──▶ a quieter world
 *
 * A mark is a decision other than the quiet one (nothing strikes, nothing takes longer than it
 * must). It is addressed by its subject (the mishap, or the stream that was asked), by the place in
 * the world where it was asked, and by how often it had been asked there: "busy, step 1 of client
 * 0's saga, do, attempt 2, the first time". So to leave one mark out moves no other, and a tape
 * outlives changes of the order in which the simulator asks.
 *
 * Some questions are about several things at once, as the loss of a message with three calls. The
 * mark stands at the first of them, and is found at whichever of them is asked.
 *
 * Always, when played: marks are sorted, and no two have the same address.
 */
#ifndef TESTS_SIMULATION_TAPE_H
#define TESTS_SIMULATION_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAPE_CLIENTS_MAX 1024u
#define TAPE_DEFINITIONS_MAX 16u
#define TAPE_DEFINITION_SIZE 8192u
#define TAPE_NAME_SIZE 16u
#define TAPE_PLACES_MAX 256u /* Things that one question is about; of more, the first. */

/* ---- places ---- */

enum place_kind {
    PLACE_AT,     /* a: the time, in ms since the world began */
    PLACE_CLIENT, /* a: the client */
    PLACE_EVENT,  /* a: the client; b: the sequence of the event */
    PLACE_CALL,   /* a: the client; b: the step; direction; attempt */
    PLACE_ANSWER, /* likewise: what is said to that call */
    PLACE_POLL,   /* a: the worker, asking without having anything to say */
    PLACE_REPLY,  /* a: the worker that is told something, but no call */
    PLACE_KINDS,
};

#define PLACE_TIME_MAX 0xffffffffffu
#define PLACE_SEQUENCE_MAX 0xffffu
#define PLACE_ATTEMPT_MAX 0xffffu

uint64_t place_at(uint64_t now_ms);
uint64_t place_client(uint32_t client);
uint64_t place_event(uint32_t client, uint32_t sequence);
uint64_t place_call(enum place_kind kind, uint32_t client, uint32_t step, uint32_t direction,
                    uint32_t attempt);
uint64_t place_worker(enum place_kind kind, uint32_t worker);

struct place {
    enum place_kind kind;
    uint64_t a;
    uint32_t b, direction, attempt;
};

struct place place_read(uint64_t place);

/* ---- the tape ---- */

/* Subjects: the mishaps by their number, then the streams. */
enum tape_stream { TAPE_WORLD = 48, TAPE_NETWORK, TAPE_WORKERS, TAPE_CLIENTS, TAPE_SUBJECTS };

struct tape_mark {
    uint64_t place;
    uint32_t subject;
    uint32_t ordinal; /* From 1. */
    uint32_t value;   /* Never 0. */
    bool used;        /* It was asked for when the tape was played last. */
};

struct tape_client {
    uint32_t number;
    uint32_t definition;
    uint64_t at_ms;
    bool keyed;
    bool wants_service;
};

struct tape_definition {
    char name[TAPE_NAME_SIZE];
    char text[TAPE_DEFINITION_SIZE];
};

/* How the world is made. */
struct tape_settings {
    uint64_t seed;     /* Of what nobody decides by: ids and tokens. */
    uint64_t calm_ms;  /* Mishaps stop. */
    uint32_t workers;  /* Of each participant, */
    uint32_t polls;    /* and how often each asks at a time, */
    uint32_t slots;    /* for so many calls. */
    uint32_t queue;    /* The server's queues hold so many calls; 0: as many as usual. */
    bool unguarded;    /* p4 has no guard. */
    uint32_t violates; /* What it is about: the number of an invariant; 0: nothing. */
    char bug[40];      /* The planted bug that it is about; "": none. */
};

struct tape_slot;

struct tape {
    struct tape_settings settings;
    struct tape_client clients[TAPE_CLIENTS_MAX];
    uint32_t client_count;
    struct tape_definition definitions[TAPE_DEFINITIONS_MAX];
    uint32_t definition_count;
    struct tape_mark *marks; /* Owns. */
    size_t mark_count, mark_capacity;
    bool plays;              /* Or records. */
    struct tape_slot *slots; /* By subject and place; owns. */
    size_t slot_count, slot_capacity;
    uint64_t places[TAPE_PLACES_MAX]; /* What is being asked about; none: it is left to chance. */
    size_t place_count;
};

struct tape *tape_open(void);
struct tape *tape_close(struct tape *tape);

/* Begin again: to record over what there was, or to play it. */
void tape_record(struct tape *tape);
void tape_play(struct tape *tape);

/* Make @to the same as @from. */
void tape_copy(struct tape *to, const struct tape *from);

/* What is asked next is about this place; about this one also; about none. */
void tape_at(struct tape *tape, uint64_t place);
void tape_also_at(struct tape *tape, uint64_t place);
void tape_nowhere(struct tape *tape);

/* Chance has drawn this, less than @bound: note it, or say what the tape has instead. */
uint32_t tape_decide(struct tape *tape, uint32_t subject, uint32_t drawn, uint32_t bound);

/* Is there any mark of the subject? And the next after this time; UINT64_MAX: none. */
bool tape_has(const struct tape *tape, uint32_t subject);
uint64_t tape_next_ms(const struct tape *tape, uint32_t subject, uint64_t after_ms);

void tape_add_mark(struct tape *tape, const struct tape_mark *mark);

/* Sort; false when two marks have one address, and which. */
bool tape_sort(struct tape *tape, const struct tape_mark **ret_twice);

/* The name of a subject, and the subject of a name; TAPE_SUBJECTS: none. */
const char *tape_subject_name(uint32_t subject);
uint32_t tape_subject_named(const char *name);

#endif
