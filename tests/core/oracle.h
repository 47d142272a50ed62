/*
 * The invariants of a single saga, checked after every event, whoever made the event.
 *
 *   give input ──▶ oracle_give: judge · journal · apply · check ──▶ what judge said
 *
 * The oracle keeps the journal, so that it can fold it again, and remembers what it saw happen, so
 * that it need not believe what the saga says of itself. A broken invariant fails the test with its
 * number.
 */
#ifndef TESTS_CORE_ORACLE_H
#define TESTS_CORE_ORACLE_H

#include "core/saga.h"

#define ORACLE_EVENTS_MAX 8192u

struct oracle {
    struct saga *saga;          /* Owns. */
    struct saga *folded;        /* Owns; the journal folded beside it. */
    struct saga_event *journal; /* Owns; the last event at journal_size - 1. */
    uint32_t journal_size;
    uint32_t journal_capacity;
    uint32_t do_called;   /* Steps that were ever called. */
    uint32_t undo_called; /* Steps whose undo was ever called. */
    uint32_t done;        /* Steps that were ever DONE. */
};

void oracle_init(struct oracle *oracle, const struct definition *definition, uint64_t seed);
void oracle_fini(struct oracle *oracle);

/* Judge; when it is an event, journal it, apply it and check everything. */
int oracle_give(struct oracle *oracle, const struct saga_input *input,
                struct saga_refusal *ret_refusal);

/* The latest event. */
const struct saga_event *oracle_event(const struct oracle *oracle);

/* Fold the whole journal again from nothing, and compare. */
void oracle_check_fold(const struct oracle *oracle);

#endif
