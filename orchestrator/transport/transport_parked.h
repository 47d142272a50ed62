/*
 * Who waits for an answer: the parked exchanges, by place, and the pipes they came from.
 *
 *   exchange = │ generation (48) │ place (16) │   a place's next exchange has the next generation
 *
 * A place is free or holds one parked exchange. An exchange is taken once, whether to be answered
 * or because its pipe has gone; afterwards its number fits no place. Not locked: the backend's lock
 * covers it.
 */
#ifndef ORCHESTRATOR_TRANSPORT_TRANSPORT_PARKED_H
#define ORCHESTRATOR_TRANSPORT_TRANSPORT_PARKED_H

#include "transport/transport.h"

/* One more than can be parked, so that whoever looks for a free place finds one. */
#define TRANSPORT_PLACES (TRANSPORT_EXCHANGES_MAX + 1u)

struct transport_parked {
    uint64_t pipes[TRANSPORT_PLACES];       /* Of the parked exchange; 0: the place is free. */
    uint64_t generations[TRANSPORT_PLACES]; /* Of the place's latest exchange. */
    size_t count;
};

/* Park a request of a pipe in a free place; its exchange, or 0 when enough are parked. */
uint64_t transport_parked_put(struct transport_parked *parked, uint32_t place, uint64_t pipe);

/* Take an exchange out; false when it is not parked, or no more. */
bool transport_parked_take(struct transport_parked *parked, uint64_t exchange,
                           uint32_t *ret_place);

/* Take any exchange of a pipe out, from the place @from on; false when none is left. */
bool transport_parked_take_pipe(struct transport_parked *parked, uint64_t pipe, uint32_t from,
                                uint32_t *ret_place);

bool transport_parked_free(const struct transport_parked *parked, uint32_t place);

/* The connections that were let in, and which of them have asked something. */
struct transport_pipes {
    uint64_t pipes[TRANSPORT_PIPES_MAX];
    bool asked[TRANSPORT_PIPES_MAX];
    size_t count;
};

/* False when TRANSPORT_PIPES_MAX are there. */
bool transport_pipes_add(struct transport_pipes *pipes, uint64_t pipe);
bool transport_pipes_has(const struct transport_pipes *pipes, uint64_t pipe);

/* Remember that a request of it is delivered; false when the pipe is not there. */
bool transport_pipes_ask(struct transport_pipes *pipes, uint64_t pipe);

/* True when it was there and had asked: then its going is news. */
bool transport_pipes_remove(struct transport_pipes *pipes, uint64_t pipe);

#endif
