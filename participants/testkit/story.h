/*
 * Stories: in which order things happen to one operation of one saga.
 *
 * The first are short and always the same, so that what is commonly wrong is found by the shortest
 * story that shows it. The others come from a seed.
 */
#ifndef PARTICIPANTS_TESTKIT_STORY_H
#define PARTICIPANTS_TESTKIT_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORY_LENGTH_MAX 10u
#define STORY_TEXT_SIZE 512u

enum happening {
    STORY_DO,
    STORY_DO_TWICE, /* In one message. */
    STORY_UNDO,
    STORY_UNDO_THEN_DO, /* In one message. */
    STORY_FENCE,
    STORY_LOST_DO, /* A crash comes after the work and before the answer. */
    STORY_LOST_UNDO,
    STORY_RESTART, /* A crash when everything is answered. */
    STORY_HAPPENINGS,
};

struct story {
    enum happening events[STORY_LENGTH_MAX];
    size_t length;
    bool has_neighbour; /* Another saga is done first, and must stay as it is. */
};

/* What can happen here. */
struct story_kind {
    bool can_undo;
    bool can_fence;
};

/* The next number of a sequence that is all of its seed. */
uint64_t story_draw(uint64_t *state);

struct story story_make(uint64_t seed, uint32_t round, struct story_kind kind);

/* The first @count events, as in "do, undo, crash, do"; @breach is what a crash is called. */
void story_describe(const struct story *story, size_t count, const char *breach,
                    char ret_text[STORY_TEXT_SIZE]);

#endif
