/*
 * A snapshot: one saga as the people who ask see it, detached from the engine.
 *
 * The engine's thread makes it and gives it away; whoever receives it owns it, reads it on any
 * thread, and ends it with snapshot_free. Nothing in it changes afterwards. Times are wall time.
 */
#ifndef ORCHESTRATOR_ENGINE_SNAPSHOT_H
#define ORCHESTRATOR_ENGINE_SNAPSHOT_H

#include "base/bytes.h"
#include "base/id.h"
#include "core/event.h"
#include "core/input.h"

struct snapshot_step {
    char name[SAGA_NAME_SIZE];
    char participant[SAGA_NAME_SIZE]; /* Of the route that its calls took, or would take. */
    char operation[SAGA_NAME_SIZE];
    char undo_operation[SAGA_NAME_SIZE];
    enum saga_do_state state;
    enum saga_undo_state undo;
    uint32_t attempts;
    uint32_t undo_attempts;
    uint64_t next_ms;  /* When it is tried again, or its attempt's deadline; 0: nothing is due. */
    bool pivot;
    bool in_doubt;
    bool no_worker;
    bool queued;       /* Its call waits for a worker to take it. */
    struct bytes output; /* data NULL: none. */
};

struct snapshot_event {
    uint32_t sequence;
    uint64_t time_ms;
    char type[32];      /* "submitted", "result", "timer", "cancel" … */
    char step[SAGA_NAME_SIZE];
    char direction[8];
    char text[SAGA_TEXT_SIZE * 2 + 256]; /* One sentence: what happened and what followed. */
};

struct snapshot {
    struct saga_id id;
    struct saga_id previous; /* It had the key before, or is run again; number 0: none. */
    char tenant[SAGA_TENANT_SIZE];
    char key[SAGA_KEY_SIZE];
    char definition[SAGA_NAME_SIZE];
    char version[17];        /* First 16 hex digits of the definition's hash. */
    enum saga_phase phase;
    bool paused;
    enum saga_park_reason parked;
    enum saga_turn_reason turn_reason;
    char turn_step[SAGA_NAME_SIZE];
    bool overdue;
    bool turned_for_service;
    bool pivot_done;
    bool decided;            /* The pivot is done, or it has turned back, or it has ended. */
    bool stuck;
    enum saga_condition_name condition;
    uint64_t condition_since_ms;
    char condition_step[SAGA_NAME_SIZE];
    char condition_subject[SAGA_NAME_SIZE]; /* A participant or a step; "" when none. */
    uint64_t created_ms;
    uint64_t updated_ms;
    uint64_t deadline_ms;
    uint32_t sequence;       /* Its version: rises with every event. */
    uint32_t allowed_verbs;  /* Mask of 1u << enum saga_verb. */
    char code[SAGA_CODE_SIZE]; /* Of what turned it back or parked it. */
    char text[SAGA_TEXT_SIZE];
    uint32_t others_waiting; /* Sagas that wait for the same subject. */
    struct bytes input;
    size_t step_count;
    struct snapshot_step *steps;
    size_t event_count;
    struct snapshot_event *events; /* Only when asked for. */
};

void snapshot_free(struct snapshot *snapshot); /* Takes NULL. */

#endif
