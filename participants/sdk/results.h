/*
 * Results that the server has not acknowledged yet, in the order they were made.
 *
 *   results_add ──▶ kept ──results_pick──▶ sent ──results_acknowledge──▶ gone
 *                     ▲                     │
 *                     └── connection lost, poll lost, or 2 s without acknowledgement
 *
 * A result leaves only by its acknowledgement; a newer answer under the same token takes its place.
 * An acknowledgement counts only for what has been sent, so that one that speaks of an earlier
 * answer cannot take a newer one away. The owner bounds how many there are by the slots it offers.
 */
#ifndef PARTICIPANTS_SDK_RESULTS_H
#define PARTICIPANTS_SDK_RESULTS_H

#include "codec/wire.h"

#define RESULTS_RESEND_MS 2000u
#define RESULTS_BUCKETS 256u

struct result {
    struct result *previous, *next; /* In the order they were made. */
    struct result *bucket_next;
    struct wire_result wire; /* Points into this very allocation. */
    size_t size;             /* At most this many bytes on the wire. */
    bool sent;
    unsigned poll;    /* Which poll carried it, */
    uint64_t sent_ms; /* when, */
    uint64_t losses;  /* and how many connections had been lost by then. */
};

struct results {
    struct result *first, *last;
    struct result *buckets[RESULTS_BUCKETS];
    size_t count;
};

/* What is known when a poll is about to leave. */
struct results_moment {
    unsigned poll;
    uint64_t now_ms;
    uint64_t losses;
};

/* A copy of @wire, all in one allocation that result_free ends; NULL when memory is short. */
struct result *result_make(const struct wire_result *wire);
void result_free(struct result *result); /* Takes NULL. */

void results_fini(struct results *results);

/* Takes @result. */
void results_add(struct results *results, struct result *result);

/* Forget the result of this token, if it is known and was sent. */
void results_acknowledge(struct results *results, const uint8_t token[WIRE_TOKEN_SIZE]);

/* The poll did not get through: what it carried is to be sent again. */
void results_poll_lost(struct results *results, unsigned poll);

/*
 * Mark as sent, and list, what is due: at most WIRE_RESULTS_MAX, and what fits in one message.
 * The listed structs borrow from the results. Returns how many.
 */
size_t results_pick(struct results *results, struct results_moment moment,
                    struct wire_result ret_picked[WIRE_RESULTS_MAX]);

/* Whether there is a result that no poll carries or has carried. */
bool results_are_due(const struct results *results, struct results_moment moment);

#endif
