#include "story.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Before the word for a breach, where there is one. */
static const char *const names[STORY_HAPPENINGS] = {
    [STORY_DO] = "do",
    [STORY_DO_TWICE] = "do and do in one message",
    [STORY_UNDO] = "undo",
    [STORY_UNDO_THEN_DO] = "undo and do in one message",
    [STORY_FENCE] = "fence",
    [STORY_LOST_DO] = "do lost in a ",
    [STORY_LOST_UNDO] = "undo lost in a ",
    [STORY_RESTART] = "",
};

#define END STORY_HAPPENINGS /* Closes an opening. */

static const enum happening openings[][5] = {
    {STORY_DO, END},
    {STORY_DO, STORY_DO, END},
    {STORY_DO_TWICE, END},
    {STORY_DO, STORY_UNDO, END},
    {STORY_UNDO, STORY_DO, END},
    {STORY_UNDO_THEN_DO, END},
    {STORY_DO, STORY_UNDO, STORY_DO, END},
    {STORY_DO, STORY_UNDO, STORY_UNDO, END},
    {STORY_DO, STORY_RESTART, STORY_DO, END},
    {STORY_LOST_DO, STORY_DO, END},
    {STORY_LOST_DO, STORY_UNDO, STORY_DO, END},
    {STORY_DO, STORY_LOST_UNDO, STORY_UNDO, STORY_DO, END},
    {STORY_UNDO, STORY_RESTART, STORY_DO, END},
    {STORY_FENCE, STORY_DO, END},
    {STORY_DO, STORY_FENCE, END},
    {STORY_LOST_DO, STORY_FENCE, STORY_DO, END},
};
#define OPENINGS (sizeof openings / sizeof openings[0])

static bool is_possible(enum happening happening, struct story_kind kind)
{
    switch (happening) {
    case STORY_UNDO:
    case STORY_UNDO_THEN_DO:
    case STORY_LOST_UNDO:
        return kind.can_undo;
    case STORY_FENCE:
        return kind.can_fence;
    case STORY_DO:
    case STORY_DO_TWICE:
    case STORY_LOST_DO:
    case STORY_RESTART:
    case STORY_HAPPENINGS:
        break;
    }
    return true;
}

uint64_t story_draw(uint64_t *state)
{
    /* SplitMix64 (Steele, Lea, Flood 2014). */
    uint64_t x = *state += 0x9e3779b97f4a7c15u;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static struct story story_open(uint32_t round, struct story_kind kind)
{
    struct story story = {.length = 0};

    for (size_t i = 0; openings[round][i] != END; i++) {
        if (is_possible(openings[round][i], kind))
            story.events[story.length++] = openings[round][i];
    }
    return story;
}

struct story story_make(uint64_t seed, uint32_t round, struct story_kind kind)
{
    uint64_t state = seed * 0x2545f4914f6cdd1du + round;
    struct story story = {.length = 2 + story_draw(&state) % (STORY_LENGTH_MAX - 1)};

    assert(story.length <= STORY_LENGTH_MAX);
    if (round < OPENINGS)
        return story_open(round, kind);
    story.has_neighbour = story_draw(&state) % 2 == 0;
    for (size_t i = 0; i < story.length; i++) {
        enum happening drawn = (enum happening)(story_draw(&state) % STORY_HAPPENINGS);
        story.events[i] = is_possible(drawn, kind) ? drawn : STORY_DO;
    }
    return story;
}

static bool is_breach(enum happening happening)
{
    return happening == STORY_LOST_DO || happening == STORY_LOST_UNDO || happening == STORY_RESTART;
}

void story_describe(const struct story *story, size_t count, const char *breach,
                    char ret_text[STORY_TEXT_SIZE])
{
    size_t used = 0;

    assert(count <= story->length);
    used += (size_t)snprintf(ret_text, STORY_TEXT_SIZE, "%s",
                             story->has_neighbour ? "do of another saga" : "");
    for (size_t i = 0; i < count; i++) {
        enum happening event = story->events[i];
        int more = snprintf(ret_text + used, STORY_TEXT_SIZE - used, "%s%s%s", used > 0 ? ", " : "",
                            names[event], is_breach(event) ? breach : "");
        assert(more > 0);
        used += (size_t)more;
        assert(used < STORY_TEXT_SIZE);
    }
}
