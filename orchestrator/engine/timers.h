/*
 * Timers: a binary heap of things that want to be looked at, earliest first.
 *
 *   timers_set(timer, at) ──▶ heap ──▶ timers_due(now): the earliest whose time has come
 *
 * A timer is embedded in what it wakes and is in the heap at most once. Setting it again moves it;
 * taking out what is not in does nothing. Timers never fire early.
 */
#ifndef ORCHESTRATOR_ENGINE_TIMERS_H
#define ORCHESTRATOR_ENGINE_TIMERS_H

#include <stddef.h>
#include <stdint.h>

enum timer_kind { TIMER_SAGA, TIMER_REQUEST, TIMER_WORKER, TIMER_POLL, TIMER_WATCHER };

struct timer {
    uint64_t at_ms;
    uint32_t place; /* Index in the heap plus one; 0: not in it. */
    uint32_t kind;  /* enum timer_kind: what it is embedded in. */
};

struct timers {
    struct timer **heap; /* Owns the array, borrows the timers. */
    size_t count;
    size_t capacity;
};

void timers_fini(struct timers *timers);

/* Wake at @at_ms; 0 takes it out. 0 or FAULT_MEMORY. */
int timers_set(struct timers *timers, struct timer *timer, uint64_t at_ms);
void timers_unset(struct timers *timers, struct timer *timer);

/* The earliest timer with at_ms <= @now_ms, still in the heap; NULL when none is due. */
struct timer *timers_due(const struct timers *timers, uint64_t now_ms);

/* When the earliest is due; UINT64_MAX when there is none. */
uint64_t timers_next_ms(const struct timers *timers);

#endif
