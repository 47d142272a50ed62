/*
 * The checks, in the order in which they are made.
 */
#ifndef PARTICIPANTS_CONFORMANCE_CHECKS_H
#define PARTICIPANTS_CONFORMANCE_CHECKS_H

#include "bench.h"

/* What has to be known for a check to be made. */
enum check_need { CHECK_NEEDS_NOTHING, CHECK_NEEDS_UNDO };

struct check {
    const char *sentence; /* What is right: "it …". */
    bool (*run)(struct bench *bench);
    enum check_need need;
};

/* Closed by a check without a sentence. The first one finds out whether anybody is there. */
extern const struct check checks[];

/* ---- checks_polls.c: how it asks ---- */

bool check_polls(struct bench *bench);
bool check_two_polls(struct bench *bench);
bool check_empty_work(struct bench *bench);
bool check_unknown_fields(struct bench *bench);
bool check_nonsense(struct bench *bench);
bool check_overloaded(struct bench *bench);
bool check_knocking(struct bench *bench);
bool check_unauthenticated(struct bench *bench);
bool check_well_formed(struct bench *bench);

/* ---- checks_results.c: how it answers ---- */

bool check_result(struct bench *bench);
bool check_slots(struct bench *bench);
bool check_unknown_operation(struct bench *bench);
bool check_resending(struct bench *bench);
bool check_acknowledged(struct bench *bench);
bool check_cut(struct bench *bench);

/* ---- checks_promises.c: what its answers are worth ---- */

bool check_duplicate(struct bench *bench);
bool check_twice_in_one_message(struct bench *bench);
bool check_undo(struct bench *bench);
bool check_undo_twice(struct bench *bench);
bool check_late_do(struct bench *bench);
bool check_undo_first(struct bench *bench);
bool check_other_saga(struct bench *bench);
bool check_fence_first(struct bench *bench);
bool check_fence_late(struct bench *bench);
bool check_break(struct bench *bench);
bool check_stories(struct bench *bench);

#endif
