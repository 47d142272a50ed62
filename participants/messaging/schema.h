/*
 * The tables of messaging and its statements, by number.
 *
 *   queue ──▶ waiting ──take──▶ taken ──done──▶ done
 *                ▲                │
 *                └── lease over ──┘
 *
 * A lane is what a bound applies to: one for every sender that has none of its own, and one for a
 * sender with a bound of its own. Its counters are kept with every change, so that asking whether
 * there is room does not count a hundred thousand rows.
 *
 * Always: a lane's waiting, taken and done are how many of its messages are in that state.
 */
#ifndef PARTICIPANTS_MESSAGING_SCHEMA_H
#define PARTICIPANTS_MESSAGING_SCHEMA_H

#include "service/database.h"

#define MESSAGING_BOUND 100000 /* Messages not yet taken, of all senders without a lane. */

enum messaging_statement {
    MESSAGING_LANE,
    MESSAGING_LANE_SEED,
    MESSAGING_LANE_MOVE,
    MESSAGING_MESSAGE,
    MESSAGING_MESSAGE_ADD,
    MESSAGING_EXPIRED,
    MESSAGING_NEXT,
    MESSAGING_TAKE,
    MESSAGING_GIVE_BACK,
    MESSAGING_FINISH,
    MESSAGING_LANES,
    MESSAGING_TAKEN_AGAIN,
    MESSAGING_STATEMENT_COUNT,
};

extern const struct database_schema messaging_schema;

#endif
