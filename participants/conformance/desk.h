/*
 * The desk: the server's part of the protocol, played. Polls lie on it until there is work for
 * them; calls become errands, and an errand's result is looked for in every poll.
 *
 *   poll ─▶ looked at ─▶ on the desk ──desk_give: calls──▶ participant
 *             │ results        │
 *             ▼                └── acknowledgements, or nothing after 10 s ──▶ participant
 *           errands
 *
 * Time passes only inside desk_pump and what calls it. What is wrong with a poll does not stop
 * anything: the first such thing is kept in `wrong`, for the check that looks at it.
 */
#ifndef PARTICIPANTS_CONFORMANCE_DESK_H
#define PARTICIPANTS_CONFORMANCE_DESK_H

#include "host.h"
#include "options.h"

#define DESK_POLLS_MAX 64u
#define DESK_WRONG_SIZE 512u

/* A call that was given, and what came of it. */
struct errand {
    struct errand *next;
    uint8_t token[WIRE_TOKEN_SIZE];
    char operation_id[WIRE_OPERATION_ID_SIZE];
    uint32_t attempt;
    unsigned seen;             /* How often its result has come. */
    struct wire_result result; /* When seen; its strings are the errand's own, */
    char code[64];
    char text[256];
    uint8_t *output; /* and its output, owned. */
};

struct desk_poll {
    struct transport_delivery *delivery; /* Owned. */
    uint64_t since_ms;
};

struct desk {
    const struct options *options; /* Borrowed. */
    struct host *host;             /* Owned. */
    struct desk_poll polls[DESK_POLLS_MAX];
    size_t poll_count;
    uint64_t polls_seen;
    uint64_t last_poll_ms;
    uint64_t worker;        /* Of the last poll; 0: none has come. */
    bool may_be_new;        /* A new process is expected, with a number of its own. */
    struct errand *errands; /* Owned; the newest first. */
    uint64_t tokens;
    uint8_t acknowledged[WIRE_RESULTS_MAX][WIRE_TOKEN_SIZE];
    size_t acknowledged_count;
    bool withholding; /* Acknowledge nothing. */
    char wrong[DESK_WRONG_SIZE];
};

int desk_open(const struct options *options, struct desk *ret_desk);
void desk_close(struct desk *desk);

uint64_t desk_now(void);

/* Take one request, or wait until then; false when none has come. */
bool desk_pump(struct desk *desk, uint64_t until_ms);

/* Let time pass for so long. */
void desk_pass(struct desk *desk, uint32_t for_ms);

/* Wait for this many polls with free slots to lie there; false when patience is at its end. */
bool desk_wait_polls(struct desk *desk, size_t count);

/*
 * Give these calls to one poll, all in one message; each gets a token of its own. False when no
 * poll with so many slots comes, or memory is short.
 */
bool desk_give(struct desk *desk, struct wire_call *calls, size_t count,
               struct errand **ret_errands);

/* The same with bytes: answer a poll with this body. */
bool desk_give_bytes(struct desk *desk, struct bytes body);

/* An errand without a call that the desk sends; NULL when memory is short. */
struct errand *desk_expect(struct desk *desk, struct wire_call *call);

/* Wait for a result to have come so often; false when patience is at its end. */
bool desk_wait_seen(struct desk *desk, const struct errand *errand, unsigned times);

/* Answer every poll that lies there: with nothing, or with a refusal. */
void desk_clear(struct desk *desk);
void desk_refuse(struct desk *desk, const char *code, uint32_t after_ms);

/* Acknowledge a token with the next answer. */
void desk_acknowledge(struct desk *desk, const uint8_t token[WIRE_TOKEN_SIZE]);

/* Cut every connection; desk_listen lets the participant in again. */
void desk_cut(struct desk *desk);
bool desk_listen(struct desk *desk);

#endif
