/*
 * A saga's definition: checked data, never code.
 *
 *   steps before the pivot ──▶ pivot ──▶ steps after the pivot
 *   each read-only or with       at       never with an undo:
 *   an undo                   most one    forward until done
 *
 * The catalog builds definitions and checks every rule; the core only reads them. A definition is
 * immutable, is pinned to each saga by its content hash, and outlives every saga that uses it.
 *
 * Always: 1 <= step_count <= SAGA_STEPS_MAX; needs form no cycle; a step's bit is 1u << its index.
 */
#ifndef ORCHESTRATOR_CORE_DEFINITION_H
#define ORCHESTRATOR_CORE_DEFINITION_H

#include "core/limits.h"

#include <stdbool.h>
#include <stdint.h>

#define DEFINITION_HASH_SIZE 32u
#define DEFINITION_NO_STEP 0xffu

struct definition_retry {
    uint32_t attempts;     /* Counted attempts, the first included; before the pivot. */
    uint32_t base_ms;      /* The wait after the first failed attempt, before jitter. */
    uint32_t factor;       /* Each further wait is this many times the one before. */
    uint32_t max_ms;       /* No wait is longer, before jitter. */
};

struct definition_participant {
    char name[SAGA_NAME_SIZE];
    bool guarded; /* It uses the guard, so its first answer is final for every attempt. */
};

struct definition_step {
    char name[SAGA_NAME_SIZE];
    char operation[SAGA_NAME_SIZE];
    char undo[SAGA_NAME_SIZE];               /* The operation that reverses it; "" when none. */
    uint8_t routes[SAGA_ROUTES_MAX];         /* Indexes into the participants, tried in order. */
    uint8_t route_count;
    bool read_only;
    bool pivot;
    bool park_on_exhausted;
    bool compensate_on_reject;
    uint32_t needs;                          /* Mask of the steps it needs directly. */
    uint32_t timeout_ms;                     /* Per attempt, from the moment the call is durable. */
    struct definition_retry retry;
};

struct definition {
    char name[SAGA_NAME_SIZE];
    uint8_t hash[DEFINITION_HASH_SIZE];      /* Its version: the hash of its content. */
    uint64_t deadline_ms;                    /* From the start until the pivot is done. */
    uint64_t patience_ms;                    /* Pivot in doubt, after the pivot, undo; then park. */
    uint32_t step_count;
    uint8_t participant_count;
    uint8_t pivot;                           /* Index of the pivot, or DEFINITION_NO_STEP. */
    uint32_t after_pivot;                    /* Mask: those that need the pivot, transitively. */
    uint32_t dependents[SAGA_STEPS_MAX];     /* Per step: those that need it, transitively. */
    struct definition_step steps[SAGA_STEPS_MAX];
    struct definition_participant participants[SAGA_STEPS_MAX];
};

/* Every step's bit. */
uint32_t definition_all(const struct definition *definition);

/* The index of the step of that name, or DEFINITION_NO_STEP. */
uint8_t definition_step_named(const struct definition *definition, const char *name);

/*
 * Fill in what follows from the steps: pivot, after_pivot, dependents.
 *
 * Returns false, with nothing filled in, when the needs form a cycle.
 */
bool definition_derive(struct definition *definition);

/*
 * What the deadline is for: how long it takes until @ret_last is over when every counted attempt
 * times out, before jitter. @ret_last is the pivot; without one, the step that ends last.
 */
uint64_t definition_longest_ms(const struct definition *definition, uint8_t *ret_last);

#endif
