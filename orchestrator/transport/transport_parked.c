#include "transport/transport_parked.h"

#include <assert.h>

#define PLACE_BITS 16u
#define PLACE_MASK ((1u << PLACE_BITS) - 1)

static_assert(TRANSPORT_PLACES <= PLACE_MASK, "a place must fit into an exchange's number");

uint64_t transport_parked_put(struct transport_parked *parked, uint32_t place, uint64_t pipe)
{
    assert(place < TRANSPORT_PLACES);
    assert(pipe != 0);
    assert(parked->pipes[place] == 0);

    if (parked->count == TRANSPORT_EXCHANGES_MAX)
        return 0;
    parked->count++;
    parked->pipes[place] = pipe;
    parked->generations[place]++;
    return parked->generations[place] << PLACE_BITS | place;
}

static void leave(struct transport_parked *parked, uint32_t place)
{
    assert(parked->count > 0);
    assert(parked->pipes[place] != 0);

    parked->pipes[place] = 0;
    parked->count--;
}

bool transport_parked_take(struct transport_parked *parked, uint64_t exchange, uint32_t *ret_place)
{
    uint32_t place = (uint32_t)exchange & PLACE_MASK;

    if (place >= TRANSPORT_PLACES || parked->pipes[place] == 0 ||
        parked->generations[place] != exchange >> PLACE_BITS)
        return false;
    leave(parked, place);
    *ret_place = place;
    return true;
}

bool transport_parked_take_pipe(struct transport_parked *parked, uint64_t pipe, uint32_t from,
                                uint32_t *ret_place)
{
    assert(pipe != 0);

    for (uint32_t place = from; place < TRANSPORT_PLACES && parked->count > 0; place++) {
        if (parked->pipes[place] != pipe)
            continue;
        leave(parked, place);
        *ret_place = place;
        return true;
    }
    return false;
}

bool transport_parked_free(const struct transport_parked *parked, uint32_t place)
{
    assert(place < TRANSPORT_PLACES);

    return parked->pipes[place] == 0;
}

/* There are few pipes, each with many requests: a scan is as quick as anything. */
static size_t find(const struct transport_pipes *pipes, uint64_t pipe)
{
    assert(pipes->count <= TRANSPORT_PIPES_MAX);
    size_t i = 0;

    while (i < pipes->count && pipes->pipes[i] != pipe)
        i++;
    return i;
}

bool transport_pipes_add(struct transport_pipes *pipes, uint64_t pipe)
{
    assert(pipe != 0);
    assert(!transport_pipes_has(pipes, pipe));

    if (pipes->count == TRANSPORT_PIPES_MAX)
        return false;
    pipes->pipes[pipes->count] = pipe;
    pipes->asked[pipes->count] = false;
    pipes->count++;
    return true;
}

bool transport_pipes_has(const struct transport_pipes *pipes, uint64_t pipe)
{
    return find(pipes, pipe) < pipes->count;
}

bool transport_pipes_ask(struct transport_pipes *pipes, uint64_t pipe)
{
    size_t i = find(pipes, pipe);

    if (i == pipes->count)
        return false;
    pipes->asked[i] = true;
    return true;
}

bool transport_pipes_remove(struct transport_pipes *pipes, uint64_t pipe)
{
    size_t i = find(pipes, pipe);

    if (i == pipes->count)
        return false;
    bool asked = pipes->asked[i];
    pipes->count--;
    pipes->pipes[i] = pipes->pipes[pipes->count];
    pipes->asked[i] = pipes->asked[pipes->count];
    return asked;
}
