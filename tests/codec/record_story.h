/*
 * The saga whose records are kept as a fixture of every release: a message that is turned back.
 *
 *   validate ─▶ reserve_quota (fails once) ─▶ reserve_balance (while paused) ─▶ queue: refused
 *   COMPENSATED ◀─ reserve_quota undone ◀─ reserve_balance undone ◀──────────────┘
 *
 * The definition is frozen: fixtures of releases long gone fold under it.
 */
#ifndef TESTS_CODEC_RECORD_STORY_H
#define TESTS_CODEC_RECORD_STORY_H

#include "core/definition.h"
#include "core/input.h"

#include <stddef.h>

#define STORY_NUMBER 0x00000197700a4000u
#define STORY_NONCE 0x6b1f3c5d7e90a2b4u
#define STORY_TIME_MS 1750000000000u
#define STORY_EVENTS 11u

struct story_event {
    struct saga_input input;
    const char *payload; /* NULL: none. */
    const char *code;
    const char *text;
    const char *actor;
    const char *reason;
};

void story_definition(struct definition *ret_definition);

/* What happens, in order; each is one event. */
extern const struct story_event story_events[STORY_EVENTS];

#endif
