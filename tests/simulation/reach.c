#include "simulation/reach.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const states[REACHED_COUNT] = {
    "running", "pivot", "doubt", "after", "turned", "undoing", "parked", "paused", "working",
    "ended",
};

#define ALL ((1u << REACHED_COUNT) - 1)
#define STATE(name) (1u << REACHED_##name)
#define LIVE (ALL & ~STATE(ENDED))
#define DOING (STATE(RUNNING) | STATE(PIVOT) | STATE(AFTER))
#define FORWARD (DOING | STATE(DOUBT))

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
    [MISHAP_CANCEL] = LIVE | STATE(ENDED),
    [MISHAP_WANT_OF_SERVICE] = FORWARD | STATE(UNDOING),
    [MISHAP_REFUSED] = FORWARD | STATE(TURNED),
    [MISHAP_UNDO_REFUSED] = STATE(UNDOING),
    [MISHAP_BUSY] = FORWARD | STATE(TURNED) | STATE(UNDOING) | STATE(WORKING),
    [MISHAP_RETRY] = FORWARD | STATE(TURNED) | STATE(UNDOING) | STATE(WORKING),
    [MISHAP_WORKING] = FORWARD | STATE(TURNED) | STATE(UNDOING) | STATE(WORKING),
    [MISHAP_SLOW] = FORWARD | STATE(TURNED) | STATE(UNDOING) | STATE(WORKING),
    [MISHAP_REPLY_LOST] = FORWARD | STATE(TURNED) | STATE(UNDOING) | STATE(WORKING),
    [MISHAP_RESULT_TWICE] = FORWARD | STATE(TURNED) | STATE(UNDOING) | STATE(WORKING),
    [MISHAP_FOREIGN] = FORWARD | STATE(TURNED) | STATE(UNDOING) | STATE(WORKING),
    [MISHAP_FORGED] = FORWARD | STATE(TURNED) | STATE(UNDOING) | STATE(WORKING),
    [MISHAP_UNSYNCED] = FORWARD | STATE(UNDOING),
    [MISHAP_UNGUARDED] = FORWARD | STATE(UNDOING),
    [MISHAP_WIRE] = FORWARD | STATE(UNDOING) | STATE(PARKED) | STATE(ENDED),
    [MISHAP_WIRE_LOST] = STATE(RUNNING) | STATE(ENDED),
    [MISHAP_WIRE_AGAIN] = STATE(RUNNING) | STATE(ENDED),
    [MISHAP_ROUTE] = DOING | STATE(UNDOING),
    [MISHAP_TOGETHER] = STATE(RUNNING) | STATE(AFTER) | STATE(UNDOING),
    [MISHAP_POOR] = DOING,
    [MISHAP_WALL_DAYS] = LIVE,
};

static void print_row(const struct reach *reach, uint32_t mishap)
{
    printf("%-16s", mishap_name((enum mishap)mishap));
    for (uint32_t state = 0; state < REACHED_COUNT; state++) {
        bool must = (required[mishap] & 1u << state) != 0;
        uint64_t count = reach->counts[mishap][state];
        if (count == 0)
            printf(" %9s", must ? "MISSING" : "-");
        else
            printf(" %9" PRIu64, count);
    }
    printf("\n");
}

uint32_t reach_print(const struct reach *reach, bool shown)
{
    uint32_t missing = 0;

    if (shown) {
        printf("%-16s", "");
        for (uint32_t state = 0; state < REACHED_COUNT; state++)
            printf(" %9s", states[state]);
        printf("\n");
    }
    for (uint32_t mishap = 0; mishap < MISHAP_COUNT; mishap++) {
        if (required[mishap] == 0)
            continue;
        if (shown)
            print_row(reach, mishap);
        for (uint32_t state = 0; state < REACHED_COUNT; state++)
            missing += (required[mishap] & 1u << state) && reach->counts[mishap][state] == 0;
    }
    return missing;
}
