#include "simulation/reach.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const states[REACHED_COUNT] = {
    "running", "pivot", "doubt", "fencing", "after", "turned", "undoing", "parked", "parked-undo",
    "paused", "working", "ended",
};

#define ALL ((1u << REACHED_COUNT) - 1)
#define STATE(name) (1u << REACHED_##name)
#define LIVE (ALL & ~STATE(ENDED))
#define DOING (STATE(RUNNING) | STATE(PIVOT) | STATE(AFTER))
#define FORWARD (DOING | STATE(DOUBT))
#define HELD (STATE(PARKED) | STATE(PARKED_UNDO) | STATE(PAUSED))
#define RESOLVED (FORWARD | STATE(FENCING) | STATE(UNDOING) | STATE(PARKED) | STATE(PAUSED))
#define ANSWERED (FORWARD | STATE(TURNED) | STATE(UNDOING) | STATE(WORKING))

/* The pairs that must occur in a campaign. What strikes a call strikes it in the state it is in. */
static const uint32_t required[MISHAP_COUNT] = {
    [MISHAP_RESET] = LIVE,
    [MISHAP_PARTITION] = LIVE,
    [MISHAP_CRASH] = LIVE,
    [MISHAP_CRASH_INSIDE] = LIVE,
    [MISHAP_POWER] = LIVE,
    [MISHAP_COMMIT_KEPT] = LIVE,
    [MISHAP_CRASH_RECOVERY] = LIVE,
    [MISHAP_STORE_FULL] = LIVE,
    [MISHAP_WALL_JUMP] = LIVE,
    [MISHAP_DEAD] = LIVE,
    [MISHAP_STOP] = LIVE,
    [MISHAP_OPERATOR] = ALL,
    [MISHAP_CANCEL] = ALL & ~STATE(FENCING),
    [MISHAP_WANT_OF_SERVICE] = FORWARD | STATE(UNDOING),
    [MISHAP_REFUSED] = FORWARD | STATE(TURNED),
    [MISHAP_UNDO_REFUSED] = STATE(UNDOING),
    [MISHAP_BUSY] = ANSWERED,
    [MISHAP_RETRY] = ANSWERED,
    [MISHAP_WORKING] = ANSWERED,
    [MISHAP_SLOW] = ANSWERED | STATE(FENCING),
    [MISHAP_REPLY_LOST] = ANSWERED | STATE(FENCING),
    [MISHAP_RESULT_TWICE] = ANSWERED | STATE(FENCING),
    [MISHAP_FOREIGN] = ANSWERED | STATE(FENCING),
    [MISHAP_FORGED] = ANSWERED | STATE(FENCING),
    [MISHAP_UNSYNCED] = FORWARD | STATE(UNDOING),
    [MISHAP_UNGUARDED] = FORWARD | STATE(FENCING) | STATE(UNDOING),
    [MISHAP_WIRE] = FORWARD | STATE(UNDOING) | STATE(PARKED) | STATE(ENDED),
    [MISHAP_WIRE_LOST] = STATE(RUNNING) | STATE(ENDED),
    [MISHAP_WIRE_AGAIN] = STATE(RUNNING) | STATE(ENDED),
    [MISHAP_ROUTE] = DOING | STATE(UNDOING),
    [MISHAP_TOGETHER] = STATE(RUNNING) | STATE(AFTER) | STATE(UNDOING),
    [MISHAP_POOR] = DOING,
    [MISHAP_WALL_DAYS] = LIVE,
};

/* What operators ask for and are not refused, by the state in which it took effect. */
static const struct {
    const char *name;
    uint32_t required;
} verbs[SEEN_VERBS] = {
    [CANCEL] = {"cancel", STATE(RUNNING) | STATE(PIVOT) | HELD | STATE(WORKING)},
    [RETRY] = {"retry", STATE(RUNNING) | STATE(DOUBT) | STATE(FENCING) | STATE(AFTER) |
                            STATE(UNDOING) | HELD},
    [PAUSE] = {"pause", LIVE & ~STATE(PAUSED)},
    [RESUME] = {"resume", HELD},
    [RESOLVE_DONE] = {"resolve-done", RESOLVED},
    [RESOLVE_REJECTED] = {"resolve-rejected", RESOLVED},
    [SKIP] = {"skip", STATE(RUNNING) | STATE(AFTER) | STATE(PARKED) | STATE(PAUSED)},
    [WAIVE] = {"waive", STATE(UNDOING) | STATE(PARKED_UNDO) | STATE(PAUSED)},
    [TERMINATE] = {"terminate", LIVE & ~STATE(FENCING)},
};

static void print_head(void)
{
    printf("%-16s", "");
    for (uint32_t state = 0; state < REACHED_COUNT; state++)
        printf(" %11s", states[state]);
    printf("\n");
}

static void print_row(const char *name, const uint64_t counts[REACHED_COUNT], uint32_t must)
{
    printf("%-16s", name);
    for (uint32_t state = 0; state < REACHED_COUNT; state++) {
        if (counts[state] == 0)
            printf(" %11s", must & 1u << state ? "MISSING" : "-");
        else
            printf(" %11" PRIu64, counts[state]);
    }
    printf("\n");
}

static uint32_t count_missing(const uint64_t counts[REACHED_COUNT], uint32_t must)
{
    uint32_t missing = 0;

    for (uint32_t state = 0; state < REACHED_COUNT; state++)
        missing += (must & 1u << state) != 0 && counts[state] == 0;
    return missing;
}

void reach_print(const struct reach *reach)
{
    print_head();
    for (uint32_t i = 0; i < MISHAP_COUNT; i++)
        if (required[i] != 0)
            print_row(mishap_name((enum mishap)i), reach->counts[i], required[i]);
    printf("\n");
    print_head();
    for (uint32_t i = 0; i < SEEN_VERBS; i++)
        print_row(verbs[i].name, reach->verbs[i], verbs[i].required);
    printf("\n");
}

uint32_t reach_missing(const struct reach *reach)
{
    uint32_t missing = 0;

    for (uint32_t i = 0; i < MISHAP_COUNT; i++)
        missing += count_missing(reach->counts[i], required[i]);
    for (uint32_t i = 0; i < SEEN_VERBS; i++)
        missing += count_missing(reach->verbs[i], verbs[i].required);
    return missing;
}
